"""A second opinion on the posterior: a neural network that learns it from the bank, without the emulator.

Neural posterior estimation with a coupling flow (Radev et al. 2022). The network sees what the runs of the
bank really found, with registers, cuts and errors of measurement drawn as the likelihood assumes them; it
shares targets and priors with the sampler, but neither the emulator nor a single move of the sampler. It
needs the optional extra ``npe`` and imports it only when it trains.
"""

import importlib.util
import logging
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.errors import EweaError
from calibration.fit.neural_pairs import Pairs, Scale, scale_of

Floats = NDArray[np.float64]

COUPLINGS, WIDTHS, DROPOUT = 4, (32,), 0.05
"""Size of the network. A few thousand runs teach no larger one: three times as wide, it learns them by heart
and is worse on others."""

EPOCHS, PATIENCE, BATCH = 60, 8, 256
"""Most passes through the pairs; passes without progress before it stops; pairs a step."""

LEARNING_RATE = 3e-4

AT_ONCE = 50
"""Observations drawn for together, to bound the memory."""


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
        """Return ``n`` draws of the posterior, float64[m, n, P], for each observation of float64[m, T]."""
        _, keras = _libraries()
        keras.utils.set_random_seed(seed)
        parts = []
        for begin in range(0, len(x), AT_ONCE):
            part = self.scale.standard(x[begin : begin + AT_ONCE]).astype(np.float32)
            # always the same shape: another one is compiled anew
            padded = part if len(x) <= AT_ONCE else np.resize(part, (AT_ONCE, part.shape[1]))
            with _without_deprecations():
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
    bayesflow, keras = _libraries()
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
    with _without_deprecations():
        workflow.fit_offline(
            _named(training, scale),
            epochs=EPOCHS,
            batch_size=BATCH,
            validation_data=_named(stopping, scale),
            callbacks=[best, keras.callbacks.LambdaCallback(on_epoch_end=ended)],
            verbose=0,
        )
    return Neural(workflow, scale, tuple(losses))


def pooled(networks: Sequence[Neural], x: Floats, n: int, seed: int) -> Floats:
    """Return draws of all networks in equal parts, float64[network, m, n, P], ``n`` from each."""
    return np.stack([network.draws(x, n, seed + number) for number, network in enumerate(networks)])


def _named(pairs: Pairs, scale: Scale) -> dict[str, NDArray[np.float32]]:
    """Return pairs as the network reads them."""
    return {"theta": pairs.theta.astype(np.float32), "x": scale.standard(pairs.x).astype(np.float32)}


def _libraries() -> tuple[Any, Any]:
    """Return the modules bayesflow and keras."""
    # Both are read at the first import and never again.
    os.environ.setdefault("KERAS_BACKEND", "jax")
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    logging.disable(logging.INFO)  # else BayesFlow tells standard error which backend it found
    try:
        import bayesflow
        import keras
    finally:
        logging.disable(logging.NOTSET)
    logging.getLogger("bayesflow").setLevel(logging.WARNING)
    return bayesflow, keras


@contextmanager
def _without_deprecations() -> Iterator[None]:
    """Keep quiet what Keras and JAX will have to change among themselves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
