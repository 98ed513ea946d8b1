"""``ewea scorecard SCENARIO``: the model's own EWEA scores beside the published ones."""

from typing import Annotated

import typer

from experiments.options import AsJson, configs_of, print_json, whole_number

COMMAND = "scorecard"


def command(
    context: typer.Context,
    *,
    scenario: Annotated[str, typer.Argument(help="Scenario everything else is as in.")] = "baseline",
    published: Annotated[str, typer.Option(help="Published scorecard: 2024-03 or 2025-11.")] = "2024-03",
    seeds: Annotated[int, typer.Option(parser=whole_number, metavar="N", help="Number of seeds.")] = 8,
    scale: Annotated[int, typer.Option(parser=whole_number, metavar="N", help="Households per one.")] = 200,
    as_json: AsJson = False,
) -> None:
    """Score every indicator by its effect on the people to protect in the Netherlands, -2 to +2."""
    from abm.errors import EweaError
    from experiments.scorecard.table import scorecard

    if seeds < 1:
        raise EweaError(f"--seeds: found {seeds}; allowed are 1 and more.")
    found = scorecard(configs_of(context), scenario, published, seeds, scale)
    if as_json:
        print_json(found["rows"])
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"EWEA scorecard: {scenario}, beside the report of {published}")
    for heading in ("indicator", "", "published", "model", "people to protect in NL after a year"):
        table.add_column(heading, overflow="fold")
    for row in found["rows"]:
        model = "-" if row["model"] is None else f"{row['model']:+d}".replace("+0", "0")
        given = row["published"]
        shown = "not scored" if isinstance(given, str) else f"{given:+d}".replace("+0", "0")
        effect = (
            f"{row['effect_persons']:+,.0f}" if row["model"] is not None else f"no driver: {row['reason']}"
        )
        table.add_row(row["indicator"], row["label"], shown, model, effect)
    console = Console()
    console.print(table)
    share = 100 * found["agreeing"] / found["compared"] if found["compared"] else 0
    console.print(
        f"Positive is fewer people to protect. Of {found['compared']} indicators with a published sign and "
        f"a driver {found['agreeing']} agree ({share:.0f} %); {found['zeros']} published zeros are left out. "
        "The model moves an indicator by its published score (by one step where that is 0 or absent), all "
        "else equal, and looks at the Netherlands twelve months later. Steps are judgements: see "
        "configs/scorecards/indicators.yaml.",
        highlight=False,
    )
