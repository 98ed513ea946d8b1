"""A comparison in the terminal, for people who decide."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import shorten, wrap

import numpy as np
from rich.console import Console
from rich.table import Table

from abm.band import IN_WORDS
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.months import first_day, month_label
from experiments.ensemble.outcomes import OUTCOMES, outcome, shown_in
from experiments.ensemble.paired import Comparison, band, channels, masks_of
from experiments.figures.style import BLUE, GREY, INK, ORANGE, common_look, save
from experiments.uncertainty import band_in_short
from experiments.wording.numbers import amount, rounding_step, to_step


def headline(comparison: Comparison, world: World, settings: RunSettings) -> str:
    """Return one sentence about the Netherlands."""
    mask = masks_of(world, ["NL"])["NL"]
    values = comparison.difference[:, OUTCOMES.index("stock")][:, mask].sum(axis=1)
    middle, low, high = band(values)
    when = month_label(settings.until)
    if low <= 0 <= high:
        return (
            f"{comparison.other}: by {when} the number of displaced people in the Netherlands does not "
            f"differ clearly from {comparison.base} ({amount(middle, low, high, settings.scale)})."
        )
    step = rounding_step(middle, low, high, settings.scale)
    verb = "more" if middle > 0 else "fewer"
    ends = sorted((abs(to_step(low, step)), abs(to_step(high, step))))
    return (
        f"{comparison.other}: by {when} about {abs(to_step(middle, step)):,} {verb} displaced people in the "
        f"Netherlands than under {comparison.base} ({IN_WORDS} of runs: {ends[0]:,} to {ends[1]:,} {verb})."
    )


def print_comparisons(
    comparisons: Sequence[Comparison], world: World, places: Sequence[str], settings: RunSettings
) -> None:
    """Print headline, differences, channels, levers and household types of every scenario."""
    console = Console()
    masks = masks_of(world, places)
    for comparison in comparisons:
        console.print()
        console.print(headline(comparison, world, settings), style="bold", highlight=False)
        table = Table(
            title=f"{comparison.other} less {comparison.base}, persons ({IN_WORDS} band over seeds)"
        )
        table.add_column("outcome")
        for place in places:
            table.add_column(place, justify="right")
        for name in shown_in("terminal"):
            number = OUTCOMES.index(name)
            cells = [
                amount(*band(comparison.difference[:, number][:, mask].sum(axis=1)), settings.scale)
                for mask in masks.values()
            ]
            if any(cell != "no change" for cell in cells):
                table.add_row(outcome(name).noun, *cells)
        console.print(table)
        _print_parts(console, comparison, world, places, settings)
    console.print(
        "\nAll scenarios share their chance events, so a difference is the effect of the scenario.\n"
        f"The band covers {band_in_short(settings)}. Stocks at the horizon; flows from the first month that "
        "differs.",
        style="dim",
        highlight=False,
    )


def _print_parts(
    console: Console, comparison: Comparison, world: World, places: Sequence[str], settings: RunSettings
) -> None:
    masks = masks_of(world, places)
    number = OUTCOMES.index("stock")
    by = Table(title="Displaced people: where the difference comes from (mean)")
    by.add_column("part")
    for place in places:
        by.add_column(place, justify="right")

    def row(name: str, values: list[float]) -> None:
        if any(abs(v) >= 0.5 for v in values):
            steps = [rounding_step(v, least=settings.scale) for v in values]
            by.add_row(name, *[f"{to_step(v, s):+,}" for v, s in zip(values, steps, strict=True)])

    parts = [channels(comparison, "stock", mask) for mask in masks.values()]
    for name in parts[0]:
        row(f"through {outcome(name).noun}", [part[name] for part in parts])
    if len(comparison.by_lever) > 1:
        by.add_section()
        for player, values in comparison.by_lever:
            row(f"by {player.label['en']}", [float(values[number, mask].sum()) for mask in masks.values()])
    if by.row_count:
        console.print(by)
    if comparison.types:
        kinds = Table(title="Households whose place or title differs most at the end (first seed, all hosts)")
        kinds.add_column("kind of household")
        kinds.add_column("persons", justify="right")
        for name, persons in comparison.types:
            kinds.add_row(name, f"{to_step(persons, rounding_step(persons, least=settings.scale)):,}")
        console.print(kinds)


def draw(stem: Path, comparison: Comparison, world: World, settings: RunSettings) -> None:
    """Write the figure as PNG and SVG."""
    from matplotlib.figure import Figure

    with common_look():
        figure = Figure(figsize=(12, 8.2))
        axes = figure.subplots(2, 2, width_ratios=[1.25, 1])
        figure.subplots_adjust(left=0.09, right=0.97, top=0.84, bottom=0.12, hspace=0.35, wspace=0.72)
        sentence = headline(comparison, world, settings)
        first, _, rest = sentence.partition(" (")
        figure.text(
            0.02,
            0.985,
            "\n".join(wrap(first.rstrip(".") + ".", 95)),
            fontsize=13,
            fontweight="bold",
            va="top",
        )
        if rest:
            figure.text(0.02, 0.905, f"({rest}", fontsize=10, color=GREY, va="top")
        months = comparison.monthly.shape[1]
        days = [first_day(settings.until - months + 1 + m) for m in range(months)]
        for row, (place, name) in enumerate((("NL", "Netherlands"), ("EU", "EU-27"))):
            mask = masks_of(world, [place])[place]
            values = comparison.monthly[:, :, mask].sum(axis=2)
            low, middle, high = np.quantile(values, [0.1, 0.5, 0.9], axis=0)
            panel = axes[row, 0]
            panel.fill_between(days, low, high, color=BLUE, alpha=0.25, linewidth=0)
            panel.plot(days, middle, color=BLUE, linewidth=2)
            panel.axhline(0, color=INK, linewidth=0.8)
            panel.set_title(f"{name}: displaced people, difference in persons", loc="left", fontsize=10)
            panel.yaxis.set_major_formatter(lambda v, _: f"{v:+,.0f}" if v else "0")
            panel.tick_params(axis="x", labelrotation=30)
            _bars(axes[row, 1], comparison, mask)
        figure.text(
            0.02,
            0.015,
            f"Simulation (ewea): {comparison.other} less {comparison.base} on the same seeds "
            f"({comparison.difference.shape[0]}), scale {settings.scale}, to {month_label(settings.until)}.\n"
            + f"Line: median; band: {IN_WORDS} of them, covering {band_in_short(settings)}.",
            fontsize=8.5,
            color=GREY,
        )
        save(figure, stem)


def _bars(panel, comparison: Comparison, mask) -> None:  # type: ignore[no-untyped-def]
    """Draw the mean parts: flows first, levers below them."""
    number = OUTCOMES.index("stock")
    parts = [
        (outcome(name).noun, value, ORANGE) for name, value in channels(comparison, "stock", mask).items()
    ]
    if len(comparison.by_lever) > 1:
        parts += [
            (player.label["en"], float(values[number, mask].sum()), BLUE)
            for player, values in comparison.by_lever
        ]
    shown = [part for part in parts if abs(part[1]) >= 0.5] or parts[:1]
    at = np.arange(len(shown))[::-1]
    panel.barh(at, [value for _, value, _ in shown], color=[colour for *_, colour in shown])
    panel.set_yticks(at, [shorten(name, 46) for name, *_ in shown], fontsize=8.5)
    panel.axvline(0, color=INK, linewidth=0.8)
    panel.grid(axis="y", visible=False)
    panel.xaxis.set_major_formatter(lambda v, _: f"{v:+,.0f}" if v else "0")
    panel.tick_params(axis="x", labelrotation=30, labelsize=8.5)
    panel.set_title("through which flow (orange) and lever (blue)", loc="left", fontsize=10)
