"""``ewea bench``: measure speed against other ways to write the model."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.options import AsJson, configs_of, print_json, whole_number

COMMAND = "bench"


def command(
    context: typer.Context,
    *,
    scale: Annotated[
        int,
        typer.Option(
            parser=whole_number,
            metavar="N",
            help="One simulated household stands for this many; 1 simulates everyone.",
        ),
    ] = 1,
    sample: Annotated[
        int, typer.Option(parser=whole_number, metavar="N", help="Households of the Mesa models.")
    ] = 20_000,
    rounds: Annotated[
        int, typer.Option(parser=whole_number, metavar="N", help="Timed rounds, all rivals in turns.")
    ] = 5,
    seed: Annotated[int, typer.Option(parser=whole_number, metavar="N", help="Number of the seed.")] = 1,
    out: Annotated[Path, typer.Option(help="File for the figures.")] = Path("build/bench.json"),
    around: Annotated[
        bool,
        typer.Option("--around/--only-the-month", help="Also measure memory, growth with size and start-up."),
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Time the month and the decision against Mesa objects, NumPy columns and C++.

    All of them decide for the same households in the same month, and that they decide the same is
    checked. Takes a few minutes; use an idle machine.
    """
    from experiments.bench.run import bars, print_bench, run_bench, write_figures

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
