"""Who the displaced are: shares of persons, origin and household types, read and carried through time.

The shares of a host are known for one month (the snapshot). They move through time with the European
series on the log-odds scale: what sets a host apart in the snapshot month sets it apart in every month.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from abm.arrays import Floats
from abm.data.registers import read_eu_decisions
from abm.data.settings import Settings
from abm.data.tables import (
    COUNT,
    MONTH,
    SHARE,
    STATUS,
    TEXT,
    Check,
    Row,
    SeriesCard,
    TableColumn,
    load_card,
    read_carded,
)
from abm.data.world import Composition
from abm.errors import ConfigError
from abm.months import month_label


def stock_shares(
    snapshot: Floats,
    snapshot_month: int,
    eu_months: Sequence[int],
    eu_shares: Floats,
    n_months: int,
    *,
    male_share_65: float,
) -> tuple[Floats, Floats]:
    """Return shares of women 18-64, men 18-64, minors and 65+, float64[T, H, 4] and [T, 4] in the EU.

    ``snapshot`` float64[H, 4] holds for one month, ``eu_shares`` float64[M, 3] (women, minors, men, 65+
    included) for ``eu_months``; ``male_share_65`` is that of men among persons of 65 and over. Between EU
    observations the log-odds are interpolated, before the first and after the last they hold. The share of
    adults of a sex who are 65 or over is taken as constant; it cancels between EU months and matters only
    through the snapshot.
    """
    months = np.arange(n_months)
    log_eu = np.log(eu_shares)
    women, minors, men = (np.exp(np.interp(months, eu_months, log_eu[:, k])) for k in range(3))
    older = snapshot[:, 3].mean()
    at = [np.exp(np.interp(snapshot_month, eu_months, log_eu[:, k])) for k in range(3)]
    old_women, old_men = older * (1 - male_share_65) / at[0], older * male_share_65 / at[2]

    def four_kinds(w: Floats, c: Floats, m: Floats) -> Floats:
        kinds = np.stack([w * (1 - old_women), m * (1 - old_men), c, w * old_women + m * old_men], axis=-1)
        return np.asarray(kinds / kinds.sum(axis=-1, keepdims=True))

    europe = four_kinds(women, minors, men)
    change = europe / four_kinds(*(np.asarray(share) for share in at))
    hosts = snapshot * change[:, None, :]
    return hosts / hosts.sum(axis=2, keepdims=True), europe


def arrival_shares(
    stock: Floats, europe: Floats, male_share: Floats, boys_share: float, male_share_65: float
) -> Floats:
    """Return shares among new arrivals, float64[T, H, 4]: women 18-64, men 18-64, minors, 65+.

    Minors and persons of 65 and over arrive in the shares of the stock. The sex of decisions is known for the
    EU (``male_share`` float64[T], NaN before its first month): men 18-64 = male share - boys - men of 65 and
    over; before, men arrive in the share of the stock, which is made of them. A host differs from the EU in
    the odds of men to women among arrivals as it does in the stock.
    """
    men = male_share - boys_share * europe[:, 2] - male_share_65 * europe[:, 3]
    men = np.where(np.isnan(male_share), europe[:, 1], men)
    women = 1 - europe[:, 2] - europe[:, 3] - men
    if bad := [month_label(int(t)) for t in np.flatnonzero((men <= 0) | (women <= 0))]:
        raise ConfigError(
            f"registers/eu_decisions.csv: month {bad[0]}: the male share of decisions leaves no "
            "room for adult men or women beside minors and 65+. Check it against eu_stock_shares.csv."
        )
    host_odds = (stock[:, :, 1] / stock[:, :, 0]) * (men / women * europe[:, 0] / europe[:, 1])[:, None]
    adults = 1 - stock[:, :, 2] - stock[:, :, 3]
    host_men = adults * host_odds / (1 + host_odds)
    return np.stack([adults - host_men, host_men, stock[:, :, 2], stock[:, :, 3]], axis=2)


def with_published_ages(
    arrivals: Floats, stock: Floats, europe: Floats, ages: Floats, contrast: float
) -> Floats:
    """Return shares among arrivals, float64[T, H, 4], from ages of decisions in the months they are known.

    ``ages`` float64[T, 4] is the EU, NaN before its first month. A host differs from the EU as its stock does
    (``stock`` float64[T, H, 4] against ``europe`` float64[T, 4]), by the part ``contrast`` of the logarithm.
    """
    hosts = ages[:, None, :] * (stock / europe[:, None, :]) ** contrast
    hosts = hosts / hosts.sum(axis=2, keepdims=True)
    return np.where(np.isfinite(hosts), hosts, arrivals)


PERSON_COLUMNS = ("women_18_64", "men_18_64", "minors", "age_65_plus")
"""The four kinds of ``Composition.stock``, in its order."""

TYPE_KINDS = ("women_18_64", "men_18_22", "men_23_60", "men_61_64", "minors", "age_65_plus")

TYPE_COLUMNS = {
    "id": TEXT,
    **dict.fromkeys(TYPE_KINDS, TableColumn("integer", least=0, most=9)),
    "prior": TableColumn("number", least=0),
    "weight": SHARE,
}
SIZE_COLUMNS = {
    "persons": TableColumn("integer", least=1, most=5), "ukrstat_2008_share": SHARE, "share": SHARE,
}  # fmt: skip
SUM_TOLERANCE = 2e-3
"""Largest distance of published shares from 1: four figures rounded to a tenth of a percent."""


def sums_to_one(names: Sequence[str]) -> Check:
    """Return a check of rows whose shares must sum to 1."""

    def check(row: Row) -> str:
        total = sum(row[name] for name in names)
        said = f"{names[0]} to {names[-1]} sum to {total:.4f}; they must sum to 1"
        return said if abs(total - 1) > SUM_TOLERANCE else ""

    return check


def row_per_host(
    path: Path,
    columns: dict[str, TableColumn],
    host_ids: Sequence[str],
    check: Check | None = None,
) -> list[Row]:
    """Return one row of a table per host, in the order of the hosts."""
    columns = {"host": TableColumn(allowed=tuple(host_ids)), **columns}
    _, rows = read_carded(path, columns, ("host",), check)
    by_host = {row["host"]: row for row in rows}
    if absent := [host for host in host_ids if host not in by_host]:
        raise ConfigError(f"{path}: host: no row for {', '.join(absent)}. Add one row per host.")
    return [by_host[host] for host in host_ids]


def host_weights(root: Path, host_ids: Sequence[str]) -> Floats:
    """Return the displaced persons per host used as weights, float64[H]."""
    columns = {"persons": COUNT, "month": MONTH, "publisher": TEXT, "status": STATUS}
    rows = row_per_host(root / "composition" / "host_weights.csv", columns, host_ids)
    return np.array([float(row["persons"]) for row in rows])


def load_snapshot(root: Path, host_ids: Sequence[str]) -> tuple[Floats, int]:
    """Return the shares by host, float64[H, 4] in the order of the columns, and the month they belong to."""
    path = root / "composition" / "host_snapshot.csv"
    columns = {"month": MONTH, **dict.fromkeys(PERSON_COLUMNS, SHARE), "status": STATUS}
    rows = row_per_host(
        path, columns | {"publisher": TEXT, "method": TEXT}, host_ids, sums_to_one(PERSON_COLUMNS)
    )
    if len(months := sorted({row["month"] for row in rows})) > 1:
        shown = ", ".join(month_label(month) for month in months)
        raise ConfigError(f"{path}: month: found {shown}; one snapshot month for all hosts is needed.")
    shares = np.array([[row[name] for name in PERSON_COLUMNS] for row in rows])
    if not bool((shares > 0).all()):
        raise ConfigError(f"{path}: every share must be above 0; a share of 0 has no log-odds.")
    return np.asarray(shares / shares.sum(axis=1, keepdims=True)), months[0]


def load_arrival_weights(root: Path, host_ids: Sequence[str]) -> Floats:
    """Return factors on the shares among arrivals before ages were published, float64[H, 4]."""
    path = root / "composition" / "arrival_weights.csv"
    columns: dict[str, TableColumn] = {
        **{name: TableColumn("number", least=0.1, most=10.0) for name in PERSON_COLUMNS},
        "status": STATUS,
    }
    rows = row_per_host(path, columns, host_ids)
    return np.array([[row[name] for name in PERSON_COLUMNS] for row in rows])


def load_eu_shares(root: Path) -> tuple[list[int], Floats]:
    """Return the months and the shares of women, minors and men in the EU stock, float64[M, 3]."""
    path = root / "composition" / "eu_stock_shares.csv"
    names = ("women_share", "minors_share", "men_share")
    columns = {"month": MONTH, **dict.fromkeys(names, SHARE), "status": STATUS}
    _, rows = read_carded(path, columns, ("month",), sums_to_one(names))
    rows = sorted(rows, key=lambda row: int(row["month"]))
    return [row["month"] for row in rows], np.array([[row[name] for name in names] for row in rows])


def load_male_share_of_grants(root: Path, n_months: int) -> Floats:
    """Return the male share of decisions in the EU, float64[T]; the last holds, NaN before the first."""
    path = root / "registers" / "eu_decisions.csv"
    decisions = read_eu_decisions(root)
    male, female = (decisions.get((sex, "TOTAL"), {}) for sex in ("M", "F"))
    months = sorted(male.keys() & female.keys())
    if not months:
        raise ConfigError(f"{path}: sex: no month with both M and F, age TOTAL. Restore the rows.")
    if gaps := sorted(set(range(months[0], months[-1] + 1)) - set(months)):
        raise ConfigError(f"{path}: no row for {', '.join(map(month_label, gaps))}, sex M and F. Add them.")
    share = [male[month] / max(male[month] + female[month], 1) for month in months]
    return np.asarray(np.interp(np.arange(n_months), months, share, left=np.nan), dtype=np.float64)


GROUPS = (
    ("F", ("Y18-34", "Y35-64")),
    ("M", ("Y18-34", "Y35-64")),
    ("T", ("Y_LT14", "Y14-17")),
    ("T", ("Y_GE65",)),
)
"""Sex and ages of decisions that make women 18-64, men 18-64, minors and 65+."""


def load_ages_of_grants(root: Path, n_months: int) -> Floats:
    """Return the four shares among decisions of the EU, float64[T, 4]; NaN before the first month."""
    decisions = read_eu_decisions(root)
    series = [[decisions.get((sex, age), {}) for age in ages] for sex, ages in GROUPS]
    months = set.intersection(*(set(part) for group in series for part in group))
    shares = np.full((n_months, len(GROUPS)), np.nan)
    for month in sorted(months):
        persons = np.array([sum(part[month] for part in group) for group in series], dtype=np.float64)
        if month < n_months and persons.sum() > 0:
            shares[month] = persons / persons.sum()
    for month in range(min(months, default=n_months) + 1, n_months):
        if np.isnan(shares[month, 0]):
            shares[month] = shares[month - 1]
    return shares


def load_origin_mix(root: Path, host_ids: Sequence[str], unit_ids: Sequence[str]) -> Floats:
    """Return the shares of origin units by host, float64[H, U]; rows sum to 1."""
    path, columns = root / "composition" / "origin_mix.csv", dict.fromkeys(unit_ids, SHARE)
    rows = row_per_host(path, columns, host_ids, sums_to_one(unit_ids))
    mix = np.array([[row[unit] for unit in unit_ids] for row in rows])
    return np.asarray(mix / mix.sum(axis=1, keepdims=True))


def load_household_sizes(root: Path) -> Floats:
    """Return the target shares of households of 1, 2, 3, 4 and 5 or more persons, float64[5]."""
    path = root / "composition" / "household_size.csv"
    _, rows = read_carded(path, SIZE_COLUMNS, key=("persons",))
    share = {row["persons"]: row["share"] for row in rows}
    if absent := [str(n) for n in range(1, 6) if n not in share]:
        raise ConfigError(f"{path}: persons: no row for {', '.join(absent)}. Rows 1 to 5 are needed.")
    return normalised(path, "share", [share[n] for n in range(1, 6)])


def normalised(path: Path, column: str, values: Sequence[float]) -> Floats:
    """Return a column of shares scaled to sum 1; refuse one that does not nearly do so as it stands."""
    shares = np.array(values)
    if abs(shares.sum() - 1) > SUM_TOLERANCE:
        raise ConfigError(f"{path}: {column}: the column sums to {shares.sum():.4f}; it must sum to 1.")
    return np.asarray(shares / shares.sum())


def load_composition(
    root: Path, host_ids: Sequence[str], unit_ids: Sequence[str], n_months: int, settings: Settings
) -> Composition:
    """Return the targets of the synthetic population."""
    snapshot, snapshot_month = load_snapshot(root, host_ids)
    eu_months, eu_shares = load_eu_shares(root)
    stock, europe = stock_shares(
        snapshot, snapshot_month, eu_months, eu_shares, n_months, male_share_65=settings.male_share_65
    )
    arrivals = arrival_shares(
        stock, europe, load_male_share_of_grants(root, n_months), settings.boys_share, settings.male_share_65
    )
    arrivals *= load_arrival_weights(root, host_ids)
    arrivals /= arrivals.sum(axis=2, keepdims=True)
    card = load_card(root / "registers" / "eu_decisions.yaml", SeriesCard)
    ages = load_ages_of_grants(root, n_months)
    arrivals = with_published_ages(arrivals, stock, europe, ages, card.number("host_contrast"))
    path = root / "household_types.csv"
    _, types = read_carded(path, TYPE_COLUMNS, key=("id",))
    kinds = np.array([[row[name] for name in TYPE_KINDS] for row in types], dtype=np.int64)
    if empty := [row["id"] for row, persons in zip(types, kinds.sum(axis=1), strict=True) if persons == 0]:
        raise ConfigError(f"{path}: id {', '.join(empty)}: a household needs at least one person.")
    return Composition(
        stock=stock,
        arrivals=arrivals,
        origin=load_origin_mix(root, host_ids, unit_ids),
        household_types=kinds,
        household_weight=normalised(path, "weight", [row["weight"] for row in types]),
        household_size=load_household_sizes(root),
    )
