"""Raising one alternative moves households only into it, and at least one; factors keep their sign.

Everything is decided twice from one state in one month, so with keyed errors the difference is the
effect, household by household, and the checks are exact.
"""

from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_runs import (
    changed,
    choices,
    eventful_world,
    finished,
    in_world,
    real_world,
    run_processes,
    small_run,
    with_coefficients,
    with_outlook,
    with_policy,
)

from abm.codes import (
    AgeBand,
    Choice,
    Employment,
    FamilyInUkraine,
    Home,
    Housing,
    Intention,
    Schooling,
    Status,
)
from abm.decision.tables import raw_tables
from abm.factors import MonthView, factors
from abm.kernels import layout
from abm.kernels.household import profile_of

STAY, RETURN, ONWARD = Choice.STAY, Choice.RETURN, Choice.ONWARD
LIVELY = (3.0, 5.0)
"""Log odds added to return and onward, so that a few thousand households show every effect."""


@cache
def state_of(seed=1):
    """Return a run whose households have answered the survey and are about to decide."""
    simulation = small_run(real_world(), seed, start="2024-09", households_per_host=80)
    run_processes(simulation.state, last="intention")
    return with_levels(simulation, *LIVELY)


def with_levels(simulation, more_return, more_onward):
    """Return a fork with other levels of return and onward moves."""
    twin = simulation.fork(simulation.state.settings)
    old = simulation.state.decisions
    twin.state.decisions = old.for_world(old.world)
    twin.state.decisions.constants = (old.constants[0] + more_return, old.constants[1] + more_onward)
    return twin


@given(
    seed=st.integers(0, 50),
    step=st.floats(0.2, 4.0),
    which=st.sampled_from([RETURN, ONWARD]),
    month=st.integers(12, 60),
)
def test_raising_one_alternative_moves_households_only_into_it(seed, step, which, month):
    base = state_of(seed % 3)
    raised = with_levels(base, step * (which == RETURN), step * (which == ONWARD))
    before, place_before, _ = choices(base, month=month)
    after, place_after, _ = choices(raised, month=month)
    moved = before != after
    assert moved.any()
    assert (after[moved] == which).all()
    # Those who would have moved anyway go to the same place.
    np.testing.assert_array_equal(place_before[~moved], place_after[~moved])


@given(seed=st.integers(0, 50), step=st.floats(0.2, 3.0), host=st.integers(0, 33))
def test_raising_one_host_moves_households_only_into_it(seed, step, host):
    simulation = state_of(seed % 3)
    world = real_world()
    admission = world.hosts.admission.copy()
    admission[host] *= np.exp(step / world.coefficients["admission"])
    before = choices(simulation)
    after = choices(simulation, changed(world, "hosts", admission=admission))
    assert_drawn_to(host, before, after, np.asarray(simulation.state.households["place"]) != host)


def test_a_more_attractive_host_gains_movers_and_redirects_some():
    simulation = state_of()
    world = real_world()
    elsewhere = np.asarray(simulation.state.households["place"]) != HOST
    before = choices(simulation)
    after = choices(simulation, changed(world, "hosts", admission=one_host(world.hosts.admission, 0.5)))
    assert_drawn_to(HOST, before, after, elsewhere, strictly=True)


def assert_drawn_to(host, before, after, who, strictly=False):
    """Check that a host that became more attractive gained movers and nobody else did.

    The nest of hosts is drawn in two steps, onward and then where to, each with errors of its own.
    So stay and return lose to onward only, and movers change their destination to ``host`` only;
    but a household that now moves because of ``host`` may end up elsewhere.
    """
    (choice, place, _), (choice_after, place_after, _) = before, after
    other = (choice != choice_after) & who
    assert (choice_after[other] == ONWARD).all()
    redirected = (choice == ONWARD) & (choice_after == ONWARD) & (place != place_after) & who
    assert (place_after[redirected] == host).all()
    gained = (place_after[who] == host).sum() - (place[who] == host).sum()
    assert gained >= 0
    if strictly:
        assert gained > 0
        assert redirected.any()


