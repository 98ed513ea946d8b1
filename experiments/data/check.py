"""Load and cross-check everything in ``configs/`` and say what it covers."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from abm.data.config import read_text
from abm.data.country import load_countries
from abm.data.drivers import Drivers, load_drivers
from abm.data.folder import load_settings
from abm.data.origins import load_origin_units
from abm.data.registers import load_other_stock, load_registers
from abm.data.series_card import STATUSES
from abm.errors import ConfigError, EweaError
from abm.months import month_label
from abm.policy.scenario import scenario_world
from experiments.data import derive_drivers, derive_registers
from experiments.data.coverage import FileReport, figures_report, table_report
from experiments.data.derive_registers import FIRST_REGISTER_MONTH, read_persons

MOST_GAPS = 20
"""Gaps named per file on a terminal; ``--json`` holds all."""


@dataclass(frozen=True)
class DataReport:
    """Coverage and faults of all data.

    Attributes
    ----------
    files : tuple of FileReport
        One per table, one for all countries.
    errors : tuple of str
        Faults the strict loaders found, and derived tables that no longer follow from their inputs.
    """

    files: tuple[FileReport, ...]
    errors: tuple[str, ...]

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
                more = f" and {len(file.gaps) - MOST_GAPS} more" if len(file.gaps) > MOST_GAPS else ""
                lines.append(f"gaps in {file.file}: {', '.join(file.gaps[:MOST_GAPS])}{more}")
        lines += [f"error: {error}" for error in self.errors]
        lines.append(
            "All data are valid."
            if self.is_valid
            else f"{len(self.errors)} fault(s). Mend them before a run."
        )
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the report for ``--json``."""
        return {
            "valid": self.is_valid,
            "files": [file.to_dict() for file in self.files],
            "errors": list(self.errors),
        }


def check_data(root: Path, today: dt.date | None = None) -> DataReport:
    """Return what all data cover and every fault the strict loaders find.

    Parameters
    ----------
    root : Path
        The ``configs`` folder.
    today : date, optional
        Day from which ages are counted; today if absent.
    """
    day = today or dt.datetime.now(dt.UTC).date()
    faults: list[str] = []
    countries = _try(faults, lambda: load_countries(root))
    units = _try(faults, lambda: load_origin_units(root))
    hosts = [country.id for country in countries or ()]
    pcodes = [unit.pcode for unit in units or ()]
    if pcodes:
        drivers = _try(faults, lambda: load_drivers(root, pcodes, 1))
        if drivers is not None:
            faults += _stale(faults, lambda: derive_drivers.driver_texts(root, pcodes))
            _try(faults, lambda: _to_the_end(root, pcodes, drivers))
    if hosts:
        loaded = _try(faults, lambda: _load_all_registers(root, hosts))
        if loaded:
            faults += _stale(faults, lambda: derive_registers.register_texts(root, hosts))
    _try(faults, lambda: scenario_world(root, load_settings(root).default_until))
    files: list[FileReport] = []
    for path in sorted(root.rglob("*.csv")):
        report = _try(faults, lambda path=path: table_report(root, path, hosts, pcodes, day))  # type: ignore[misc]
        if report is not None:
            files.append(report)
    if countries:
        files.append(figures_report(countries, "countries/*.yaml", day))
    # One fault often stops several loaders; each is told once.
    return DataReport(tuple(files), tuple(dict.fromkeys(faults)))


def _try[T](faults: list[str], load: Callable[[], T]) -> T | None:
    """Return what a loader returns; note its faults, one per line, and return None if it fails."""
    try:
        return load()
    except EweaError as error:
        faults.extend(str(error).splitlines())
        return None


def _load_all_registers(root: Path, hosts: Sequence[str]) -> bool:
    """Load the registers to their newest month with neutral priors."""
    stock = read_persons(root, "tp_stock", hosts, FIRST_REGISTER_MONTH)
    last = max(month for _, month in stock)
    nothing = np.zeros(len(hosts))
    load_registers(
        root,
        hosts,
        last + 1,
        FIRST_REGISTER_MONTH,
        last,
        deregistration_share=nothing,
        deregistration_lag=nothing,
        double_share=nothing,
    )
    load_other_stock(root, hosts, last + 1, FIRST_REGISTER_MONTH, last)
    return True


def _to_the_end(root: Path, pcodes: Sequence[str], drivers: Drivers) -> None:
    """Refuse drivers that end before the first register month: nothing would drive the hindcast."""
    for name, last in drivers.last_data_month.items():
        if last < FIRST_REGISTER_MONTH:
            raise ConfigError(f"{root / 'drivers' / name}.csv: ends in {month_label(last)}, before 2022-03.")


def _stale(faults: list[str], derive: Callable[[], dict[Path, str]]) -> list[str]:
    """Return derived tables that differ from what their inputs make."""
    texts = _try(faults, derive) or {}
    return [
        f"{path}: does not follow from its inputs. Rebuild it: python -m experiments.data.derive."
        for path, text in texts.items()
        if _rows(read_text(path)) != _rows(text)
    ]


def _rows(text: str) -> list[str]:
    return text.splitlines()
