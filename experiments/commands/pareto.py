"""``ewea pareto SEARCH``: packages of policies that no other package beats on all goals."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.options import AsJson, configs_of, print_json, whole_number

COMMAND = "pareto"


def command(
    context: typer.Context,
    *,
    search: Annotated[
        str | None,
        typer.Argument(help="A ready search, or the path of your own (.yaml). Left out: list them."),
    ] = None,
    workers: Annotated[
        int, typer.Option(parser=whole_number, metavar="N", help="Processes; 0 takes all cores.")
    ] = 0,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Run on this Dask cluster (tcp://host:port)."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted search: finished runs are kept.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder to write to. Default: results/analysis/<search>-pareto.", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Search packages of levers that no other package beats on all goals at once, with NSGA-II.

    The current policy is always among them for comparison. The result is the same for any number of workers;
    killed at any moment, give the same command with --resume.
    """
    from experiments.analysis.pareto_run import list_searches, run_pareto

    if search is None:
        found = list_searches()
        if as_json:
            print_json(found)
            return
        typer.echo("Ready searches (experiments/designs/searches):")
        for one in found:
            typer.echo(
                f"  {one['id']} (at most {one['most_runs']:,} runs): {one['label']}. {one['question']}"
            )
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
    if as_json:
        print_json(result.json)
        return
    for sentence in result.sentences:
        typer.echo(f"- {sentence}")
    typer.echo(f"\n{result.json['done']:,} runs now, {result.json['skipped']:,} were there: {result.folder}")
