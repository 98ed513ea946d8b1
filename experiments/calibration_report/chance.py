"""What chance alone does to counts: bands for tests of the method."""

import math


def binomial_band(n: int, p: float, level: float = 0.95) -> tuple[int, int]:
    """Return the central counts of a binomial that hold at least a share ``level`` of its chances.

    Parameters
    ----------
    n : int
        Trials, at least 1.
    p : float
        Probability of each, between 0 and 1.
    level : float
        Share of the chances.

    >>> binomial_band(50, 0.8)
    (34, 45)
    """
    tail = (1.0 - level) / 2.0
    total, low, high = 0.0, 0, n
    found_low = False
    for count in range(n + 1):
        total += math.exp(
            math.lgamma(n + 1) - math.lgamma(count + 1) - math.lgamma(n - count + 1)
            + count * math.log(p) + (n - count) * math.log1p(-p)
        )  # fmt: skip
        if not found_low and total > tail:
            low, found_low = count, True
        if total >= 1.0 - tail:
            high = count
            break
    return low, high
