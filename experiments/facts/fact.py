"""A fact: a row of the evidence, what it expects, and how the model is asked."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from experiments.facts.bench import Bench

FACTS: dict[str, "Fact"] = {}
"""All facts by the id of their row."""


@dataclass(frozen=True)
class Fact:
    """One row.

    Parameters
    ----------
    id : str
        Row of the evidence (docs/sources.md).
    statement : str
        What the row says, as it is read here.
    expected : str
        ``+``, ``-`` or ``0`` of the number measured; several are joined with spaces.
    measure : callable
        Returns one number, an array over seeds, or a list of either, in the order of ``expected``.
    kind : str
        ``exact`` (odds of one household, tables) or ``runs`` (paired runs, five seeds).
    cannot : str
        Why the row cannot hold, if it cannot.
    """

    id: str
    statement: str
    expected: str
    measure: Callable[[Bench], object]
    kind: str = "exact"
    cannot: str = ""


def fact(
    row: str, statement: str, expected: str, measure: Callable[[Bench], object], kind: str = "exact",
    cannot: str = "",
) -> None:  # fmt: skip
    """Enter a fact."""
    if row in FACTS:
        raise ValueError(f"fact {row} is entered twice")
    FACTS[row] = Fact(row, statement, expected, measure, kind, cannot)


def sign_of(value: object, near_zero: float = 0.0) -> str:
    """Return ``+``, ``-``, ``0``, or ``?`` where the seeds disagree.

    >>> sign_of(0.3), sign_of(np.array([1.0, 2.0])), sign_of(np.array([1.0, -2.0]))
    ('+', '+', '?')
    """
    values = np.atleast_1d(np.asarray(value, float))
    if (np.abs(values) <= near_zero).all():
        return "0"
    if (values > 0).all():
        return "+"
    return "-" if (values < 0).all() else "?"


def found_by(item: Fact, bench: Bench) -> str:
    """Return the signs found, in the order expected."""
    measured = item.measure(bench)
    values = measured if isinstance(measured, list) else [measured]
    wanted = item.expected.split()
    if len(values) != len(wanted):
        raise ValueError(f"fact {item.id}: {len(values)} numbers for {len(wanted)} signs")
    return " ".join(sign_of(value) for value in values)
