"""``ewea data check``: validate every data file and show what the data cover."""

import typer

from experiments.options import AsJson, configs_of, print_json

COMMAND = "data check"


def command(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Check every data file; show period, places, status of the figures, and gaps.

    The exit code is 2 if a file is wrong.
    """
    from experiments.data.check import check_data

    report = check_data(configs_of(context))
    if as_json:
        print_json(report.to_dict())
    else:
        typer.echo(report.to_text())
    if not report.is_valid:
        raise typer.Exit(2)
