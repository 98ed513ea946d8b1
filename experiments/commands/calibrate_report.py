"""``ewea calibrate report``: a page about a calibration."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.options import AsJson, configs_of, print_json

COMMAND = "calibrate report"


def command(
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
