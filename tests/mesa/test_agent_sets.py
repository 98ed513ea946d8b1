"""What Mesa promises of agent sets, asked of sets of households."""

import copy
import operator
import pickle
import statistics
from random import Random

import numpy as np
import pytest
from mesa.agentset import AgentSet
from mesa_models import Notes, built

from abm.errors import EweaError
from abm.mesa.household_attributes import UnknownAttributeError
from abm.mesa.household_set import HouseholdSet, vectorised


def ten(model):
    return model.agents.select(at_most=10)


def test_a_set_is_made_of_agents_and_keeps_their_order_and_random(still):
    views = ten(still).to_list()
    made = HouseholdSet(views, random=(own := Random(3)))
    assert (list(made), len(made), made.random) == (views, 10, own)
    assert HouseholdSet(views).random is still.random
    assert [view in made for view in views] == [True] * 10
    assert still.agents.to_list()[10] not in made
    assert HouseholdSet(model=still, rows=[]).to_list() == []
    assert len(HouseholdSet(views + views)) == 10


def test_members_come_and_go(still):
    some, other = ten(still), still.agents.to_list()[20]
    some.add(other)
    some.add(other)
    assert (len(some), other in some) == (11, True)
    some.remove(other)
    some.discard(other)
    assert (len(some), other in some) == (10, False)
    with pytest.raises(KeyError):
        some.remove(other)


@pytest.mark.parametrize(
    "made", [copy.copy, copy.deepcopy, lambda a: a.copy(), lambda a: a.select(), lambda a: a.sort("ties")]
)
def test_a_copy_of_all_is_frozen_and_one_s_own(model, made):
    twin, before = made(model.agents), len(model.agents)
    assert type(twin) is HouseholdSet
    assert twin == model.agents
    model.step()
    assert len(model.agents) > len(twin) == before
    first = twin.to_list()[0]
    twin.discard(first)
    assert (len(twin), first in twin, first in model.agents) == (before - 1, False, True)
    twin.shuffle(inplace=True)
    assert twin.select(lambda household: False, inplace=True) is twin
    assert len(twin) == 0


def test_sets_views_and_models_are_pickled(model):
    model.agents.set("wealth", 3)
    for asked in (model.agents, ten(model)):
        back = pickle.loads(pickle.dumps(asked))
        assert back.get("unique_id").tolist() == asked.get("unique_id").tolist()
        assert set(back.get("wealth")) == {3}
    view = pickle.loads(pickle.dumps(model.agents.to_list()[3]))
    assert (view.unique_id, view.seen, type(view)) == (model.agents.to_list()[3].unique_id, 1, Notes)
    twin = pickle.loads(pickle.dumps(model))
    twin.step()
    model.step()
    assert twin.agents.to_frame().equals(model.agents.to_frame())


def test_equality_is_that_of_sets(still):
    some = ten(still)
    assert some == set(some) == AgentSet(some.to_list(), Random(1))
    assert some == some.shuffle() != still.agents
    assert some != set(some.to_list()[1:])
    assert some != built().agents.select(at_most=10)
    assert (some == 3) is False
    for operation in (operator.and_, operator.or_, operator.sub, operator.xor):
        other = still.agents.to_list()[5:15]
        assert set(operation(some, set(other))) == operation(set(some), set(other))


@pytest.mark.parametrize(
    "function", [sum, min, max, len, np.mean, np.median, statistics.mean, statistics.stdev, sorted, bool]
)
@pytest.mark.parametrize("name", ["members", "ties", "persons"])
def test_agg_takes_any_function(still, function, name):
    values = [getattr(view, name) for view in still.agents]
    assert np.all(still.agents.agg(name, function) == pytest.approx(function(values)))
    groups = still.agents.groupby("status").agg(name, function if function is not statistics.stdev else len)
    for key, value in groups.items():
        mine = [getattr(view, name) for view in still.agents if view.status == key]
        assert value == pytest.approx((function if function is not statistics.stdev else len)(mine))


def test_agg_hands_over_what_its_function_asks_for(still):
    kinds = still.agents.agg("members", [type, vectorised(type), lambda values: values or "empty"])
    assert kinds[:2] == [list, np.ndarray]
    assert kinds[2] == still.agents.get("members").tolist()
    assert ten(still).select(at_most=0).agg("members", lambda values: "some" if values else "none") == "none"
    assert still.agents.agg("place", set) == set(still.agents.get("place"))


def test_get_reads_what_a_view_has(still):
    some = ten(still)
    views = some.to_list()
    for name in ("host", "acquaintances", "pos", "model", "seen", "members_by_kind"):
        found = some.get(name)
        wanted = [getattr(view, name) for view in views]
        if name == "members_by_kind":
            wanted = [list(each.values()) for each in wanted]
        assert [each.tolist() if isinstance(each, np.ndarray) else each for each in found] == wanted
    assert some.get(["unique_id", "seen"]) == [[view.unique_id, view.seen] for view in views]
    assert set(some.groupby("host").groups) == {view.host for view in views}
    assert some.agg("host", len) == 10
    assert [ask() for ask in some.get("describe")] == some.map("describe")
    with pytest.raises(UnknownAttributeError, match="wealth"):
        some.get("wealth")
    assert some.get("wealth", handle_missing="default", default_value=7).tolist() == [7] * 10
    with pytest.raises(ValueError, match="handle_missing"):
        some.get("ties", handle_missing="forget")


