"""``ewea scorecard SCENARIO``: the model's own EWEA scores beside the published ones."""

from typing import Annotated

import typer

from experiments.options import AsJson, Scale, Seeds, configs_of, console, print_json, terminal_table

COMMAND = "scorecard"


def command(
    context: typer.Context,
    *,
    scenario: Annotated[str, typer.Argument(help="Scenario that fixes everything else.")] = "baseline",
    published: Annotated[str, typer.Option(help="Published scorecard: 2024-03 or 2025-11.")] = "2024-03",
    seeds: Seeds = 8,
    scale: Scale = 200,
    as_json: AsJson = False,
) -> None:
    """Score every indicator by its effect on the number of displaced people in the Netherlands, -2 to +2."""
    from abm.errors import EweaError
    from experiments.scorecard import scorecard

    if seeds < 1:
        raise EweaError(f"--seeds: found {seeds}; allowed are 1 and more.")
    found = scorecard(configs_of(context), scenario, published, seeds, scale)
    if as_json:
        print_json(found["rows"])
        return
    rows = []
    for row in found["rows"]:
        model = "-" if row["model"] is None else f"{row['model']:+d}".replace("+0", "0")
        given = row["published"]
        shown = "not scored" if isinstance(given, str) else f"{given:+d}".replace("+0", "0")
        effect = (
            f"{row['effect_persons']:+,.0f}" if row["model"] is not None else f"no driver: {row['reason']}"
        )
        rows.append((row["indicator"], row["label"], shown, model, effect))
    title = f"EWEA scorecard: {scenario}, beside the report of {published}"
    heads = ("indicator", "", "published", "model", "displaced people in NL after a year")
    out = console()
    out.print(terminal_table(title, heads, rows, 2))
    share = 100 * found["agreeing"] / found["compared"] if found["compared"] else 0
    out.print(
        f"Positive means fewer displaced people. Of {found['compared']} indicators with a published sign and "
        f"a driver {found['agreeing']} agree ({share:.0f} %); {found['zeros']} published zeros are left out. "
        "The model moves an indicator by its published score (by one step where that is 0 or absent), all "
        "else equal, and looks at the Netherlands twelve months later. Steps are judgements: see "
        "configs/scorecards/indicators.yaml."
    )
