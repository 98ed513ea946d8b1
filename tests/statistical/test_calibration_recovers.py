"""A whole calibration in small: bank, emulator, likelihood and sampler find parameters they do not know.

Runs of ten months over six parameters; some of them are truths that the emulator never saw, with observations
as the targets would have found them. All seeds are fixed, so the test gives the same result every time; the
false-alarm rates say how often another set of seeds would fail although everything is right. The same is
asked of seventy runs with eight truths, and (slow) of a hundred larger ones with twenty.
"""

from types import SimpleNamespace

import numpy as np
import pytest
from example_targets import population, quantity, register, survey
from scipy import stats

from abm.data.folder import default_configs
from abm.data.parameters import load_coefficients
from abm.months import month_index
from calibration.fit.likelihood import calibration_problem
from calibration.fit.outputs import Outputs
from calibration.fit.posterior import (
    RegisterTargets,
    TrainingRuns,
    prepare,
    recover,
    summarise_recovery,
    without_truths,
)
from calibration.fit.prior import (
    MODEL_FAMILY,
    Prior,
    load_calibration_settings,
    sobol_normal,
    tasks_of_design,
)
from calibration.fit.register_exits import recorded_clean_ups
from calibration.fit.simulated import simulate_past
from calibration.targets.targets import Targets
from experiments.calibrate.inputs import context_of

pytestmark = pytest.mark.statistical

VARIED = (
    "return_hazard", "onward_hazard", "neighbour_return_ratio", "intent_cut_return", "intent_cut_stay",
)  # fmt: skip
SMALL, FULL = (64, 6, 8, 3_000, 20), (90, 10, 20, 1_500, 40)
"""Runs of the design, replicates at its centre, truths among the runs; scale, households per host."""

FIRST, UNTIL = month_index("2022-03"), month_index("2023-01")
LAST = UNTIL - 1


def made_up_targets(world):
    """Return a few targets; their errors are twice the chance between runs this small."""
    ids = world.hosts.ids
    everywhere = tuple(range(len(ids)))
    near = tuple(int(host) for host in np.flatnonzero(world.hosts.is_neighbour))
    far = tuple(host for host in everywhere if host not in near)
    answers = {"return": 0.5, "undecided": 0.3, "stay": 0.2}
    wave = survey("wave", MODEL_FAMILY, LAST - 1, answers, of=population(everywhere), n=2000)
    summer = month_index("2022-06")
    quantities = (
        quantity("returned", "returned_share", LAST, hosts=everywhere, sd=0.025),
        quantity("hazard_near", "return_hazard", hosts=near, first=summer, last=LAST, sd=0.01),
        quantity("hazard_far", "return_hazard", hosts=far, first=summer, last=LAST, sd=0.004),
        quantity("moved_on", "moved_on_share", LAST, hosts=everywhere, sd=0.009),
    )
    return Targets((wave,), (), quantities, register(map(ids.index, ("DE", "PL")), FIRST, LAST))


@pytest.fixture(
    scope="module",
    params=[pytest.param(SMALL, id="small"), pytest.param(FULL, id="full", marks=pytest.mark.slow)],
)
def recovered(world, request):
    """Run the bank, leave some runs out, and find them again."""
    n, replicates, n_truths, scale, per_host = request.param
    root = default_configs()
    usual = load_calibration_settings(root)
    sizes = {"scale": scale, "households_per_host": per_host}
    settings = usual.model_copy(
        update={
            name: getattr(usual, name).model_copy(update={"value": value}) for name, value in sizes.items()
        }
    )
    shipped = load_coefficients(root / "coefficients" / "priors.csv")
    prior = Prior(tuple(shipped[name] for name in VARIED))
    z = np.vstack([sobol_normal(len(VARIED), n, 20220304), np.zeros((replicates, len(VARIED)))])
    context = context_of(root, settings, UNTIL)
    done = [simulate_past(context, task) for task in tasks_of_design(prior, z)]
    runs = {name: np.stack([run[name] for run in done]) for name in done[0]}
    targets = made_up_targets(world)
    small = world.coefficients["small_clean_up_share"]
    events = recorded_clean_ups(world.registers, targets.register.hosts, FIRST, LAST, {}, small)
    training = TrainingRuns(z, prior, runs, FIRST, replicates)
    problem, found = prepare(training, world, targets, RegisterTargets([], events), settings)
    truths = np.random.default_rng(3).choice(n, n_truths, replace=False)
    designed = Outputs(found.names, found.values[:n], found.shapes)
    emulator = without_truths(problem, z[:n], designed, prior, truths)
    reduced = calibration_problem(world, problem.layout, emulator, found.shapes, targets, [], events)
    columns = [prior.names.index(name) for name in reduced.layout.active]
    pairs = [
        recover(reduced, z[row][columns], found.values[row], 100 + number, 400, 8, 24)
        for number, row in enumerate(truths)
    ]
    others = tuple(f"other_{k}" for k in range(reduced.layout.size - len(columns)))
    result = summarise_recovery((*reduced.layout.active, *others), pairs)
    return SimpleNamespace(problem=reduced, result=result, names=result.names)


