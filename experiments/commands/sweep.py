"""``ewea sweep`` and what it says: ``results``, ``sensitivity``, ``discover``, ``robust``; ``pareto``."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from experiments.options import (
    AsJson,
    Repair,
    Scheduler,
    Store,
    SweptDesign,
    Workers,
    configs_of,
    number_option,
    out_option,
    print_json,
)


def sweep_command(
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
    from experiments.designs.sweep import list_designs, print_ready, print_sweep, run_sweep
    from experiments.options import progress_line

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
        on_progress=progress_line(Path(design).stem, quiet=as_json),
    )
    if as_json:
        print_json(summary)
    else:
        given = (context.obj or {}).get("configs")
        own = [] if given is None else ["--configs", str(given)]
        place = [] if out is None else ["--out", str(out)]
        print_sweep(summary, shlex.join(["ewea", *own, "results", design, *place]))
    if summary["failed"]:
        raise typer.Exit(1)


def results_command(
    context: typer.Context,
    *,
    design: Annotated[str, typer.Argument(help="A ready design, or the path of your own (.yaml).")],
    sql: Annotated[
        str | None,
        typer.Argument(
            help='A query, for example "SELECT scenario, avg(stock_NL) FROM results GROUP BY scenario". '
            "Omit for a summary of every column.",
            show_default=False,
        ),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(help="Write the rows (of the query) to this file: .csv, .xlsx or .parquet."),
    ] = None,
    out: Store = None,
    as_json: AsJson = False,
) -> None:
    """Query the store of a sweep with SQL (DuckDB); the table is called 'results', failed worlds 'failures'.

    Every row holds its world (scenario, levers, uncertainties, seed) and its outcomes; column 'task' holds
    the full world as JSON. A running sweep can be read.
    """
    from experiments.designs.results import answer_query, print_table, write_table
    from experiments.designs.sweep import Sweep

    sweep = Sweep.of(design, configs_of(context), out)
    table = answer_query(sweep, sql, rows=export is not None)
    if export is not None:
        write_table(table, export, sweep)
        typer.echo(f"{len(table):,} rows written to {export}")
    elif as_json:
        print_json(table.astype(object).where(table.notna(), None).to_dict(orient="records"))
    else:
        print_table(table)


def sensitivity_command(
    context: typer.Context,
    *,
    design: SweptDesign,
    outcome: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Outcome to explain, e.g. stock_NL or stock_NL_change."),
    ] = None,
    top: Annotated[int, number_option("Inputs to show; the table holds all.", 1)] = 20,
    store: Store = None,
    out: Annotated[Path | None, out_option("results/analysis/<design>-sensitivity")] = None,
    as_json: AsJson = False,
) -> None:
    """Rank the uncertainties that drive an outcome, with 95 % intervals and the part that is chance.

    The design must sample for it: method sobol (shares of the variance) or morris (sizes of effects).
    """
    from experiments.analysis.running import run_sensitivity

    run_sensitivity(configs_of(context), design, outcome=outcome, top=top, store=store, out=out).show(as_json)


def discover_command(
    context: typer.Context,
    *,
    design: SweptDesign,
    when: Annotated[
        str, typer.Option(metavar="TEXT", help='Condition in quotes, for example "stock_NL > 98000".')
    ],
    store: Store = None,
    out: Annotated[Path | None, out_option("results/analysis/<design>-discovery")] = None,
    as_json: AsJson = False,
) -> None:
    """Find the ranges of the inputs in which a condition holds much more often than elsewhere (PRIM)."""
    from experiments.analysis.running import run_discovery

    run_discovery(configs_of(context), design, when, store=store, out=out).show(as_json)


def robust_command(
    context: typer.Context,
    *,
    design: SweptDesign,
    minimise: Annotated[
        list[str] | None, typer.Option(metavar="OUTCOME", help="Less of it is better. May be repeated.")
    ] = None,
    maximise: Annotated[
        list[str] | None, typer.Option(metavar="OUTCOME", help="More of it is better. May be repeated.")
    ] = None,
    threshold: Annotated[
        list[str] | None,
        typer.Option(metavar="GOAL", help="A goal such as 'stock_NL < 98000'. May be repeated: all at once."),
    ] = None,
    store: Store = None,
    out: Annotated[Path | None, out_option("results/analysis/<design>-robust")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare policies over all worlds of a sweep: how far each is behind the best one of every world.

    Policies are the combinations of levers of the design, worlds those of scenarios and uncertainties.
    """
    from experiments.analysis.running import run_robust

    run_robust(
        configs_of(context),
        design,
        minimise=minimise or (),
        maximise=maximise or (),
        thresholds=threshold or (),
        store=store,
        out=out,
    ).show(as_json)


def pareto_command(
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
    from experiments.designs.sweep import print_ready, runs_in_words

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


COMMANDS = {
    "sweep": sweep_command,
    "results": results_command,
    "sensitivity": sensitivity_command,
    "discover": discover_command,
    "robust": robust_command,
    "pareto": pareto_command,
}