def test_the_check_notices_a_wrong_way():
    """Raising two alternatives at once does move households between others."""
    base = state_of()
    before, _, _ = choices(base)
    after, _, _ = choices(with_levels(base, 2.0, -2.0))
    moved = before != after
    assert {int(a) for a in after[moved]} == {STAY, RETURN}


# --- The declared sign of every factor -----------------------------------------------------------

HOST = real_world().hosts.ids.index("DE")
"""The host whose conditions are changed in the factors of destination."""


@dataclass(frozen=True)
class Case:
    """One change and what it must do.

    ``before`` and ``after`` set columns of all households; ``world`` returns the changed world.
    ``up`` and ``down`` name the alternatives that may only gain, only lose.
    """

    factor: str
    after: dict = field(default_factory=dict)
    before: dict = field(default_factory=dict)
    world: object = None
    up: tuple = ()
    down: tuple = ()


def set_columns(households, values):
    people = households.copy()
    columns = people.columns()
    for name, value in values.items():
        if name == "women":
            columns.persons[:, 0], columns.persons[:, 6] = value, 0
        elif name == "draft_age_men":
            columns.persons[:, 1], columns.persons[:, 2] = 0, value
        else:
            getattr(columns, name)[:] = value
    for row in range(len(people)):
        columns.profile[row] = profile_of(columns, row)
    return people


def series(part, name, month, change):
    """Return a world changer that applies ``change`` to one month of a series."""

    def changer(world):
        values = getattr(getattr(world, part), name).copy()
        values[month] = change(values[month])
        return changed(world, part, **{name: values})

    return changer


def hosts(name, value):
    return lambda world: changed(world, "hosts", **{name: np.full_like(getattr(world.hosts, name), value)})


def policies(newcomers=None, ukraine=None, **everyone):
    return lambda world: with_policy(world, newcomers, ukraine, **everyone)


def enforced_in_calm(world):
    """Return the world with return enforced where attacks have stopped."""
    calm = changed(world, "origins", intensity=np.zeros_like(world.origins.intensity))
    return with_policy(calm, enforced_return=2.0)


def lasting_peace(world):
    """Return the world with all territory regained and an alliance that guarantees it."""
    free = changed(world, "origins", occupied_share=np.zeros_like(world.origins.occupied_share))
    return with_outlook(free, security_guarantee=1.0)


NOW = 32
LEAVING = (RETURN, ONWARD)
AT_HOME = {"employment": 0, "place": HOST}


def cut_at_home(world):
    cut = np.ones((world.n_months, len(world.hosts.ids)))
    cut[:, HOST] = 0.2
    return with_policy(world, benefit=cut)


def host_that_sends_back(world):
    return with_coefficients(world, **{f"return_level_{host}": 1.0 for host in world.hosts.ids})


