"""``ewea data update``: rebuild the register series from the official Eurostat files."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.options import AsJson, configs_of, print_json

COMMAND = "data update"


def command(
    context: typer.Context,
    *,
    stock: Annotated[
        Path | None, typer.Option(help="File of migr_asytpsm (SDMX-CSV or TSV, plain or gzip).")
    ] = None,
    decisions: Annotated[Path | None, typer.Option(help="File of migr_asytpfm, in the same formats.")] = None,
    vintage: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM", help="Month of the figures, where the files do not say."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Rebuild the register series from Eurostat; show what changes, then write it.

    Without files the two datasets are fetched from Eurostat (needs the extra 'data' and a network).
    Nothing is written, and the exit code is 2, if a check refuses the new figures.
    """
    from experiments.data.update import apply_update, plan_update

    plan = plan_update(configs_of(context), stock, decisions, vintage)
    written = [] if dry_run or plan.faults or plan.is_empty else apply_update(plan)
    if as_json:
        print_json({**plan.to_dict(), "written": [path.name for path in written]})
    else:
        typer.echo(plan.to_text())
        if written:
            typer.echo("Written. Look at the difference with 'git diff', then run 'ewea validate'.")
        elif dry_run and not plan.faults and not plan.is_empty:
            typer.echo("Dry run: nothing was written.")
    if plan.faults:
        raise typer.Exit(2)
