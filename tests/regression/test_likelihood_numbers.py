"""The likelihood of the shipped targets on made-up runs still is what it was.

No simulation: training runs are random numbers of one seed, so only targets, registers, emulator, likelihood
and sampler can move it. After a deliberate change write the numbers anew with
``python tests/regression/test_likelihood_numbers.py`` and say ``Regression:`` in the changelog.
"""

import json
from pathlib import Path

import numpy as np

from abm.data.folder import default_configs
from abm.kernels.intention import N_BINS
from abm.month.choice import places_of, value_names
from abm.months import month_index
from calibration.fit.posterior import TrainingRuns, prepare
from calibration.fit.prior import Prior, sobol_normal
from calibration.fit.sampler import temper
from calibration.fit.simulated import EVERY, FLOWS, coded
from experiments.calibrate.inputs import read_inputs

KEPT = Path(__file__).with_name("likelihood.json")
VARIED = (
    "return_hazard", "onward_hazard", "intent_cut_return", "intent_cut_stay",
)  # fmt: skip
DESIGNED, REPLICATES = 26, 4
FIRST, LAST = month_index("2022-03"), month_index("2024-08")


def made_up_runs(world, z):
    """Return runs that react to the first coordinate; everything else is noise."""
    random, n, months, hosts = np.random.default_rng(5), len(z), LAST - FIRST + 1, len(world.hosts.ids)
    pull = np.exp(0.2 * z[:, :1, None])

    def persons(rows, mean):
        return np.float32(pull * random.gamma(2.0, mean / 2.0, (n, rows, hosts)) + 1.0)

    def wishes(*shape):
        return coded(random.integers(1, 50, (n, *shape, N_BINS)))

    groups, places = len(value_names(world)), len(places_of(world)[0])
    kept = len(range(0, months, EVERY))
    return {
        **{name: persons(months, 50.0) for name in (*FLOWS, "left")},
        "stock": persons(months + 1, 20_000.0),
        "adults": persons(months, 10_000.0),
        "wish": wishes(months, 2, hosts),
        "wish_groups": wishes(kept, 2, groups, places),
        "onward": wishes(months, hosts),
    }


def numbers():
    """Return the log likelihood of ten draws, sums of its parts, and the middle of a short sample."""
    given = read_inputs(default_configs())
    prior = Prior(tuple(given.coefficients[name] for name in VARIED))
    z = np.vstack([sobol_normal(len(VARIED), DESIGNED, 1), np.zeros((REPLICATES, len(VARIED)))])
    training = TrainingRuns(z, prior, made_up_runs(given.world, z), FIRST, REPLICATES)
    problem, outputs = prepare(
        training, given.world, given.targets.only("fit"), given.register, given.settings
    )
    at = np.random.default_rng(2).standard_normal((10, problem.layout.size))
    sample = temper(
        problem.log_likelihood, problem.layout.size, 20, np.random.default_rng(3),
        moves=1, last_moves=1, residuals=problem.residuals,
    )  # fmt: skip
    return {
        "log_likelihood": problem.log_likelihood(at).tolist(),
        "predictions": problem.predict(at).sum(axis=0).tolist(),
        "observed": problem.observed.tolist(),
        "sd": problem.sd.tolist(),
        "outputs": outputs.values.sum(axis=0).tolist(),
        "emulator": problem.emulator.predict(problem.layout.coordinates(at)).sum(axis=1).tolist(),
        "sample": sample.z.mean(axis=1).tolist(),
    }


def test_the_likelihood_is_what_it_was():
    kept, found = json.loads(KEPT.read_text(encoding="utf-8")), numbers()
    assert set(kept) == set(found)
    for name, values in kept.items():
        # the last digits are those of the linear algebra of a machine; a sampler lets them grow
        tolerance = 1e-6 if name == "sample" else 1e-9
        np.testing.assert_allclose(found[name], values, rtol=tolerance, atol=tolerance, err_msg=name)


if __name__ == "__main__":
    KEPT.write_text(json.dumps(numbers(), indent=0) + "\n", encoding="utf-8")