CASES = {
    "attacks": Case(
        "security",
        world=series("origins", "intensity", NOW, lambda x: np.minimum(x + 0.3, 1)),
        down=(RETURN,),
    ),
    "occupation": Case(
        "territory",
        world=series("origins", "occupied_share", NOW, lambda x: np.minimum(x + 0.5, 1)),
        down=(RETURN,),
    ),
    "economy": Case("economy", world=series("origins", "economy", NOW, lambda x: x + 1.0), up=(RETURN,)),
    "no power": Case(
        "energy",
        world=series("origins", "energy_deficit", NOW, lambda x: np.minimum(x + 0.5, 1)),
        down=(RETURN,),
    ),
    "home lost": Case("home", {"home": Home.DESTROYED}, {"home": Home.INTACT}, down=(RETURN,)),
    "home occupied": Case("home", {"home": Home.OCCUPIED}, {"home": Home.INTACT}, down=(RETURN,)),
    "neighbours": Case("proximity", world=hosts("is_neighbour", True), up=(RETURN,)),
    "end of protection": Case("legal_certainty", world=hosts("protection_end", NOW + 1), up=LEAVING),
    "no status": Case(
        "legal_certainty", {"status": Status.NONE}, {"status": Status.TEMPORARY_PROTECTION}, up=LEAVING
    ),
    "settled": Case(
        "legal_certainty", {"status": Status.REFUGEE}, {"status": Status.TEMPORARY_PROTECTION}, down=LEAVING
    ),
    "claim pending": Case(
        "legal_certainty",
        {"status": Status.ASYLUM_PENDING},
        {"status": Status.TEMPORARY_PROTECTION},
        down=LEAVING,
    ),
    "a job": Case(
        "work", {"employment": Employment.BELOW_LEVEL}, {"employment": Employment.NONE}, down=LEAVING
    ),
    "a better job": Case(
        "work", {"employment": Employment.AT_LEVEL}, {"employment": Employment.BELOW_LEVEL}, down=LEAVING
    ),
    "collective housing": Case(
        "housing", {"housing": Housing.COLLECTIVE}, {"housing": Housing.HOSTED}, up=LEAVING
    ),
    "own dwelling": Case(
        "housing", {"housing": Housing.INDEPENDENT}, {"housing": Housing.HOSTED}, down=LEAVING
    ),
    "a parent": Case(
        "family", {"family": FamilyInUkraine.PARENT}, {"family": FamilyInUkraine.NOBODY}, up=(RETURN,)
    ),
    "a partner": Case(
        "family", {"family": FamilyInUkraine.PARTNER}, {"family": FamilyInUkraine.PARENT}, up=(RETURN,)
    ),
    "remote job": Case("remote_work", {"works_remotely": 1}, {"works_remotely": 0}, up=(RETURN,)),
    "means": Case("means", {"income": 2}, {"income": 0}, up=(RETURN,)),
    "women": Case("age_and_sex", {"women": 1}, {"women": 0}, up=(RETURN,)),
    "old": Case(
        "age_and_sex", {"age_band": AgeBand.AGE_65_PLUS}, {"age_band": AgeBand.AGE_35_49}, up=(RETURN,)
    ),
    "young": Case(
        "age_and_sex",
        {"age_band": AgeBand.AGE_18_34},
        {"age_band": AgeBand.AGE_35_49},
        up=(ONWARD,),
        down=(RETURN,),
    ),
    "draft age": Case("draft_age", {"draft_age_men": 1}, {"draft_age_men": 0}, up=(ONWARD,), down=(RETURN,)),
    "long abroad": Case("duration", {"months_displaced": 40}, {"months_displaced": 10}, down=(RETURN,)),
    "long here": Case("duration", {"months_here": 40}, {"months_here": 10}, down=(ONWARD,)),
    "host school": Case(
        "schooling", {"schooling": Schooling.HOST}, {"schooling": Schooling.NO_MINORS}, down=LEAVING
    ),
    "online lessons": Case(
        "schooling",
        {"schooling": Schooling.UKRAINIAN_ONLINE},
        {"schooling": Schooling.NO_MINORS},
        up=(RETURN,),
    ),
    "attachment": Case("personal", {"attachment": 1.0}, {"attachment": -1.0}, up=(RETURN,)),
    "ties": Case("personal", {"ties": 1.0}, {"ties": 0.0}, up=(RETURN,)),
    "integration": Case("personal", {"integration": 1.0}, {"integration": 0.0}, down=LEAVING),
    "readiness": Case("personal", {"readiness": 1.0}, {"readiness": -1.0}, up=LEAVING),
    "contacts returned": Case(
        "personal", {"contacts_returned": 1.0}, {"contacts_returned": 0.0}, up=(RETURN,)
    ),
    "contacts onward": Case("personal", {"contacts_onward": 1.0}, {"contacts_onward": 0.0}, up=(ONWARD,)),
    "wish to return": Case(
        "intention", {"intention": Intention.RETURN}, {"intention": Intention.UNDECIDED}, up=(RETURN,)
    ),
    "wish to move on": Case(
        "intention", {"intention": Intention.ONWARD}, {"intention": Intention.UNDECIDED}, up=(ONWARD,)
    ),
    "wish to stay": Case(
        "intention", {"intention": Intention.STAY}, {"intention": Intention.UNDECIDED}, down=LEAVING
    ),
    "job lost": Case("triggers", {"triggers": layout.JOB_LOSS}, {"triggers": 0}, up=LEAVING),
    "dwelling lost": Case("triggers", {"triggers": layout.HOUSING_LOSS}, {"triggers": 0}, up=LEAVING),
    "status lost": Case("triggers", {"triggers": layout.STATUS_LOSS}, {"triggers": 0}, up=LEAVING),
    "partner calls": Case("triggers", {"triggers": layout.PARTNER_CALL}, {"triggers": 0}, up=(RETURN,)),
    "return support": Case("host_policies", world=policies(return_utility=0.5), up=(RETURN,)),
    "call home": Case("host_policies", world=policies(ukraine={"homecoming": 0.5}), up=(RETURN,)),
    "leaving made hard": Case("host_policies", world=policies(onward_utility=-0.5), down=(ONWARD,)),
    "enforced return": Case(
        "host_policies",
        {"status": Status.NONE},
        {"status": Status.NONE},
        enforced_in_calm,
        up=(RETURN,),
    ),
    "permit bound to the host": Case(
        "host_policies",
        {"status": Status.TRANSITION_PERMIT},
        {"status": Status.TRANSITION_PERMIT},
        policies(permit_moves=0.3),
        down=(ONWARD,),
    ),
    "doubt about protection": Case("legal_certainty", world=policies(legal_uncertainty=0.8), up=LEAVING),
    "mobilisation": Case(
        "draft_age",
        {"draft_age_men": 1},
        {"draft_age_men": 1},
        policies(ukraine={"mobilisation": 2.0}),
        down=(RETURN,),
    ),
    "remote work taxed": Case(
        "remote_work",
        {"works_remotely": 1},
        {"works_remotely": 1},
        policies(ukraine={"remote_work": 0.2}),
        down=(RETURN,),
    ),
    # A cut in all hosts would make every destination worse as well; the sign is that of a cut at home.
    "benefits cut": Case("benefits", AT_HOME, AT_HOME, cut_at_home, up=LEAVING),
    "peace": Case("outlook", world=lasting_peace, up=(RETURN,)),
    "contamination": Case("territory", world=lambda w: with_outlook(w, contamination=0.7), down=(RETURN,)),
    "level of a host": Case("host_level", world=host_that_sends_back, up=(RETURN,)),
    "school year ends": Case("triggers", {"triggers": layout.SCHOOL_YEAR_END}, {"triggers": 0}, up=LEAVING),
}

