"""``ewea robust DESIGN``: which policy of a sweep does well in most worlds."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.options import AsJson, configs_of, print_json

COMMAND = "robust"


def command(
    context: typer.Context,
    *,
    design: Annotated[str, typer.Argument(help="Design of a finished sweep, or the path of its file.")],
    minimise: Annotated[
        list[str] | None, typer.Option(metavar="OUTCOME", help="Less of it is better. May be repeated.")
    ] = None,
    maximise: Annotated[
        list[str] | None, typer.Option(metavar="OUTCOME", help="More of it is better. May be repeated.")
    ] = None,
    threshold: Annotated[
        list[str] | None,
        typer.Option(metavar="GOAL", help="A goal such as 'stock_NL < 98000'. May be repeated: all at once."),
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(help="Folder of the sweep. Default: results/sweeps/<design>.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder to write to. Default: results/analysis/<design>-robust.", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare policies over all worlds of a sweep: how far each lies behind the best one of every world.

    Policies are the combinations of levers of the design, worlds those of scenarios and uncertainties.
    """
    from experiments.analysis.robustness_run import run_robust

    found = run_robust(
        configs_of(context),
        design,
        minimise=minimise or (),
        maximise=maximise or (),
        thresholds=threshold or (),
        store=store,
        out=out,
    )
    if as_json:
        print_json(found.json)
        return
    for sentence in found.sentences:
        typer.echo(sentence)
    typer.echo(f"\nTable, figure and these sentences: {found.folder}")
