"""What each mechanism does to work, housing, schooling and ties: the same draws, another rule.

Every test lets one crowd of equal households live one process twice. Draws are keyed, so the
households that differ are the effect.
"""

from dataclasses import replace

import numpy as np
import pytest
from small_runs import PROJECTION, add_copies, in_world, real_world, run_processes, small_run, with_policy

from abm.codes import Employment, FamilyInUkraine, Housing, Status
from abm.kernels.layout import HOUSING_LOSS, MOST_MONTHS
from abm.month.work import unlearned, work_rates
from abm.policy.policy import Selection, Who

N = 4_000
NL = real_world().hosts.ids.index("NL")
NEIGHBOUR = int(np.flatnonzero(real_world().hosts.is_neighbour)[0])
FAMILY = [1, 0, 0, 0, 1, 0, 0, 0]
ADULT = [1, 0, 0, 0, 0, 0, 0, 0]
OWN_DWELLING = (Housing.SUBSIDISED, Housing.INDEPENDENT)


@pytest.fixture(scope="module")
def live(world):
    """Return a function: the crowd's columns after a process in a world with some policy."""
    base = small_run(world, 3, start="2024-09", households_per_host=20)
    run_processes(base.state, last="arrivals")
    there = np.asarray(base.state.households["place"]) == NL
    model = int(np.flatnonzero(there)[0])

    def run(process, column, where=world, persons=(ADULT,), **values):
        twin = base.fork(base.state.settings, where)
        state, households = twin.state, twin.state.households
        # Nobody else asks for a place.
        households["housing"][:] = Housing.INDEPENDENT
        alone = {"persons": np.resize(persons, (N, len(persons[0]))), "triggers": 0, "stands_for": 1}
        first = add_copies(state, model, N, **{**alone, **values})
        columns = households.columns()
        # The crowd is alone in its host: what others find there is no part of the question.
        columns.place[:first][columns.place[:first] == NL] = NEIGHBOUR
        run_processes(state, "start_month", "start_month")
        run_processes(state, process, process)
        if column is None:
            return state, columns, first
        return np.asarray(getattr(columns, column))[first:].copy()

    return run


def in_nl(world, value, neutral):
    series = np.full((world.n_months, len(world.hosts.ids)), neutral)
    series[:, NL] = value
    return series


# --- Status --------------------------------------------------------------------------------------


def test_a_rule_takes_protection_from_the_holders_it_concerns_and_from_nobody_else(world):
    units = np.arange(len(world.origins.ids)) % 2 == 0
    rule = Selection(NL, PROJECTION, world.n_months, units, Who(sex="female").kinds(), vulnerable_exempt=True)
    runs = []
    for where in (world, replace(world, policy=replace(world.policy, refused_holders=(rule,)))):
        # The same past for both: the rule begins today.
        state = in_world(small_run(world, 3, start="2024-09", households_per_host=300), where).state
        run_processes(state, last="status")
        runs.append(
            {name: state.households[name].copy() for name in ("status", "persons", "place", "origin")}
        )
    without, by_rule = runs
    held = (without["place"] == NL) & (without["status"] == Status.TEMPORARY_PROTECTION)
    only_women = without["persons"][:, 1:].sum(axis=1) == 0
    concerned = held & only_women & units[without["origin"]]
    assert 0 < concerned.sum() < held.sum()
    np.testing.assert_array_equal(without["status"] != by_rule["status"], concerned)
    assert set(by_rule["status"][concerned]) == {Status.ASYLUM_PENDING, Status.NONE}


# --- Work ----------------------------------------------------------------------------------------

JOBLESS = {"employed": 0, "employment": Employment.NONE, "status": Status.TEMPORARY_PROTECTION}


def test_newcomers_find_work_by_the_terms_of_their_month(world, live):
    month = PROJECTION
    terms = np.ones((world.n_months, len(world.hosts.ids)))
    terms[month - 5 :, NL] = 3.0
    where = with_policy(world, newcomers={"find_work": terms})
    find, usual = work_rates(where, month).find, work_rates(world, month).find
    assert find.shape == (len(world.hosts.ids), MOST_MONTHS + 1)
    np.testing.assert_allclose(find[NL, :6], 3.0 * usual[NL, :6])
    np.testing.assert_array_equal(find[NL, 6:], usual[NL, 6:])
    for stay, differs in ((3, True), (20, False)):
        before = live("work", "employed", months_here=stay, **JOBLESS)
        after = live("work", "employed", where, months_here=stay, **JOBLESS)
        assert (after >= before).all()
        assert (after > before).any() == differs


