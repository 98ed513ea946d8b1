"""``ewea bench`` and ``bench-sweep``: measure speed against other ways to write the model, and of a sweep."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.options import AsJson, configs_of, number_option, print_json


def bench_command(
    context: typer.Context,
    *,
    scale: Annotated[
        int,
        number_option("One simulated household stands for this many; 1 simulates everyone.", 1),
    ] = 1,
    sample: Annotated[int, number_option("Households of the Mesa models.", 1)] = 20_000,
    rounds: Annotated[int, number_option("Timed rounds, all rivals in turns.", 1)] = 5,
    seed: Annotated[int, number_option("Number of the seed.", 0)] = 1,
    out: Annotated[Path, typer.Option(help="File for the figures.")] = Path("build/bench.json"),
    around: Annotated[
        bool,
        typer.Option("--around/--only-the-month", help="Also measure memory, growth with size and start-up."),
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Time the month and the decision against Mesa objects and C++, the decision against NumPy too.

    All of them decide for the same households in the same month, and that they decide the same is
    checked. Takes a few minutes; use an idle machine.
    """
    from experiments.bench.report import bars, print_bench
    from experiments.bench.run import run_bench, write_figures

    figures = run_bench(
        configs_of(context),
        scale,
        sample,
        rounds,
        seed,
        around=around,
        say=lambda text: typer.echo(text, err=True),
    )
    figures["bars"] = bars(figures)
    write_figures(out, figures)
    if as_json:
        print_json(figures)
    else:
        print_bench(figures)
        typer.echo(f"\nFigures: {out}")


def bench_sweep_command(
    context: typer.Context,
    *,
    scale: Annotated[int, number_option("One simulated household stands for N.", 1)] = 100,
    seeds: Annotated[int, number_option("Seeds; twelve runs each.", 1)] = 20,
    rounds: Annotated[int, number_option("Rounds, all in turns.", 1)] = 3,
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


COMMANDS = {"bench": bench_command, "bench-sweep": bench_sweep_command}
