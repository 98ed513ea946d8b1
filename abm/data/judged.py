"""Judged priors: what nobody has observed, with an interval that every member of an ensemble draws from.

``configs/coefficients/judged.csv`` states a median and the central 80 % of each; every twenty members in a
row cover all intervals evenly.
"""

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Annotated

from abm.codes import Stream
from abm.data.tables import DATE, TableColumn, read_records
from abm.kernels.draws import draw

FILE = Path("coefficients") / "judged.csv"

_normal = NormalDist()
TENTH = _normal.inv_cdf(0.9)
"""Standard normal below which nine tenths lie."""


@dataclass(frozen=True)
class Judged:
    """One judged prior."""

    parameter: str
    median: float
    low_80: float
    high_80: float
    unit: Annotated[str, TableColumn(allowed=("share", "months", "log odds"))]
    date: Annotated[str, DATE]
    publisher: str
    status: Annotated[str, TableColumn(allowed=("quoted", "derived", "assumed"))]
    source: str
    meaning: str

    def at(self, share: float) -> float:
        """Return the quantile at a share of 0 to 1: two halves of a normal law on the scale of the unit."""
        z = _normal.inv_cdf(share) / TENTH
        low, median, high = (self._scaled(x) for x in (self.low_80, self.median, self.high_80))
        return self._natural(median + z * ((median - low) if z < 0 else (high - median)))

    def _scaled(self, x: float) -> float:
        if self.unit == "share":
            return math.log(x / (1.0 - x))
        return math.log(x) if self.unit == "months" else x

    def _natural(self, y: float) -> float:
        if self.unit == "share":
            return 1.0 / (1.0 + math.exp(-y))
        return math.exp(y) if self.unit == "months" else y

    def fault(self) -> str:
        """Return what is wrong with the numbers; empty if nothing."""
        if not self.low_80 <= self.median <= self.high_80:
            found = f"low_80 {self.low_80:g}, median {self.median:g}, high_80 {self.high_80:g}"
            return f"found {found}; low_80 <= median <= high_80 is needed"
        least, most = {"share": (0.0, 1.0), "months": (0.0, math.inf)}.get(self.unit, (-math.inf, math.inf))
        if not (least < self.low_80 and self.high_80 < most):
            found = f"{self.low_80:g} to {self.high_80:g}"
            return f"found {found}; values in {self.unit} lie between {least:g} and {most:g}"
        return ""


def load_judged(root: Path) -> tuple[Judged, ...]:
    """Return the judged priors in the order of the file, checked, with all faults at once."""
    return tuple(read_records(root / FILE, Judged, "parameter", Judged.fault))


LAYERS = 20
"""Members who together cover every prior evenly: as many as a run has seeds when nothing else is asked."""

GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


def of_member(judged: Sequence[Judged], member: int) -> dict[str, float]:
    """Return the values of a member, 1 and up, by parameter: a Latin hypercube of twenty at a time."""
    block, place = divmod(member - 1, LAYERS)
    found = {}
    for row in judged:
        name = zlib.crc32(row.parameter.encode())
        keys = [draw(block, int(Stream.JUDGED), 0, name, layer) for layer in range(LAYERS)]
        layers = sorted(range(LAYERS), key=keys.__getitem__)
        found[row.parameter] = row.at((layers[place] + (0.5 + block * GOLDEN) % 1.0) / LAYERS)
    return found


def medians(judged: Sequence[Judged]) -> Mapping[str, float]:
    """Return the central values by parameter."""
    return {row.parameter: row.median for row in judged}