def test_a_higher_benefit_slows_finding_work(world):
    usual = work_rates(world, PROJECTION).find
    more = work_rates(with_policy(world, benefit=2.0), PROJECTION).find
    np.testing.assert_allclose(more, usual * 2.0 ** -world.coefficients["benefit_work_elasticity"])
    cut = work_rates(with_policy(world, benefit=0.0), PROJECTION).find
    assert (cut >= usual).all()
    assert np.isfinite(cut).all()


def test_recognised_diplomas_raise_the_level_of_jobs(world, live):
    below = {"employed": 1, "employment": Employment.BELOW_LEVEL, "integration": np.float32(0.8)}
    before = live("work", "employment", **below)
    after = live("work", "employment", with_policy(world, job_level=3.0), **below)
    assert ((after != before) == ((after == Employment.AT_LEVEL) & (before == Employment.BELOW_LEVEL))).all()
    assert (after == Employment.AT_LEVEL).sum() > 2 * (before == Employment.AT_LEVEL).sum()


# --- Housing -------------------------------------------------------------------------------------

SHELTERED = {"housing": Housing.COLLECTIVE, "months_collective": 4, "months_here": 10, "employed": 0}


def test_leaving_reception_contribution_and_rent_subsidy(world, live):
    usual = live("housing", "housing", **SHELTERED)
    faster = live("housing", "housing", with_policy(world, leave_collective=3.0), **SHELTERED)
    left, left_faster = (np.isin(x, OWN_DWELLING) for x in (usual, faster))
    assert (left_faster >= left).all()
    assert left_faster.sum() > 2 * left.sum()
    # A contribution is asked of those who work.
    paying = with_policy(world, own_contribution=3.0)
    np.testing.assert_array_equal(live("housing", "housing", paying, **SHELTERED), usual)
    works = {**SHELTERED, "employed": 1, "employment": Employment.AT_LEVEL}
    left = [np.isin(live("housing", "housing", w, **works), OWN_DWELLING).sum() for w in (world, paying)]
    assert left[1] > 2 * left[0]
    # A subsidy changes which dwelling, not whether.
    helped = live(
        "housing", "housing", with_policy(world, leave_collective=3.0, rent_subsidy=0.4), **SHELTERED
    )
    np.testing.assert_array_equal(np.isin(helped, OWN_DWELLING), left_faster)
    assert (helped == Housing.SUBSIDISED).sum() > 1.5 * (faster == Housing.SUBSIDISED).sum()


def test_the_limit_of_stay_ends_reception_for_all_but_the_exempt(world, live):
    limited = with_policy(world, newcomers={"collective_stay_limit": in_nl(world, 4.0, np.inf)})
    people = (ADULT, FAMILY)
    assert (live("housing", "housing", limited, people, **{**SHELTERED, "months_collective": 3})
            == Housing.COLLECTIVE).mean() > 0.9  # fmt: skip
    usual = live("housing", "housing", persons=people, **SHELTERED)
    after = live("housing", "housing", limited, people, **SHELTERED)
    lost = live("housing", "triggers", limited, people, **SHELTERED) & HOUSING_LOSS > 0
    assert set(np.unique(after)) == {Housing.HOSTED, *OWN_DWELLING}
    np.testing.assert_array_equal(lost, after == Housing.HOSTED)
    share = np.isin(after, OWN_DWELLING).mean()
    assert share == pytest.approx(world.coefficients["limit_finds_home_share"], abs=0.05)
    # Who would have left anyway leaves.
    assert np.isin(after, OWN_DWELLING)[np.isin(usual, OWN_DWELLING)].all()
    exempt = {"collective_stay_limit": in_nl(world, 1.0, 0.0) > 0}
    spared = replace(limited, policy=replace(limited.policy, exempt=exempt))
    after = live("housing", "housing", spared, people, **SHELTERED)
    with_minors = np.arange(N) % 2 == 1
    np.testing.assert_array_equal(after[with_minors], usual[with_minors])
    assert (after[~with_minors] != Housing.COLLECTIVE).all()


