"""``ewea run``: simulate a scenario, show the result and keep it in a run folder."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from experiments.options import (
    AsJson,
    FirstSeed,
    Threads,
    Until,
    UsualScale,
    configs_of,
    number_option,
    out_option,
    print_json,
)

COMMAND = "run"


def command(
    context: typer.Context,
    *,
    scenario: Annotated[str, typer.Argument(help="Scenario; join several with +.")] = "baseline",
    scale: UsualScale = None,
    seeds: Annotated[int | None, number_option("Number of runs that differ by chance alone.")] = None,
    seed: FirstSeed = 1,
    until: Until = None,
    arrivals: Annotated[
        Literal["recorded", "modelled"],
        typer.Option(help="Arrivals while data exist: as the registers recorded them, or as predicted."),
    ] = "recorded",
    parameters: Annotated[
        Literal["central", "posterior"] | None,
        typer.Option(
            help="Coefficients: the central ones, or a draw of the posterior per seed. Default: the "
            "posterior for several seeds.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path | None, out_option("results/<scenario>-<hash>")] = None,
    threads: Threads = 0,
    as_json: AsJson = False,
) -> None:
    """Simulate every displaced household month by month and report stocks, moves and places.

    Scale, seeds and horizon default to those of configs/settings.yaml.
    """
    from experiments.run_scenario import run_scenario

    figures = run_scenario(
        configs=configs_of(context),
        scenario=scenario,
        scale=scale,
        n_seeds=seeds,
        first_seed=seed,
        until=until,
        arrivals=arrivals,
        parameters=parameters,
        threads=threads,
        out=out,
    )
    if as_json:
        print_json(figures)
    else:
        from experiments.summary_text import print_summary

        print_summary(figures)
        typer.echo(f"\nTables, figures and manifest: {figures['run_folder']}")
