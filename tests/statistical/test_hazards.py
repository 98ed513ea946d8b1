"""Monthly hazards of work, housing, schooling, ties and status against their rates (1e-6 a test)."""

import numpy as np
import pytest
from bounds import plausible
from small_runs import add_copies, run_processes, small_run, with_policy

from abm.codes import Employment, FamilyInUkraine, Housing, Schooling, Status
from abm.kernels.layout import PARTNER_CALL

N = 60_000
CHECKS = 16


@pytest.fixture(scope="module")
def crowd(world):
    """Return a function: a state with N copies of one household, changed as asked, in the Netherlands."""
    base = small_run(world, 3, start="2024-09", households_per_host=20)
    run_processes(base.state, last="arrivals")
    people = base.state.households
    here = np.asarray(people["place"]) == world.hosts.ids.index("NL")
    model = int(np.flatnonzero(here)[0])

    def build(**values):
        twin = base.fork(base.state.settings)
        twin.state.environment = base.state.environment
        alone = {"persons": [1, 0, 0, 0, 0, 0, 0, 0]}
        first = add_copies(twin.state, model, N, **{**alone, **values})
        return twin.state, first

    return build


def after(state, first, process, column):
    run_processes(state, process, process)
    return np.asarray(state.households[column])[first:]


def here(state, values):
    return float(values[state.world.hosts.ids.index("NL")])


def test_finding_losing_and_improving_a_job(crowd, world):
    c = world.coefficients
    jobless = {"employed": 0, "employment": Employment.NONE, "status": Status.TEMPORARY_PROTECTION}
    state, first = crowd(integration=np.float32(0.5), **jobless)
    employed = after(state, first, "work", "employed")
    rate = here(state, state.environment.work.find[:, 0]) * (1 + c["job_language_gain"] * 0.5)
    assert plausible(employed.sum(), rate, N, CHECKS)
    assert not plausible(employed.sum(), rate * 1.5, N, CHECKS)
    at_level = np.asarray(state.households["employment"])[first:] == Employment.AT_LEVEL
    assert plausible(at_level.sum(), c["job_at_level_share"], int(employed.sum()), CHECKS)

    without = {**jobless, "status": Status.NONE}
    state, first = crowd(integration=np.float32(0.5), **without)
    found = after(state, first, "work", "employed").sum()
    rate = here(state, state.environment.work.find[:, 0]) * (1 + c["job_language_gain"] * 0.5)
    assert plausible(found, rate * c["job_without_status"], N, CHECKS)

    state, first = crowd(integration=np.float32(1.0), employed=1, employment=Employment.BELOW_LEVEL)
    job = after(state, first, "work", "employment")
    lose = here(state, state.environment.work.lose)
    assert plausible((job == Employment.NONE).sum(), lose, N, CHECKS)
    assert plausible((job == Employment.AT_LEVEL).sum(), (1 - lose) * c["job_upgrade_hazard"], N, CHECKS)


def test_leaving_collective_housing_and_private_hosts(crowd, world):
    c = world.coefficients
    state, first = crowd(housing=Housing.COLLECTIVE, months_collective=5, employed=1)
    housing = after(state, first, "housing", "housing")
    rate = here(state, state.environment.housing.leave_collective) * c["housing_work_factor"]
    left = np.isin(housing, [Housing.SUBSIDISED, Housing.INDEPENDENT])
    assert plausible(left.sum(), rate, N, CHECKS)
    assert plausible((housing == Housing.SUBSIDISED).sum(), rate * c["subsidised_share"], N, CHECKS)
    assert not plausible(left.sum(), rate * 0.7, N, CHECKS)

    state, first = crowd(housing=Housing.HOSTED, employed=0)
    housing = after(state, first, "housing", "housing")
    assert plausible((housing == Housing.INDEPENDENT).sum(), c["leave_hosted_hazard"], N, CHECKS)
    ended = (np.asarray(state.households["triggers"])[first:] > 0) | (housing == Housing.COLLECTIVE)
    assert plausible(ended.sum(), here(state, state.environment.housing.hosting_ends), N, CHECKS)


def test_scarce_places_go_to_everybody_alike(crowd, world):
    state, first = crowd(housing=Housing.COLLECTIVE, months_collective=0, stands_for=1)
    host = world.hosts.ids.index("NL")
    state.households["housing"][:first] = Housing.INDEPENDENT  # nobody else asks for a place
    places = np.full(state.n_hosts, np.inf)
    places[host] = N // 4
    state.world = with_policy(world, collective_places=np.tile(places, (world.n_months, 1)))
    lucky = after(state, first, "housing", "housing") == Housing.COLLECTIVE
    assert lucky.sum() == N // 4
    assert state.history.places_short[state.index, host] == N - N // 4
    # Early and late ids have the same luck.
    assert plausible(lucky[: N // 2].sum(), 0.25, N // 2, CHECKS)
    assert plausible(lucky[::7].sum(), 0.25, len(lucky[::7]), CHECKS)


def test_schooling(crowd, world):
    c = world.coefficients
    family = {"persons": [1, 0, 0, 0, 1, 0, 0, 0]}
    state, first = crowd(schooling=Schooling.UKRAINIAN_ONLINE, **family)
    school = after(state, first, "schooling", "schooling")
    assert plausible((school == Schooling.BOTH).sum(), c["enter_school_hazard"], N, CHECKS)
    state, first = crowd(schooling=Schooling.BOTH, **family)
    school = after(state, first, "schooling", "schooling")
    assert plausible((school == Schooling.HOST).sum(), c["leave_online_hazard"], N, CHECKS)


def test_partners_and_visits(crowd, world):
    c = world.coefficients
    state, first = crowd(family=FamilyInUkraine.PARTNER, ties=np.float32(0.5), triggers=0)
    family = after(state, first, "ties", "family")
    joined = np.asarray(state.households["persons"])[first:, 2]
    apart = (family == FamilyInUkraine.NOBODY) & (joined == 0)
    assert plausible(joined.sum(), c["partner_joins_hazard"], N, CHECKS)
    assert plausible(apart.sum(), c["partner_separates_hazard"], N, CHECKS)
    called = (np.asarray(state.households["triggers"])[first:] & PARTNER_CALL) > 0
    assert plausible(called.sum(), c["partner_call_hazard"], N, CHECKS)
    visited = np.asarray(state.households["ties"])[first:] > 0.5
    assert plausible(visited.sum(), c["visit_hazard"], N, CHECKS)


def test_titles(crowd, world):
    c = world.coefficients
    state, first = crowd(status=Status.TEMPORARY_PROTECTION, employment=Employment.AT_LEVEL, employed=1)
    status = after(state, first, "status", "status")
    assert plausible((status == Status.ASYLUM_PENDING).sum(), c["asylum_claim_hazard"], N, CHECKS)
    state, first = crowd(status=Status.ASYLUM_PENDING)
    status = after(state, first, "status", "status")
    ruling, grant = c["asylum_ruling_hazard"], c["asylum_grant_share"]
    assert plausible((status == Status.REFUGEE).sum(), ruling * grant, N, CHECKS)
    assert plausible((status == Status.NONE).sum(), ruling * (1 - grant), N, CHECKS)
    state, first = crowd(status=Status.TEMPORARY_PROTECTION, employment=Employment.AT_LEVEL, employed=1)
    state.environment.protected[:] = False
    status = after(state, first, "status", "status")
    state.environment.protected[:] = True
    assert plausible((status == Status.ASYLUM_PENDING).sum(), c["after_asylum"], N, CHECKS)
    assert not (status == Status.TEMPORARY_PROTECTION).any()
