"""Sets of households against Mesa's own set of the same views, against the columns, and against misuse."""

from random import Random

import mesa
import numpy as np
import pandas as pd
import pytest
from mesa.agentset import AgentSet

from abm.codes import Employment, Housing, PersonKind, Schooling, Status
from abm.errors import EweaError
from abm.households import COLUMNS
from abm.kernels.layout import profile_of
from abm.mesa.household_attributes import ATTRIBUTES, SETTABLE, UnknownAttributeError
from abm.mesa.household_set import vectorised
from abm.mesa.model import DisplacementModel


def fresh(**settings):
    model = DisplacementModel(scale=2000, households_per_host=40, until="2022-09", rng=5, **settings)
    model.run_for(3)
    return model


@pytest.fixture(scope="module")
def read_only():
    """Return a model whose households moved for two months; tests must not change it."""
    model = fresh()
    model.run_for(2)
    return model


@pytest.fixture
def model():
    return fresh()


@pytest.fixture
def columns(read_only):
    return read_only.simulation.state.households


def ids(households):
    return [household.unique_id for household in households]


QUESTIONS = {
    "get": lambda s: list(s.get("members")),
    "get several": lambda s: s.get(["unique_id", "place", "status"]),
    "agg": lambda s: [s.agg("ties", max), s.agg("members", sum)],
    "agg several": lambda s: s.agg("ties", [min, max, len]),
    "select": lambda s: ids(s.select(lambda household: household.employment == Employment.NONE)),
    "select at most": lambda s: [ids(s.select(at_most=n)) for n in (0, 1, 10, 0.25, 1.0, 10_000)],
    "select both": lambda s: ids(s.select(lambda household: household.members > 1, at_most=3)),
    "select by type": lambda s: [len(s.select(agent_type=kind)) for kind in (mesa.Agent, mesa.Model)],
    "group": lambda s: {key: ids(group) for key, group in s.groupby("status")},
    "sort": lambda s: [ids(s.sort(key, ascending=up)) for key in ("members", "ties") for up in (True, False)],
    "map": lambda s: s.map(lambda household, add: household.members + add, 1),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_set_answers_as_mesas_own(read_only, name):
    households = read_only.agents.shuffle().select(at_most=150)
    views = households.to_list()
    assert QUESTIONS[name](households) == QUESTIONS[name](AgentSet(views, Random(1)))


@pytest.mark.parametrize("name", sorted(ATTRIBUTES))
def test_a_view_and_a_set_say_the_same(read_only, name):
    some = read_only.agents.select(is_abroad=False, at_most=3) | read_only.agents.select(
        place="NL", at_most=3
    )
    assert len(some) == 6
    assert len(read_only.agents.get(name)) == len(read_only.agents)
    assert some.get(name).dtype in (np.int64, np.float64, np.bool_, object)
    for household, value in zip(some, some.get(name), strict=True):
        seen = getattr(household, name)
        if isinstance(seen, dict):
            seen = tuple(seen.values())
        if isinstance(seen, tuple):
            assert list(seen) == [each for each in value if each is not None]
        else:
            assert seen == value


def test_get_reads_the_columns(read_only, columns):
    assert set(COLUMNS) - {"persons"} <= set(ATTRIBUTES)
    assert set(COLUMNS) >= SETTABLE
    agents, state = read_only.agents, read_only.simulation.state
    assert np.array_equal(agents.get("status"), columns["status"])
    codes = np.array([*state.world.hosts.ids, "UA"], dtype=object)
    assert np.array_equal(agents.get("place"), codes[columns["place"]])
    assert np.array_equal(agents.get("persons"), state.households.persons())
    assert np.array_equal(agents.get("persons_by_kind").sum(axis=1), agents.get("persons"))
    turned = agents.sort("unique_id")
    assert np.array_equal(turned.get("ties"), agents.get("ties")[np.argsort(-agents.get("unique_id"))])
    frame = agents.to_frame(["unique_id", "place", "ties"])
    assert list(frame) == ["unique_id", "place", "ties"]
    assert np.array_equal(frame["ties"], agents.get("ties"))
    assert "members_by_kind" not in agents.to_frame()
    # The column holds bytes; its sum does not fit into one.
    assert agents.agg("employed", sum) == int(columns["employed"].astype(object).sum()) > 127


def test_unknown_attributes_are_refused_with_what_was_meant(read_only):
    some = read_only.agents.select(at_most=2)
    with pytest.raises(UnknownAttributeError, match=r"'emploment'.*'employment'"):
        some.get("emploment")
    with pytest.raises(UnknownAttributeError, match="'employment'"):
        some[0].emploment = 3
    with pytest.raises(EweaError, match=r"move_too.*'move_to'"):
        some.do("move_too", "DE")


def test_select_by_values_functions_and_masks(read_only):
    agents = read_only.agents
    place, work, ties = agents.get("place"), agents.get("employment"), agents.get("ties")
    wanted = np.flatnonzero((place == "NL") & (work == 0))
    assert 0 < len(wanted) < len(agents)
    for found in (
        agents.select(place="NL", employment=0),
        agents.select(place="NL", employment="none"),
        agents.select(lambda household: household.place == "NL" and household.employment == Employment.NONE),
        agents.select(where=(place == "NL") & (work == 0)),
        agents.select(where=lambda households: households.get("place") == "NL", employment=Employment.NONE),
        agents.select(vectorised(lambda households: households.get("employment") == 0), place="NL"),
        agents.select(place="NL").select(employment=0),
    ):
        assert np.array_equal(found.rows, wanted)
    either = agents.select(place=["NL", "DE"], where=ties > 0.8)
    assert np.array_equal(either.rows, np.flatnonzero(np.isin(place, ["NL", "DE"]) & (ties > 0.8)))
    assert agents.count(place="NL", employment=0) == len(wanted)
    assert len(agents.select(last_place=None)) == agents.get("last_place").tolist().count(None)


def test_a_selection_looks_no_further_than_needed(read_only):
    seen = []
    read_only.agents.select(lambda household: seen.append(household) or True, at_most=3)
    assert len(seen) == 3
    for wrong in (-1, -0.5, float("nan")):
        with pytest.raises(EweaError, match="at_most"):
            read_only.agents.select(at_most=wrong)


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"place": "XX"}, "place: found 'XX'"),
        ({"place": "elsewere"}, "Did you mean 'elsewhere'"),
        ({"employment": 7}, r"employment: found 7; allowed are 0 \(none\)"),
        ({"status": Housing.HOSTED}, "status: found"),
        ({"status": "temporary_protektion"}, "temporary_protection"),
        ({"works_remotely": 2}, "True and False"),
        ({"ties": "strong"}, "a number is needed"),
        ({"kin_hosts": "NL"}, "several values"),
        ({"where": [True]}, "one True or False for each"),
        ({"where": np.zeros(3, int)}, "one True or False for each"),
    ],
)
def test_select_refuses_what_cannot_match(read_only, conditions, message):
    with pytest.raises(EweaError, match=message):
        read_only.agents.select(**conditions)


