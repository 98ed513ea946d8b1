"""``ewea compare BASE OTHER...``: what a scenario changes, for whom and through which lever."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.options import (
    AsJson,
    FirstSeed,
    Seeds,
    Threads,
    Until,
    UsualScale,
    configs_of,
    number_option,
    out_option,
    print_json,
)

COMMAND = "compare"


def command(
    context: typer.Context,
    *,
    base: Annotated[str, typer.Argument(help="Scenario to measure against.")],
    others: Annotated[list[str], typer.Argument(help="Scenarios to compare; join several with +.")],
    scale: UsualScale = None,
    seeds: Seeds = 20,
    seed: FirstSeed = 1,
    until: Until = None,
    months: Annotated[int | None, number_option("Instead of --until: months from the first one on.")] = None,
    place: Annotated[
        list[str] | None, typer.Option(help="Place to report: NL, EU, ALL or a host. May be repeated.")
    ] = None,
    threads: Threads = 0,
    out: Annotated[Path | None, out_option("results/compare-<scenarios>-<hash>")] = None,
    as_json: AsJson = False,
) -> None:
    """Run scenarios on the same seeds and report their differences with bands, by lever and by channel.

    Runs start after the last register month, from a population that matches the registers.
    """
    from experiments.comparison.report import print_comparisons
    from experiments.comparison.run import run_comparison

    result = run_comparison(
        configs=configs_of(context),
        base=base,
        others=others,
        scale=scale,
        n_seeds=seeds,
        first_seed=seed,
        until=until,
        months=months,
        places=place,
        threads=threads,
        out=out,
    )
    if as_json:
        print_json(result.json)
        return
    print_comparisons(result.comparisons, result.world, place or ["NL", "EU"], result.settings)
    typer.echo(f"\nTables, figure and manifest: {result.folder}")
