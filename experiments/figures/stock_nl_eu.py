"""People abroad and the register view of them, for one host and the EU, against Eurostat."""

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from abm.arrays import Booleans, Floats, Integers
from abm.band import IN_WORDS
from abm.months import first_day
from abm.places import EU, hosts_of
from experiments.figures import RunToDraw
from experiments.figures.style import BLUE, GREY, INK, ORANGE, RED, count_ticks, divided, footed, headed
from experiments.run_tables import band_of_seeds
from experiments.summary import host_in_words, host_spoken_of
from experiments.wording.numbers import spoken_day

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE = "People and registers, Netherlands and EU-27"

MOST_CARRIED = 0.1
"""Largest part of a dot that may be a host's figure of an earlier month."""

SEEN_BREAK = 0.01
"""Clean-ups that took less than this share off the group's total are not marked: they cannot be seen."""


def draw(run: RunToDraw) -> "Figure":
    """Return the figure: one panel per group, lines for the model, dots for Eurostat."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 9))
    panels = figure.subplots(2, 1, sharex=True)
    figure.subplots_adjust(left=0.1, right=0.83, top=0.875, bottom=0.085, hspace=0.16)
    headed(
        figure,
        _finding(run),
        f"Persons. Line: median over seeds; band: {IN_WORDS} of the seeds. Dots: persons registered for "
        "temporary protection at the end of the month.",
    )
    for panel, group in zip(panels, (host_spoken_of(run.world), EU), strict=True):
        _panel(panel, run, group)
    footed(figure, run.summary)
    return figure


def _finding(run: RunToDraw) -> str:
    host = host_spoken_of(run.world)
    here, name = run.summary["groups"][host], host_in_words(run.world, host)
    now, then = here["stock_now"], here["stock_horizon"]
    change = here["stock_change"]
    if run.summary["flows"]["period"] == "hindcast":
        day = spoken_day(run.summary["day_horizon"])
        return f"{name[0].upper()}{name[1:]} hosted about {then['shown']:,} people on {day}"
    crosses = change["low"] is not None and change["low"] <= 0 <= change["high"]
    verb = "stays near" if crosses else ("rises to" if change["value"] > 0 else "falls to")
    return (
        f"Number of people in {name} {verb} about {then['shown']:,} by "
        f"{spoken_day(run.summary['day_horizon'])} (from {now['shown']:,})"
    )


def _panel(axes: "Axes", run: RunToDraw, group: str) -> None:
    series, registers = run.series, run.world.registers
    chosen = hosts_of(group, run.world.hosts)
    days = [first_day(series.first + number) for number in range(series.stock.shape[1])]
    divided(axes, first_day(registers.last_month + 1), days[-1])
    stock = band_of_seeds(series.stock[:, :, chosen].sum(axis=2))
    _band(axes, days, stock, BLUE, "-")
    # A register counts at the end of a month, which is day 1 of the next one.
    register = band_of_seeds(series.register[:, :, chosen].sum(axis=2))
    # Once protection has ended everywhere there is no register to draw; its name stays at its last count.
    register[:, register[1] == 0] = np.nan
    shown = register[1][np.isfinite(register[1])]
    _band(axes, days[1:], register, ORANGE, "--")
    months, published, whole = _published(run, chosen)
    for these, edge in ((whole, INK), (~whole, "#AAAAAA")):
        axes.plot(
            [first_day(month + 1) for month in months[these]], published[these], "o", markersize=4,
            markerfacecolor="white", markeredgecolor=edge, markeredgewidth=1.1, zorder=5,
        )  # fmt: skip
    top = max(float(stock.max()), float(np.nanmax(register, initial=0)), float(np.max(published, initial=0)))
    axes.set_ylim(0, top * 1.17)
    axes.set_xlim(days[0], days[-1])
    _mark_breaks(axes, run, chosen, group)
    _mark_end_of_protection(axes, run, chosen)
    _name_lines(axes, days[-1], stock[1, -1], float(shown[-1]) if len(shown) else 0.0, top)
    axes.set_title(run.summary["groups"][group]["label"], loc="left", fontsize=12, fontweight="bold")
    axes.set_ylabel("persons")
    count_ticks(axes.yaxis)


def _band(axes: "Axes", days: list[dt.date], ends: Floats, colour: str, style: str) -> None:
    low, middle, high = ends
    axes.fill_between(days, low, high, color=colour, alpha=0.25, linewidth=0)
    axes.plot(days, middle, style, color=colour, linewidth=2)


def _published(run: RunToDraw, chosen: Booleans) -> tuple[Integers, Floats, Booleans]:
    """Return months, published sums, and whether every host published; few may hold their last figure."""
    stock = run.world.registers.stock[:, chosen]
    known = np.isfinite(stock)
    filled = stock.copy()
    for month in range(1, len(filled)):
        filled[month] = np.where(known[month], stock[month], filled[month - 1])
    last = min(run.world.registers.last_month, run.series.until - 1)
    months = np.arange(run.series.first, last + 1)
    total = filled[months].sum(axis=1)
    carried = np.where(known[months], 0.0, filled[months]).sum(axis=1)
    usable = np.isfinite(total) & (carried < MOST_CARRIED * np.nan_to_num(total)) | known[months].all(axis=1)
    return months[usable], total[usable], known[months].all(axis=1)[usable]


def _mark_breaks(axes: "Axes", run: RunToDraw, chosen: Booleans, group: str) -> None:
    """Mark clean-ups that show in the dots, with the hosts that cleaned up (once per spell)."""
    registers = run.world.registers
    # The last figure published by then: between quarter ends a break shows against the quarter before.
    filled = np.array([registers.stock_by(month) for month in range(len(registers.stock))])
    change = np.diff(filled, axis=0, prepend=np.nan)
    total = np.nansum(filled[:, chosen], axis=1)
    named: list[int] = []
    for month in range(run.series.first + 1, min(registers.last_month, run.series.until - 1) + 1):
        lost = np.where(chosen & registers.is_break[month], -np.nan_to_num(change[month]), 0.0)
        here = np.flatnonzero(lost >= max(SEEN_BREAK * total[month - 1], 1.0)).tolist()
        new = [host for host in here if host not in named]
        named = here
        if not here:
            continue
        names = "clean-up" if group != EU else " ".join(run.world.hosts.ids[host] for host in new)
        axes.annotate(
            names if new else "", (first_day(month + 1), 0), xycoords=("data", "axes fraction"),
            xytext=(0, 16), textcoords="offset points", ha="center", fontsize=8, color=RED,
            arrowprops={"arrowstyle": "-", "color": RED, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip


def _mark_end_of_protection(axes: "Axes", run: RunToDraw, chosen: Booleans) -> None:
    """Mark the first month without temporary protection, where it is the same in all hosts of the group."""
    ends = set(run.world.hosts.protection_end[chosen].tolist())
    if len(ends) != 1 or not run.series.first < (month := ends.pop()) < run.series.until:
        return
    day = first_day(month)
    axes.axvline(day, color=GREY, linewidth=0.9, linestyle=":")
    axes.annotate(
        "temporary\nprotection\nends", (day, 0), xycoords=("data", "axes fraction"), xytext=(4, 4),
        textcoords="offset points", fontsize=8, color=GREY, va="bottom",
    )  # fmt: skip


def _name_lines(axes: "Axes", day: dt.date, stock: float, register: float, top: float) -> None:
    """Name the two lines and the dots beside the last month, apart from each other."""
    apart = 0.135 * top
    push = max(0.0, apart - abs(stock - register)) / 2
    side = 1 if stock >= register else -1
    lines = (
        ("people who live there", BLUE, stock, side),
        ("registered for\ntemporary protection\n(model)", ORANGE, register, -side),
    )
    for words, colour, height, side in lines:
        axes.annotate(
            words, (day, height + side * push), xytext=(6, 0), textcoords="offset points",
            color=colour, va="center", ha="left", fontsize=9.5, fontweight="bold", annotation_clip=False,
        )  # fmt: skip
    axes.annotate(
        "○ registers (Eurostat;\n   grey: a host missing)\n| clean-up of a register",
        (1, 0.08), xycoords="axes fraction",
        xytext=(6, 0), textcoords="offset points", color=GREY, fontsize=8.5, va="center",
    )  # fmt: skip