def test_who_came_before_the_limit_keeps_the_place(world, live):
    month = PROJECTION
    terms = np.full((world.n_months, len(world.hosts.ids)), np.inf)
    terms[month - 6 :, NL] = 2.0
    limited = with_policy(world, newcomers={"collective_stay_limit": terms})
    for months, stays in ((10, True), (5, False)):
        after = live("housing", "housing", limited, **{**SHELTERED, "months_here": months})
        assert (after == Housing.COLLECTIVE).any() == stays


CLAIMS = {"housing": Housing.COLLECTIVE, "months_collective": 0, "months_here": 0}


def full_house(world, places, **more):
    return with_policy(world, collective_places=in_nl(world, places, np.nan), **more)


def test_the_duty_to_place_everybody_leaves_nobody_without_and_counts_the_emergency(world, live):
    state, columns, first = live("housing", None, full_house(world, N // 4), **CLAIMS)
    assert (columns.housing[first:] == Housing.HOSTED).sum() == N - N // 4
    assert state.history.places_short[state.index, NL] == N - N // 4
    state, columns, first = live("housing", None, full_house(world, N // 4, place_duty=1.0), **CLAIMS)
    assert (columns.housing[first:] == Housing.COLLECTIVE).all()
    assert (columns.triggers[first:] == 0).all()
    assert state.history.places_short[state.index, NL] == N - N // 4


def test_minors_and_older_people_are_placed_first(world, live):
    where = full_house(world, N, priority_vulnerable=1.0)
    placed = live("housing", "housing", where, (ADULT, FAMILY), **CLAIMS) == Housing.COLLECTIVE
    with_minors = np.arange(N) % 2 == 1
    assert placed[with_minors].all()
    assert not placed[~with_minors].any()
    mixed = live("housing", "housing", full_house(world, N), (ADULT, FAMILY), **CLAIMS) == Housing.COLLECTIVE
    assert 0 < mixed[with_minors].sum() < N // 2


# --- Schooling and ties --------------------------------------------------------------------------


def test_language_courses_speed_integration(world, live):
    before, after = (
        live("integration", "integration", where, integration=np.float32(0.2), employed=0)
        for where in (world, with_policy(world, language=1.5))
    )
    np.testing.assert_allclose(after - 0.2, 1.5 * (before - 0.2), rtol=1e-4)


def test_what_courses_taught_makes_work_easier_to_find_for_those_who_took_them(world):
    assert unlearned(world, PROJECTION) is None
    factor = np.ones((world.n_months, len(world.hosts.ids)))
    factor[PROJECTION - 12 :, NL] = 2.0
    found = unlearned(with_policy(world, language=factor), PROJECTION)
    c = world.coefficients
    gain, learned = c["job_language_gain"], c["integration_gain"]
    with_courses, without = (1.0 + gain * (1.0 - (1.0 - rate) ** 12) for rate in (2.0 * learned, learned))
    assert found[NL, 12] == pytest.approx(without / with_courses)
    assert (found[NL, 1:] < 1.0).all()
    np.testing.assert_allclose(np.delete(found, NL, axis=0), 1.0)


def test_visits_and_partners_who_join(world, live):
    usual = live("ties", "ties", ties=np.float32(0.5))
    barred = live("ties", "ties", with_policy(world, visits=0.0), ties=np.float32(0.5))
    assert (usual > 0.5).any()
    assert (barred < 0.5).all()
    partner = {"family": FamilyInUkraine.PARTNER}

    def joined(where):
        return live("ties", "persons", where, **partner)[:, 2].sum()

    base = joined(world)
    assert base > 0
    assert joined(with_policy(world, family_reunion=4.0)) > 2 * base
    assert joined(with_policy(world, ukraine={"men_leave": 4.0})) > 2 * base
    assert joined(with_policy(world, family_reunion=0.0)) == 0
