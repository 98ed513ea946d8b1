"""``ewea bench-sweep``: what a sweep costs beyond its simulations, and what a second worker brings."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.options import AsJson, configs_of, print_json, whole_number

COMMAND = "bench-sweep"


def command(
    context: typer.Context,
    *,
    scale: Annotated[
        int, typer.Option(parser=whole_number, metavar="N", help="One simulated household stands for N.")
    ] = 100,
    seeds: Annotated[
        int, typer.Option(parser=whole_number, metavar="N", help="Seeds; twelve runs each.")
    ] = 20,
    rounds: Annotated[int, typer.Option(parser=whole_number, metavar="N", help="Rounds, all in turns.")] = 3,
    out: Annotated[Path, typer.Option(help="File for the figures.")] = Path("build/bench-sweep.json"),
    as_json: AsJson = False,
) -> None:
    """Time a sweep with one and two workers against the same tasks in a loop. Use an idle machine."""
    from experiments.bench.run import write_figures
    from experiments.bench.sweep_cost import cost_text, sweep_cost

    figures = sweep_cost(configs_of(context), scale, seeds, rounds, lambda text: typer.echo(text, err=True))
    write_figures(out, figures)
    if as_json:
        print_json(figures)
    else:
        typer.echo(cost_text(figures))