def test_groups_on_whole_columns(read_only):
    agents = read_only.agents
    by_function = vectorised(lambda households: households.get("origin_group"))
    assert agents.groupby(by_function).count() == agents.groupby("origin_group").count()
    assert agents.sort(vectorised(lambda s: s.get("ties"))) == agents.sort("ties")
    for refused in (agents.groupby, agents.sort, lambda name: agents.to_frame([name])):
        with pytest.raises(EweaError, match="several values"):
            refused("members_by_kind")


def test_names_sort_with_none_first(read_only):
    some = read_only.agents.shuffle().select(at_most=200)
    for key in ("place", "last_place"):
        views = sorted(some, key=lambda household: getattr(household, key) or "")
        assert some.sort(key, ascending=True).to_list() == views


def test_calls_on_the_whole_set(read_only):
    some, sizes = read_only.agents.select(place="NL", at_most=20), []
    some.do(vectorised(lambda households: sizes.append(len(households))))
    assert sizes == [20]
    assert some.map(vectorised(lambda households: households.get("members"))) == some.get("members").tolist()


def test_the_set_of_all_is_changed_by_the_model_only(model):
    n = len(model.agents)
    with pytest.raises(AttributeError, match=r"model\.agents"):
        model.agents = []
    for change in (lambda a: a.select(place="NL", inplace=True), lambda a: a.shuffle(inplace=True)):
        with pytest.raises(EweaError, match=r"model\.agents\.copy"):
            change(model.agents)
    assert len(model.agents) == n


def test_views_are_values(read_only, model):
    agents = read_only.agents
    first, again = agents[4], agents[4]
    assert first == again
    assert len({first, again, agents[5]}) == 2
    assert first != model.agents[4]
    assert read_only.household(first.unique_id) == first
    assert first.model is read_only
    assert agents[-1] == agents.to_list()[-1]
    assert agents[2:4] == [agents[2], agents[3]]
    assert sum(first.members_by_kind.values()) == first.members
    assert first.persons == first.members * first.stands_for
    assert set(first.persons_by_kind) == set(PersonKind)
    with pytest.raises(EweaError, match="no household"):
        read_only.household(-5)
    returned = agents.select(is_abroad=False)[0]
    assert returned.host is None
    assert returned.place == "UA"
    assert agents.select(place="NL")[0].host is read_only.host("NL")
    friends = agents[len(agents) - 1].acquaintances
    assert [friend.row for friend in friends] == [row for row in agents.get("contacts")[-1] if row >= 0]


def test_set_writes_columns(model):
    columns = model.simulation.state.households
    dutch = model.agents.select(place="NL")
    others = model.agents - dutch
    untouched = columns["status"][others.rows].copy()
    assert dutch.set("status", "regular_permit") is dutch
    assert set(columns["status"][dutch.rows]) == {Status.REGULAR_PERMIT}
    assert np.array_equal(columns["status"][others.rows], untouched)
    ties = np.linspace(0, 1, len(dutch))
    dutch.set("ties", ties)
    assert np.array_equal(columns["ties"][dutch.rows], ties.astype("f4"))
    assert len(model.agents.select(ties=ties[3].item(), place="NL")) == 1
    household = dutch[0]
    household.home = "destroyed"
    household.works_remotely = household.working_age > 0
    household.last_place = None
    assert (household.home.name, household.last_place) == ("DESTROYED", None)
    assert columns["home"][household.row] == 2


