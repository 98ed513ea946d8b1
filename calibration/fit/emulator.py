"""Emulator: what a simulation would find at a parameter set, from the bank, with its own error.

A polynomial in the standard normal coordinates of the priors (Hermite polynomial chaos of degree two, Xiu
and Karniadakis 2002): all lines and squares, and products of the parameters that matter most. Terms that
cannot be told from noise are dropped, so what stays is sparse; the error is measured on runs left out.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from abm.arrays import Floats, Integers

LEAST_T = 4.0
"""Terms with a smaller t value are dropped: about one in 16,000 useless terms stays."""

STRONGEST = 14
"""Parameters per output whose products are tried."""

FOLDS = 5

LEAST_ERROR = 0.2
"""Error of the emulator is at least this part of what it misses, however large chance may be."""


@dataclass(frozen=True)
class Emulator:
    """Fitted polynomials of several outputs."""

    outputs: tuple[str, ...]  # Names of the ``K`` outputs
    active: Integers  # [A] Columns of the design that any output uses
    products: Integers  # [Q, 2] Pairs of positions in ``active``
    weights: Floats  # [1 + 2 A + Q, K] Of 1, the lines, the squares less 1, and the products
    # [K] Root mean square miss on runs left out: error of the emulator and chance between runs together
    miss_sd: Floats
    error_sd: Floats  # [K] Error of the emulator alone
    explained: Floats  # [K] Share of the variance over the prior that the emulator explains on runs left out

    def predict(self, z_active: Floats) -> Floats:
        """Return outputs float64[n, K] at active coordinates float64[n, A]."""
        return np.asarray(_terms(z_active, self.products) @ self.weights)

    def index(self, output: str) -> int:
        """Return the number of an output."""
        return self.outputs.index(output)


def fit_emulator(
    z: Floats, y: Floats, outputs: tuple[str, ...], chance_sd: Floats, always: tuple[int, ...] = ()
) -> Emulator:
    """Return the emulator of training runs: design ``z`` float64[n, p], finite outputs ``y`` float64[n, K].

    ``chance_sd`` float64[K] is the standard deviation of the outputs between runs that differ by chance
    alone; columns of ``always`` count as active whatever the outputs say.
    """
    n, p = z.shape
    if n <= 2 * p + 1:
        raise ValueError(f"{n} runs cannot fit {2 * p + 1} terms")
    chosen = _chosen_terms(z, y)
    pairs = sorted({pair for terms in chosen for pair in terms.products})
    used = {i for t in chosen for i in (*t.lines, *t.squares, *(i for pair in t.products for i in pair))}
    active = np.array(sorted(used | set(always)), np.int64)
    place = {int(column): number for number, column in enumerate(active)}
    products = np.array([(place[a], place[b]) for a, b in pairs], np.int64).reshape(-1, 2)
    terms = _terms(z[:, active], products)
    A = len(active)
    weights = np.zeros((terms.shape[1], y.shape[1]))
    error = np.zeros(y.shape[1])
    fold = np.arange(n) % FOLDS
    for k, t in enumerate(chosen):
        columns = np.array(
            [
                0,
                *(1 + place[i] for i in t.lines),
                *(1 + A + place[i] for i in t.squares),
                *(1 + 2 * A + pairs.index(pair) for pair in t.products),
            ]
        )
        x = terms[:, columns]
        weights[columns, k] = np.linalg.lstsq(x, y[:, k], rcond=None)[0]
        misses = np.empty(n)
        for f in range(FOLDS):
            out = fold == f
            beta = np.linalg.lstsq(x[~out], y[~out, k], rcond=None)[0]
            misses[out] = y[out, k] - x[out] @ beta
        error[k] = np.sqrt(np.mean(misses**2))
    variance = np.maximum(y.var(axis=0), 1e-300)
    alone = np.sqrt(np.maximum(error**2 - chance_sd**2, (LEAST_ERROR * error) ** 2))
    explained = np.asarray(1.0 - error**2 / variance)
    return Emulator(outputs, active, products, weights, error, alone, explained)


@dataclass(frozen=True)
class _Chosen:
    lines: tuple[int, ...]
    squares: tuple[int, ...]
    products: tuple[tuple[int, int], ...]


def _chosen_terms(z: Floats, y: Floats) -> list[_Chosen]:
    """Return the terms of every output that stand out of the noise."""
    n, p = z.shape
    x = np.hstack([np.ones((n, 1)), z, z**2 - 1.0])
    covariance = np.linalg.inv(x.T @ x)
    beta = covariance @ (x.T @ y)
    residual = y - x @ beta
    found = []
    for k in range(y.shape[1]):
        sd = np.sqrt(residual[:, k] @ residual[:, k] / (n - x.shape[1]))
        t = np.abs(beta[:, k]) / np.maximum(sd * np.sqrt(np.diag(covariance)), 1e-300)
        lines = [i for i in range(p) if t[1 + i] > LEAST_T]
        squares = [i for i in range(p) if t[1 + p + i] > LEAST_T]
        strongest = sorted(lines, key=lambda i: -t[1 + i])[:STRONGEST]
        pairs = [(min(pair), max(pair)) for pair in combinations(strongest, 2)]
        products = _products(z, residual[:, k], pairs)
        found.append(_Chosen(tuple(lines), tuple(squares), tuple(products)))
    return found


def _products(z: Floats, residual: Floats, pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the pairs, a third of the runs at most, whose product explains what lines and squares left."""
    pairs = pairs[: len(z) // 3]
    if not pairs:
        return []
    x = np.stack([z[:, a] * z[:, b] for a, b in pairs], axis=1)
    covariance = np.linalg.inv(x.T @ x)
    beta = covariance @ (x.T @ residual)
    rest = residual - x @ beta
    sd = np.sqrt(rest @ rest / (len(z) - len(pairs)))
    t = np.abs(beta) / np.maximum(sd * np.sqrt(np.diag(covariance)), 1e-300)
    return [pair for pair, value in zip(pairs, t, strict=True) if value > LEAST_T]


def _terms(z: Floats, products: Integers) -> Floats:
    """Return 1, lines, squares less 1 and products, float64[n, 1 + 2 A + Q]."""
    crossed = z[:, products[:, 0]] * z[:, products[:, 1]]
    return np.hstack([np.ones((len(z), 1)), z, z**2 - 1.0, crossed])
