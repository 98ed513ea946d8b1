"""``ewea population report``: compare the simulated households with their targets."""

from typing import Annotated

import typer

from experiments.options import SCALE, AsJson, configs_of, number_option, print_json

COMMAND = "population report"


def command(
    context: typer.Context,
    *,
    month: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM", help="Month of the population. Default: last register month."),
    ] = None,
    scale: Annotated[int | None, number_option(f"{SCALE}; small hosts are sampled more finely.")] = None,
    seed: Annotated[int, number_option("Seed of the draws.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Print every margin of the synthetic population: target, achieved and worst error.

    The last line says whether every share of every host is met.
    """
    from experiments.population_report import population_report, print_report, to_dict

    report = population_report(configs_of(context), month, scale, seed)
    if as_json:
        print_json(to_dict(report))
    else:
        print_report(report)
