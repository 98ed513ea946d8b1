"""The summary of a run on the terminal, in plain words."""

import sys
from typing import TYPE_CHECKING, Any

from abm.places import ALL
from experiments.wording.months import short_day, spoken_day, spoken_month

if TYPE_CHECKING:
    from rich.table import Table

FLOWS = {
    "arrivals": "arrive from Ukraine",
    "returns": "return to Ukraine",
    "onward_in": "move in from a host",
    "onward_out": "move on to a host",
    "onward_within": "move between its hosts",
}

PLACES = {
    "needed": "people who need a place",
    "in_use": "places in use",
    "capacity": "places there are",
    "short": "places short",
}

WIDTH = 100
"""Columns used when the output is not a terminal."""


def print_summary(figures: dict[str, Any]) -> None:
    """Print the figures of :func:`experiments.summary.summarise` to standard output."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    console.print()
    console.print(f"[bold]{figures['headline']}[/bold]")
    console.print()
    tables = (_people(figures), _moves(figures), _registers(figures), _places(figures))
    for table in tables:
        if table is not None:
            console.print(table)
    console.print(figures["parts"])
    console.print(figures["band"]["covers"])
    console.print(figures["fit"])


def shown(figure: dict[str, Any] | None) -> str:
    r"""Return a figure with its band below it; a band narrower than the rounding is not shown.

    >>> shown({"shown": 134_000, "shown_low": 128_000, "shown_high": 142_000})
    '134,000\n128,000–142,000'
    >>> shown({"shown": 134_000, "shown_low": None, "shown_high": None})
    '134,000'
    """
    if figure is None:
        return "not known"
    text = f"{figure['shown']:,}"
    if figure["shown_low"] is None or figure["shown_low"] == figure["shown_high"]:
        return text
    return f"{text}\n{figure['shown_low']:,}–{figure['shown_high']:,}"


def _table(title: str, *columns: str) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(
        box=box.SIMPLE_HEAD, title=title, title_justify="left", title_style="bold", show_lines=False
    )
    table.add_column("", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", overflow="fold")
    return table


def _people(figures: dict[str, Any]) -> "Table":
    groups = figures["groups"].values()
    table = _table("People from Ukraine who live there", *(group["label"] for group in groups))
    rows = {
        short_day(figures["day_now"]): "stock_now",
        short_day(figures["day_horizon"]): "stock_horizon",
        "change": "stock_change",
    }
    for words, name in rows.items():
        table.add_row(words, *(shown(group[name]) for group in groups))
    return table


def _moves(figures: dict[str, Any]) -> "Table":
    flows, groups = figures["flows"], figures["groups"]
    table = _table(
        f"People who move, a year: mean of {spoken_month(flows['first'])} to "
        f"{spoken_month(flows['last'])} ({flows['period']})",
        *(group["label"] for group in groups.values()),
    )
    # Nobody moves on into or out of all host countries together.
    unfit = {(ALL, "onward_in"), (ALL, "onward_out")}
    for name, words in FLOWS.items():
        cells = [
            "-" if (key, name) in unfit or name not in group["per_year"] else shown(group["per_year"][name])
            for key, group in groups.items()
        ]
        table.add_row(words, *cells)
    return table


def _registers(figures: dict[str, Any]) -> "Table | None":
    groups = [group for group in figures["groups"].values() if group["register"]]
    if not groups:
        return None
    lines = [group["register"] for group in groups]
    table = _table(
        f"In the registers of temporary protection, end of {spoken_month(lines[0]['month'])}",
        *(group["label"] for group in groups),
    )
    table.add_row("published", *(f"{line['published']:,}" for line in lines))
    table.add_row("by the model", *(shown(line["modelled"]) for line in lines))
    table.add_row("difference", *(f"{100 * line['difference_share']:+.1f} %" for line in lines))
    table.add_row("hosts counted", *(str(line["hosts"]) for line in lines))
    return table


def _places(figures: dict[str, Any]) -> "Table | None":
    places = figures["places"]["NL"]
    if all(line is None for line in places["horizon"].values()):
        return None
    days = (spoken_day(figures["day_now"]), spoken_day(figures["day_horizon"]))
    table = _table("Collective reception in the Netherlands", *days)
    for line, words in PLACES.items():
        cells = (places["now"][line], places["horizon"][line])
        table.add_row(words, *(f"{cell:,.0f}" if isinstance(cell, float) else shown(cell) for cell in cells))
    return table
