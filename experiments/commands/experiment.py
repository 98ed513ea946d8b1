"""``ewea experiment NAME``: what happened when a rule changed, beside what the model says."""

from typing import Annotated

import typer

from experiments.options import AsJson, configs_of, print_json, whole_number

COMMAND = "experiment"


def command(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Argument(help="Natural experiment, for example ireland_2023.")],
    seeds: Annotated[int, typer.Option(parser=whole_number, metavar="N", help="Number of seeds.")] = 5,
    scale: Annotated[
        int, typer.Option(parser=whole_number, metavar="N", help="One simulated household stands for N.")
    ] = 100,
    as_json: AsJson = False,
) -> None:
    """Print observed against simulated figures of a natural experiment, with intervals."""
    from abm.errors import EweaError
    from experiments.natural.table import natural_experiment

    if seeds < 1:
        raise EweaError(f"--seeds: found {seeds}; allowed are 1 and more.")
    found = natural_experiment(configs_of(context), name, range(1, seeds + 1), scale)
    if as_json:
        print_json(found)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title=found["label"])
    for heading in ("", "observed", "interval to meet", "simulated (80 % band)", "inside"):
        table.add_column(heading, overflow="fold")
    for row in found["rows"]:
        table.add_row(
            f"{row['name']} ({row['unit']})",
            f"{row['observed']:g}",
            f"{row['observed_low']:g} to {row['observed_high']:g}",
            f"{row['simulated']:.2f} ({row['low_80']:.2f} to {row['high_80']:.2f})",
            "yes" if row["inside"] else "NO",
        )
    console = Console()
    console.print(found["question"], highlight=False)
    console.print(table)
    console.print(f"{found['reading']}. Source rows: {found['source']}.", highlight=False)
