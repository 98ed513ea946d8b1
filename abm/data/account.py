"""What registrations are besides first arrivals, regimes of deregistration and clean-ups to come, by host.

Shares stand in ``configs/registers/account.csv`` by host and half-year: grants again (the title had lapsed,
or its holder had been in Ukraine for a while) and late registrations of people who were abroad already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from abm.arrays import Floats
from abm.data.tables import MONTH, SHARE, STATUS, TEXT, Row, TableColumn, read_carded
from abm.data.world import Renewal
from abm.errors import ConfigError

OTHER = "other"
"""Host code of the rows that stand for all hosts without rows of their own."""

HALF = TableColumn("half")

MOST_OTHER = 0.95
"""Largest share of registrations that are no first arrivals."""


@dataclass(frozen=True)
class Account:
    """Shares of registrations that are not first arrivals; ``T`` months, ``H`` hosts."""

    again: Floats  # [T, H] Grants again, share of registrations
    late: Floats  # [T, H] First registrations of people who were abroad already
    again_sd: Floats  # [T, H] Standard deviations of the log odds of both (prior)
    late_sd: Floats
    lapse_lag: int  # Months between a lapse and the grant that follows it
    before_war_share: float  # Late registrations of people who were abroad before the invasion


def load_account(root: Path, host_ids: Sequence[str], n_months: int) -> Account:
    """Return the account; a value holds until the next row of its host, the first one from the beginning."""
    path, spread = root / "registers" / "account.csv", TableColumn("number", least=0.0, most=2.0)
    columns = {
        "host": TableColumn(allowed=[*host_ids, OTHER]), "half": HALF, "again": SHARE, "again_sd": spread,
        "late": SHARE, "late_sd": spread, "status": STATUS, "source": TEXT,
    }  # fmt: skip

    def check(row: Row) -> str:
        other = row["again"] + row["late"]
        said = f"again and late sum to {other:g}; at most {MOST_OTHER:g} leaves room for first arrivals"
        return said if other > MOST_OTHER else ""

    card, rows = read_carded(path, columns, ("host", "half"), check)
    names = ("again", "late", "again_sd", "late_sd")
    found = {name: np.zeros((n_months, len(host_ids))) for name in names}
    of_host: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: int(row["half"])):
        of_host.setdefault(row["host"], []).append(row)
    if OTHER not in of_host:
        raise ConfigError(f"{path}: no row of {OTHER}, which stands for hosts without rows. Restore it.")
    for number, host in enumerate(host_ids):
        for position, row in enumerate(of_host.get(host, of_host[OTHER])):
            for name in names:
                found[name][row["half"] if position else 0 :, number] = row[name]
    return Account(
        **found,
        lapse_lag=round(card.number("lapse_lag_months")),
        before_war_share=card.number("before_war_share"),
    )


def deregistration_by_month(root: Path, host_ids: Sequence[str], usual: Floats, n_months: int) -> Floats:
    """Return the share of leavers taken off as they go, float64[T, H]; ``usual`` float64[H] at first."""
    columns = {"month": MONTH, "share": SHARE, "status": STATUS, "source": TEXT}
    path = root / "registers" / "deregistration.csv"
    start = {"share": np.repeat(np.asarray(usual, float)[None, :], n_months, axis=0)}
    return _from_then_on(path, columns, host_ids, "month", start)["share"]


def _from_then_on(
    path: Path, columns: Mapping[str, TableColumn], ids: Sequence[str], when: str, start: dict[str, Floats]
) -> dict[str, Floats]:
    """Return columns by month and host, float64[T, H]: ``start`` until the first row, each until the next."""
    columns = {"host": TableColumn(allowed=ids), **columns}
    _, rows = read_carded(path, columns, key=("host", when))
    for row in sorted(rows, key=lambda row: int(row[when])):
        for name, found in start.items():
            found[row[when] :, ids.index(row["host"])] = row[name]
    return start


ANY = "any"
"""Host of the row that stands for clean-ups at any time anywhere."""


def load_renewals(root: Path, host_ids: Sequence[str]) -> tuple[Renewal, ...]:
    """Return the clean-ups a projection draws, of ``configs/registers/renewals.csv``."""
    columns = {
        "host": TableColumn(allowed=[*host_ids, ANY]),
        "calendar_month": TableColumn("integer", least=0, most=12),
        "known": MONTH, "probability": SHARE, "size": SHARE,
        "spread": TableColumn("number", least=0.0, most=3.0),
        "status": STATUS, "source": TEXT,
    }  # fmt: skip
    key = ("host", "calendar_month", "known")
    _, rows = read_carded(root / "registers" / "renewals.csv", columns, key)
    numbers = {host: number for number, host in enumerate(host_ids)} | {ANY: -1}
    fields = ("calendar_month", "known", "probability", "size", "spread")
    return tuple(Renewal(numbers[row["host"]], *(row[name] for name in fields)) for row in rows)


def load_levels(root: Path, host_ids: Sequence[str], n_months: int) -> dict[str, Floats]:
    """Return the levels of return and of moves onward by half-year, float64[T, H] each; 0 where no row is."""
    number = TableColumn("number", least=-6.0, most=6.0)
    columns = {"half": HALF, "returns": number, "onward": number, "status": STATUS}
    start = {name: np.zeros((n_months, len(host_ids))) for name in ("returns", "onward")}
    found = _from_then_on(root / "registers" / "levels.csv", columns, host_ids, "half", start)
    return {"return_level": found["returns"], "onward_level": found["onward"]}
