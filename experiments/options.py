"""Options that several commands share."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from abm.errors import EweaError


def whole_number(text: str) -> int:
    """Return a whole number typed by a user; the message for anything else names what was found."""
    try:
        return int(text)
    except ValueError as error:
        raise typer.BadParameter(f"found {text!r}; a whole number is needed, for example 100.") from error


AsJson = Annotated[bool, typer.Option("--json", help="Print the figures as JSON and nothing else.")]


def configs_of(context: typer.Context) -> Path:
    """Return the configuration folder: ``--configs``, ``EWEA_CONFIGS`` or the project's own.

    Raises
    ------
    EweaError
        If the folder does not exist.
    """
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


def print_json(figures: Any) -> None:
    """Write one JSON document to standard output."""
    json.dump(figures, sys.stdout, indent=2, ensure_ascii=False, allow_nan=False)
    sys.stdout.write("\n")
