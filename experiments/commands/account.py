"""``ewea account``: registrations and people by year, beside their sources."""

import typer

from abm.band import LEVEL
from experiments.options import (
    AsJson,
    FirstSeed,
    Seeds,
    Threads,
    UsualScale,
    configs_of,
    console,
    print_json,
    terminal_table,
)

LABELS = {
    "first_arrivals": "first departures",
    "returns": "lasting returns",
    "redepartures": "departures again",
    "moves": "moves to another host",
    "regrants": "granted again",
    "late": "registered late",
    "births": "births",
    "net": "net outflow from Ukraine",
    "non_first_share": "registrations not first, %",
}


def account_command(
    context: typer.Context,
    *,
    scale: UsualScale = None,
    seeds: Seeds = 20,
    seed: FirstSeed = 1,
    threads: Threads = 0,
    as_json: AsJson = False,
) -> None:
    """Show what registrations were made of by year, and who came, returned and moved, beside their sources.

    Registrations are first arrivals, departures again, moves from other hosts, grants again after a lapse or
    a stay in Ukraine, late registrations of people abroad already, and births. Thousand persons, all hosts;
    the share is that of the hosts that publish grants.
    """
    from experiments.account import QUANTITIES, account

    found = account(configs_of(context), scale, seeds, seed, threads)
    if as_json:
        print_json(found)
        return
    low, high = (f"{edge}_{LEVEL * 100:.0f}" for edge in ("low", "high"))

    def cell(name: str, row: dict[str, float]) -> str:
        unit, digits = (100.0, 0) if name == "non_first_share" else (1e-3, 0)
        middle, least, most = (row[key] * unit for key in ("median", low, high))
        return f"{middle:,.{digits}f} ({least:,.{digits}f} to {most:,.{digits}f})"

    rows = [[LABELS[name], *(cell(name, year[name]) for year in found.values())] for name in QUANTITIES]
    out = console()
    title = f"Thousand persons, median and {LEVEL * 100:.0f} % band of {seeds} members"
    out.print(terminal_table(title, ("", *found), rows))
    names = sorted({name for year in found.values() for name in year["observed"]})
    told = []
    for name in names:
        by_year = [year["observed"].get(name) for year in found.values()]
        source = next(one["publisher"] for one in by_year if one)
        cells = ["" if one is None else f"{one['value'] / 1e3:,.0f}" for one in by_year]
        told.append([name.replace("_", " "), *cells, source])
    out.print(terminal_table("What others counted, thousand persons", ("", *found, "source"), told))


COMMANDS = {"account": account_command}
