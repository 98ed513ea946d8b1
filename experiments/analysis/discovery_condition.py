"""A condition on an outcome in plain text: ``stock_NL > 98000``, and nothing else."""

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.errors import EweaError, nearest
from experiments.wording.numbers import shown

_GRAMMAR = re.compile(
    r"\s*(?P<outcome>[A-Za-z]\w*)\s*(?P<sign>>=|<=|>|<)\s*"
    r"(?P<number>[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?)\s*",
    re.ASCII,
)
SIGNS: dict[str, tuple[Callable[[Any, Any], Any], str, str]] = {
    ">": (operator.gt, "more than", "above"),
    ">=": (operator.ge, "at least", "from"),
    "<": (operator.lt, "less than", "below"),
    "<=": (operator.le, "at most", "to"),
}
"""What each sign does, how it is said, and how it stands in a file name."""


@dataclass(frozen=True)
class Condition:
    """An outcome beyond a bound.

    Attributes
    ----------
    outcome : str
        Column of the table.
    sign : str
        One of :data:`SIGNS`.
    bound : float
        In the unit of the outcome.
    """

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


def parse(text: str, outcomes: Sequence[str]) -> Condition:
    """Return a condition.

    Parameters
    ----------
    text : str
        ``<outcome> <sign> <number>``; signs are ``>``, ``>=``, ``<`` and ``<=``; numbers have a decimal point
        and no separators of thousands.
    outcomes : sequence of str
        Columns there are.

    Raises
    ------
    EweaError
        If the text is anything else, or names no outcome of the design.

    >>> parse("stock_NL > 98000", ["stock_NL"])
    Condition(outcome='stock_NL', sign='>', bound=98000.0)
    """
    match = _GRAMMAR.fullmatch(text)
    if match is None:
        raise EweaError(
            f"--when {text!r}: cannot be read. Write an outcome, one of {' '.join(SIGNS)}, and a number "
            'without separators of thousands, in quotes: --when "stock_NL > 98000".'
        )
    name, bound = match["outcome"], float(match["number"])
    if name not in outcomes:
        raise EweaError(f"--when {text!r}: {name} is not an outcome. {nearest(name, outcomes)}")
    if not np.isfinite(bound):
        raise EweaError(f"--when {text!r}: {match['number']} is too large to be a number here.")
    return Condition(name, match["sign"], bound)


def cases(condition: Condition, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return in which worlds a condition holds, bool[world].

    Raises
    ------
    EweaError
        If it holds in none or in all of them; names the range found.
    """
    found = condition.holds(values)
    if not found.any() or found.all():
        which = "all" if found.all() else "none"
        low, middle, high = np.quantile(values, [0.0, 0.5, 1.0])
        raise EweaError(
            f"{condition.text!r} holds in {which} of the {len(values):,} worlds, so there is nothing to tell "
            f"apart: {condition.outcome} runs from {shown(low)} to {shown(high)} (median {shown(middle)}). "
            "Choose a bound in between."
        )
    return found
