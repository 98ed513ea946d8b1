"""A round of the assimilation: the sums move all controls, tapered, then each host's observations its own.

An update is that of an ensemble smoother with multiple data assimilation (ES-MDA, Emerick and Reynolds 2013):
every member's numbers move along the ensemble's own regression on what it predicts. Observations count
``1 / alpha`` in each of ``alpha`` rounds, with fresh perturbations; for a linear model and normal errors the
rounds together give the exact posterior. What a member predicts differs from the others also by its draw of
the posterior and by chance. That is no effect of its controls, so the regression is on the difference
between two runs of a member: with its own controls, and with the mean of all.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from abm.arrays import Floats
from abm.compiled import compile_once
from abm.data.control_draws import ControlLayout
from abm.data.controls import with_controls
from abm.data.folder import BEFORE_FIT, checked_digest, default_configs
from abm.data.parameters import with_parameters
from abm.data.settings import RunSettings
from abm.data.world import World, as_known_at
from abm.months import month_label
from abm.policy.scenario import scenario_world
from abm.simulation import Simulation
from abm.state import Flow, State
from calibration.assimilation.observations import Observer, Runs
from calibration.assimilation.prior import AssimilationSettings


def files_of(fit: str) -> tuple[str, ...]:
    """Return the patterns of the files an assimilation depends on: all of a world but controls."""
    return (*BEFORE_FIT, f"coefficients/{fit}.csv", f"coefficients/{fit}_draws.csv")


@lru_cache(maxsize=2)
def _world(configs: str, fit: str, wanted: str, until: int) -> World:
    root = Path(configs)
    checked_digest(root, wanted, files_of(fit))
    return known_world(root, fit, until)


def known_world(root: Path, fit: str, until: int) -> World:
    """Return the baseline as it was known at the end of ``until``, without controls."""
    # With the horizon at the origin the registers end there, and what was estimated later is not known.
    world = replace(scenario_world(root, until, fit=fit), controls=None)
    compile_once(world)
    return as_known_at(world, until)


@lru_cache(maxsize=2)
def _drawn(world: World, seed: int) -> World:
    """Return the world with a draw; the same one for runs in a row, so that its constants are found once."""
    assert world.draws is not None
    return with_parameters(world, world.draws.of_seed(seed))


def member_world(world: World, seed: int, controls: np.ndarray, layout: ControlLayout) -> World:
    """Return the world of a member: its draw of the posterior and its controls."""
    return with_controls(_drawn(world, seed), layout.unpack(controls), {})


def run_member(context: dict[str, Any], task: dict[str, Any]) -> dict[str, Any]:
    """Run the past of the member ``seed`` of a task with its ``controls`` (a vector of the layout).

    ``context`` holds ``start`` and ``until`` (first and last month), ``scale``, ``households_per_host``,
    ``fit`` and ``configs`` (digest). Returned are ``register`` (the view, without any offset), ``returns``,
    ``arrivals``, ``redepartures`` (float32[M, H]) and ``stock`` (float32[M + 1, H]), persons.
    """
    until = int(context["until"])
    world = _world(str(default_configs()), str(context["fit"]), str(context["configs"]), until)
    layout = ControlLayout.of(world.hosts.ids, world.registers.is_break, until)
    own = member_world(world, int(task["seed"]), np.array(task["controls"], np.float64), layout)
    settings = RunSettings(
        scale=int(context["scale"]),
        until=until + 1,
        households_per_host=int(context["households_per_host"]),
        known_until=until,
    )
    return sums_of(Simulation(own, settings, int(task["seed"])).run_to_end().state)


def sums_of(state: State) -> dict[str, Any]:
    """Return what :func:`run_member` returns, of a finished run."""
    history, H, last = state.history, state.n_hosts, state.index
    flows = history.flows[:last]
    found = {
        "register": history.register[:last] - history.offset[:last],
        "stock": history.stock[: last + 1].sum(axis=(2, 3, 4)),
        "arrivals": flows[:, Flow.ARRIVAL, H, :H] + flows[:, Flow.REUNIFICATION, H, :H],
        "returns": flows[:, Flow.RETURN, :H, H],
        "redepartures": flows[:, Flow.REDEPARTURE, H, :H],
    }
    return {name: np.asarray(values, np.float32) for name, values in found.items()}


class Spread(NamedTuple):
    """Numbers of every member, and their part that comes from its controls differing from the mean."""

    values: Floats  # [N, d]
    about: Floats  # [N, d]


def gain_of(about: Floats, around: Floats, covariance: Floats) -> Floats:
    """Return the regression gain of values on predictions, float64[d, m].

    ``about`` float64[N, d] and ``around`` float64[N, m] are differences from the mean; ``covariance``
    float64[m, m] is that of the observations, inflated.
    """
    spread = around.T @ around + len(around) * covariance
    return np.asarray(np.linalg.solve(spread, around.T @ about).T)


def perturbations(rng: np.random.Generator, members: int, covariance: Floats) -> Floats:
    """Return errors of observations, float64[N, m], that sum to zero over the members."""
    root = np.linalg.cholesky(covariance)
    errors = rng.standard_normal((members, len(covariance))) @ root.T
    return np.asarray(errors - errors.mean(axis=0))


def taper(about: Floats, around: Floats, low: float, high: float) -> Floats:
    """Return the weight of every gain, float64[d, m]: 0 where the correlation of the members may be chance.

    From ``low`` to ``high`` (absolute correlation) the weight rises from 0 to 1.
    """
    size = np.sqrt((about**2).sum(axis=0))[:, None] * np.sqrt((around**2).sum(axis=0))[None]
    correlation = np.abs(about.T @ around) / np.maximum(size, 1e-12)
    return np.asarray(np.clip((correlation - low) / (high - low), 0.0, 1.0))


def updated(
    parts: Sequence[Spread],
    predicted: Spread,
    observed: Floats,
    covariance: Floats,
    alpha: float,
    rng: np.random.Generator,
    limits: tuple[float, float] | None = None,
) -> list[Spread]:
    """Return parts of the state after one of ``alpha`` rounds with observations [m].

    ``limits`` are those of :func:`taper`; without them every gain counts.
    """
    inflated = alpha * covariance
    errors = perturbations(rng, len(predicted.values), inflated)
    innovation = observed + errors - predicted.values
    made = []
    for part in parts:
        gain = gain_of(part.about, predicted.about, inflated)
        if limits is not None:
            gain = gain * taper(part.about, predicted.about, *limits)
        made.append(
            Spread(part.values + innovation @ gain.T, part.about + (errors - predicted.about) @ gain.T)
        )
    return made


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
