"""``ewea sensitivity DESIGN``: which inputs drive an outcome of a sweep."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.options import AsJson, Store, SweptDesign, configs_of, out_option, whole_number

COMMAND = "sensitivity"


def command(
    context: typer.Context,
    *,
    design: SweptDesign,
    outcome: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Outcome to explain, e.g. stock_NL or stock_NL_change."),
    ] = None,
    top: Annotated[
        int, typer.Option(parser=whole_number, metavar="N", help="Inputs to show; the table holds all.")
    ] = 20,
    store: Store = None,
    out: Annotated[Path | None, out_option("results/analysis/<design>-sensitivity")] = None,
    as_json: AsJson = False,
) -> None:
    """Rank the uncertainties that drive an outcome, with 95 % intervals and the part that is chance.

    The design must sample for it: method sobol (shares of the variance) or morris (sizes of effects).
    """
    from abm.errors import EweaError
    from experiments.analysis.running import run_sensitivity

    if top < 1:
        raise EweaError(f"--top {top}: give at least 1.")
    run_sensitivity(configs_of(context), design, outcome=outcome, top=top, store=store, out=out).show(as_json)
