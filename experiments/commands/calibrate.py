"""``ewea calibrate`` and ``ewea assimilate``: fit the model, and start from the registers."""

from pathlib import Path
from typing import Annotated, Any

import typer

from experiments.options import (
    AsJson,
    Repair,
    Scheduler,
    Workers,
    configs_of,
    console,
    month_option,
    number_option,
    out_option,
    print_json,
    terminal_table,
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
        number_option("Training runs. [default: configs/calibration.yaml]", 1),
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
    from experiments.options import ProgressLog

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


def assimilate_command(
    context: typer.Context,
    *,
    until: Annotated[
        int | None,
        month_option(
            "Use only what was known at the end of this month (an origin of forecasts). Default: all data."
        ),
    ] = None,
    members: Annotated[
        int | None, number_option("Members of the ensemble. [default: configs/assimilation.yaml]", 2)
    ] = None,
    scale: Annotated[
        int | None, number_option("Households one row stands for. [default: configs/assimilation.yaml]", 1)
    ] = None,
    out: Annotated[Path | None, out_option("results/assimilation-<month>")] = None,
    workers: Workers = 0,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
) -> None:
    """Tie every member of the ensemble to the registers and to what others counted.

    Runs the past of every member several times and moves its controls by host and half-year until the
    registers are met; households are never edited. Writes the controls beside the draws of the fit, with a
    digest of the data: after an update of the registers every command says that they are older. A run that
    was interrupted goes on where it was. With --until the controls of an origin get a file of their own.
    """
    from abm.months import month_label
    from experiments.assimilate import assimilate, prepare_assimilation
    from experiments.calibrate.run import Where
    from experiments.options import ProgressLog

    given = prepare_assimilation(configs_of(context), until, members, scale)
    folder = out or Path("results") / f"assimilation-{month_label(given.until)}"
    log = ProgressLog(quiet=as_json)
    report = assimilate(given, folder, Where(workers, scheduler, log), lambda row: log(round_line(row)))
    if as_json:
        print_json(report)
        return
    years = list(report["rounds"][0]["returns"])
    rows = []
    for row in report["rounds"]:
        largest = f"{row['register_error_largest'] * 100:.1f} % {row['largest_in']}"
        errors = f"{row['register_error_median'] * 100:.1f} %", largest, f"{row['NL']:,}"
        by_year = (" ".join(f"{row[name][y] / 1e3:.0f}" for y in years) for name in ("returns", "net"))
        rows.append([str(row["round"]), f"{row['seconds']:.0f} s", *errors, *by_year])
    spans = f"returns {years[0]}-{years[-1]}", "net outflow"
    out_to = console()
    title = f"Registers at each host's last month to {report['until']}; thousand persons"
    heads = ("round", "time", "median error", "largest", "NL", *spans)
    out_to.print(terminal_table(title, heads, rows))
    told = []
    for host, row in sorted(report["left"].items(), key=lambda item: -abs(item[1]["error"]))[:8]:
        persons = f"{row['register']:,}", f"{row['view']:,}", f"{row['offset']:+,}"
        told.append([host, row["month"], *persons, f"{row['error'] * 100:+.1f} %"])
    heads = ("host", "month", "register", "view", "offset", "error")
    out_to.print(terminal_table("Booked as an offset of the register (largest)", heads, told, 2))
    free = report["free"]
    out_to.print(
        f"All published stocks from 2022-06 on, without offset: median error {free['median'] * 100:.1f} %, "
        f"largest {free['largest'] * 100:.0f} %. {report['members']} members, {len(report['left_out'])} of "
        f"them left out, {report['minutes']:g} minutes."
    )
    typer.echo(f"Controls: {report['controls']}")


def round_line(row: dict[str, Any]) -> str:
    """Return one line on a round as it ends."""
    return (
        f"round {row['round']}: registers off by {row['register_error_median'] * 100:.1f} % (median), "
        f"{row['register_error_largest'] * 100:.1f} % ({row['largest_in']}); NL {row['NL']:,}; "
        f"{row['seconds']:.0f} s"
    )


COMMANDS = {
    "calibrate baseline": calibrate_baseline_command,
    "calibrate report": calibrate_report_command,
    "assimilate": assimilate_command,
}
