"""Splitting the effect of several levers fairly: Shapley values (Shapley 1953).

A lever's part is the mean of what it adds over all orders in which the levers could be switched
on. Up to :data:`EXACT_UP_TO` levers every subset is run; beyond that, orders are drawn at random.
"""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

EXACT_UP_TO = 8
COARSE_SEEDS = {1: 0, 2: 6, 3: 5, 4: 3, 5: 2, 6: 2, 7: 1, 8: 1}
"""Coarse runs that split an effect, by number of levers; more levers, fewer seeds."""

ORDERS = 64
"""Orders drawn when there are more levers."""


def subsets_needed(n: int) -> list[frozenset[int]]:
    """Return the subsets of ``n`` components whose value has to be known."""
    if n <= EXACT_UP_TO:
        return [frozenset(c) for size in range(n + 1) for c in itertools.combinations(range(n), size)]
    found = {frozenset(order[:size]) for order in orders(n) for size in range(n + 1)}
    return sorted(found, key=lambda s: (len(s), sorted(s)))


def orders(n: int) -> list[tuple[int, ...]]:
    """Return the drawn orders of ``n`` components; every order is followed by its reverse."""
    generator = np.random.default_rng(1)
    drawn = []
    for _ in range(ORDERS // 2):
        order = tuple(int(i) for i in generator.permutation(n))
        drawn += [order, order[::-1]]
    return drawn


def shapley(n: int, values: Mapping[frozenset[int], Array]) -> list[Array]:
    """Return the part of every component of ``n`` from the value of every subset of :func:`subsets_needed`.

    The parts add up to the whole.

    >>> parts = shapley(2, {frozenset(): np.array(0.), frozenset({0}): np.array(1.),
    ...                     frozenset({1}): np.array(2.), frozenset({0, 1}): np.array(5.)})
    >>> [float(p) for p in parts]
    [2.0, 3.0]
    """
    nothing = values[frozenset()]
    parts = [np.zeros_like(nothing, dtype=float) for _ in range(n)]
    if n > EXACT_UP_TO:
        drawn = orders(n)
        for order in drawn:
            before: frozenset[int] = frozenset()
            for component in order:
                after = before | {component}
                parts[component] += (values[after] - values[before]) / len(drawn)
                before = after
        return parts
    for component in range(n):
        others = [p for p in range(n) if p != component]
        for size in range(n):
            weight = math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n)
            for subset in itertools.combinations(others, size):
                without = frozenset(subset)
                parts[component] += weight * (values[without | {component}] - values[without])
    return parts


def parts_of(n: int, value: Callable[[frozenset[int]], Array]) -> list[Array]:
    """Return the part of every component, each subset that is needed valued once."""
    return shapley(n, {subset: value(subset) for subset in subsets_needed(n)}) if n else []


def fitted_to(whole: Array, parts: Sequence[Array]) -> list[Array]:
    """Return parts, from coarser runs than the whole, moved to add up to it in proportion to their size."""
    if not parts:
        return []
    sizes = np.array([np.abs(part) for part in parts])
    total = sizes.sum(axis=0)
    weights = np.where(total > 0, sizes / np.where(total > 0, total, 1.0), 1.0 / len(parts))
    missing = whole - np.sum(parts, axis=0)
    return [part + weight * missing for part, weight in zip(parts, weights, strict=True)]
