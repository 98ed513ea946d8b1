"""``ewea why HOUSEHOLD``: one household under two scenarios, and what its decisions were made of."""

from typing import Annotated

import typer

from experiments.options import (
    AsJson,
    Scale,
    Until,
    configs_of,
    console,
    number_option,
    print_json,
    terminal_table,
)

COMMAND = "why"


def command(
    context: typer.Context,
    *,
    household: Annotated[
        str, typer.Argument(help="Household id, or 'any' for one whose path differs.")
    ] = "any",
    base: Annotated[str, typer.Option(help="First scenario.")] = "baseline",
    against: Annotated[str, typer.Option(help="Second scenario.")] = "rtb_end",
    seed: Annotated[int, number_option("Seed of both runs.")] = 1,
    scale: Scale = 1000,
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    """Tell one simulated household's history under two scenarios, with its factor sums where they part.

    No real household is described: the population is synthetic.
    """
    from abm.data.folder import load_settings
    from abm.data.settings import RunSettings
    from experiments.ensemble.households import SHOWN_FACTORS, history

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
    table = terminal_table(
        f"Household {told['household']} under {base} and {against} (seed {seed})",
        ("month", base, against),
        (),
        3,
    )
    before: tuple[str, str] = ("", "")
    for month in told["months"]:
        cells = tuple(_told(month[name]) for name in ("base", "other"))
        if cells != before:
            table.add_row(month["month"], *cells, style="bold" if month["differs"] else None)
        before = cells  # type: ignore[assignment]
    out = console()
    out.print(table)
    parting = next((m for m in told["months"] if m["differs"]), None)
    if parting is None:
        out.print("The two histories are the same.")
        return
    for way in ("return", "onward"):
        rows = [
            (factor.replace("_", " "), *("-" if v is None else f"{v:+.2f}" for v in pair))
            for factor, pair in list(parting[way].items())[:SHOWN_FACTORS]
        ]
        title = f"{parting['month']}: what favours {way} over staying (log odds)"
        out.print(terminal_table(title, ("factor", base, against), rows))
    out.print("Log odds: +0.7 doubles the odds, -0.7 halves them. The household is simulated, not real.")


def _told(row: dict[str, str] | None) -> str:
    """Return a month in words."""
    if row is None:
        return "not there"
    parts = [row["place"], row["status"], f"work {row['work']}", row["housing"], f"wants {row['intention']}"]
    return ", ".join(part.replace("_", " ") for part in parts) + (
        "" if row["choice"] == "stay" else f" -> {row['choice']}"
    )
