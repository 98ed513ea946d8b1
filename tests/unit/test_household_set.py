"""Sets of households against plain NumPy on the columns, and views against sets."""

from random import Random

import mesa
import numpy as np
import pandas as pd
import pytest

from abm.codes import Employment, Housing, PersonKind, Schooling, Status
from abm.errors import EweaError
from abm.households import COLUMNS
from abm.kernels.household import profile_of
from abm.mesa.household_attributes import ATTRIBUTES, SETTABLE, UnknownAttributeError
from abm.mesa.household_set import HouseholdSet, vectorised
from abm.mesa.model import DisplacementModel


def fresh(**settings):
    return DisplacementModel(
        scale=2000, households_per_host=20, start="2024-06", until="2024-12", rng=5, **settings
    )


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


def test_every_column_can_be_asked_for(read_only):
    assert set(COLUMNS) - {"persons"} <= set(ATTRIBUTES)
    assert set(COLUMNS) >= SETTABLE
    for name in ATTRIBUTES:
        values = read_only.agents.get(name)
        assert len(values) == len(read_only.agents)
        assert values.dtype in (np.int64, np.float64, np.bool_, object)


@pytest.mark.parametrize("name", sorted(ATTRIBUTES))
def test_a_view_and_a_set_say_the_same(read_only, name):
    some = read_only.agents.select(is_abroad=False, at_most=3) | read_only.agents.select(
        place="NL", at_most=3
    )
    assert len(some) == 6
    for household, value in zip(some, some.get(name), strict=True):
        seen = getattr(household, name)
        if isinstance(seen, dict):
            seen = tuple(seen.values())
        if isinstance(seen, tuple):
            assert list(seen) == [each for each in value if each is not None]
        else:
            assert seen == value


def test_get_reads_the_columns(read_only, columns):
    agents, state = read_only.agents, read_only.simulation.state
    assert np.array_equal(agents.get("status"), columns["status"])
    codes = np.array([*state.world.hosts.ids, "UA"], dtype=object)
    assert np.array_equal(agents.get("place"), codes[columns["place"]])
    assert np.array_equal(agents.get("persons"), state.households.persons())
    assert np.array_equal(agents.get("persons_by_kind").sum(axis=1), agents.get("persons"))
    assert agents.get(["unique_id", "place"])[7] == [agents[7].unique_id, agents[7].place]
    # A set in another order is read in that order.
    turned = agents.sort("unique_id")
    assert np.array_equal(turned.get("ties"), agents.get("ties")[np.argsort(-agents.get("unique_id"))])


def test_small_columns_do_not_overflow_in_a_sum(read_only, columns):
    assert columns["employed"].dtype == np.int8
    expected = int(columns["employed"].astype(object).sum())
    assert expected > 127
    assert read_only.agents.agg("employed", sum) == expected == sum(read_only.agents.get("employed"))


def test_missing_attributes(read_only):
    some = read_only.agents.select(at_most=2)
    with pytest.raises(UnknownAttributeError, match=r"'emploment'.*Did you mean 'employment'"):
        some.get("emploment")
    with pytest.raises(AttributeError, match="no attribute"):
        some[0].wealth  # noqa: B018
    with pytest.raises(UnknownAttributeError, match="wealth"):
        some[0].wealth = 3
    assert list(some.get("wealth", handle_missing="default", default_value=0)) == [0, 0]
    assert some.get(["wealth", "place"], "default", "-")[0] == ["-", some[0].place]
    with pytest.raises(ValueError, match="handle_missing"):
        some.get("ties", handle_missing="ignore")


def test_agg(read_only):
    agents = read_only.agents
    ties = agents.get("ties")
    assert agents.agg("ties", np.mean) == ties.mean()
    assert agents.agg("ties", [min, max, len]) == [ties.min(), ties.max(), len(agents)]
    assert agents.select(place="NL").agg("persons", sum) == read_only.host("NL").displaced
    assert agents.select(is_abroad=True).agg("persons", sum) == read_only.displaced


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


