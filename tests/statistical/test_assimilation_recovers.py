"""Synthetic truths through the assimilation: known controls lie in their bands, and nearer than before."""

import numpy as np
import pytest

from abm.data.control_draws import ControlLayout
from abm.data.folder import default_configs, digest
from abm.data.parameters import fit_in_use
from abm.months import month_index
from calibration.assimilation.observations import Observations, Observer, load_counted
from calibration.assimilation.prior import load_assimilation_settings, prior_members
from calibration.assimilation.smoother import files_of, first_round, known_world, next_round, run_member

MEMBERS, TRUTHS, ROUNDS = 40, 3, 2
UNTIL = month_index("2023-12")
HOSTS = ("NL", "DE", "PL", "CZ")


class _Seen(Observer):
    """Observes what a synthetic truth shows, with errors, in place of what was published."""

    def __init__(self, *given, truth, rng):
        super().__init__(*given)
        self._truth, self._rng, self._shown = truth, rng, {}

    def _with_error(self, batch, predicted):
        if batch.host not in self._shown:  # the same in every round
            error = np.linalg.cholesky(batch.covariance) @ self._rng.standard_normal(len(batch.observed))
            self._shown[batch.host] = predicted[0] + error
        return Observations(batch.host, self._shown[batch.host], batch.covariance, batch.names)

    def of_host(self, host):
        batch = super().of_host(host)
        return None if batch is None else self._with_error(batch, self.predicted(host, self._truth))

    def of_sums(self):
        return self._with_error(super().of_sums(), self.predicted_sums(self._truth))


@pytest.mark.slow
def test_controls_of_synthetic_truths_lie_in_their_bands():
    """Of some 300 controls of four hosts and three truths 80 % should lie in their 80 % bands.

    They hang together, so 65 to 92 % are allowed; the mean error has to be a fifth smaller than that of the
    prior, which a smoother that does nothing is not.
    """
    root = default_configs()
    fit, settings = fit_in_use(root), load_assimilation_settings(root)
    world = known_world(root, fit, UNTIL)
    layout = ControlLayout.of(world.hosts.ids, world.registers.is_break, UNTIL)
    kinds = dict.fromkeys(layout.breaks, "clean_up")
    prior = prior_members(layout, settings, world.registers, kinds, MEMBERS + TRUTHS)
    context = {
        "start": 2, "until": UNTIL, "scale": 3000, "households_per_host": 60, "fit": fit,
        "configs": digest(root, files_of(fit)),
    }  # fmt: skip

    def runs_of(values, first_seed=1):
        found = [
            run_member(context, {"seed": first_seed + number, "controls": row.tolist()})
            for number, row in enumerate(values)
        ]
        return {name: np.stack([run[name] for run in found]) for name in found[0]}

    start = first_round(np.round(prior[:MEMBERS], 4))
    own, middle = runs_of(start.values), runs_of(start.values - start.about)
    counted = load_counted(root, world).known(UNTIL, UNTIL + 1)
    mine = np.isin(layout.hosts, [layout.ids.index(host) for host in HOSTS])
    mine &= prior.std(axis=0) > 0
    held, before, after = [], [], []
    for truth in range(TRUTHS):
        known = prior[MEMBERS + truth]
        shown = runs_of(known[None], MEMBERS + truth + 1)
        rng = np.random.default_rng(truth)
        seen = _Seen(world, settings, counted, UNTIL, 2, truth=shown, rng=rng)
        controls = next_round(start, own, middle, seen, layout, settings, 0, ROUNDS)
        again, again_middle = runs_of(controls.values), runs_of(controls.values - controls.about)
        controls = next_round(controls, again, again_middle, seen, layout, settings, 1, ROUNDS)
        low, high = np.quantile(controls.values[:, mine], [0.1, 0.9], axis=0)
        held.append((low <= known[mine]) & (known[mine] <= high))
        before.append((known[mine] - start.values[:, mine].mean(axis=0)) ** 2)
        after.append((known[mine] - controls.values[:, mine].mean(axis=0)) ** 2)
    assert 0.65 <= np.mean(held) <= 0.92
    assert np.mean(after) < 0.8 * np.mean(before)
