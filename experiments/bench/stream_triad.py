"""STREAM triad: how fast this machine moves memory (McCalpin 1995), the ceiling of every kernel."""

import numba as nb
import numpy as np
from numpy.typing import NDArray

from abm.threads import over_rows

BYTES_PER_ROW = 24
"""Two doubles read and one written."""


@nb.njit(nogil=True)
def _triad(a, b, c, low, high):
    x, y, z = a[low:high], b[low:high], c[low:high]
    for i in range(x.shape[0]):
        x[i] = y[i] + 3.0 * z[i]


class Triad:
    """Three arrays of doubles, large against any cache, and the loop over them.

    Parameters
    ----------
    rows : int
        Length of each array.
    threads : int
        Threads that share it.
    """

    def __init__(self, rows: int, threads: int) -> None:
        self.rows, self.threads = rows, threads
        starts = (0.0, 1.0, 2.0)
        self.arrays: tuple[NDArray[np.float64], ...] = tuple(np.full(rows, start) for start in starts)

    def run(self) -> None:
        """Do one pass."""
        over_rows(_triad, self.arrays, self.rows, self.threads)
