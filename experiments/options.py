"""Options that several commands share, and the two ways a command prints."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from abm.errors import EweaError

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 100
"""Columns of text where nobody watches a terminal."""


def whole_number(text: str) -> int:
    """Return a whole number typed by a user; the message for anything else names what was found."""
    try:
        return int(text)
    except ValueError as error:
        raise typer.BadParameter(f"found {text!r}; a whole number is needed, for example 100.") from error


AsJson = Annotated[bool, typer.Option("--json", help="Print the results as JSON and nothing else.")]
Workers = Annotated[
    int, typer.Option(parser=whole_number, metavar="N", help="Worker processes; 0 uses all cores.")
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

    return Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)


def print_json(figures: Any) -> None:
    """Write one JSON document to standard output."""
    json.dump(figures, sys.stdout, indent=2, ensure_ascii=False, allow_nan=False)
    sys.stdout.write("\n")
