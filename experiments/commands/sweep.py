"""``ewea sweep DESIGN``: run the worlds of a design, on this machine or a cluster; resumable."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.options import AsJson, Repair, Scheduler, Workers, configs_of, out_option, print_json

COMMAND = "sweep"


def command(
    context: typer.Context,
    *,
    design: Annotated[
        str | None,
        typer.Argument(help="A ready design, or the path of your own (.yaml). Omit to list them."),
    ] = None,
    workers: Workers = 0,
    scheduler: Scheduler = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue an interrupted sweep: only missing runs are done.")
    ] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="With --resume: also rerun failed worlds.")
    ] = False,
    repair: Repair = False,
    out: Annotated[Path | None, out_option("results/sweeps/<design>")] = None,
    as_json: AsJson = False,
) -> None:
    """Run every world of a design with every seed and keep the results in one store.

    If interrupted, nothing is lost: repeat the command with --resume. The results do not depend on the number
    of workers. Look at them with 'ewea results', 'sensitivity', 'discover' and 'robust'.
    """
    from experiments.designs.running import list_designs, print_ready, print_sweep, run_sweep

    if design is None:
        found = list_designs(configs_of(context))
        print_json(found) if as_json else print_ready("designs", "experiments/designs", found)
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
        print_sweep(summary)
    if summary["failed"]:
        raise typer.Exit(1)
