"""``ewea monitor``: could the Netherlands run out of places, and because of what."""

from typing import Annotated

import typer

from experiments.options import AsJson, configs_of, print_json, whole_number

COMMAND = "monitor"


def command(
    context: typer.Context,
    *,
    scenario: Annotated[str, typer.Argument(help="Scenario everything else is as in.")] = "baseline",
    since: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="Month from which to look ahead.")
    ] = None,
    seeds: Annotated[int, typer.Option(parser=whole_number, metavar="N", help="Number of seeds.")] = 6,
    scale: Annotated[int, typer.Option(parser=whole_number, metavar="N", help="Households per one.")] = 200,
    as_json: AsJson = False,
) -> None:
    """List the indicators that could push the Netherlands past its municipal places in 6 and 12 months."""
    from abm.errors import EweaError
    from abm.months import month_index
    from experiments.scorecard.warning import monitor

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
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print(
        f"Netherlands, looking ahead from {found['month']}: {found['places']:,.0f} places. If nothing "
        f"changes about {found['usual']['6']:,.0f} people need one after 6 months and "
        f"{found['usual']['12']:,.0f} after 12.",
        highlight=False,
    )
    console.print(
        f"Chance that places run short when all indicators move within what is plausible: "
        f"{100 * found['probability']['6']:.0f} % within 6 months, {100 * found['probability']['12']:.0f} % "
        "within 12.",
        style="bold",
        highlight=False,
    )
    table = Table(title="Each indicator alone, at the worse end of its plausible range")
    for heading in ("indicator", "", "people who need a place, 6 months", "12 months", "past the places"):
        table.add_column(heading, overflow="fold")
    for row in found["indicators"]:
        past = "within 6 months" if row["past_6"] else "within 12 months" if row["past_12"] else "no"
        table.add_row(
            row["indicator"], row["label"], f"{row['needed_6']:,.0f}", f"{row['needed_12']:,.0f}", past
        )
    console.print(table)
