"""``ewea calibrate crosscheck``: a second opinion on a fit, by a neural network."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.options import AsJson, configs_of, print_json, whole_number

COMMAND = "calibrate crosscheck"


def command(
    context: typer.Context,
    *,
    folder: Annotated[Path, typer.Argument(help="Fit folder that 'ewea calibrate baseline' wrote.")] = Path(
        "results/fit-baseline"
    ),
    parameters: Annotated[
        int,
        typer.Option(
            parser=whole_number, metavar="N", help="Coefficients to compare: those the data moved most."
        ),
    ] = 20,
    as_json: AsJson = False,
) -> None:
    """Compare a fit with the posterior a neural network learns from the same simulations.

    The network shares targets and priors with the fit, but neither its emulator nor its sampler. Writes
    crosscheck.csv and crosscheck.json into the fit folder. Needs the optional libraries of the extra 'npe';
    if they are missing, the command says how to install them.
    """
    from calibration.fit.neural import check_installed

    check_installed()
    from experiments.calibrate.crosscheck import crosscheck, read_fit
    from experiments.calibrate.crosscheck_text import crosscheck_text
    from experiments.calibrate.inputs import read_inputs

    read_fit(folder)  # a wrong folder is told before the world is loaded
    result = crosscheck(read_inputs(configs_of(context)), folder, parameters, quiet=as_json)
    if as_json:
        print_json({**result.summary, "folder": str(folder), "table": result.table.to_dict("records")})
        return
    typer.echo(crosscheck_text(result))
    typer.echo(f"\nTable: {folder / 'crosscheck.csv'}")
