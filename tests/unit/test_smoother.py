"""The ensemble smoother: exact for a linear model, and a host's observations stay with the host."""

import numpy as np
import pytest

from abm.data.control_draws import BY_HOST, OF_BREAK, ControlLayout
from abm.data.folder import default_configs
from abm.months import month_label
from calibration.assimilation.observations import CountedFigures, Observer, load_counted
from calibration.assimilation.prior import load_assimilation_settings, prior_members
from calibration.assimilation.smoother import (
    Spread,
    final_round,
    first_round,
    next_round,
    taper,
    updated,
    within,
)

ROUNDS = 4
MODEL = np.array([[1.0, 0.5, 0.0], [0.0, 1.0, -1.0]])
COVARIANCE = np.array([[0.2, 0.05], [0.05, 0.1]])
OBSERVED = np.array([1.0, -0.5])


def assimilated(errors, n=4000):
    """Return members after all rounds with a linear model, to whose predictions each adds its own error."""
    rng = np.random.default_rng(1)
    members = rng.standard_normal((n, 3))
    controls = first_round(members)
    for _ in range(ROUNDS):
        predicted = Spread(controls.values @ MODEL.T + errors, controls.about @ MODEL.T)
        (controls,) = updated([controls], predicted, OBSERVED, COVARIANCE, ROUNDS, rng)
    return controls.values


def test_rounds_together_give_the_posterior_of_a_linear_model_with_normal_errors():
    """Closed form: precision and mean add up; 4,000 members know them to about 2 %."""
    members = assimilated(0.0)
    exact = np.linalg.inv(np.eye(3) + MODEL.T @ np.linalg.inv(COVARIANCE) @ MODEL)
    mean = exact @ MODEL.T @ np.linalg.inv(COVARIANCE) @ OBSERVED
    np.testing.assert_allclose(members.mean(axis=0), mean, atol=0.05)
    np.testing.assert_allclose(np.cov(members.T), exact, atol=0.04)


def test_every_member_makes_up_for_its_own_draw():
    """A member with a draw that predicts too much gets other controls, however far the draws differ."""
    errors = 2.0 * np.random.default_rng(4).standard_normal((4000, 2))
    members = assimilated(errors)
    gain = MODEL.T @ np.linalg.inv(MODEL @ MODEL.T + COVARIANCE)
    exact = (OBSERVED - errors) @ gain.T
    slope = [np.polyfit(exact[:, k], members[:, k], 1)[0] for k in range(3)]
    np.testing.assert_allclose(slope, 1.0, atol=0.05)


def test_a_taper_drops_what_may_be_chance_and_keeps_what_is_not():
    rng = np.random.default_rng(2)
    shown = rng.standard_normal((100, 1))
    values = np.hstack([shown, rng.standard_normal((100, 200))])
    weight = taper(values, shown, 0.2, 0.4)[:, 0]
    assert weight[0] == 1.0
    assert weight[1:].mean() < 0.05


@pytest.fixture(scope="module")
def setting(world):
    """The real world to 2023-02 (two corrections lie before), and its observations by host."""
    settings = load_assimilation_settings(default_configs())
    until = 13
    layout = ControlLayout.of(world.hosts.ids, world.registers.is_break, until)
    observer = Observer(world, settings, CountedFigures((), (0.0, 0.0)), until, 2)
    return world, settings, layout, observer


def kinds(layout):
    """Every correction is a clean-up, but for the last, a recount."""
    return {**dict.fromkeys(layout.breaks, "clean_up"), layout.breaks[-1]: "recount"}


def made_up_runs(world, until, n, seed):
    rng = np.random.default_rng(seed)
    shape = (n, until - 1, len(world.hosts.ids))
    return {"register": np.exp(rng.normal(10.0, 0.3, shape)).astype(np.float32)}


def test_a_register_moves_the_controls_of_its_own_host_only(setting):
    world, settings, layout, observer = setting
    values = prior_members(layout, settings, world.registers, kinds(layout), 30)
    runs, centre = (made_up_runs(world, observer.until, 30, seed) for seed in (3, 4))
    before = first_round(values)
    one = next_round(before, runs, centre, observer, layout, settings, 0, ROUNDS).values
    nl = layout.ids.index("NL")
    runs["register"][:, :, nl] *= 1.3
    other = next_round(before, runs, centre, observer, layout, settings, 0, ROUNDS).values
    moved = (one != other).any(axis=0)
    assert moved[layout.hosts == nl].any()
    assert not moved[layout.hosts != nl].any()