def test_select_at_most_is_as_in_mesa(read_only):
    agents = read_only.agents
    n = len(agents)
    assert len(agents.select(at_most=10)) == 10
    assert len(agents.select(at_most=0)) == 0
    assert len(agents.select(at_most=0.25)) == n // 4
    assert len(agents.select(at_most=1.0)) == len(agents.select(at_most=10 * n)) == n
    assert len(agents.select(at_most=1)) == 1
    dutch = agents.select(place="NL", at_most=5)
    assert np.array_equal(dutch.rows, agents.select(place="NL").rows[:5])
    seen = []
    agents.select(lambda household: seen.append(household) or True, at_most=3)
    assert len(seen) == 3
    for wrong in (-1, -0.5, float("nan")):
        with pytest.raises(EweaError, match="at_most"):
            agents.select(at_most=wrong)


def test_select_in_place_and_by_type(read_only):
    some = read_only.agents.select(place="NL")
    same = some.select(employment=0, inplace=True)
    assert same is some
    assert set(some.get("employment")) == {0}
    assert len(read_only.agents) > len(some)
    assert len(some.select(agent_type=mesa.Agent)) == len(some)
    assert len(some.select(agent_type=type(read_only.host("NL")))) == 0


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
        ({"emploment": 1}, "Did you mean 'employment'"),
        ({"kin_hosts": "NL"}, "several values"),
        ({"where": [True]}, "one True or False for each"),
        ({"where": np.zeros(3, int)}, "one True or False for each"),
    ],
)
def test_select_refuses_what_cannot_match(read_only, conditions, message):
    with pytest.raises(EweaError, match=message):
        read_only.agents.select(**conditions)


def test_groupby(read_only):
    agents = read_only.agents
    groups = agents.groupby("status")
    status, persons = agents.get("status"), agents.get("persons")
    assert list(groups.groups) == [Status(code) for code in pd.unique(status)]
    assert groups.count() == {Status(code): int((status == code).sum()) for code in pd.unique(status)}
    expected = {Status(code): int(persons[status == code].sum()) for code in pd.unique(status)}
    assert groups.agg("persons", sum) == expected
    assert groups.map(lambda group: group.agg("persons", sum)) == expected
    by_place = agents.groupby("place")
    assert dict(by_place)["NL"] == agents.select(place="NL")
    for by in (
        "origin_group",
        lambda household: household.origin_group,
        vectorised(lambda households: households.get("origin_group")),
    ):
        assert agents.groupby(by).count() == pd.Series(agents.get("origin_group")).value_counts().to_dict()
    lists = agents.select(place="NL").groupby("employment", result_type="list")
    assert sum(len(group) for _, group in lists) == len(agents.select(place="NL"))
    assert lists.agg("members", sum) == agents.select(place="NL").groupby("employment").agg("members", sum)
    assert len(agents.select(at_most=0).groupby("status")) == 0
    with pytest.raises(EweaError, match="several values"):
        agents.groupby("members_by_kind")


def test_sort_is_stable_and_as_in_plain_python(read_only):
    some = read_only.agents.shuffle().select(at_most=200)
    for key in ("members", "ties", "place", "last_place"):
        for ascending in (True, False):
            views = sorted(some, key=lambda h: getattr(h, key) or "", reverse=not ascending) if key in (
                "place", "last_place"
            ) else sorted(some, key=lambda h: getattr(h, key), reverse=not ascending)  # fmt: skip
            assert some.sort(key, ascending=ascending).to_list() == views
    by_function = some.sort(lambda household: -household.ties, ascending=True)
    assert by_function.to_list() == some.sort("ties").to_list()
    assert by_function.to_list() == some.sort(vectorised(lambda s: s.get("ties"))).to_list()
    copy = some.copy()
    assert copy.sort("ties", inplace=True) is copy
    assert copy.to_list() == by_function.to_list() != some.to_list()


def test_shuffle_uses_the_random_of_the_set(read_only):
    first = HouseholdSet(model=read_only, random=Random(3)).shuffle()
    again = HouseholdSet(model=read_only, random=Random(3)).shuffle()
    other = HouseholdSet(model=read_only, random=Random(4)).shuffle()
    assert np.array_equal(first.rows, again.rows)
    assert not np.array_equal(first.rows, other.rows)
    assert np.array_equal(np.sort(first.rows), np.arange(len(read_only.agents)))
    some = read_only.agents.select(at_most=50)
    before = some.rows.copy()
    assert some.shuffle() == some
    assert np.array_equal(some.rows, before)
    assert some.shuffle(inplace=True) is some
    assert not np.array_equal(some.rows, before)


