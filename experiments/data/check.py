"""Load and cross-check everything in ``configs/`` and say what it covers: rows, gaps, how sure, how old."""

import csv
import datetime as dt
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from abm.arrays import Floats
from abm.data.config import Strict, load, read_text
from abm.data.drivers import read_drivers
from abm.data.folder import load_settings
from abm.data.hosts import Country, load_countries
from abm.data.origins import load_origin_units
from abm.data.registers import last_register_month, load_other_stock, load_registers
from abm.data.tables import STATUSES, Card, DriverCard, SeriesCard
from abm.errors import ConfigError, EweaError
from abm.months import month_index, month_label
from abm.places import UKRAINE
from abm.policy.law import load_provisions
from abm.policy.scenario import scenario_world
from experiments.data.consistency import faults_of, readers, redundant_faults, unread
from experiments.data.derive import driver_texts
from experiments.data.derive_registers import FIRST_REGISTER_MONTH, register_texts

PLACE_COLUMNS = ("host", "unit", "pcode")

COMPLETE = ("tp_stock", "tp_decisions")
"""Series that should hold every month and place, as drivers by origin unit do."""

MONTHLY = "stock_other"
"""Should hold every month, of the places that Eurostat lacks; a hole in another table is no gap."""


@dataclass(frozen=True, kw_only=True)
class FileReport:
    """Coverage of a file."""

    file: str  # Path below the ``configs`` folder
    rows: int  # Rows of a table, or figures of a YAML file
    first: str  # First and last month, ``YYYY-MM``; empty without months
    last: str
    n_places: int  # Hosts or origin units with at least one row
    newest: str  # Month of the newest value, or of the publication
    absent: tuple[str, ...] = ()  # Hosts or units without a row
    gaps: tuple[str, ...] = ()  # Missing months by place, ``DE 2022-03..2022-07``
    statuses: Mapping[str, int]  # Rows recorded, quoted, derived, assumed
    today: dt.date

    @property
    def age_months(self) -> int | None:
        """Months from ``newest`` to today."""
        if not _is_month(self.newest):
            return None
        return (self.today.year - int(self.newest[:4])) * 12 + self.today.month - int(self.newest[5:7])

    def to_dict(self) -> dict[str, Any]:
        """Return the report for ``--json``."""
        total = max(1, sum(self.statuses.values()))
        return {
            **{name: getattr(self, name) for name in ("file", "rows", "first", "last", "n_places", "newest")},
            "absent": list(self.absent),
            "gaps": list(self.gaps),
            "share_by_status": {
                **dict.fromkeys(STATUSES, 0.0),
                **{status: count / total for status, count in sorted(self.statuses.items())},
            },
            "age_months": self.age_months,
        }


def table_report(
    root: Path, path: Path, hosts: Sequence[str], units: Sequence[str], today: dt.date
) -> FileReport:
    """Return the coverage of a CSV table; its faults are the loaders' business."""
    lines = [line for line in read_text(path).splitlines() if not line.startswith("#")]
    try:
        reader = csv.DictReader(io.StringIO("\n".join(lines)))
        rows = [{name: cell or "" for name, cell in row.items() if name} for row in reader]
    except csv.Error as error:
        raise ConfigError(f"{path}: not a CSV table: {error}.") from error
    header = set(rows[0]) if rows else set()
    card = _card(path)
    card_status, card_month = ("", "") if card is None else (card.status, card.date[:7])
    by_unit = isinstance(card, DriverCard) and card.per == "origin_unit"
    is_complete = by_unit or path.stem in COMPLETE
    known = {*hosts, *units, UKRAINE}
    # "unit" is an origin unit in the drivers and a unit of measurement elsewhere.
    place = next((n for n in PLACE_COLUMNS if n in header and {row[n] for row in rows} <= known), "")
    months = sorted({row["month"] for row in rows if _is_month(row.get("month", ""))})
    present = {row[place] for row in rows} if place else set()
    expected = [] if not place else hosts if place == "host" else units
    column = next((name for name in ("status", "population_status") if name in header), "")
    statuses = Counter(row[column] for row in rows) if column else Counter({card_status: len(rows)})
    return FileReport(
        file=str(path.relative_to(root)),
        rows=len(rows),
        first=months[0] if months else "",
        last=months[-1] if months else "",
        n_places=len(present),
        absent=tuple(name for name in expected if name not in present) if is_complete else (),
        gaps=tuple(_gaps(rows, place)) if months and (is_complete or path.stem == MONTHLY) else (),
        statuses={status: count for status, count in statuses.items() if column or status},
        newest=months[-1] if months else card_month,
        today=today,
    )


