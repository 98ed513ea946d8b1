"""``ewea discover DESIGN --when "..."``: under which conditions an outcome of a sweep occurs."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.options import AsJson, configs_of, print_json

COMMAND = "discover"


def command(
    context: typer.Context,
    *,
    design: Annotated[str, typer.Argument(help="Id of a design that was run, or its file.")],
    when: Annotated[
        str, typer.Option(metavar="TEXT", help='Condition in quotes, for example "stock_NL > 98000".')
    ],
    store: Annotated[Path | None, typer.Option(help="Folder of the sweep, if it was run with --out.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write. Default: results/analysis/<design>-discovery.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find the ranges of the inputs in which a condition holds much more often than elsewhere (PRIM)."""
    from experiments.analysis.discovery_run import run_discovery

    written = run_discovery(configs_of(context), design, when, store=store, out=out)
    if as_json:
        print_json(written.json)
        return
    typer.echo("\n\n".join(written.sentences))
    typer.echo(f"\nTables and figure: {written.folder}")
