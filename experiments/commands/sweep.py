"""``ewea sweep`` and ``results``: run the worlds of a design, and look at their rows."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.options import AsJson, Repair, Scheduler, Store, Workers, configs_of, out_option, print_json


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


COMMANDS = {"sweep": sweep_command, "results": results_command}