def figures_report(contents: Sequence[Strict], name: str, today: dt.date) -> FileReport:
    """Return the coverage of a folder of loaded YAML files whose figures carry a status and a date."""
    figures = [figure for content in contents for figure in _figures(content.model_dump())]
    dates = sorted(str(figure["date"])[:7] for figure in figures if "date" in figure)
    dates = [date for date in dates if _is_month(date)] or [""]
    return FileReport(
        file=name,
        rows=len(figures),
        first=dates[0],
        last=dates[-1],
        n_places=len(contents),
        statuses=Counter(str(figure["status"]) for figure in figures),
        newest=dates[-1],
        today=today,
    )


def _gaps(rows: Sequence[Mapping[str, str]], place: str) -> Iterator[str]:
    """Yield the missing months of every place between the first and last month of the table."""
    months_of: dict[str, set[int]] = {}
    for row in rows:
        if _is_month(row["month"]):
            months_of.setdefault(row[place] if place else "UA", set()).add(month_index(row["month"]))
    first = min(min(months) for months in months_of.values())
    last = max(max(months) for months in months_of.values())
    for name in sorted(months_of):
        run: list[int] = []
        for month in range(first, last + 2):
            if month <= last and month not in months_of[name]:
                run.append(month)
            elif run:
                end = f"..{month_label(run[-1])}" if len(run) > 1 else ""
                yield f"{name} {month_label(run[0])}{end}"
                run = []