def test_free_attributes_are_columns_of_the_user(model):
    agents = model.agents
    some, rest = ten(model), agents.select()[10:]
    assert some.set("wealth", list(range(10))) is some
    assert some.get("wealth").tolist() == list(range(10)) == [view.wealth for view in some]
    assert some.get("wealth").dtype == np.int64
    some.to_list()[2].wealth += 0.5
    assert some.agg("wealth", max) == 9
    assert len(some.select(wealth=2.5)) == len(some.select(lambda view: view.wealth == 2.5)) == 1
    assert some.sort("wealth", ascending=True).to_list() == some.to_list()
    assert some.groupby(lambda view: view.wealth > 4).count() == {False: 5, True: 5}
    # Who has none has none: nothing is filled in silently.
    with pytest.raises(AttributeError, match=r"wealth: 1 of 1 households have none"):
        rest[0].wealth  # noqa: B018
    with pytest.raises(UnknownAttributeError, match=f"{len(rest)} of {len(agents)} households have none"):
        agents.get("wealth")
    assert agents.get("wealth", "default", -1).tolist().count(-1) == len(rest)
    agents.set("note", [("a", row) for row in range(len(agents))])
    assert agents.get("note")[7] == agents.to_list()[7].note == ("a", 7)
    assert agents.sort("note").to_list()[0].note == ("a", len(agents) - 1)
    some.to_list()[0].note = [1, 2]
    assert some.to_list()[0].note == [1, 2]
    assert {"wealth", "note", "status"} <= set(agents.to_frame())
    assert set(agents.to_frame()["status"]) <= {
        "temporary_protection",
        "not_needed",
        "none",
        "asylum_pending",
    }


def test_defaults_of_a_class_hold_for_who_comes_later(model):
    model.agents.set("seen", 40)
    known = model.agents.copy()
    model.step()
    assert set(known.get("seen")) == {41}
    assert set((model.agents - known).get("seen")) == {0}
    assert (model.agents - known).to_list()[0].seen == 0


@pytest.mark.parametrize("name", ["statuss", "emploment", "move_to", "host", "_x", "two words"])
def test_a_free_name_is_no_slip_of_a_column(model, name):
    for change in (
        lambda: model.agents.set(name, 1),
        lambda: setattr(model.agents.to_list()[0], name, 1),
        lambda: Notes.create_agents(model, 1, place="NL", **{name: 1}),
    ):
        with pytest.raises((EweaError, AttributeError), match=name.lstrip("_")):
            change()
    assert model.own.keys() <= {"seen"}


@pytest.mark.parametrize("call", [lambda s, m: s.do(m), lambda s, m: s.shuffle_do(m), lambda s, m: s.map(m)])
@pytest.mark.parametrize("kind", ["name", "function", "lambda"])
def test_do_and_map_call_names_and_functions(model, call, kind):
    some = ten(model)
    before = some.get("seen").tolist()
    call(some, {"name": "step", "function": Notes.step, "lambda": lambda view: view.step()}[kind])
    assert some.get("seen").tolist() == [value + 1 for value in before]
    with pytest.raises(AttributeError, match="fly"):
        call(some, {"name": "fly"}.get(kind, lambda view: view.fly()))
    assert some.map("describe", word="was")[0] == f"{some.to_list()[0].unique_id} was"


@pytest.mark.parametrize("call", ["do", "map", "shuffle_do"])
def test_sets_may_change_while_they_are_gone_through(model, call):
    some, others = ten(model), iter(model.agents.to_list()[10:])
    getattr(some, call)(lambda view: some.add(next(others)))
    assert len(some) == 20
    called = []
    getattr(some, call)(lambda view: (called.append(view), [some.discard(one) for one in some.to_list()]))
    assert (len(some), len(called)) == (0, 1)
    some = ten(model)
    getattr(some, call)(some.remove)
    assert len(some) == 0


def test_shuffle_keeps_members_and_follows_the_generator(still):
    orders = [built().agents.shuffle().get("unique_id").tolist() for _ in range(2)]
    assert orders[0] == orders[1] != built().agents.get("unique_id").tolist()
    some = ten(still)
    assert some.shuffle() == some
    assert some.shuffle(inplace=True) is some


@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("key", ["members", lambda view: (view.place, -view.ties)])
def test_sort_by_name_and_function(still, key, ascending):
    of = key if callable(key) else operator.attrgetter(key)
    wanted = sorted(still.agents, key=of, reverse=not ascending)
    assert list(still.agents.sort(key, ascending=ascending)) == wanted
    some = still.agents.copy()
    assert list(some.sort(key, ascending, inplace=True)) == wanted == list(some)


@pytest.mark.parametrize("by", ["members", "seen", lambda view: view.members > 2])
def test_groups_as_sets_and_lists(still, by):
    of = by if callable(by) else operator.attrgetter(by)
    sets, lists = still.agents.groupby(by), still.agents.groupby(by, result_type="list")
    assert len(sets) == len(set(map(of, still.agents)))
    for key, group in sets:
        assert isinstance(group, HouseholdSet)
        assert group.to_list() == lists.groups[key] == [view for view in still.agents if of(view) == key]
    assert sets.count() == {key: len(views) for key, views in lists}
    assert sets.map(len) == sets.count() == sets.map("__len__")
    assert sets.do(lambda group: group.shuffle(inplace=True)) is sets
    assert sets.agg("members", statistics.mean) == lists.agg("members", statistics.mean)


def test_select_by_type_share_and_number(still):
    agents = still.agents
    assert len(agents.select(agent_type=Notes)) == len(agents)
    assert len(agents.select(agent_type=type("Other", (Notes,), {}))) == 0
    assert len(agents.select(at_most=0.5)) == len(agents) // 2
    assert len(agents.select(at_most=1)) == 1
    assert agents.select(inplace=True) is not None
    assert (
        list(agents.select(lambda view: view.members > 2, at_most=4))
        == [view for view in agents if view.members > 2][:4]
    )
