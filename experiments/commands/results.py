"""``ewea results DESIGN [SQL]``: look at the rows of a sweep, or export them as CSV or Excel."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.options import AsJson, Store, configs_of, print_json

COMMAND = "results"


def command(
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
    from experiments.designs.asking import answer_query, write_table
    from experiments.designs.running import print_table

    table = answer_query(configs_of(context), design, sql, out, rows=export is not None)
    if export is not None:
        write_table(table, export, configs_of(context), design, out)
        typer.echo(f"{len(table):,} rows written to {export}")
    elif as_json:
        print_json(table.astype(object).where(table.notna(), None).to_dict(orient="records"))
    else:
        print_table(table)
