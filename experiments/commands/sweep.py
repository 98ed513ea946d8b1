"""``ewea sweep DESIGN``: run the worlds of a design, on this machine or a cluster; resumable."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.options import AsJson, configs_of, print_json, whole_number

COMMAND = "sweep"


def command(
    context: typer.Context,
    *,
    design: Annotated[
        str | None,
        typer.Argument(help="A ready design, or the path of your own (.yaml). Left out: list them."),
    ] = None,
    workers: Annotated[
        int, typer.Option(parser=whole_number, metavar="N", help="Processes; 0 takes all cores.")
    ] = 0,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Run on this Dask cluster (tcp://host:port)."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted sweep: only what is missing is run.")
    ] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="With --resume: run failed worlds again too.")
    ] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Put damaged parts aside and run their worlds again.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the results. Default: results/sweeps/<design>.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run every world of a design with every seed and keep the results in one store.

    Killed at any moment, nothing is lost: give the same command with --resume. The results are the same for
    any number of workers. Look at them with 'ewea results', 'sensitivity', 'discover' and 'robust'.
    """
    from experiments.designs.running import list_designs, run_sweep
    from experiments.designs.text import print_designs, print_summary

    if design is None:
        found = list_designs(configs_of(context))
        print_json(found) if as_json else print_designs(found)
        return
    summary = run_sweep(
        configs_of(context),
        design,
        out,
        workers=workers,
        scheduler=scheduler,
        resume=resume or repair,
        retry_failed=retry_failed,
        repair=repair,
        quiet=as_json,
    )
    if as_json:
        print_json(summary)
    else:
        print_summary(summary)
    if summary["failed"]:
        raise typer.Exit(1)
