"""``ewea monitor``: could the Netherlands run out of places, and because of what."""

from typing import Annotated

import typer

from experiments.options import AsJson, Scale, Seeds, configs_of, console, print_json, terminal_table

COMMAND = "monitor"


def command(
    context: typer.Context,
    *,
    scenario: Annotated[str, typer.Argument(help="Scenario that fixes everything else.")] = "baseline",
    since: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="Month from which to look ahead.")
    ] = None,
    seeds: Seeds = 6,
    scale: Scale = 200,
    as_json: AsJson = False,
) -> None:
    """List the indicators that could fill all municipal places of the Netherlands in 6 and 12 months."""
    from abm.errors import EweaError
    from abm.months import month_index
    from experiments.scorecard import monitor

    if seeds < 1:
        raise EweaError(f"--seeds: found {seeds}; allowed are 1 and more.")
    try:
        first = None if since is None else month_index(since)
    except ValueError as error:
        raise EweaError(f"--since: {error}.") from error
    found = monitor(configs_of(context), scenario, seeds, scale, first)
    if as_json:
        print_json(found)
        return
    out = console()
    out.print(
        f"Netherlands, looking ahead from {found['month']}: {found['places']:,.0f} places. If nothing "
        f"changes about {found['usual']['6']:,.0f} people need one after 6 months and "
        f"{found['usual']['12']:,.0f} after 12."
    )
    out.print(
        f"Chance that places run short when all indicators move within what is plausible: "
        f"{100 * found['probability']['6']:.0f} % within 6 months, {100 * found['probability']['12']:.0f} % "
        "within 12.",
        style="bold",
    )
    rows = []
    for row in found["indicators"]:
        past = "within 6 months" if row["past_6"] else "within 12 months" if row["past_12"] else "no"
        rows.append(
            (row["indicator"], row["label"], f"{row['needed_6']:,.0f}", f"{row['needed_12']:,.0f}", past)
        )
    heads = ("indicator", "", "people who need a place, 6 months", "12 months", "exceeds the places")
    out.print(terminal_table("Each indicator alone, at the worse end of its plausible range", heads, rows, 2))
