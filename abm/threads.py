"""Sharing one pass over the rows between threads; the result does not depend on how many."""

import atexit
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from abm.arrays import Integers

ROWS_PER_PIECE = 65_536
"""Smallest piece worth a hand-over to another thread."""


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    pool = ThreadPoolExecutor(threads, thread_name_prefix="ewea")
    atexit.register(pool.shutdown)
    return pool


def pieces(n: int, threads: int) -> list[tuple[int, int]]:
    """Return the row ranges a pass is cut into.

    >>> pieces(10, 2)
    [(0, 10)]
    """
    count = 1 if threads == 1 else min(4 * threads, max(n // ROWS_PER_PIECE, 1))
    edges = [n * k // count for k in range(count + 1)]
    return list(pairwise(edges))


def over_rows(
    kernel: Callable[..., None],
    arguments: tuple[Any, ...],
    n: int,
    threads: int,
    totals: tuple[Integers, ...] = (),
) -> None:
    """Run a kernel over ``n`` rows in pieces that the threads share.

    A kernel is compiled without the interpreter lock and takes ``arguments``, then one int64 array per entry
    of ``totals``, to which it adds, then the first row and the row after the last. Every piece counts into
    arrays of its own, which are summed as integers, so neither the pieces nor their order can change a total.
    """
    cuts = pieces(n, threads)
    if len(cuts) == 1:
        kernel(*arguments, *totals, 0, n)
        return
    parts = [tuple(np.zeros_like(total) for total in totals) for _ in cuts]
    pool = _pool(threads)
    jobs = [
        pool.submit(kernel, *arguments, *part, low, high)
        for part, (low, high) in zip(parts, cuts, strict=True)
    ]
    for job in jobs:
        job.result()
    for position, total in enumerate(totals):
        for part in parts:
            np.add(total, part[position], out=total)
