"""A second opinion on the posterior: a neural network that learns it from the bank, without the emulator.

Neural posterior estimation with a coupling flow (Radev et al. 2022). The network sees what the runs of the
bank really found, with registers, cuts and errors of measurement drawn as the likelihood assumes them; it
shares targets and priors with the sampler, but neither the emulator nor a single move of the sampler. It
needs the optional extra ``npe`` and imports it only when it trains.
"""

import importlib.util
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.errors import EweaError
from calibration.likelihood import Problem

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DRAWS_PER_RUN = 20
"""Times a run is used, each time with other registers, cuts and errors: they cost nothing, runs do."""

STOPPING, UNSEEN = 0.1, 0.1
"""Shares of the runs that decide when training ends, and that test what came of it."""

COUPLINGS, WIDTHS, DROPOUT = 5, (96, 96), 0.05
"""Size of the network: a few thousand runs teach no larger one."""

EPOCHS, PATIENCE, BATCH = 60, 8, 256
"""Most passes through the pairs; passes without progress before it stops; pairs a step."""

LEARNING_RATE = 5e-4

FARTHEST = 8.0
"""Standard deviations from the centre at which an input is held: far tails would steer whole steps."""

INSIDE = 0.99
"""An observation outside this central share of the prior predictive asks the network to extrapolate."""

AT_ONCE = 50
"""Observations drawn for together, to bound the memory."""


@dataclass(frozen=True)
class Pairs:
    """Parameters and what was observed under them; ``n`` pairs.

    Attributes
    ----------
    theta : float64[n, P]
        Standard normal coordinates of the parameters asked for.
    x : float64[n, T]
        One observation per term of the likelihood, errors included.
    run : int64[n]
        Row of the bank it comes from.
    """

    theta: Floats
    x: Floats
    run: Integers

    def of(self, runs: Integers) -> "Pairs":
        """Return the pairs of some runs."""
        keep = np.isin(self.run, runs)
        return Pairs(self.theta[keep], self.x[keep], self.run[keep])

    def once(self) -> "Pairs":
        """Return the first pair of every run."""
        first = np.unique(self.run, return_index=True)[1]
        return Pairs(self.theta[first], self.x[first], self.run[first])


@dataclass(frozen=True)
class Scale:
    """Centre and spread of the prior predictive, float64[T] each."""

    mean: Floats
    sd: Floats

    def standard(self, x: Floats) -> Floats:
        """Return observations float64[n, T] in standard deviations from the centre, held at the farthest."""
        return np.clip((x - self.mean) / self.sd, -FARTHEST, FARTHEST)


def training_pairs(
    problem: Problem, z: Floats, outputs: Floats, columns: Sequence[int], draws: int, seed: int
) -> Pairs:
    """Return pairs of parameters and observations from the runs of a bank.

    Parameters
    ----------
    problem : Problem
        Layout and terms; its emulator is not asked.
    z : float64[R, A]
        Active coordinates of the runs.
    outputs : float64[R, K]
        What the runs found.
    columns : sequence of int
        Places, among the active ones, of the parameters asked for.
    draws : int
        Pairs per run.
    seed : int
        Of registers, cuts and errors.
    """
    rng = np.random.default_rng(seed)
    run = np.repeat(np.arange(len(z)), draws)
    rest = rng.standard_normal((len(run), problem.layout.size - z.shape[1]))
    everything, found = np.hstack([z[run], rest]), outputs[run]
    exact = np.stack([term.says(everything, found) for term in problem.terms], axis=1)
    sd = np.array([term.sd for term in problem.terms])
    return Pairs(z[run][:, list(columns)], exact + sd * rng.standard_normal(exact.shape), run)


def scale_of(x: Floats) -> Scale:
    """Return the scale of observations float64[n, T].

    Raises
    ------
    EweaError
        If an observation is not finite: the bank is damaged.
    """
    if not np.isfinite(x).all():
        term = int(np.flatnonzero(~np.isfinite(x).all(axis=0))[0])
        raise EweaError(
            f"bank: runs say nothing finite about term {term} of the likelihood. "
            "Make it again: 'ewea calibrate baseline --repair'."
        )
    return Scale(x.mean(axis=0), np.maximum(x.std(axis=0), np.finfo(np.float64).tiny))


def outside(x: Floats, observed: Floats) -> NDArray[np.bool_]:
    """Return, bool[T], which observations float64[T] lie outside the central 99 % of float64[n, T]."""
    low, high = np.quantile(x, [0.5 * (1.0 - INSIDE), 0.5 * (1.0 + INSIDE)], axis=0)
    return np.asarray((observed < low) | (observed > high))


