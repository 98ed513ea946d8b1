"""``ewea pareto SEARCH``: packages of policies that are Pareto-optimal."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.options import AsJson, Scheduler, Workers, configs_of, out_option, print_json

COMMAND = "pareto"


def command(
    context: typer.Context,
    *,
    search: Annotated[
        str | None,
        typer.Argument(help="A ready search, or the path of your own (.yaml). Omit to list them."),
    ] = None,
    workers: Workers = 0,
    scheduler: Scheduler = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue an interrupted search; finished runs are kept.")
    ] = False,
    out: Annotated[Path | None, out_option("results/analysis/<search>-pareto")] = None,
    as_json: AsJson = False,
) -> None:
    """Search for Pareto-optimal packages of levers with NSGA-II: no other package is better on all goals.

    The current policy is always included for comparison. The result does not depend on the number of workers;
    if interrupted, repeat the command with --resume.
    """
    from experiments.analysis.running import run_pareto
    from experiments.analysis.search import list_searches
    from experiments.designs.running import print_ready, runs_in_words

    if search is None:
        found = list_searches()
        if as_json:
            print_json(found)
        else:
            print_ready("searches", "experiments/designs/searches", found, "most_runs")
        return
    result = run_pareto(
        configs_of(context),
        search,
        workers=workers,
        scheduler=scheduler,
        resume=resume,
        out=out,
        quiet=as_json,
    )
    result.show(as_json)
    if not as_json:
        typer.echo(runs_in_words(result.of_run))