@pytest.mark.parametrize("name", ["age_band", "family", "income", "works_remotely"])
def test_the_joint_code_follows_the_slow_attributes(model, name):
    columns = model.simulation.state.households.columns()
    adults = model.agents.select(where=model.agents.get("working_age") > 0)
    before = adults.get("profile")
    adults.set(name, 1)
    assert not np.array_equal(adults.get("profile"), before)
    assert [profile_of(columns, row) for row in model.agents.rows] == columns.profile.tolist()


def test_a_job_and_its_level_move_together(model):
    abroad = model.agents.select(is_abroad=True)
    adults = abroad.select(where=abroad.get("working_age") > 1, at_most=50)
    adults.set("employed", 2)
    assert (adults.get("employment") > 0).all()
    adults.set("employment", "none")
    assert set(adults.get("employed")) == {0}
    adults.set("employment", Employment.AT_LEVEL)
    assert set(adults.get("employed")) == {1}
    adults.set("employed", 0)
    assert set(adults.get("employment")) == {0}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("status", 12, "status: found 12; allowed are 0"),
        ("status", Housing.COLLECTIVE, "status: found"),
        ("status", "not_needed", "cannot do without a status"),
        ("status", [0, 1], "found values of shape"),
        ("ties", 1.5, "ties: found 1.5; allowed are 0 to 1"),
        ("ties", float("nan"), "a number is needed"),
        ("attachment", -9, "allowed are -3 to 3"),
        ("months_here", -1, "months_here: found -1"),
        ("months_here", 2.5, "whole numbers"),
        ("months_here", 40_000, "months_here: found"),
        ("employed", 9, "members of working age"),
        ("place", "XX", "place: found 'XX'"),
        ("place", None, "needs a place"),
        ("last_place", "NL", "lives there now"),
        ("ukraine_unit", "UA80", "is abroad"),
        ("schooling", Schooling.NO_MINORS, "has minors"),
        ("schooling", Schooling.HOST, "has no minors"),
        ("household_id", 3, "fixed when the household is created"),
        ("unique_id", 3, "fixed when the household is created"),
        ("members_by_kind", 3, "booked flows"),
        ("intention", 1, "every month computes it anew"),
        ("profile", 1, "cannot be set"),
    ],
)
def test_set_refuses_what_the_engine_could_not_go_on_from(model, name, value, message):
    dutch = model.agents.select(place="NL")
    before = model.agents.to_frame()
    with pytest.raises(EweaError, match=message):
        dutch.set(name, value)
    pd.testing.assert_frame_equal(model.agents.to_frame(), before)


def test_life_abroad_cannot_be_set_in_ukraine(model):
    model.run_for(2)
    home = model.agents.select(is_abroad=False)
    assert len(home) > 0
    with pytest.raises(EweaError, match="is in Ukraine"):
        home.set("status", Status.NONE)
    home.set("ukraine_unit", "UA80")
    assert set(home.get("ukraine_unit")) == {"UA80"}


def test_a_move_by_hand_is_booked_and_the_balance_holds(model):
    model.step()
    german, polish = model.agents.select(place="DE"), model.agents.select(place="PL", at_most=5)
    home = model.agents.select(is_abroad=False, at_most=3)
    assert len(home) == 3
    persons = german.agg("persons", sum), polish.agg("persons", sum), home.agg("persons", sum)
    german.do("move_to", "NL")
    polish.set("place", "UA")
    home[0].place = "FR"
    home.select(is_abroad=False).shuffle_do("move_to", "FR")
    assert set(german.get("place")) == {"NL"}
    assert set(german.get("last_place")) == {"DE"}
    assert set(german.get("employed")) == {0}
    assert set(polish.get("status")) == {Status.NOT_NEEDED}
    assert np.array_equal(polish.get("ukraine_unit"), polish.get("origin"))
    assert set(home.get("place")) == {"FR"}
    model.step()  # stops by itself if a person is lost
    flows = model.results().tables["flows"]
    last = flows[flows["month"] == flows["month"].cat.categories[-1]]

    def booked(kind, left, entered):
        chosen = (last["kind"] == kind) & (last["from_place"] == left) & (last["to_place"] == entered)
        return int(last.loc[chosen, "persons"].sum())

    assert booked("onward", "DE", "NL") >= persons[0] > 0
    assert booked("return", "PL", "UA") >= persons[1] > 0
    assert booked("redeparture", "UA", "FR") >= persons[2] > 0
    model.run_until(6)
    with pytest.raises(EweaError, match="horizon"):
        model.agents[0].place = "IT"


def test_a_move_to_where_one_lives_changes_nothing(model):
    before = model.agents.to_frame()
    flows = model.simulation.state.history.flows.copy()
    dutch = model.agents.select(place="NL")
    dutch.set("place", "NL")
    pd.testing.assert_frame_equal(model.agents.to_frame(), before)
    assert (model.simulation.state.history.flows == flows).all()