def test_do_and_map(read_only):
    some = read_only.agents.select(place="NL", at_most=20)
    assert some.map(lambda household, add: household.members + add, 1) == [m + 1 for m in some.get("members")]
    assert [row["unique_id"] for row in some.map("as_dict")] == some.get("unique_id").tolist()
    assert some.map(vectorised(lambda households: households.get("members"))) == some.get("members").tolist()
    seen = []
    assert some.do(seen.append) is some
    assert seen == some.to_list()
    shuffled = []
    assert some.shuffle_do(shuffled.append) is some
    assert shuffled != seen
    assert set(shuffled) == set(seen)
    sizes = []
    some.do(vectorised(lambda households: sizes.append(len(households))))
    assert sizes == [20]
    with pytest.raises(EweaError, match=r"model\.step\(\)"):
        some.do("step")
    with pytest.raises(EweaError, match=r"no method 'move_too'.*'move_to'"):
        some.do("move_too", "DE")


def test_views_are_values(read_only, model):
    agents = read_only.agents
    first, again = agents[4], agents[4]
    assert first is not again
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


def test_membership_and_algebra(read_only, model):
    agents = read_only.agents
    dutch, jobless = agents.select(place="NL"), agents.select(employment=0)
    place, work = agents.get("place"), agents.get("employment")
    assert np.array_equal((dutch & jobless).rows, np.flatnonzero((place == "NL") & (work == 0)))
    assert (dutch | jobless) == agents.select(where=(place == "NL") | (work == 0))
    assert (dutch - jobless) == agents.select(place="NL", where=work > 0)
    assert (dutch ^ jobless) == (dutch | jobless) - (dutch & jobless)
    assert dutch <= agents
    assert dutch != jobless
    assert dutch[0] in agents
    assert dutch[0] in dutch
    assert dutch[0] not in agents.select(place="DE")
    assert model.agents[0] not in agents
    assert "NL" not in agents
    some = agents.select(place="NL", at_most=2)
    first, second = some
    some.discard(first)
    assert list(some) == [second]
    some.discard(first)
    with pytest.raises(KeyError):
        some.remove(first)
    some.add(first)
    some.add(first)
    assert list(some) == [second, first]
    some.remove(second)
    assert some.to_list() == HouseholdSet([first, first]).to_list() == [first]
    with pytest.raises(EweaError, match="one model only"):
        some.add(model.agents[0])


def test_nothing_leaves_or_enters_the_model_by_hand(model):
    n = len(model.agents)
    household = model.agents[0]
    model.agents.add(household)
    for refused in (model.agents.discard, model.agents.remove):
        with pytest.raises(EweaError, match="move_to"):
            refused(household)
    with pytest.raises(EweaError, match="move_to"):
        household.remove()
    with pytest.raises(EweaError, match="created by the model"):
        type(household).create_agents(model, 3)
    with pytest.raises(AttributeError, match=r"model\.agents"):
        model.agents = []
    with pytest.raises(EweaError, match="part of the data"):
        model.host("NL").remove()
    with pytest.raises(EweaError, match="needs its model"):
        HouseholdSet([])
    assert len(model.agents) == n
    # A selection in place narrows the set at hand, never the model.
    model.agents.select(place="NL", inplace=True)
    assert len(model.agents) == n


def test_the_set_of_all_grows_with_the_model(model):
    agents, fixed = model.agents, model.agents.select(is_abroad=True)
    before = len(agents)
    model.step()
    assert len(agents) == len(model.agents) > before
    assert len(fixed) == before


def test_frames(read_only):
    frame = read_only.agents.to_frame(["unique_id", "place", "ties"])
    assert list(frame) == ["unique_id", "place", "ties"]
    assert np.array_equal(frame["ties"], read_only.agents.get("ties"))
    assert "members_by_kind" not in read_only.agents.to_frame()
    with pytest.raises(EweaError, match="several values"):
        read_only.agents.to_frame(["kin_hosts"])


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
    adults = model.agents.select(where=model.agents.get("working_age") > 1, at_most=50)
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
        ("wealth", 1, "no attribute 'wealth'"),
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
    dutch = model.agents.select(place="NL")
    dutch.set("place", "NL")
    pd.testing.assert_frame_equal(model.agents.to_frame(), before)
    model.step()
    other = fresh()
    other.step()
    pd.testing.assert_frame_equal(model.agents.to_frame(), other.agents.to_frame())
