"""``ewea run``: simulate a scenario, show the result and keep it in a run folder."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from abm.months import month_index
from experiments.options import AsJson, configs_of, print_json, whole_number

COMMAND = "run"


def _month(text: str) -> int:
    try:
        return month_index(text)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from error


def command(
    context: typer.Context,
    *,
    scenario: Annotated[str, typer.Argument(help="Name of the scenario.")] = "baseline",
    scale: Annotated[
        int | None,
        typer.Option(
            parser=whole_number,
            metavar="N",
            help="One simulated household stands for this many; 1 simulates everyone.",
        ),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(parser=whole_number, metavar="N", help="Number of runs that differ by chance alone."),
    ] = None,
    seed: Annotated[
        int, typer.Option(parser=whole_number, metavar="N", help="Number of the first seed.")
    ] = 1,
    until: Annotated[
        int | None,
        typer.Option(parser=_month, metavar="YYYY-MM", help="Horizon: the run ends on day 1 of it."),
    ] = None,
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
    out: Annotated[
        Path | None, typer.Option(help="Run folder to write. Default: results/<scenario>-<hash>.")
    ] = None,
    threads: Annotated[
        int,
        typer.Option(
            parser=whole_number,
            metavar="N",
            help="Processor cores to use; 0 takes all. Does not change the result.",
        ),
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Simulate every displaced household month by month and report stocks, moves and places.

    Where scale, seeds or horizon is left out, configs/settings.yaml says what it is.
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
