"""The coefficients of the model: one row per parameter, with distribution and source."""

from dataclasses import dataclass
from pathlib import Path

from abm.data.tables import Column, line_with, read_table
from abm.errors import ConfigError

DISTRIBUTIONS = ("normal", "lognormal", "beta", "uniform", "fixed")
COEFFICIENT_STATUSES = ("prior", "derived", "assumed", "fitted")

COLUMNS = {
    "parameter": Column(),
    "value": Column("number"),
    "unit": Column(),
    "distribution": Column(allowed=DISTRIBUTIONS),
    "low": Column("number"),
    "high": Column("number"),
    "status": Column(allowed=COEFFICIENT_STATUSES),
    "source": Column(),
    "meaning": Column(),
}


@dataclass(frozen=True)
class Coefficient:
    """One parameter.

    Attributes
    ----------
    value : float
        Central value, in ``unit``.
    low, high : float
        Bounds of the 90 % interval (``uniform``: of the range; ``fixed``: both equal to the value).
    """

    parameter: str
    value: float
    unit: str
    distribution: str
    low: float
    high: float
    status: str
    source: str
    meaning: str


def load_coefficients(path: Path) -> dict[str, Coefficient]:
    """Return the coefficients of one fit by name, in the order of the file.

    Raises
    ------
    ConfigError
        If the table is wrong, a parameter stands twice, the interval does not hold the value, or the
        interval does not fit the distribution.
    """
    rows = [Coefficient(**row) for row in read_table(path, COLUMNS, key=("parameter",))]
    faults = [
        f"{path}:{line_with(path, row.parameter)}: {row.parameter}: {fault}."
        for row in rows
        if (fault := _fault(row))
    ]
    if faults:
        raise ConfigError("\n".join(faults))
    return {row.parameter: row for row in rows}


def _fault(row: Coefficient) -> str:
    """Return what is wrong with the numbers of a row; empty if nothing."""
    if not row.low <= row.value <= row.high:
        return (
            f"found low {row.low:g}, value {row.value:g}, high {row.high:g}; low <= value <= high is needed"
        )
    if row.distribution == "fixed" and not row.low == row.value == row.high:
        return "a fixed parameter needs low and high equal to its value"
    if row.distribution == "lognormal" and row.low <= 0:
        return f"found low {row.low:g}; a lognormal parameter needs low above 0"
    if row.distribution == "beta" and not (row.low >= 0 and row.high <= 1):
        return f"found {row.low:g} to {row.high:g}; a beta parameter needs bounds from 0 to 1"
    return ""
