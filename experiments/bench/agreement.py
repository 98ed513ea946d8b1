"""Whether the rivals decided the same: household by household where draws are shared, else by share.

A share that rests on other draws may differ by chance; how far is stated as a bound with a false
alarm rate, never as "looks close".
"""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.codes import Choice
from experiments.bench.numpy_columns import probabilities

if TYPE_CHECKING:
    from experiments.bench.contest import Contest

FALSE_ALARM = 1e-6


def bound(variance: float, false_alarm: float = FALSE_ALARM) -> float:
    """Return how far a count may lie from its expectation by chance, in households."""
    return NormalDist().inv_cdf(1.0 - false_alarm / 2.0) * sqrt(variance) + 0.5


def compared(
    who: str, alternative: Choice, *, n: int, count: int, expected: float, variance: float
) -> dict[str, Any]:
    """Return one line of the comparison of shares."""
    allowed = bound(variance)
    return {
        "who": who,
        "alternative": alternative.name.lower(),
        "households": n,
        "share": count / n,
        "expected_share": expected / n,
        "bound": allowed / n,
        "agrees": bool(abs(count - expected) <= allowed),
    }


def same_shares(contest: Contest) -> list[dict[str, Any]]:
    """Return the shares of return and onward of everybody against the closed-form logit.

    The Mesa month is compared with our month instead: its utilities follow from draws of its own.
    """
    p = probabilities(contest.columns, contest.tables)
    in_sample = p[contest.rows]
    month = contest.shares_of_month()
    lines = []
    for k, alternative in enumerate((Choice.RETURN, Choice.ONWARD)):
        expected, variance = float(p[:, k].sum()), float((p[:, k] * (1 - p[:, k])).sum())
        for who, choice in contest.choices.items():
            count = int((choice == alternative).sum())
            lines.append(
                compared(who, alternative, n=len(p), count=count, expected=expected, variance=variance)
            )
        for who, rounds in contest.moves.items():
            if who == "mesa_month":
                # Rounds share the sample, so its own deviation does not average out: one round counts.
                n, count, share = rounds[0][0], rounds[0][1 + k], month[k]
                expected, variance = n * share, n * share * (1 - share) * (1 + n / contest.households)
            else:
                n, count = sum(r[0] for r in rounds), sum(r[1 + k] for r in rounds)
                expected = len(rounds) * float(in_sample[:, k].sum())
                variance = len(rounds) * float((in_sample[:, k] * (1 - in_sample[:, k])).sum())
            lines.append(compared(who, alternative, n=n, count=count, expected=expected, variance=variance))
    return lines


def different_choices(contest: Contest) -> dict[str, int]:
    """Return how many households decided otherwise than in our kernel, for all who share its draws."""
    ours = contest.choices["decide_2_threads"]
    return {who: int(np.count_nonzero(theirs != ours)) for who, theirs in contest.choices.items()}
