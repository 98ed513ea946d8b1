"""A round of the assimilation: a host's observations move its own controls, the sums move all, tapered."""

import numpy as np

from abm.arrays import Floats
from abm.data.control_draws import ControlLayout
from calibration.assimilation.observations import Observer, Runs
from calibration.assimilation.prior import AssimilationSettings
from calibration.assimilation.update import updated

DIGITS = 4
"""Controls are rounded so far: a last bit that differs by machine must not make other runs."""


def next_round(
    values: Floats,
    runs: Runs,
    observer: Observer,
    layout: ControlLayout,
    settings: AssimilationSettings,
    number: int,
    rounds: int,
) -> Floats:
    """Return the controls [N, d] of the round after ``number`` (counted from 0) of ``rounds``.

    What each host adds to the sums moves with its controls, so that the sums are compared with what the
    hosts' own observations have left of their error.
    """
    hosts = layout.hosts
    seed = [settings.seed.value, 1 + number]
    made = values.copy()
    sums = observer.sums
    parts = np.stack([observer.persons(one, runs) for one in sums], axis=2) if sums else None  # [N, H, sum]
    for host in range(len(layout.ids)):
        batch = observer.of_host(host)
        if batch is None:
            continue
        rng = np.random.default_rng([*seed, host])
        own = np.flatnonzero(hosts == host)
        state = made[:, own] if parts is None else np.hstack([made[:, own], parts[:, host]])
        state = updated(state, observer.predicted(host, runs), batch.observed, batch.covariance, rounds, rng)
        made[:, own] = state[:, : len(own)]
        if parts is not None:
            parts[:, host] = state[:, len(own) :]
    batch = observer.of_sums()
    if batch is not None and parts is not None:
        rng = np.random.default_rng([*seed, len(layout.ids)])
        totals = parts.sum(axis=1)
        predicted = np.stack([one.of_scale(totals[:, k]) for k, one in enumerate(sums)], axis=1)
        limits = settings.taper_low.value, settings.taper_high.value
        made = updated(made, predicted, batch.observed, batch.covariance, rounds, rng, limits)
    return np.round(made, DIGITS)
