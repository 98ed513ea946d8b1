"""Targets as the code sees them: hosts and months as numbers, shares that sum to 1."""

import pytest

from abm.data.folder import default_configs, load_world
from abm.data.parameters import PRIORS
from abm.months import month_index
from calibration.targets.targets import load_targets


@pytest.fixture(scope="module")
def world():
    """The world of a calibration, with every register: the rolling rule reaches to the newest month."""
    return load_world(default_configs(), month_index("2028-03"), fit=PRIORS)


@pytest.fixture(scope="module")
def targets(world):
    return load_targets(default_configs(), world)


def wave(targets, name):
    return next(line for line in targets.surveys if line.id == name)


def quantity(targets, name):
    return next(line for line in targets.quantities if line.id == name)


def test_a_wave_is_carried_over(targets, world):
    found = wave(targets, "iab_1")
    assert found.question.id == found.family == "iab_germany"
    assert (found.question.condition, found.question.horizon_months) == ("when_safe", None)
    assert found.month == month_index("2022-09")
    assert (found.n, found.design_effect, found.discrepancy) == (11225, 2.0, pytest.approx(0.02))
    assert [world.hosts.ids[host] for host in found.population.hosts] == ["DE"]
    assert dict(found.groups) == pytest.approx({("return",): 0.36, ("undecided",): 0.27, ("stay",): 0.37})
    assert set(found.question.label.model_dump()) == {"en", "nl", "uk"}
    assert found.source.startswith("L18")


def test_joined_answers_keep_their_parts_and_plans_their_horizon(targets):
    parts = [parts for parts, _ in wave(targets, "unhcr_hope_6").groups]
    assert parts == [("return",), ("undecided", "stay")]
    plans = wave(targets, "unhcr_soon_2").question
    assert (plans.condition, plans.horizon_months) == ("now", 3)


def test_shares_sum_to_one_after_scaling(spoiled, spoil, world):
    """The shares of one wave are made to sum to 1.01, as rounded shares may."""
    spoil("targets/iab_germany.yaml", "{return: 0.36, und", "{return: 0.37, und")
    rounded = load_targets(spoiled, world)
    assert dict(wave(rounded, "iab_1").groups)[("return",)] == pytest.approx(0.37 / 1.01)
    for line in rounded.surveys:
        assert sum(share for _, share in line.groups) == pytest.approx(1, abs=1e-12)


def test_groups_of_hosts_are_resolved(targets, world):
    everybody = wave(targets, "unhcr_hope_2").population.hosts
    assert everybody == tuple(range(len(world.hosts.ids)))
    split = next(line for line in targets.contrasts if line.id == "unhcr_5_neighbours")
    near, far = split.group.hosts, split.against.hosts
    assert {world.hosts.ids[host] for host in near} == {"PL", "SK", "HU", "RO", "MD"}
    assert not set(near) & set(far)
    assert {world.hosts.ids[host] for host in set(everybody) - set(near) - set(far)} == {"elsewhere"}
    assert (split.difference, split.answer) == (0.13, "return")
    eu = {world.hosts.ids[host] for host in quantity(targets, "eu_exits_2025").hosts}
    assert len(eu) == 27
    assert not eu & {"UK", "NO", "MD"}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("unhcr_hope_2", "ALL"),
        ("nbp_2022", "PL"),
        ("unhcr_unregistered_2023", "MD+PL+RO+SK"),
        ("uwc_2023", "ALL|has_woman=true"),
        ("poland_workers_2023", "PL|employed=true"),
    ],
)
def test_a_population_has_a_stable_key(targets, name, key):
    assert wave(targets, name).population.key == key


def test_quantities_carry_months_and_cohort(targets):
    left = quantity(targets, "uk_left_2022")
    assert left.first == left.last == month_index("2022-10")
    assert left.arrived_until == month_index("2022-06")
    flow = quantity(targets, "net_outflow_2023")
    assert (flow.first, flow.last) == (month_index("2023-01"), month_index("2023-12"))
    assert (flow.value, flow.unit) == (161000, "persons")
    whole = quantity(targets, "three_hosts_2025")
    assert whole.of_group is not None
    assert set(whole.hosts) < set(whole.of_group.hosts)


def test_the_register_covers_the_hosts_that_are_scored(targets, world):
    register = targets.register
    left_out = set(range(len(world.hosts.ids))) - set(register.hosts)
    assert {world.hosts.ids[host] for host in left_out} == {"UK", "MD", "elsewhere"}
    assert register.fit.last == month_index("2023-12")
    assert (register.held_out.first, register.held_out.last) == (
        month_index("2024-01"),
        month_index("2024-08"),  # the last month every host published; later ones are for rolling forecasts
    )
    assert 0 < register.exit_rate_sd.value < register.clean_up_log_sd.value


def test_targets_of_one_use(targets):
    fit = targets.only("fit")
    assert {line.use for line in (*fit.surveys, *fit.contrasts, *fit.quantities)} == {"fit"}
    uses = ("fit", "holdout", "reported")
    assert sum(len(targets.only(use).surveys) for use in uses) == len(targets.surveys)
    assert targets.families("holdout") == ("ces", "czech_cvvm", "ifo", "nbp_poland", "ons_uk", "unhcr_hope")
    assert set(targets.families()) >= set(targets.families("reported"))


def test_what_the_population_takes_as_input_is_not_scored(targets):
    inputs = {"women_share", "minors_share", "men_share", "employment_share"}
    assert {line.use for line in targets.quantities if line.measure in inputs} == {"reported"}
