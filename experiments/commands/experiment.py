"""``ewea experiment NAME``: what happened when a rule changed, beside what the model says."""

from typing import Annotated

import typer

from abm.band import IN_WORDS
from experiments.options import AsJson, Scale, Seeds, configs_of, console, print_json, terminal_table

COMMAND = "experiment"


def command(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Argument(help="Natural experiment, for example ireland_2023.")],
    seeds: Seeds = 5,
    scale: Scale = 100,
    as_json: AsJson = False,
) -> None:
    """Print observed against simulated figures of a natural experiment, with intervals."""
    from abm.errors import EweaError
    from experiments.natural import natural_experiment

    if seeds < 1:
        raise EweaError(f"--seeds: found {seeds}; allowed are 1 and more.")
    found = natural_experiment(configs_of(context), name, range(1, seeds + 1), scale)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            f"{row['name']} ({row['unit']})",
            f"{row['observed']:g}",
            f"{row['observed_low']:g} to {row['observed_high']:g}",
            f"{row['simulated']:.2f} ({row['low_80']:.2f} to {row['high_80']:.2f})",
            "yes" if row["inside"] else "NO",
        )
        for row in found["rows"]
    ]
    out = console()
    out.print(found["question"])
    heads = ("", "observed", "interval to meet", f"simulated ({IN_WORDS} band)", "inside")
    out.print(terminal_table(found["label"], heads, rows))
    out.print(f"{found['reading']}. Source rows: {found['source']}.")
