"""What registrations are besides first arrivals, regimes of deregistration and clean-ups to come, by host.

Shares stand in ``configs/registers/account.csv`` by host and half-year: grants again (the title had lapsed,
or its holder had been in Ukraine for a while) and late registrations of people who were abroad already.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from abm.arrays import Floats
from abm.data.tables import STATUSES, TableColumn, line_with, read_carded
from abm.data.world import Renewal
from abm.errors import ConfigError

OTHER = "other"
"""Host code of the rows that stand for all hosts without rows of their own."""

HALVES = tuple(f"{year}-H{half}" for year in range(2022, 2041) for half in (1, 2))
HALF_MONTHS = 6

SHARES = {"share": TableColumn("share"), "spread": TableColumn("number", least=0.0, most=2.0)}


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
    path = root / "registers" / "account.csv"
    columns = {
        "host": TableColumn(allowed=[*host_ids, OTHER]),
        "half": TableColumn(allowed=HALVES),
        "again": SHARES["share"],
        "again_sd": SHARES["spread"],
        "late": SHARES["share"],
        "late_sd": SHARES["spread"],
        "status": TableColumn(allowed=STATUSES),
        "source": TableColumn(),
    }
    card, rows = read_carded(path, columns, key=("host", "half"))
    names = ("again", "late", "again_sd", "late_sd")
    found = {name: np.zeros((n_months, len(host_ids))) for name in names}
    if not any(row["host"] == OTHER for row in rows):
        raise ConfigError(f"{path}: no row of {OTHER}, which stands for hosts without rows. Restore it.")
    for row in rows:
        if row["again"] + row["late"] > 0.95:
            raise ConfigError(
                f"{path}:{line_with(path, row['host'])}: {row['host']} {row['half']}: again and late sum to "
                f"{row['again'] + row['late']:g}; at most 0.95 leaves room for first arrivals."
            )
    for number, host in enumerate(host_ids):
        own = [row for row in rows if row["host"] == host] or [row for row in rows if row["host"] == OTHER]
        for position, row in enumerate(sorted(own, key=lambda row: str(row["half"]))):
            begin = HALVES.index(row["half"]) * HALF_MONTHS if position else 0
            for name in names:
                found[name][begin:, number] = row[name]
    return Account(
        **found,
        lapse_lag=round(card.number("lapse_lag_months")),
        before_war_share=card.number("before_war_share"),
    )


def deregistration_by_month(root: Path, host_ids: Sequence[str], usual: Floats, n_months: int) -> Floats:
    """Return the share of leavers taken off as they go, float64[T, H]; ``usual`` float64[H] at first."""
    columns = {
        "host": TableColumn(allowed=list(host_ids)),
        "month": TableColumn("month"),
        "share": TableColumn("share"),
        "status": TableColumn(allowed=STATUSES),
        "source": TableColumn(),
    }
    _, rows = read_carded(root / "registers" / "deregistration.csv", columns, key=("host", "month"))
    found = np.repeat(np.asarray(usual, float)[None, :], n_months, axis=0)
    for row in sorted(rows, key=lambda row: int(row["month"])):
        found[row["month"] :, host_ids.index(row["host"])] = row["share"]
    return found


ANY = "any"
"""Host of the row that stands for clean-ups at any time anywhere."""


def load_renewals(root: Path, host_ids: Sequence[str]) -> tuple[Renewal, ...]:
    """Return the clean-ups a projection draws, of ``configs/registers/renewals.csv``."""
    columns = {
        "host": TableColumn(allowed=[*host_ids, ANY]),
        "calendar_month": TableColumn("integer", least=0, most=12),
        "known": TableColumn("month"),
        "probability": TableColumn("share"),
        "size": TableColumn("share"),
        "spread": TableColumn("number", least=0.0, most=3.0),
        "status": TableColumn(allowed=STATUSES),
        "source": TableColumn(),
    }
    _, rows = read_carded(
        root / "registers" / "renewals.csv", columns, key=("host", "calendar_month", "known")
    )
    numbers = {host: number for number, host in enumerate(host_ids)} | {ANY: -1}
    fields = ("calendar_month", "known", "probability", "size", "spread")
    return tuple(Renewal(numbers[row["host"]], *(row[name] for name in fields)) for row in rows)


LEVELS = {"returns": "return_level", "onward": "onward_level"}
"""Column of ``configs/registers/levels.csv`` and field of the registers."""


def load_levels(root: Path, host_ids: Sequence[str], n_months: int) -> dict[str, Floats]:
    """Return the levels of return and of moves onward by half-year, float64[T, H] each; 0 where no row is."""
    number = TableColumn("number", least=-6.0, most=6.0)
    columns = {
        "host": TableColumn(allowed=list(host_ids)),
        "half": TableColumn(allowed=HALVES),
        **dict.fromkeys(LEVELS, number),
        "status": TableColumn(allowed=STATUSES),
    }
    _, rows = read_carded(root / "registers" / "levels.csv", columns, key=("host", "half"))
    found = {name: np.zeros((n_months, len(host_ids))) for name in LEVELS.values()}
    for row in sorted(rows, key=lambda row: str(row["half"])):
        begin = HALVES.index(row["half"]) * HALF_MONTHS
        for column, name in LEVELS.items():
            found[name][begin:, host_ids.index(row["host"])] = row[column]
    return found