TOWARDS = {
    "wages": lambda w: changed(w, "hosts", wage_eur_month=one_host(w.hosts.wage_eur_month, 600.0)),
    "job_chance": series("hosts", "unemployment_share", NOW, lambda x: one_host(x, -0.02)),
    "benefits": series("hosts", "benefit_eur_month", NOW, lambda x: one_host(x, 900.0)),
    "networks": lambda w: changed(w, "hosts", diaspora=one_host(w.hosts.diaspora, 500_000.0)),
    "distance": lambda w: changed(w, "hosts", km_between=w.hosts.km_between * column_factor(w, 0.4)),
    "admission": lambda w: changed(w, "hosts", admission=one_host(w.hosts.admission, 0.6)),
}
"""Factors of destination: a change of ``HOST`` that must draw people there."""


def one_host(values, added):
    values = values.copy()
    values[..., HOST] += added
    return values


def column_factor(world, factor):
    factors_by_host = np.ones_like(world.hosts.km_between)
    factors_by_host[:, HOST] = factor
    return factors_by_host


@pytest.mark.parametrize("name", CASES)
def test_sign_of_factor(name):
    case, simulation = CASES[name], state_of()
    assert simulation.state.month == NOW
    people = set_columns(simulation.state.households, case.before)
    before, _, _ = choices(simulation, households=people)
    world = real_world() if case.world is None else case.world(real_world())
    after, _, _ = choices(simulation, world, set_columns(people, case.after))
    moved = before != after
    assert moved.any(), "the factor does nothing"
    gained = {Choice(a) for a in after[moved]}
    lost = {Choice(a) for a in before[moved]}
    for alternative in case.up:
        assert (after == alternative).sum() > (before == alternative).sum()
    for alternative in case.down:
        assert (after == alternative).sum() < (before == alternative).sum()
    if len(case.up) == 1:
        assert gained <= {*case.up, *({STAY} if case.down else ())}
    if len(case.down) == 1:
        assert lost <= {*case.down, *({STAY} if case.up else ())}
    if case.up == LEAVING:
        assert STAY not in gained
    if case.down == LEAVING:
        assert STAY not in lost