def test_the_final_rounds_move_who_misses_its_last_register_and_nobody_else(setting):
    world, settings, layout, observer = setting
    before = first_round(prior_members(layout, settings, world.registers, kinds(layout), 30))
    runs, centre = (made_up_runs(world, observer.until, 30, seed) for seed in (3, 4))
    nl = layout.ids.index("NL")
    for host, month in enumerate(observer.last):
        if host != nl and month >= 0:
            runs["register"][:, month - observer.start, host] = world.registers.stock[month, host]
    made = final_round(before, runs, centre, observer, layout, settings.final_register_sd.value).values
    change = np.abs(made - before.values).max(axis=0)
    assert change[layout.hosts == nl].max() > 0.01
    assert change[layout.hosts != nl].max() < 0.001


def test_no_member_runs_away_from_the_prior_and_the_others_stay(setting):
    world, settings, layout, _ = setting
    prior = prior_members(layout, settings, world.registers, kinds(layout), 30)
    far = prior.copy()
    far[6] += 20.0
    held = within(Spread(far, far - far.mean(axis=0)), prior, 3.0)
    free = prior.std(axis=0) > 0.0
    reach = (held.values - prior.mean(axis=0))[:, free] / prior.std(axis=0)[free]
    np.testing.assert_allclose(reach[6], 3.0, atol=0.01)
    others = np.arange(30) != 6
    np.testing.assert_allclose(held.values[others], prior[others], atol=1.0)
    assert (np.abs(held.values[others] - prior[others]) < 1e-4).mean() > 0.99


def test_a_member_has_the_same_prior_in_every_ensemble_and_half_years_resemble_each_other(setting):
    world, settings, layout, _ = setting
    few, many = (prior_members(layout, settings, world.registers, kinds(layout), n) for n in (3, 300))
    np.testing.assert_array_equal(few, many[:3])
    controls = [layout.unpack(row) for row in many]
    back = np.array([one.return_utility for one in controls])
    near, prior = np.corrcoef(back[:, 1, 5], back[:, 2, 5])[0, 1], settings.return_utility
    common = prior.common_sd**2 / (prior.sd**2 + prior.common_sd**2)
    assert near == pytest.approx(prior.persistence * (1 - common) + common, abs=0.08)
    spread = np.array([one.completeness for one in controls]).std(axis=0)
    assert spread == pytest.approx(settings.completeness.sd, abs=0.15)  # no giant correction before 2023-03
    counted = np.array([one.recount for one in controls])
    assert not counted[:, :-1].any()
    assert counted[:, -1].std() == pytest.approx(settings.recount.sd, abs=0.03)


def test_counted_figures_wait_until_their_period_is_over(world):
    counted = load_counted(default_configs(), world)
    known = counted.known(23, world.registers.last_month)
    assert {one.last for one in known.figures} < {one.last for one in counted.figures}
    assert max(one.last for one in known.figures) < 23
    assert counted.known(world.registers.last_month, world.registers.last_month) == counted


def test_the_names_of_a_vector_stand_where_its_values_are(setting):
    _, _, layout, _ = setting
    numbers = np.arange(len(layout.names), dtype=float)
    controls = layout.unpack(numbers)
    at = layout.names.index("deregistration.PL.2022-H2")
    assert controls.deregistration[1, layout.ids.index("PL")] == at
    assert layout.hosts[at] == layout.ids.index("PL")
    month, host = controls.breaks[-1]
    name = f"completeness.{layout.ids[host]}.{month_label(month)}"
    assert controls.completeness[-1] == layout.names.index(name)
    assert controls.recount[-1] == len(layout.names) - 1
    before = sum(int(np.prod(layout.shapes[name])) for name in BY_HOST)
    assert layout.names[before] == "onward.NEIGHBOURS.2022-H1"
    assert sorted(layout.shapes) == sorted([*BY_HOST, "onward", *OF_BREAK])
