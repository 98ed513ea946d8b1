"""What the difference between two scenarios supports, run by run: a direction, a likely one, or none."""

from typing import Literal

from abm.band import IN_RUNS, OF_RUNS

Verdict = Literal["none", "unclear", "likely_more", "likely_less", "more", "less"]

LIKELY = IN_RUNS / OF_RUNS
"""Share of the runs that must agree on a direction to call it likely."""


def verdict(low: float, high: float, more: int, fewer: int, runs: int) -> Verdict:
    """Return what a difference supports: its band as shown, and in how many runs it is above and below 0.

    >>> verdict(-4_000, -2_000, 0, 20, 20), verdict(-4_000, 0, 2, 17, 20), verdict(-4_000, 900, 9, 11, 20)
    ('less', 'likely_less', 'unclear')
    >>> verdict(0, 0, 0, 0, 20)
    'none'
    """
    if runs and not more and not fewer:
        return "none"
    if low > 0 or high < 0:
        return "more" if low > 0 else "less"
    if runs and max(more, fewer) >= LIKELY * runs:
        return "likely_more" if more > fewer else "likely_less"
    return "unclear"
