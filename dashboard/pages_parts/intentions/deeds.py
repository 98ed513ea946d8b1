"""What people say and what they do: the wish to return beside the returns of a year."""

from dataclasses import dataclass

import numpy as np

from dashboard.engine import Answer

YEAR = 12
"""Months over which deeds are counted."""

type Band = tuple[float, float, float]


@dataclass(frozen=True)
class SayAndDo:
    """Shares (0 to 1) as low, median, high of the 80 % band.

    Attributes
    ----------
    wish : tuple
        Share of the people at the horizon whose household says that it will return.
    deed : tuple
        Returns of the twelve months before the horizon, as a share of the people at its start.
    """

    wish: Band
    deed: Band


def say_and_do(answer: Answer, place: str, wish: str = "return", deed: str = "returns") -> SayAndDo:
    """Return the share that says so and the share that does so.

    Parameters
    ----------
    answer : Answer
        What was simulated; the horizon must lie at least a year ahead.
    place : str
        ``NL``, ``EU``, ``ALL`` or a host.
    wish : str
        Value of the attribute ``intention``.
    deed : str
        Flow that carries it out.
    """
    mask = answer.mask(place)
    stock = answer.series("stock", place)
    said = np.asarray(answer.groups[("intention", wish)], float)[:, mask].sum(axis=1)
    done = answer.series(deed, place)[:, -YEAR:].sum(axis=1)
    before = stock[:, -min(YEAR + 1, stock.shape[1])]
    return SayAndDo(_band(said / np.maximum(stock[:, -1], 1)), _band(done / np.maximum(before, 1)))


def _band(values: np.ndarray) -> Band:
    low, mid, high = np.quantile(values, [0.1, 0.5, 0.9])
    return float(low), float(mid), float(high)
