"""``ewea validate``: score the hindcast against the registers of Eurostat."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.options import AsJson, configs_of, print_json

COMMAND = "validate"


def command(
    context: typer.Context,
    *,
    scale: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="One simulated household stands for this many. [default: configs/validation.yaml]",
            show_default=False,
        ),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Number of runs that differ by chance alone. [default: configs/validation.yaml]",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Number of the first seed.")] = 1,
    figure: Annotated[
        Path | None, typer.Option(help="Write the figure to this .png, .svg or .pdf file as well.")
    ] = None,
    threads: Annotated[
        int, typer.Option(min=0, help="Processor cores to use; 0 takes all. Does not change the result.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Score past forecasts of the model against the registers, beside naive and automatic baselines.

    Every forecast starts at the end of a past month and uses only what was known then. The baselines are
    "nothing changes", "inflow goes on", last year's growth, ETS and ARIMA. Months with a register clean-up
    are scored apart.
    """
    from calibration.validation.scores import finite
    from experiments.validate_hindcast import intentions_text, validate_hindcast
    from experiments.validation_text import validation_text

    result = validate_hindcast(
        configs=configs_of(context),
        scale=scale,
        n_seeds=seeds,
        first_seed=seed,
        threads=threads,
        figure=figure,
        quiet=as_json,
    )
    if as_json:
        surveys = {} if result.intentions is None else {"intentions": result.intentions}
        print_json(finite({**result.scores, **surveys}))
    else:
        typer.echo(validation_text(result.scores, result.rules, result.scale, result.n_seeds))
        if result.intentions is not None:
            typer.echo(intentions_text(result.intentions))
        if figure is not None:
            typer.echo(f"\nFigure: {figure}")
