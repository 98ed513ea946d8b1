"""Routes: files, conditions on household columns, applications."""

import numpy as np
import pytest
from small_runs import run_processes, small_run

from abm.codes import Employment, Housing, Status
from abm.data.folder import default_configs
from abm.errors import ConfigError
from abm.month.status import eligible, household_income, interest_of, open_in
from abm.months import month_index
from abm.policy.change import Changes, LeverChange
from abm.policy.route import Condition, load_routes
from abm.policy.scenario import changed_world, scenario_world

HOSTS = ("AT", "CZ", "DE", "ES", "FI", "FR", "IT", "NL", "NO", "PL")
UNTIL = month_index("2028-03")


@pytest.fixture(scope="module")
def baseline():
    return scenario_world(default_configs(), UNTIL)


def columns(**changes):
    base = {
        "household_id": np.array([7, 8]),
        "persons": np.array([[1, 0, 0, 0, 1, 0, 0, 0], [1, 0, 1, 0, 0, 0, 0, 0]], np.int8),
        "employed": np.array([1, 2]),
        "employment": np.array([Employment.AT_LEVEL, Employment.BELOW_LEVEL]),
        "works_remotely": np.array([0, 1]),
        "housing": np.array([Housing.COLLECTIVE, Housing.INDEPENDENT]),
        "months_here": np.array([30, 10]),
    }
    return {**base, **changes}


def test_income_adds_up_in_closed_form():
    c = {
        "income_dispersion": 0.0, "income_below_level": 0.5, "remote_income_eur": 100.0,
        "income_pay_ratio": 1.0,
    }  # fmt: skip
    found = household_income(columns(), np.array([1000.0, 1000.0]), np.uint64(1), c)
    assert found.tolist() == [1000.0, 1100.0]


def test_personal_factor_of_income_has_mean_one():
    n = 20_000
    many = columns(
        household_id=np.arange(n), employed=np.ones(n), employment=np.full(n, Employment.AT_LEVEL),
        works_remotely=np.zeros(n),
    )  # fmt: skip
    c = {
        "income_dispersion": 0.4, "income_below_level": 0.5, "remote_income_eur": 100.0,
        "income_pay_ratio": 1.0,
    }  # fmt: skip
    found = household_income(many, np.full(n, 1000.0), np.uint64(1), c)
    # SD of the factor is 0.416; five standard errors, false alarms below one in a million.
    assert abs(found.mean() / 1000.0 - 1.0) < 5 * 0.416 / np.sqrt(n)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"column": "months_here", "at_least": 24}, [True, False]),
        ({"column": "housing", "one_of": ["independent"]}, [False, True]),
        ({"column": "minors", "at_most": 0}, [False, True]),
        ({"column": "income_eur_month", "at_least": 900, "per_further_member": 200}, [False, True]),
        ({"column": "persons", "at_least": 2}, [True, True]),
    ],
)
def test_conditions_are_evaluated_on_columns(condition, expected):
    income = np.array([1000.0, 1200.0])
    met = eligible([Condition.model_validate(condition)], columns(), income, np.ones(2))
    assert met.tolist() == expected


def test_income_factor_scales_what_is_asked():
    condition = Condition(column="income_eur_month", at_least=2000)
    income = np.array([1000.0, 1200.0])
    assert eligible([condition], columns(), income, np.full(2, 0.55)).tolist() == [False, True]


def test_all_routes_load_and_every_national_one_is_there():
    ids = {route.id for route in load_routes(default_configs(), HOSTS)}
    named = {"cz_zdp", "pl_cukr", "at_rwr_plus", "fr_referral", "it_work_permit", "de_regular", "fi_regular"}
    named |= {"es_regular", "no_after_five_years"}
    assert named | {"nl_transition", "regular_work", "regular_study"} <= ids


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("column: months_here", "column: shoe_size", "no column 'shoe_size'"),
        ("hosts: [CZ]", "hosts: [XX]", "found 'XX'"),
        ("value: 0.7,", "value: 1.7,", "allowed are 0 to 1"),
        ("gives: regular_permit", "gives: gold_card", "gives"),
        ("one_of: [hosted", "one_of: [palace", "found palace"),
        ("id: cz_zdp", "id: other", "must be the file name"),
        ("until: 2026-01-01", "until: 2024-01-01", "must lie after"),
    ],
)
def test_a_faulty_route_is_refused_with_its_line(spoiled, spoil, old, new, expected):
    spoil("routes/cz_zdp.yaml", old, new)
    with pytest.raises(ConfigError, match=rf"cz_zdp\.yaml:\d+: .*{expected}"):
        load_routes(spoiled, HOSTS)


def test_routes_open_by_their_dates_and_by_levers(baseline):
    ids = [route.id for route in baseline.routes]
    zdp, permit = ids.index("cz_zdp"), ids.index("nl_transition")
    cz, nl = (baseline.hosts.ids.index(host) for host in ("CZ", "NL"))
    opening = {
        month: open_in(baseline, month_index(month))[zdp, cz] for month in ("2025-06", "2025-07", "2026-02")
    }
    assert opening == {"2025-06": False, "2025-07": True, "2026-02": False}
    assert not open_in(baseline, month_index("2027-01"))[permit, nl]
    lever = LeverChange.of("transition_permit_nl", "NL", month_index("2026-12"), 1.0)
    opened = changed_world(default_configs(), UNTIL, Changes.of(lever))
    assert np.flatnonzero(open_in(opened, month_index("2027-01"))[permit]).tolist() == [nl]
    assert (
        interest_of(opened, month_index("2027-01")) >= interest_of(baseline, month_index("2027-01"))
    ).all()


def test_who_passes_gets_the_title_and_is_counted(baseline):
    simulation = small_run(baseline, 1, start="2024-06", months=2, households_per_host=400)
    state = simulation.state
    run_processes(state, last="arrivals")
    before = state.households["status"].copy()
    run_processes(state, "routes", "routes")
    changed = state.households["status"] != before
    assert set(state.households["status"][changed]) <= {Status.REGULAR_PERMIT, Status.TRANSITION_PERMIT}
    counts = state.history.applications[state.index]
    assert (counts[..., 1] <= counts[..., 0]).all()
    people = state.households.persons()[changed].sum()
    assert counts[..., 1].sum() == people


def test_the_dutch_document_comes_of_its_own_accord_when_protection_ends():
    world = scenario_world(default_configs(), UNTIL + 12)
    nl, end = world.hosts.ids.index("NL"), month_index("2028-03")
    state = small_run(world, start="2024-09", months=50, households_per_host=40).state
    state.month = end
    there = (state.households["place"] == nl) & (state.households["status"] == Status.TEMPORARY_PROTECTION)
    assert there.sum() > 20
    run_processes(state, "routes", "routes")
    given = state.households["status"][there] == Status.TRANSITION_PERMIT
    # 95 % pass; whoever fails keeps what he has, whatever he means to do.
    assert 0.8 < given.mean() <= 1.0
    elsewhere = (state.households["place"] != nl) & (state.households["status"] == Status.TRANSITION_PERMIT)
    assert not elsewhere.any()