def farther(x: Floats, observed: Floats) -> float:
    """Return the share of observations float64[n, T] farther from their centre than ``observed`` float64[T].

    Distances are Mahalanobis': near 0, the targets *together* are unlike anything the bank found.
    """
    mean = x.mean(axis=0)
    inverse = np.linalg.pinv(np.cov(x.T).reshape(x.shape[1], x.shape[1]), hermitian=True)

    def distance(rows: Floats) -> Floats:
        away = rows - mean
        return np.asarray(np.einsum("nt,tu,nu->n", away, inverse, away))

    return float((distance(x) > distance(observed[None, :])[0]).mean())


def split(n_runs: int, seed: int) -> tuple[Integers, Integers, Integers]:
    """Return rows of runs to train on, to stop by and to test with; whole runs, never parts of one."""
    order = np.random.default_rng(seed).permutation(n_runs)
    stop, unseen = (max(1, round(share * n_runs)) for share in (STOPPING, UNSEEN))
    return order[stop + unseen :], order[:stop], order[stop : stop + unseen]


def check_installed() -> None:
    """Refuse to go on without the libraries of the neural posterior.

    Raises
    ------
    EweaError
        If BayesFlow or JAX is not installed.
    """
    missing = [name for name in ("bayesflow", "jax") if importlib.util.find_spec(name) is None]
    if missing:
        raise EweaError(
            f"the neural posterior needs {' and '.join(missing)}, which the usual installation leaves out. "
            "Install it with: .venv/bin/pip install -e '.[npe]' in the checkout, or "
            "pip install 'ewea-displacement[npe]'."
        )


@dataclass(frozen=True)
class Neural:
    """A trained network.

    Attributes
    ----------
    workflow : bayesflow.BasicWorkflow
    scale : Scale
    losses : tuple of float
        Loss on the runs that decide when to stop, after every epoch; the weights are those of the lowest.
    """

    workflow: Any
    scale: Scale
    losses: tuple[float, ...]

    def draws(self, x: Floats, n: int, seed: int) -> Floats:
        """Return ``n`` draws of the posterior, float64[m, n, P], for each of the observations float64[m, T]."""
        import keras

        keras.utils.set_random_seed(seed)
        parts = []
        for begin in range(0, len(x), AT_ONCE):
            part = self.scale.standard(x[begin : begin + AT_ONCE]).astype(np.float32)
            # always the same shape: another one is compiled anew
            padded = part if len(x) <= AT_ONCE else np.resize(part, (AT_ONCE, part.shape[1]))
            drawn = self.workflow.sample(num_samples=n, conditions={"x": padded})
            parts.append(np.asarray(drawn["theta"], np.float64)[: len(part)])
        return np.concatenate(parts)


def train(
    training: Pairs, stopping: Pairs, seed: int, on_epoch: Callable[[int, float], None] | None = None
) -> Neural:
    """Return a network trained until the pairs it does not learn from get no likelier.

    Parameters
    ----------
    training, stopping : Pairs
        Of different runs.
    seed : int
        Of weights, order and dropout.
    on_epoch : callable, optional
        Called with the number of passes done and the loss on ``stopping``.

    Raises
    ------
    EweaError
        If the libraries are not installed.
    """
    check_installed()
    # Both are read at import and never again.
    os.environ.setdefault("KERAS_BACKEND", "jax")
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    logging.disable(logging.INFO)  # it tells standard error which backend it found
    try:
        import bayesflow
        import keras
    finally:
        logging.disable(logging.NOTSET)
    logging.getLogger("bayesflow").setLevel(logging.WARNING)
    keras.utils.set_random_seed(seed)
    scale = scale_of(training.x)
    workflow = bayesflow.BasicWorkflow(
        inference_network=bayesflow.networks.CouplingFlow(
            depth=COUPLINGS, subnet_kwargs={"widths": WIDTHS, "dropout": DROPOUT}
        ),
        inference_variables="theta",
        inference_conditions="x",
        initial_learning_rate=LEARNING_RATE,
        standardize=[],
    )
    losses: list[float] = []

    def ended(epoch: int, logs: dict[str, float]) -> None:
        losses.append(float(logs["val_loss"]))
        if on_epoch is not None:
            on_epoch(epoch + 1, losses[-1])

    best = keras.callbacks.EarlyStopping(monitor="val_loss", patience=PATIENCE, restore_best_weights=True)
    workflow.fit_offline(
        _named(training, scale),
        epochs=EPOCHS,
        batch_size=BATCH,
        validation_data=_named(stopping, scale),
        callbacks=[best, keras.callbacks.LambdaCallback(on_epoch_end=ended)],
        verbose=0,
    )
    return Neural(workflow, scale, tuple(losses))


def _named(pairs: Pairs, scale: Scale) -> dict[str, NDArray[np.float32]]:
    """Return pairs as the network reads them."""
    return {"theta": pairs.theta.astype(np.float32), "x": scale.standard(pairs.x).astype(np.float32)}
