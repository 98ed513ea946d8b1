"""``ewea calibrate baseline``: fit the model to surveys and registers."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.options import (
    AsJson,
    Repair,
    Scheduler,
    Workers,
    configs_of,
    out_option,
    print_json,
    whole_number,
)

COMMAND = "calibrate baseline"


def command(
    context: typer.Context,
    *,
    name: Annotated[
        str, typer.Option(help="Name of the fit: configs/coefficients/<name>.csv is written.")
    ] = "baseline",
    out: Annotated[Path | None, out_option("results/fit-<name>")] = None,
    simulations: Annotated[
        int | None,
        typer.Option(
            parser=whole_number,
            metavar="N",
            help="Training runs. [default: configs/calibration.yaml]",
            show_default=False,
        ),
    ] = None,
    workers: Workers = 0,
    scheduler: Scheduler = None,
    repair: Repair = False,
    proof: Annotated[
        bool,
        typer.Option("--proof/--no-proof", help="Also test recovery of known parameters, and sensitivity."),
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Fit the coefficients to surveys and registers, with their uncertainty.

    Runs simulations over the priors (continued where they were interrupted), learns what they find about
    every target, and draws from the posterior. Writes configs/coefficients/<name>.csv with its draws, and a
    fit folder with all tables. 'ewea run' uses the fit that configs/coefficients/fit.yaml names.
    """
    from experiments.calibrate.inputs import read_inputs, with_simulations
    from experiments.calibrate.proof import prove, score
    from experiments.calibrate.run import Where, calibrate, calibration_text, check_name
    from experiments.progress import ProgressLog

    check_name(name)
    folder = out or Path("results") / f"fit-{name}"
    inputs = with_simulations(read_inputs(configs_of(context)), simulations)
    where = Where(workers, scheduler, ProgressLog(quiet=as_json))
    result = calibrate(inputs, name, folder, where, repair=repair)
    if proof:
        result.summary["proof"] = prove(inputs, result, where)
    score(inputs.root, name, folder, workers, quiet=as_json)
    if as_json:
        print_json({**result.summary, "folder": str(folder)})
        return
    typer.echo(calibration_text(result.summary, name))
    typer.echo(f"\nFit folder: {folder} ('ewea calibrate report {folder}' makes a page of it)")