def held(result, column, level):
    """Return how many of the truths lie in the central interval of a level."""
    return round(result.coverage(level)[column] * len(result.truth))


def least(result, level):
    """Return the fewest truths held that chance explains, at a false-alarm rate of at most 1e-3."""
    return int(stats.binom.ppf(1e-3, len(result.truth), level))


def test_the_return_hazard_is_found(recovered):
    result, column = recovered.result, recovered.names.index("return_hazard")
    # a first truth alone: its 95 % interval (false alarm 5 %, seeds are fixed) and a narrower posterior
    tail = 0.025
    assert tail <= result.rank[0, column] <= 1.0 - tail
    assert result.sd[:, column].mean() < 0.7
    assert result.sd[0, column] < 0.7
    for level in (0.5, 0.8, 0.95):
        assert held(result, column, level) >= least(result, level), level
    assert np.corrcoef(result.truth[:, column], result.mean[:, column])[0, 1] > 0.6


def test_wrong_truths_would_be_noticed(recovered):
    """The same intervals with the truths of other replicates hold far fewer of them."""
    result, column = recovered.result, recovered.names.index("return_hazard")
    moved = np.roll(result.truth[:, column], 1)
    inside = np.abs(moved - result.mean[:, column]) < 1.96 * result.sd[:, column]
    assert inside.sum() < least(result, 0.95)


@pytest.mark.parametrize(
    "name", ["onward_hazard", "neighbour_return_ratio", "intent_cut_return", "intent_cut_stay"]
)
def test_the_others_are_found_as_far_as_the_data_go(recovered, name):
    result, column = recovered.result, recovered.names.index(name)
    assert result.sd[:, column].mean() < 0.95
    for level in (0.8, 0.95):
        assert held(result, column, level) >= least(result, level), level


def test_all_coordinates_together_hold_as_many_truths_as_they_say(recovered):
    """Coordinates of one replicate share its data, so the bound takes a third of them as independent."""
    result = recovered.result
    n = result.rank.size / 3.0
    for level in (0.5, 0.8, 0.95):
        found = result.coverage(level).mean()
        spread = np.sqrt(level * (1.0 - level) / n)
        assert abs(found - level) < stats.norm.isf(5e-4) * spread, (level, found)


def test_what_no_target_reacts_to_keeps_its_prior(recovered):
    """The share of leavers who deregister in Germany: no clean-up or exit rate of it is among the targets."""
    result, layout = recovered.result, recovered.problem.layout
    germany = len(layout.active) + 0
    assert not any("DE" in term.target for term in recovered.problem.terms)
    # standard deviation of 400 draws: 1 with a standard error of 3.5 %; mean over the truths, 4.9 of them
    assert result.sd[:, germany].mean() == pytest.approx(
        1.0, abs=4.9 * 0.05 / np.sqrt(len(result.truth)) + 0.02
    )


def test_a_clean_up_narrows_what_it_speaks_of(recovered):
    result, layout = recovered.result, recovered.problem.layout
    poland = len(layout.active) + 1
    assert any(term.target.startswith("clean_up.PL") for term in recovered.problem.terms)
    assert result.sd[:, poland].mean() < 0.95
    assert recovered.problem.emulator.explained[
        recovered.problem.emulator.index("quantity.returned")
    ] == pytest.approx(0.75, abs=0.25)