def _figures(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "status" in node and "value" in node:
            yield node
        for value in node.values():
            yield from _figures(value)
    elif isinstance(node, list):
        for value in node:
            yield from _figures(value)


def _card(path: Path) -> Card | None:
    card = path.with_suffix(".yaml")
    if not card.is_file():
        return None
    return load(card, DriverCard if path.parent.name == "drivers" else SeriesCard)


def _is_month(text: str) -> bool:
    try:
        month_index(text)
    except ValueError:
        return False
    return True


MOST_GAPS = 20
"""Gaps named per file on a terminal; ``--json`` holds all."""


@dataclass(frozen=True)
class DataReport:
    """Coverage and faults of all data."""

    files: tuple[FileReport, ...]  # One per table, one for all countries
    # Faults the strict loaders found, and derived tables that no longer follow from their inputs
    errors: tuple[str, ...]
    # Last month of the published register by host (empty: none), and the month of today: what lies between is
    # an estimate, what lies after it a projection
    register_until: Mapping[str, str] = field(default_factory=dict)
    today: str = ""

    @property
    def is_valid(self) -> bool:
        """Return whether nothing is wrong."""
        return not self.errors

    def to_text(self) -> str:
        """Return the report for a terminal."""
        width = max((len(file.file) for file in self.files), default=4)
        lines = [
            f"{'file':<{width}} {'rows':>6}  {'period':<16} {'places':>6}  "
            f"{'recorded':>8} {'quoted':>6} {'derived':>7} {'assumed':>7}  age"
        ]
        for file in self.files:
            shares = file.to_dict()["share_by_status"]
            cells = [f"{shares[status]:.0%}" if file.statuses else "-" for status in STATUSES]
            period = f"{file.first}..{file.last}" if file.first else "-"
            age = "-" if file.age_months is None else f"{file.age_months} months"
            lines.append(
                f"{file.file:<{width}} {file.rows:>6,}  {period:<16} {file.n_places or '-':>6}  "
                f"{cells[0]:>8} {cells[1]:>6} {cells[2]:>7} {cells[3]:>7}  {age}"
            )
        for file in self.files:
            if file.absent:
                lines.append(f"no series in {file.file}: {', '.join(file.absent)}")
            if file.gaps:
                shown = _gathered(file.gaps)
                more = f" and {len(shown) - MOST_GAPS} more" if len(shown) > MOST_GAPS else ""
                lines.append(f"gaps in {file.file}: {', '.join(shown[:MOST_GAPS])}{more}")
        if self.register_until:
            lines.append(self.periods())
        lines += [f"error: {error}" for error in self.errors]
        faults = f"{len(self.errors)} fault(s). Mend them before a run."
        return "\n".join([*lines, "All data are valid." if self.is_valid else faults])

    def to_dict(self) -> dict[str, Any]:
        """Return the report for ``--json``."""
        return {
            "valid": self.is_valid,
            "files": [file.to_dict() for file in self.files],
            "errors": list(self.errors),
            "register_until": dict(self.register_until),
            "estimate_until": self.today,
        }

    def periods(self) -> str:
        """Return which months are register, estimate and projection, in one line."""
        hosts_to: dict[str, list[str]] = {}
        for host, month in self.register_until.items():
            hosts_to.setdefault(month, []).append(host)
        newest = max(hosts_to)
        parts = [f"register to {newest}"]
        for month in sorted(hosts_to.keys() - {newest}, reverse=True):
            parts.append(f"{', '.join(hosts_to[month])} {f'to {month}' if month else 'none'}")
        return f"{'; '.join(parts)}. After it estimate to today ({self.today}), then projection."


MOST_PLACES = 6
"""Places named that have the same gap; more are counted."""


def _gathered(gaps: Sequence[str]) -> list[str]:
    """Return gaps with those that many places share said once: quarter ends are a line, not a hundred.

    >>> _gathered(["DE 2022-03..2022-07", *(f"H{n} 2024-10" for n in range(9))])
    ['DE 2022-03..2022-07', '9 places 2024-10']
    """
    places: dict[str, list[str]] = {}
    for gap in gaps:
        place, span = gap.split(" ", 1)
        places.setdefault(span, []).append(place)
    few = [f"{place} {span}" for span, of in places.items() if len(of) <= MOST_PLACES for place in of]
    many = [f"{len(of)} places {span}" for span, of in places.items() if len(of) > MOST_PLACES]
    return [*sorted(few), *sorted(many, key=lambda text: text.split()[-1])]


def check_data(root: Path, today: dt.date | None = None) -> DataReport:
    """Return what all data cover and every fault the strict loaders find."""
    day = today or dt.datetime.now(dt.UTC).date()
    faults: list[str] = []
    countries = _try(faults, lambda: load_countries(root))
    units = _try(faults, lambda: load_origin_units(root))
    hosts = [country.id for country in countries or ()]
    pcodes = [unit.pcode for unit in units or ()]
    if pcodes:
        drivers = _try(faults, lambda: read_drivers(root, pcodes))
        if drivers is not None:
            faults += _stale(faults, lambda: driver_texts(root, pcodes))
            faults += _too_short(root, drivers)
    if countries and _try(faults, lambda: _load_all_registers(root, countries)):
        faults += _stale(faults, lambda: register_texts(root, hosts))
    world = _try(faults, lambda: scenario_world(root, load_settings(root).default_until))
    if hosts:
        _try(faults, lambda: load_provisions(root, hosts))
    if world is not None:
        faults += faults_of(readers(root, world))
    if not faults and countries and units:
        # What says the same twice is compared once each can be read by itself.
        _try(faults, lambda: faults.extend([*redundant_faults(root, countries, units), *unread(root)]))
    # From here on every table is opened, whoever uses it.
    files: list[FileReport] = []
    for path in sorted(root.rglob("*.csv")):
        report = _try(faults, lambda path=path: table_report(root, path, hosts, pcodes, day))  # type: ignore[misc]
        if report is not None:
            files.append(report)
    if countries:
        files.append(figures_report(countries, "countries/*.yaml", day))
    # One fault often stops several loaders; each is told once.
    until, today = {}, ""
    if world is not None and not faults:
        today = month_label(world.today)
        until = {
            host: month_label(int(month)) if month >= 0 else ""
            for host, month in zip(world.hosts.ids, world.registers.last_stock_month, strict=True)
        }
    return DataReport(tuple(files), tuple(dict.fromkeys(faults)), until, today)


def _try[T](faults: list[str], load: Callable[[], T]) -> T | None:
    """Return what a loader returns; note its faults, one per line, and return None if it fails."""
    try:
        return load()
    except EweaError as error:
        faults.extend(str(error).splitlines())
        return None


def _load_all_registers(root: Path, countries: Sequence[Country]) -> bool:
    last, hosts = last_register_month(root), [country.id for country in countries]
    is_eu = np.array([country.eu_member for country in countries])
    load_registers(root, hosts, last + 1, FIRST_REGISTER_MONTH, is_eu)
    load_other_stock(root, hosts, last + 1, FIRST_REGISTER_MONTH, last)
    return True


def _too_short(root: Path, drivers: Mapping[str, tuple[DriverCard, Floats]]) -> Iterator[str]:
    """Yield drivers that end before the first register month: nothing would drive the hindcast."""
    for name, (card, data) in drivers.items():
        last = len(data) - 1
        if card.table is not None and last < FIRST_REGISTER_MONTH:
            yield f"{root / 'drivers' / name}.csv: ends in {month_label(last)}, before 2022-03."


def _stale(faults: list[str], derive: Callable[[], dict[Path, str]]) -> list[str]:
    """Return derived tables that differ from what their inputs make."""
    texts = _try(faults, derive) or {}
    return [
        f"{path}: does not follow from its inputs. Rebuild it: python -m experiments.data.derive."
        for path, text in texts.items()
        if read_text(path).splitlines() != text.splitlines()
    ]
