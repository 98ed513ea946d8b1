"""Shares of choices against the closed form of the nested logit (false alarms: 1e-6 a test)."""

import numpy as np
import pytest
from bounds import plausible, z_bound
from small_runs import add_copies, choices, run_processes, small_run

from abm.codes import Choice
from abm.reference.household import household_of
from abm.reference.surroundings import MonthUtility, destinations, nest_shares

N = 40_000
LEVELS = {"few leave": (0.0, 0.0), "many leave": (4.0, 6.0)}


@pytest.fixture(scope="module", params=["no kin", "kin in one host", "kin in two hosts"])
def crowd(world, request):
    """A run in which everybody is a copy of one household, with ids of their own."""
    simulation = small_run(world, 1, start="2024-09", households_per_host=20)
    run_processes(simulation.state, last="intention")
    people = simulation.state.households
    abroad = (np.asarray(people["place"]) == world.hosts.ids.index("NL")) & (
        np.asarray(people["months_here"]) > 3
    )
    model = int(np.flatnonzero(abroad & (np.asarray(people["employment"]) == 0))[0])
    kin = {"no kin": (-1, -1), "kin in one host": ("DE", -1), "kin in two hosts": ("PL", "DE")}[request.param]
    kin_hosts = [world.hosts.ids.index(k) if k != -1 else -1 for k in kin]
    return simulation, add_copies(simulation.state, model, N, kin_hosts=kin_hosts)


def closed_form(simulation, row):
    """Return the probabilities of stay, return and onward, and those of the hosts given onward."""
    state = simulation.state
    utility = MonthUtility(state.decisions, state.month, state.displaced().astype(float))
    h = household_of(state.households.columns(), row)
    odds = np.exp([0.0, utility.of_return(h), utility.of_onward(h)])
    hosts = destinations(utility.tables, h)
    shares = dict(zip(hosts, nest_shares(list(hosts.values()), utility.mu_onward), strict=True))
    return odds / odds.sum(), shares, utility.origin_share(h)


@pytest.mark.parametrize("level", LEVELS)
def test_shares_match_the_nested_logit(crowd, level):
    simulation, first = crowd
    old = simulation.state.decisions
    more = simulation.fork(simulation.state.settings)
    more.state.decisions = old.for_world(old.world)
    more.state.decisions.constants = tuple(c + d for c, d in zip(old.constants, LEVELS[level], strict=True))
    p, hosts, p_origin = closed_form(more, first)
    choice, place, unit = (column[first:] for column in choices(more))
    counts = np.bincount(choice, minlength=3)
    checks = 3 + len(hosts) + 1
    for alternative in Choice:
        assert plausible(counts[alternative], p[alternative], N, checks)
    onward = choice == Choice.ONWARD
    for host, share in hosts.items():
        assert plausible((place[onward] == host).sum(), share, int(onward.sum()), checks), host
    back = choice == Choice.RETURN
    origin = household_of(simulation.state.households.columns(), first).origin
    # Those who settle elsewhere may still draw the unit of their origin.
    utility = MonthUtility(more.state.decisions, more.state.month, more.state.displaced().astype(float))
    elsewhere = np.diff(utility.elsewhere_cumulative, prepend=0.0)[origin]
    p_unit = p_origin + (1 - p_origin) * elsewhere
    assert plausible((unit[back] == origin).sum(), p_unit, int(back.sum()), checks)


def test_a_small_error_is_noticed(crowd):
    """An odds ratio off by a tenth is found where many leave."""
    simulation, first = crowd
    old = simulation.state.decisions
    more = simulation.fork(simulation.state.settings)
    more.state.decisions = old.for_world(old.world)
    stay, back, on = closed_form(simulation, first)[0]
    even = (np.log(stay / back), np.log(stay / on))
    more.state.decisions.constants = tuple(c + d for c, d in zip(old.constants, even, strict=True))
    p, _, _ = closed_form(more, first)
    wrong = p * np.array([1.0, 1.1, 1.0])
    wrong /= wrong.sum()
    counts = np.bincount(choices(more)[0][first:], minlength=3)
    assert not plausible(counts[Choice.RETURN], wrong[Choice.RETURN], N, 3)
    assert z_bound(3) > z_bound()
