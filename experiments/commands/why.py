"""``ewea why HOUSEHOLD``: one household under two scenarios, and what its decisions were made of."""

from typing import Annotated

import typer

from experiments.commands.run import _month
from experiments.options import AsJson, configs_of, print_json, whole_number

COMMAND = "why"


def command(
    context: typer.Context,
    *,
    household: Annotated[
        str, typer.Argument(help="Household id, or 'any' for one whose path differs.")
    ] = "any",
    base: Annotated[str, typer.Option(help="First scenario.")] = "baseline",
    against: Annotated[str, typer.Option(help="Second scenario.")] = "rtb_end",
    seed: Annotated[int, typer.Option(parser=whole_number, metavar="N", help="Seed of both runs.")] = 1,
    scale: Annotated[int, typer.Option(parser=whole_number, metavar="N", help="Households per one.")] = 1000,
    until: Annotated[int | None, typer.Option(parser=_month, metavar="YYYY-MM", help="Horizon.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell one simulated household's history under two scenarios, with its factor sums where they part.

    No real household is described: the population is synthetic.
    """
    from abm.data.folder import load_settings
    from abm.data.settings import RunSettings
    from experiments.comparison.history import SHOWN_FACTORS, history

    root = configs_of(context)
    usual = load_settings(root)
    settings = RunSettings(
        scenario=base,
        scale=scale,
        start=usual.last_register_month + 1,
        until=usual.default_until if until is None else until,
        households_per_host=100,
    )
    told = history(root, household, base, against, settings, seed)
    if as_json:
        print_json(told)
        return
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(title=f"Household {told['household']} under {base} and {against} (seed {seed})")
    for heading in ("month", base, against):
        table.add_column(heading, overflow="fold")
    before: tuple[str, str] = ("", "")
    for month in told["months"]:
        cells = tuple(_told(month[name]) for name in ("base", "other"))
        if cells != before:
            table.add_row(month["month"], *cells, style="bold" if month["differs"] else None)
        before = cells  # type: ignore[assignment]
    console.print(table)
    parting = next((m for m in told["months"] if m["differs"]), None)
    if parting is None:
        console.print("The two histories are the same.")
        return
    for way in ("return", "onward"):
        sums = Table(title=f"{parting['month']}: what speaks for {way} against staying (log odds)")
        for heading in ("factor", base, against):
            sums.add_column(heading, justify="right" if heading != "factor" else "left")
        for factor, pair in list(parting[way].items())[:SHOWN_FACTORS]:
            sums.add_row(factor.replace("_", " "), *["-" if v is None else f"{v:+.2f}" for v in pair])
        console.print(sums)
    console.print("Log odds: +0.7 doubles the odds, -0.7 halves them. The household is simulated, not real.")


def _told(row: dict[str, str] | None) -> str:
    """Return a month in words."""
    if row is None:
        return "not there"
    parts = [row["place"], row["status"], f"work {row['work']}", row["housing"], f"wants {row['intention']}"]
    return ", ".join(part.replace("_", " ") for part in parts) + (
        "" if row["choice"] == "stay" else f" -> {row['choice']}"
    )
