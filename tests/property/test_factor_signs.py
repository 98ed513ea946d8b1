"""Every factor has the sign it declares, and can be left out; decided twice from one state in one month."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from lively import HOST, ONWARD, RETURN, STAY, assert_drawn_to, state_of, with_levels
from small_runs import (
    changed,
    choices,
    eventful_world,
    in_world,
    real_world,
    run_processes,
    with_coefficients,
    with_drivers,
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
from abm.decision import DecisionBuilder
from abm.factors import factors
from abm.kernels import layout
from abm.kernels.layout import profile_rows


@dataclass(frozen=True)
class Case:
    """One change and what it must do.

    ``before`` and ``after`` set columns of all households; ``world`` returns the changed world.
    ``up`` and ``down`` name the alternatives that may only gain, only lose.
    """

    factor: str
    before: dict = field(default_factory=dict)
    after: dict = field(default_factory=dict)
    world: object = None
    up: tuple = ()
    down: tuple = ()


def people(factor, column, before, after, up=(), down=()):
    return Case(factor, {column: before}, {column: after}, up=up, down=down)


def events(flag, up):
    return people("triggers", "triggers", 0, flag, up)


def set_columns(households, values):
    copied = households.copy()
    columns = copied.columns()
    for name, value in values.items():
        if name == "women":
            columns.persons[:, 0], columns.persons[:, 6] = value, 0
        elif name == "draft_age_men":
            columns.persons[:, 1], columns.persons[:, 2] = 0, value
        else:
            getattr(columns, name)[:] = value
    profile_rows(columns, np.arange(len(copied)))
    return copied


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
    calm = with_drivers(world, attack_intensity=0.0)
    return with_policy(calm, enforced_return=2.0)


def lasting_peace(world):
    return with_drivers(world, occupied_share=0.0, security_guarantee=1.0)


def cut_at_home(world):
    cut = np.ones((world.n_months, len(world.hosts.ids)))
    cut[:, HOST] = 0.2
    return with_policy(world, benefit=cut)


def host_that_sends_back(world):
    return with_coefficients(world, **{f"return_level_{host}": 1.0 for host in world.hosts.ids})


NOW = 32
BACK, ON, LEAVING = (RETURN,), (ONWARD,), (RETURN, ONWARD)
PROTECTED, AT_HOME = Status.TEMPORARY_PROTECTION, {"employment": 0, "place": HOST}


def more(name, by):
    """Return a world changer: one driver higher this month, by origin unit at most 1."""

    def changer(world):
        values = world.drivers[name].copy()
        values[NOW] = np.minimum(values[NOW] + by, 1.0) if values.ndim == 2 else values[NOW] + by
        return with_drivers(world, **{name: values})

    return changer


CASES = {
    "attacks": Case("security", world=more("attack_intensity", 0.3), down=BACK),
    "occupation": Case("territory", world=more("occupied_share", 0.5), down=BACK),
    "economy": Case("economy", world=more("economy", 1.0), up=BACK),
    "no power": Case("energy", world=more("energy_deficit", 0.5), down=BACK),
    "home lost": people("home", "home", Home.INTACT, Home.DESTROYED, down=BACK),
    "home occupied": people("home", "home", Home.INTACT, Home.OCCUPIED, down=BACK),
    "neighbours": Case("proximity", world=hosts("is_neighbour", True), up=BACK),
    "end of protection": Case("legal_certainty", world=hosts("protection_end", NOW + 1), up=LEAVING),
    "no status": people("legal_certainty", "status", PROTECTED, Status.NONE, up=LEAVING),
    "settled": people("legal_certainty", "status", PROTECTED, Status.REFUGEE, down=LEAVING),
    "claim pending": people("legal_certainty", "status", PROTECTED, Status.ASYLUM_PENDING, down=LEAVING),
    "a job": people("work", "employment", Employment.NONE, Employment.BELOW_LEVEL, down=LEAVING),
    "a better job": people("work", "employment", Employment.BELOW_LEVEL, Employment.AT_LEVEL, down=LEAVING),
    "collective housing": people("housing", "housing", Housing.HOSTED, Housing.COLLECTIVE, up=LEAVING),
    "own dwelling": people("housing", "housing", Housing.HOSTED, Housing.INDEPENDENT, down=LEAVING),
    "a parent": people("family", "family", FamilyInUkraine.NOBODY, FamilyInUkraine.PARENT, up=BACK),
    "a partner": people("family", "family", FamilyInUkraine.PARENT, FamilyInUkraine.PARTNER, up=BACK),
    "remote job": people("remote_work", "works_remotely", 0, 1, up=BACK),
    "means": people("means", "income", 0, 2, up=BACK),
    "women": people("age_and_sex", "women", 0, 1, up=BACK),
    "old": people("age_and_sex", "age_band", AgeBand.AGE_35_49, AgeBand.AGE_65_PLUS, up=BACK),
    "young": people("age_and_sex", "age_band", AgeBand.AGE_35_49, AgeBand.AGE_18_34, up=ON, down=BACK),
    "draft age": people("draft_age", "draft_age_men", 0, 1, up=ON, down=BACK),
    "long abroad": people("duration", "months_displaced", 10, 40, down=BACK),
    "long here": people("duration", "months_here", 10, 40, down=ON),
    "host school": people("schooling", "schooling", Schooling.NO_MINORS, Schooling.HOST, down=LEAVING),
    "online": people("schooling", "schooling", Schooling.NO_MINORS, Schooling.UKRAINIAN_ONLINE, up=BACK),
    "attachment": people("personal", "attachment", -1.0, 1.0, up=BACK),
    "ties": people("personal", "ties", 0.0, 1.0, up=BACK),
    "integration": people("personal", "integration", 0.0, 1.0, down=LEAVING),
    "readiness": people("personal", "readiness", -1.0, 1.0, up=LEAVING),
    "contacts returned": people("personal", "contacts_returned", 0.0, 1.0, up=BACK),
    "contacts onward": people("personal", "contacts_onward", 0.0, 1.0, up=ON),
    "wish to return": people("intention", "aim", Intention.UNDECIDED, Intention.RETURN, up=BACK),
    "wish to move on": people("intention", "aim", Intention.UNDECIDED, Intention.ONWARD, up=ON),
    "wish to stay": people("intention", "aim", Intention.UNDECIDED, Intention.STAY, down=LEAVING),
    "job lost": events(layout.JOB_LOSS, LEAVING),
    "dwelling lost": events(layout.HOUSING_LOSS, LEAVING),
    "status lost": events(layout.STATUS_LOSS, LEAVING),
    "partner calls": events(layout.PARTNER_CALL, BACK),
    "school year ends": events(layout.SCHOOL_YEAR_END, LEAVING),
    "return support": Case("host_policies", world=policies(return_utility=0.5), up=BACK),
    "call home": Case("host_policies", world=policies(ukraine={"homecoming": 0.5}), up=BACK),
    "leaving made hard": Case("host_policies", world=policies(onward_utility=-0.5), down=ON),
    "enforced return": Case("host_policies", {"status": Status.NONE}, world=enforced_in_calm, up=BACK),
    "permit bound to the host": Case(
        "host_policies", {"status": Status.TRANSITION_PERMIT}, world=policies(permit_moves=0.3), down=ON
    ),
    "doubt about protection": Case("legal_certainty", world=policies(legal_uncertainty=0.8), up=LEAVING),
    "mobilisation": Case(
        "draft_age", {"draft_age_men": 1}, world=policies(ukraine={"mobilisation": 2.0}), down=BACK
    ),
    "remote work taxed": Case(
        "remote_work", {"works_remotely": 1}, world=policies(ukraine={"remote_work": 0.2}), down=BACK
    ),
    # A cut in all hosts would make every destination worse as well; the sign is that of a cut at home.
    "benefits cut": Case("benefits", AT_HOME, world=cut_at_home, up=LEAVING),
    "peace": Case("outlook", world=lasting_peace, up=BACK),
    "contamination": Case("territory", world=lambda w: with_drivers(w, contamination=0.7), down=BACK),
    "level of a host": Case("host_level", world=host_that_sends_back, up=BACK),
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
    households = set_columns(simulation.state.households, case.before)
    before, _, _ = choices(simulation, households=households)
    world = real_world() if case.world is None else case.world(real_world())
    after, _, _ = choices(simulation, world, set_columns(households, case.after))
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
    """Where many move: a benefit, which only those without a job count, redirects few of them."""
    simulation = with_levels(state_of(), 0.0, 3.0)
    elsewhere = np.asarray(simulation.state.households["place"]) != HOST
    before, after = choices(simulation), choices(simulation, TOWARDS[factor](real_world()))
    assert_drawn_to(HOST, before, after, elsewhere, strictly=True)
    # Those who are there already have no more reason to move onward.
    assert not ((before[0] != ONWARD) & (after[0] == ONWARD) & ~elsewhere).any()


def test_close_kin_draw_to_their_host():
    simulation = state_of()
    households = simulation.state.households.copy()
    households["kin_hosts"][:] = -1
    before = choices(simulation, households=households)
    households["kin_hosts"][:, 0] = HOST
    after = choices(simulation, households=households)
    elsewhere = np.asarray(households["place"]) != HOST
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
    # What is left out does not move the base hazards of the rest.
    assert DecisionBuilder(world, without=(name,)).constants == DecisionBuilder(world).constants
    twin = simulation.fork(simulation.state.settings)
    twin.state.decisions = simulation.state.decisions.for_world(world)
    twin.state.decisions.without = (name,)
    run_processes(twin.state, "start_month", "start_month")
    run_processes(twin.state, "intention", "intention")
    households = twin.state.households.copy()
    households["status"][:] = np.arange(len(households)) % len(Status)  # every status occurs
    full, rest = (choices(run, households=households) for run in (simulation, twin))
    everybody = zip(full, rest, strict=True)
    wishes = [np.asarray(run.state.households["intention"]) for run in (simulation, twin)]
    changes = any((one != other).any() for one, other in everybody) or (wishes[0] != wishes[1]).any()
    assert changes, "leaving it out changes nothing"
