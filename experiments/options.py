"""Options that several commands share, and the two ways a command prints."""

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from abm.errors import EweaError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

WIDTH = 100
"""Columns of text where nobody watches a terminal."""


def number_option(text: str, least: int | None) -> Any:
    """Return an option that takes a whole number; None where what it sets knows its own range."""

    def whole_number(typed: str) -> int:
        try:
            number = int(typed)
        except ValueError as error:
            raise typer.BadParameter(
                f"found {typed!r}; a whole number is needed, for example 100."
            ) from error
        if least is not None and number < least:
            raise typer.BadParameter(f"found {number}; allowed are {least} and more.")
        return number

    return typer.Option(parser=whole_number, metavar="N", help=text)


def month_option(text: str) -> Any:
    """Return an option that takes a month, ``YYYY-MM``, as its number."""

    def month_number(typed: str) -> int:
        from abm.months import month_index

        try:
            return month_index(typed)
        except ValueError as error:
            raise typer.BadParameter(f"{error}.") from error

    return typer.Option(parser=month_number, metavar="YYYY-MM", help=text)


SCALE = "Households that one simulated household stands for"
AsJson = Annotated[bool, typer.Option("--json", help="Print the results as JSON and nothing else.")]
Scale = Annotated[int, number_option(f"{SCALE}.", None)]
UsualScale = Annotated[int | None, number_option(f"{SCALE}; 1 simulates everyone.", None)]
Seeds = Annotated[int, number_option("Number of seeds.", 1)]
FirstSeed = Annotated[int, number_option("First seed.", 0)]
Until = Annotated[int | None, month_option("Horizon: runs end on day 1 of this month.")]
Threads = Annotated[int, number_option("Processor cores; 0 uses all. Does not change the results.", 0)]
Workers = Annotated[
    int, number_option("Worker processes; 0 uses all cores. Does not change the results.", None)
]
Scheduler = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Run on this Dask cluster (tcp://host:port).")
]
Repair = Annotated[
    bool, typer.Option("--repair", help="Set damaged files of the store aside and run their tasks again.")
]
SweptDesign = Annotated[
    str, typer.Argument(metavar="DESIGN", help="Id of a design that has been run, or the path of its file.")
]
Store = Annotated[
    Path | None,
    typer.Option(help="Folder of the sweep. Default: results/sweeps/<design>.", show_default=False),
]


def out_option(default: str) -> Any:
    """Return the option ``--out`` of a command that writes to ``default`` if nothing else is said."""
    return typer.Option(help=f"Folder to write to. Default: {default}.", show_default=False)


def configs_of(context: typer.Context) -> Path:
    """Return the configuration folder: ``--configs``, ``EWEA_CONFIGS`` or the project's own."""
    given: Path | None = (context.obj or {}).get("configs")
    if given is None:
        from abm.data.folder import default_configs

        return default_configs()
    if not given.is_dir():
        raise EweaError(
            f"--configs {given}: there is no such folder. Name the folder that holds 'countries' and "
            "'drivers', or leave the option out."
        )
    return given


def console() -> "Console":
    """Return the terminal for tables and sentences, 100 columns wide where standard output is no terminal."""
    from rich.console import Console

    class Terminal(Console):
        """A terminal whose reader may leave: that is answered by the command line and not by rich."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return Terminal(width=None if sys.stdout.isatty() else WIDTH, highlight=False)


def terminal_table(
    title: str, heads: Sequence[str], rows: Iterable[Sequence[str]], right: int = 1
) -> "Table":
    """Return a table for the terminal, flush right from column ``right`` on."""
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for number, head in enumerate(heads):
        table.add_column(head, justify="right" if number >= right else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def print_json(figures: Any) -> None:
    """Write one JSON document to standard output, whole or not at all; what is no number is null."""
    sys.stdout.write(json.dumps(_finite(figures), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
