"""``ewea calibrate``: fit the model to surveys and registers, and write a page about the fit."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.options import (
    AsJson,
    Repair,
    Scheduler,
    Workers,
    configs_of,
    number_option,
    out_option,
    print_json,
)


def calibrate_baseline_command(
    context: typer.Context,
    *,
    name: Annotated[
        str, typer.Option(help="Name of the fit: configs/coefficients/<name>.csv is written.")
    ] = "baseline",
    out: Annotated[Path | None, out_option("results/fit-<name>")] = None,
    simulations: Annotated[
        int | None,
        number_option("Training runs. [default: configs/calibration.yaml]"),
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


def calibrate_report_command(
    context: typer.Context,
    *,
    folder: Annotated[Path, typer.Argument(help="Fit folder that 'ewea calibrate baseline' wrote.")] = Path(
        "results/fit-baseline"
    ),
    out: Annotated[
        Path | None,
        typer.Option(help="HTML file to write. Default: report.html in the folder.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write one HTML page about a calibration: how good it is, what it misses, and how that is known.

    The page needs no connection. It includes the validation if the folder holds what
    'ewea validate --json' prints as validation.json.
    """
    from experiments.calibration_report.page import write_report

    report = write_report(folder, configs_of(context), out)
    if as_json:
        print_json({"file": str(report.path), "in_short": report.sentences})
        return
    for sentence in report.sentences:
        typer.echo(f"* {sentence}")
    typer.echo(f"\nReport: {report.path}")


COMMANDS = {"calibrate baseline": calibrate_baseline_command, "calibrate report": calibrate_report_command}
