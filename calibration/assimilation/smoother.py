"""A round of the assimilation: the sums move all controls, tapered, then each host's observations its own."""

import numpy as np

from abm.arrays import Floats
from abm.data.control_draws import ControlLayout
from abm.months import month_label
from calibration.assimilation.observations import Observer, Runs
from calibration.assimilation.prior import AssimilationSettings
from calibration.assimilation.update import Spread, gain_of, updated

DIGITS = 4
"""Controls are rounded so far: a last bit that differs by machine must not make other runs."""


def first_round(values: Floats) -> Spread:
    """Return the ensemble before any observation, from its prior controls [N, d]."""
    middle = np.round(values.mean(axis=0), DIGITS)
    return Spread(values, np.round(values - middle, DIGITS))


def within(controls: Spread, prior: Floats, most_sd: float) -> Spread:
    """Return controls no further from the prior's mean than ``most_sd`` of its standard deviations.

    The regression of the ensemble sends a member that answers the other way further off in every round.
    """
    middle, reach = prior.mean(axis=0), most_sd * prior.std(axis=0)
    inside = np.clip(controls.values, middle - reach, middle + reach)
    return Spread(np.round(inside, DIGITS), controls.about)


def next_round(
    controls: Spread,
    runs: Runs,
    centre: Runs,
    observer: Observer,
    layout: ControlLayout,
    settings: AssimilationSettings,
    number: int,
    rounds: int,
) -> Spread:
    """Return the controls of the round after ``number`` (counted from 0) of ``rounds``.

    ``centre`` are runs of the same members with controls ``values - about``: their own middle. What the sums
    move in the predictions of a host is taken along, so that its own observations, which are surer, have
    the last word.
    """
    seed = [settings.seed.value, 1 + number]
    found = [(host, observer.of_host(host)) for host in range(len(layout.ids))]
    hosts = [(host, batch) for host, batch in found if batch is not None]

    def spread(predicted: Floats, middle: Floats) -> Spread:
        return Spread(predicted, predicted - middle)

    seen = [spread(observer.predicted(host, runs), observer.predicted(host, centre)) for host, _ in hosts]
    sums = observer.of_sums()
    if sums is not None:
        rng = np.random.default_rng([*seed, len(layout.ids)])
        limits = settings.taper_low.value, settings.taper_high.value
        total = spread(observer.predicted_sums(runs), observer.predicted_sums(centre))
        controls, *seen = updated(
            [controls, *seen], total, sums.observed, sums.covariance, rounds, rng, limits
        )
    values, about = controls.values.copy(), controls.about.copy()
    for (host, batch), predicted in zip(hosts, seen, strict=True):
        rng = np.random.default_rng([*seed, host])
        own = np.flatnonzero(layout.hosts == host)
        part = Spread(values[:, own], about[:, own])
        (part,) = updated([part], predicted, batch.observed, batch.covariance, rounds, rng)
        values[:, own], about[:, own] = part
    return Spread(np.round(values, DIGITS), np.round(about, DIGITS))


def final_round(
    controls: Spread, runs: Runs, centre: Runs, observer: Observer, layout: ControlLayout, sd: float
) -> Spread:
    """Return the controls with which each member meets the last published register of each host.

    The rounds before take every observation at its weight; a straight line leaves a few percent where a
    register bends (corrections, shares near 0 or 1), and the last month is where every answer starts.
    """
    values = controls.values.copy()
    for host in range(len(layout.ids)):
        batch = observer.of_host(host)
        if batch is None or observer.last[host] < 0:
            continue
        at = [batch.names.index(f"register.{month_label(int(observer.last[host]))}")]
        seen, middle = (observer.predicted(host, one)[:, at] for one in (runs, centre))
        own = np.flatnonzero(layout.hosts == host)
        gain = gain_of(controls.about[:, own], seen - middle, np.array([[sd**2]]))
        values[:, own] += (batch.observed[at] - seen) @ gain.T
    return Spread(np.round(values, DIGITS), controls.about)
