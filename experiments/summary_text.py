"""The summary of a run on the terminal, in plain words."""

import sys
from typing import TYPE_CHECKING, Any

from experiments.summary import spoken_day, spoken_month

if TYPE_CHECKING:
    from rich.table import Table

FLOWS = {
    "arrivals": "arrive from\nUkraine",
    "returns": "return to\nUkraine",
    "onward_in": "come from\nanother host",
    "onward_out": "move on to\nanother host",
    "onward_within": "move between\nhosts inside",
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


def shown(figure: dict[str, Any] | None) -> str:
    r"""Return a figure with its band below it; a band narrower than the rounding is not shown.

    >>> shown({"shown": 134_000, "shown_low": 128_000, "shown_high": 142_000})
    '134,000\n128,000 to 142,000'
    >>> shown({"shown": 134_000, "shown_low": None, "shown_high": None})
    '134,000'
    """
    if figure is None:
        return "not known"
    text = f"{figure['shown']:,}"
    if figure["shown_low"] is None or figure["shown_low"] == figure["shown_high"]:
        return text
    return f"{text}\n{figure['shown_low']:,} to {figure['shown_high']:,}"


def _table(title: str, *columns: str) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(
        box=box.SIMPLE_HEAD, title=title, title_justify="left", title_style="bold", show_lines=False
    )
    table.add_column("", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _people(figures: dict[str, Any]) -> "Table":
    table = _table(
        "People from Ukraine who live there",
        spoken_day(figures["day_now"]),
        spoken_day(figures["day_horizon"]),
        "change",
    )
    for group in figures["groups"].values():
        cells = (group["stock_now"], group["stock_horizon"], group["stock_change"])
        table.add_row(group["label"], *(shown(cell) for cell in cells))
    return table


def _moves(figures: dict[str, Any]) -> "Table":
    flows = figures["flows"]
    table = _table(
        f"People who move in a year, mean of {spoken_month(flows['first'])} to "
        f"{spoken_month(flows['last'])} ({flows['period']})",
        *FLOWS.values(),
    )
    for key, group in figures["groups"].items():
        # Nobody moves on into or out of all host countries together.
        unfit = {"onward_in", "onward_out"} if key == "all" else set()
        table.add_row(
            group["label"],
            *(
                "-" if name in unfit or name not in group["per_year"] else shown(group["per_year"][name])
                for name in FLOWS
            ),
        )
    return table


def _registers(figures: dict[str, Any]) -> "Table | None":
    groups = [group for group in figures["groups"].values() if group["register"]]
    if not groups:
        return None
    month = spoken_month(groups[0]["register"]["month"])
    table = _table(
        f"People in the registers of temporary protection, end of {month}, where published",
        "published",
        "by the model",
        "difference",
    )
    for group in groups:
        line = group["register"]
        table.add_row(
            group["label"],
            f"{line['published']:,}",
            shown(line["modelled"]),
            f"{100 * line['difference_share']:+.1f} %",
        )
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
