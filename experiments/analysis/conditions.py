"""A condition on an outcome in plain text: ``stock_NL > 98000``, and nothing else."""

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.errors import EweaError, nearest

SIGNS: dict[str, tuple[Callable[[Any, Any], Any], str, str]] = {
    ">": (operator.gt, "more than", "above"),
    ">=": (operator.ge, "at least", "from"),
    "<": (operator.lt, "less than", "below"),
    "<=": (operator.le, "at most", "to"),
}
"""What each sign does, how it is said, and how it stands in a file name."""

_GRAMMAR = re.compile(
    r"\s*(?P<outcome>[A-Za-z]\w*)\s*(?P<sign>>=|<=|>|<)\s*"
    r"(?P<number>[+-]?(\d[\d_]*(\.\d*)?|\.\d+)([eE][+-]?\d+)?)\s*",
    re.ASCII,
)


@dataclass(frozen=True)
class OutcomeCondition:
    """An outcome beyond a bound, in the unit of the outcome; ``sign`` is one of :data:`SIGNS`."""

    outcome: str
    sign: str
    bound: float

    @property
    def text(self) -> str:
        """The condition as one writes it."""
        return f"{self.outcome} {self.sign} {self.bound:.15g}"

    @property
    def words(self) -> str:
        """Sign and bound in words."""
        exact = f"{self.bound:,.15g}".replace("-", "−")
        return f"{SIGNS[self.sign][1]} {exact}"

    @property
    def stem(self) -> str:
        """Name of its files."""
        return f"{self.outcome}-{SIGNS[self.sign][2]}-{self.bound:.15g}"

    def holds(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return where it holds, bool of the shape of ``values``."""
        return np.asarray(SIGNS[self.sign][0](values, self.bound), np.bool_)


def parse(text: str, option: str, outcomes: Sequence[str] | None = None) -> OutcomeCondition:
    """Return the condition ``<outcome> <sign> <number>`` that a user gave to an option.

    Numbers have a decimal point and no commas. ``outcomes`` are the columns there are, where they are known.

    >>> parse("stock_NL > 98_000", "--when")
    OutcomeCondition(outcome='stock_NL', sign='>', bound=98000.0)
    """
    match = _GRAMMAR.fullmatch(text)
    if match is None:
        raise EweaError(
            f"{option} {text!r}: cannot be read. Write an outcome, one of {' '.join(SIGNS)}, and a number "
            f'without thousands separators, in quotes: {option} "stock_NL > 98000".'
        )
    name, bound = match["outcome"], float(match["number"])
    if outcomes is not None and name not in outcomes:
        raise EweaError(f"{option} {text!r}: {name} is not an outcome. {nearest(name, outcomes)}")
    if not np.isfinite(bound):
        raise EweaError(f"{option} {text!r}: {match['number']} is too large to be a number here.")
    return OutcomeCondition(name, match["sign"], bound)
