"""``ewea discover DESIGN --when "..."``: under which conditions an outcome of a sweep occurs."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.options import AsJson, Store, SweptDesign, configs_of, out_option

COMMAND = "discover"


def command(
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