@pytest.mark.parametrize("factor", TOWARDS)
def test_sign_of_factor_of_destination(factor):
    simulation = state_of()
    elsewhere = np.asarray(simulation.state.households["place"]) != HOST
    before, after = choices(simulation), choices(simulation, TOWARDS[factor](real_world()))
    assert_drawn_to(HOST, before, after, elsewhere, strictly=True)
    # Those who are there already have no more reason to move onward.
    assert not ((before[0] != ONWARD) & (after[0] == ONWARD) & ~elsewhere).any()


def test_close_kin_draw_to_their_host():
    simulation = state_of()
    people = simulation.state.households.copy()
    people["kin_hosts"][:] = -1
    before = choices(simulation, households=people)
    people["kin_hosts"][:, 0] = HOST
    after = choices(simulation, households=people)
    elsewhere = np.asarray(people["place"]) != HOST
    assert_drawn_to(HOST, before, after, elsewhere, strictly=True)
    assert (before[1] == after[1])[~elsewhere].all()


def test_refusing_another_place_sends_returners_to_their_origin():
    simulation = state_of()
    origin = np.asarray(simulation.state.households["origin"])
    refused = with_coefficients(real_world(), relocation=real_world().coefficients["relocation"] - 1.0)
    before, _, unit_before = choices(simulation)
    after, _, unit_after = choices(simulation, refused)
    both = (before == RETURN) & (after == RETURN) & (unit_before != unit_after)
    assert both.any()
    assert (unit_after[both] == origin[both]).all()


def test_every_factor_has_a_test_of_its_sign():
    tested = {case.factor for case in CASES.values()} | set(TOWARDS) | {"kin", "relocation"}
    tested |= {"weariness"}  # moves wishes only: tests/unit/test_weariness.py
    assert tested == set(factors()), "add the sign of a new factor to CASES or TOWARDS"


# --- Ablation ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(factors()))
def test_every_factor_can_be_left_out(name):
    world = eventful_world()
    simulation = in_world(state_of(), world)
    view = MonthView(world, NOW, simulation.state.displaced().astype(float))
    whole, rest = raw_tables(view), raw_tables(view, [name])
    alone = raw_tables(view, set(factors()) - {name})
    assert any(np.any(alone[table] != 0) for table in alone)
    for table in whole:
        np.testing.assert_allclose(rest[table] + alone[table], whole[table], atol=1e-12)
    ablated = finished(small_run(world, 3, start="2024-09", months=2, without=(name,)))
    whole_run = finished(small_run(world, 3, start="2024-09", months=2))
    assert ablated.state.decisions.constants == whole_run.state.decisions.constants
    assert ablated.state.history.stock[-1].sum() > 0
    twin = simulation.fork(simulation.state.settings)
    twin.state.decisions = simulation.state.decisions.for_world(world)
    twin.state.decisions.without = (name,)
    run_processes(twin.state, "start_month", "start_month")
    run_processes(twin.state, "intention", "intention")
    people = twin.state.households.copy()
    people["status"][:] = np.arange(len(people)) % len(Status)  # every status occurs
    full, rest = (choices(run, households=people) for run in (simulation, twin))
    everybody = zip(full, rest, strict=True)
    wishes = [np.asarray(run.state.households["intention"]) for run in (simulation, twin)]
    changes = any((one != other).any() for one, other in everybody) or (wishes[0] != wishes[1]).any()
    assert changes, "leaving it out changes nothing"
