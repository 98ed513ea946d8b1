"""A state in which every effect on a decision shows, and what a host that draws more may change."""

from functools import cache

from small_runs import real_world, run_processes, small_run

from abm.codes import Choice

STAY, RETURN, ONWARD = Choice.STAY, Choice.RETURN, Choice.ONWARD
LIVELY = (4.5, 4.2)
"""Log odds added to return and onward, so that a few thousand households show every effect."""


@cache
def state_of(seed=1):
    simulation = small_run(real_world(), seed, start="2024-09", households_per_host=80)
    run_processes(simulation.state, last="intention")
    return with_levels(simulation, *LIVELY)


def with_levels(simulation, more_return, more_onward):
    twin = simulation.fork(simulation.state.settings)
    old = simulation.state.decisions
    twin.state.decisions = old.for_world(old.world)
    twin.state.decisions.constants = (old.constants[0] + more_return, old.constants[1] + more_onward)
    return twin


HOST = real_world().hosts.ids.index("DE")
"""The host whose conditions are changed in the factors of destination."""


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
