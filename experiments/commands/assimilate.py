"""``ewea assimilate``: make the ensemble start from what was observed."""

from pathlib import Path
from typing import Annotated, Any

import typer

from experiments.options import (
    AsJson,
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
    from experiments.progress import ProgressLog

    given = prepare_assimilation(configs_of(context), until, members, scale)
    folder = out or Path("results") / f"assimilation-{month_label(given.until)}"
    log = ProgressLog(quiet=as_json)
    report = assimilate(given, folder, Where(workers, scheduler, log), lambda row: log(round_line(row)))
    if as_json:
        print_json(report)
        return
    years = list(report["rounds"][0]["returns"])
    rows = [
        [
            str(row["round"]),
            f"{row['seconds']:.0f} s",
            f"{row['register_error_median'] * 100:.1f} %",
            f"{row['register_error_largest'] * 100:.1f} % {row['largest_in']}",
            f"{row['NL']:,}",
            " ".join(f"{row['returns'][year] / 1e3:.0f}" for year in years),
            " ".join(f"{row['net'][year] / 1e3:.0f}" for year in years),
        ]
        for row in report["rounds"]
    ]
    heads = (
        "round",
        "time",
        "median error",
        "largest",
        "NL",
        f"returns {years[0]}-{years[-1]}",
        "net outflow",
    )
    out_to = console()
    out_to.print(
        terminal_table(
            f"Registers at each host's last month to {report['until']}; thousand persons", heads, rows
        )
    )
    left = sorted(report["left"].items(), key=lambda item: -abs(item[1]["error"]))[:8]
    told = [
        [
            host,
            row["month"],
            f"{row['register']:,}",
            f"{row['view']:,}",
            f"{row['offset']:+,}",
            f"{row['error'] * 100:+.1f} %",
        ]
        for host, row in left
    ]
    out_to.print(
        terminal_table(
            "Booked as an offset of the register (largest)",
            ("host", "month", "register", "view", "offset", "error"),
            told,
            2,
        )
    )
    free = report["free"]
    out_to.print(
        f"All published stocks from 2022-06 on, without offset: median error {free['median'] * 100:.1f} %, "
        f"largest {free['largest'] * 100:.0f} %. {report['members']} members, {report['minutes']:g} minutes."
    )
    typer.echo(f"Controls: {report['controls']}")


def round_line(row: dict[str, Any]) -> str:
    """Return one line on a round as it ends."""
    return (
        f"round {row['round']}: registers off by {row['register_error_median'] * 100:.1f} % (median), "
        f"{row['register_error_largest'] * 100:.1f} % ({row['largest_in']}); NL {row['NL']:,}; "
        f"{row['seconds']:.0f} s"
    )


COMMANDS = {"assimilate": assimilate_command}
