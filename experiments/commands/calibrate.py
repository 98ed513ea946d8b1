"""``ewea calibrate``, ``assimilate`` and ``forecast``: fit the model, tie it to the registers, look ahead."""

from pathlib import Path
from typing import Annotated, Any

import typer

from abm.band import IN_WORDS, key
from experiments.options import (
    AsJson,
    Repair,
    Scheduler,
    Threads,
    UsualScale,
    Workers,
    configs_of,
    console,
    month_option,
    number_option,
    out_option,
    print_json,
    terminal_table,
    text_table,
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
    only: Annotated[
        list[str] | None,
        typer.Option(
            help="Fit this parameter (may be repeated); those not named stay at the centre of their priors.",
            show_default=False,
        ),
    ] = None,
    workers: Workers = 0,
    scheduler: Scheduler = None,
    repair: Repair = False,
    proof: Annotated[
        bool,
        typer.Option(
            "--proof/--no-proof",
            help="Also test recovery of known parameters, sensitivity, and held-out months.",
        ),
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Fit the coefficients to surveys and registers, with their uncertainty.

    Runs simulations over the priors (continued where they were interrupted), learns what they find about
    every target, and draws from the posterior. Writes configs/coefficients/<name>.csv with its draws, and a
    fit folder with all tables. 'ewea run' uses the fit that configs/coefficients/fit.yaml names.
    """
    from experiments.calibrate.inputs import read_inputs, restricted_inputs
    from experiments.calibrate.proof import prove, score
    from experiments.calibrate.run import Where, calibrate, calibration_text, check_name
    from experiments.options import ProgressLog

    check_name(name)
    folder = out or Path("results") / f"fit-{name}"
    inputs = restricted_inputs(read_inputs(configs_of(context)), simulations, only or ())
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


Ledger = Annotated[Path | None, out_option("docs/forecasts beside the configuration")]


def publish_command(
    context: typer.Context,
    *,
    as_of: Annotated[
        int | None,
        month_option(
            "Publish late what could have been said at the end of this month, marked as made later."
        ),
    ] = None,
    scale: UsualScale = None,
    seeds: Annotated[
        int | None, number_option("Number of seeds. [default: configs/settings.yaml]", 2)
    ] = None,
    out: Ledger = None,
    threads: Threads = 0,
    as_json: AsJson = False,
) -> None:
    """Publish the forecast of the baseline, 24 months on: every host, EU and ALL, dated and hashed.

    Written once to <last data month>.csv, with the law and the data it knew in its head, and never
    overwritten. --as-of makes an earlier one with what was known then.
    """
    from experiments.forecast_ledger import ledger_folder, publish_forecast
    from experiments.options import progress

    root = configs_of(context)
    with progress(0, "forecast", as_json, "runs") as meter:
        path, _ = publish_forecast(
            root=root,
            folder=out or ledger_folder(root),
            as_of=as_of,
            scale=scale,
            n_seeds=seeds,
            threads=threads,
            watch=meter.show,
        )
    if as_json:
        print_json({"published": str(path)})
    else:
        typer.echo(f"Published: {path}")


def score_command(context: typer.Context, *, out: Ledger = None, as_json: AsJson = False) -> None:
    """Score every published forecast against the registers that came later, beside the baselines."""
    from abm.data.settings import load_settings
    from abm.months import month_label
    from abm.policy.scenario import scenario_world
    from calibration.validation.rules import load_rules
    from experiments.forecast_ledger import ledger_folder, ledger_scores, read_ledger
    from experiments.validation_text import HEADS, number

    root = configs_of(context)
    folder = out or ledger_folder(root)
    entries = read_ledger(folder)
    world = scenario_world(root, load_settings(root).default_until)
    rules = load_rules(root / "validation.yaml", world.hosts.ids, world.registers)
    found = ledger_scores(entries, world.registers, world.hosts.ids, world.hosts.is_eu, rules)
    if as_json:
        print_json({"forecasts": found})
        return
    shown = ("model", "persistence", "damped_trend", "ets")
    rows = [
        [
            one["forecast"],
            "later" if one["made_later"] else one["made_on"],
            month,
            str(row["months_ahead"]),
            *(number(row[name]["median"]) for name in shown),
            number(row[key("coverage")], 0, 100),
            *(number(abs(row["EU"][f"error_pct_{name}"])) for name in ("model", "damped_trend")),
        ]
        for one in found
        for month, row in one["targets"].items()
    ]
    heads = ["from", "made", "to", "months", *(HEADS[name] for name in shown), f"{IN_WORDS} band holds, %"]
    if rows:
        title = (
            "Published forecasts: typical error (median over hosts, % of the register), and that of the EU:"
        )
        typer.echo(text_table(title, [*heads, "EU", "EU, damped trend"], rows, words=(0, 1, 2)))
    last = month_label(world.registers.last_month)
    for one in found:
        if one["changed"]:
            typer.echo(
                f"{one['forecast']}: the file was changed after it was published (its hash does not fit), so "
                "it is not scored. Restore it."
            )
        elif not one["targets"]:
            typer.echo(f"{one['forecast']}: no later registers yet; they end in {last}.")
    if not found:
        typer.echo(f"No forecast is published in {folder}. Publish one: ewea forecast publish.")


COMMANDS = {
    "calibrate baseline": calibrate_baseline_command,
    "calibrate report": calibrate_report_command,
    "assimilate": assimilate_command,
    "forecast publish": publish_command,
    "forecast score": score_command,
}
