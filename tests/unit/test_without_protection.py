"""What people do without protection: judged priors, plans when it ends, and who does not come for a rule."""

from dataclasses import replace

import numpy as np
import pytest
from small_runs import changed, in_world, real_world, small_run, with_coefficients

from abm.codes import Choice, Status
from abm.data.folder import default_configs
from abm.data.judged import FILE, load_judged, of_member
from abm.data.world import NEVER
from abm.errors import ConfigError
from abm.month.deterrence import deterred, staying_away
from abm.months import month_index
from abm.policy.policy import Selection
from experiments.ensemble.counts import PARTS, Holders

ROOT = default_configs()
MEN = np.isin(np.arange(8), [1, 2, 3])
NOW = month_index("2024-10")


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("0.28,0.14,0.44", "0.28,0.44,0.14", "found low_80 0.44, median 0.28, high_80 0.14"),
        ("0.28,0.14,0.44", "0.5,0.14,0.44", "low_80 <= median <= high_80 is needed"),
        ("0.28,0.14,0.44", "0.28,0,0.44", "values in share lie between 0 and 1"),
    ],
)
def test_an_interval_that_is_none_is_refused_with_file_line_and_parameter(tmp_path, old, new, found):
    text = (ROOT / FILE).read_text()
    line = next(n for n, each in enumerate(text.splitlines(), 1) if each.startswith("after_return,"))
    (tmp_path / FILE.parent).mkdir()
    (tmp_path / FILE).write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigError) as error:
        load_judged(tmp_path)
    assert f"{FILE.name}:{line}: parameter after_return: " in str(error.value)
    assert found in str(error.value)


@pytest.mark.parametrize("members", [20, 80])
def test_the_members_hold_the_stated_interval_of_every_prior(members):
    judged = load_judged(ROOT)
    drawn = [of_member(judged, member) for member in range(1, members + 1)]
    for prior in judged:
        values = np.array([each[prior.parameter] for each in drawn])
        for outside in (values <= prior.low_80, values >= prior.high_80):
            assert abs(outside.mean() - 0.1) <= 0.026, prior.parameter
        assert abs(np.mean(values <= prior.median) - 0.5) <= 0.026, prior.parameter


def rules(world, since, hosts):
    units = np.ones(len(world.origins.ids), np.bool_)
    return tuple(
        Selection(world.hosts.ids.index(host), since, NEVER, units, MEN, share=0.0) for host in hosts
    )


def arrivals(since=NOW, hosts=("NL",), **coefficients):
    """Return persons who come by host and type with a rule that leaves men out, and without one."""
    world = with_coefficients(real_world(), deterred_men=0.6, deterred_families=0.2, **coefficients)
    state = small_run(world, start="2024-10", months=1).state
    wanted, types = np.full(state.n_hosts, 100.0), state.type_shares[state.month]
    sizes = world.composition.household_types.sum(axis=1)

    def persons(rules_of):
        told = in_world(
            small_run(world, start="2024-10", months=1), changed(world, "policy", refused_new=rules_of)
        )
        found, shares = deterred(told.state, wanted, types)
        return found[:, None] * shares * sizes / (shares @ sizes)[:, None]

    return world, persons(rules(world, since, hosts)), persons(())


def test_men_left_out_stay_away_or_go_where_they_are_let_in_and_women_come_as_before():
    world, with_rule, usual = arrivals(deterred_divert=0.5)
    nl, types = world.hosts.ids.index("NL"), world.composition.household_types
    men = (types[:, [0, 5]].sum(axis=1) == 0) & (types[:, 1:4].sum(axis=1) > 0)
    women = types[:, 1:4].sum(axis=1) == 0
    assert with_rule[nl, men].sum() == pytest.approx(0.4 * usual[nl, men].sum())
    assert with_rule[nl, women] == pytest.approx(usual[nl, women])
    others = np.delete(with_rule - usual, nl, axis=0)
    assert (others >= -1e-9).all()
    lost = (usual - with_rule)[nl].sum()
    open_share = 1.0 - 1.0 / len(usual)
    assert others.sum() == pytest.approx(0.5 * lost * open_share, rel=0.2)


def test_where_every_host_has_the_rule_nobody_is_diverted():
    _, with_rule, usual = arrivals(hosts=real_world().hosts.ids, deterred_divert=0.9)
    assert (with_rule <= usual + 1e-9).all()
    assert with_rule.sum() < 0.95 * usual.sum()


def test_a_rule_that_held_when_the_level_was_recorded_does_not_count_again():
    _, with_rule, usual = arrivals(since=0)
    assert with_rule == pytest.approx(usual)
    world = changed(real_world(), "policy", refused_new=rules(real_world(), 0, ("NL",)))
    assert staying_away(world, NOW).max() > 0.1


@pytest.fixture(scope="module")
def ended():
    """Return holders, a run after the month they lose protection in, who lost it, and a year after."""
    world = real_world()
    hosts = replace(world.hosts, protection_end=np.full(len(world.hosts.ids), NOW))
    end = small_run(world, 2, start="2024-10", months=12, households_per_host=60)
    run = in_world(end, replace(world, hosts=hosts))
    holders = Holders.of(run.state, np.ones(run.state.n_hosts, np.bool_))
    run.step()
    lost = run.state.households["status"] == Status.NONE
    first = run.fork(run.state.settings)
    while not run.finished:
        run.step()
    return holders, first.state, lost, run.state


def test_a_year_after_the_end_every_part_of_the_mixture_is_there_and_they_add_up(ended):
    holders, _, _, state = ended
    parts = dict(zip(PARTS, holders.shares(state), strict=True))
    assert sum(parts.values()) == pytest.approx(1.0)
    assert 0.03 <= parts["returned"] <= 0.15
    assert parts["without_title"] <= 0.2
    assert min(parts.values()) > 0.01


def test_those_without_a_title_leave_in_the_shares_and_the_time_stated(ended):
    _, before, lost, after = ended
    c = after.world.coefficients
    rows = np.flatnonzero(lost)
    place, choice = after.households["place"][rows], before.households["choice"][rows]
    assert (choice == Choice.STAY).mean() > 0.5, "nobody has left at once"
    gone = place == after.n_hosts
    assert abs(gone.mean() - c["after_return"]) < 0.12
