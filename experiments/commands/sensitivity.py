"""``ewea sensitivity DESIGN``: which inputs drive an outcome of a sweep."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.options import AsJson, configs_of, print_json, whole_number

COMMAND = "sensitivity"


def command(
    context: typer.Context,
    *,
    design: Annotated[str, typer.Argument(help="Id of a design that was run, or its file.")],
    outcome: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Outcome to explain, e.g. stock_NL or stock_NL_change."),
    ] = None,
    top: Annotated[
        int, typer.Option(parser=whole_number, metavar="N", help="Inputs to show; the table holds all.")
    ] = 20,
    store: Annotated[Path | None, typer.Option(help="Folder of the sweep, if it was run with --out.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write. Default: results/analysis/<design>-sensitivity.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say which uncertainties drive an outcome, with 95 % intervals and what is only chance.

    Takes designs whose worlds were chosen for it: sampling method sobol (parts of the variance) or morris
    (size of effects).
    """
    from abm.errors import EweaError
    from experiments.analysis.sensitivity_print import print_sensitivity
    from experiments.analysis.sensitivity_run import run_sensitivity

    if top < 1:
        raise EweaError(f"--top {top}: give at least 1.")
    written = run_sensitivity(configs_of(context), design, outcome=outcome, top=top, store=store, out=out)
    if as_json:
        print_json(written.json)
        return
    print_sensitivity(written.found, written.sentences, top)
    typer.echo(f"\nTables and figure: {written.folder}")
