"""``ewea robust DESIGN``: which policy of a sweep does well in most worlds."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.options import AsJson, Store, SweptDesign, configs_of, out_option

COMMAND = "robust"


def command(
    context: typer.Context,
    *,
    design: SweptDesign,
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
    store: Store = None,
    out: Annotated[Path | None, out_option("results/analysis/<design>-robust")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare policies over all worlds of a sweep: how far each is behind the best one of every world.

    Policies are the combinations of levers of the design, worlds those of scenarios and uncertainties.
    """
    from experiments.analysis.running import run_robust

    run_robust(
        configs_of(context),
        design,
        minimise=minimise or (),
        maximise=maximise or (),
        thresholds=threshold or (),
        store=store,
        out=out,
    ).show(as_json)
