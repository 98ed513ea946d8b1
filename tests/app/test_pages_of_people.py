"""Map and people: who is where, who moves and who they are, drawn without a browser."""

import numpy as np
from app_server import ROOT
from drawn_tab import DrawnTab, properties, wait_until
from test_numbers_agree import ready
from test_pages_of_results import band_of

from dashboard.engine.bands import display
from dashboard.engine.choice import Choices
from dashboard.messages.words import Words
from dashboard.pages.map import geometry, hosts, moves
from dashboard.pages.people import ATTRIBUTES

CONFIGS = ROOT / "configs"
NL, EN = Words("nl"), Words("en")

# Map ----------------------------------------------------------------------------------------------


def map_of(tab: DrawnTab, section: str) -> dict:
    return properties(tab.having("areas", inside=tab.part(id=f"map-{section}"))[0])


def test_hosts_and_moves_are_those_of_the_engine_and_none_is_left_out(open_tab, baseline):
    tab = open_tab("/map?lang=nl")
    drawn = map_of(tab, "hosts")
    tiles = {tile["id"]: tile for tile in drawn["tiles"]}
    assert {*drawn["areas"], *tiles} - {"UA"} == set(baseline.hosts)
    assert set(tiles) == set(geometry.OFF_MAP)
    for host, said in (*((host, drawn["areas"][host]) for host in ("NL", "PL", "CZ")), ("MT", tiles["MT"])):
        low, mid, high = display(baseline.at_horizon("stock", host))
        assert NL.number(mid) in said["value"], host
        assert NL.band(low, high) in " ".join(said["lines"]), host
    moved = baseline.moved()[:, len(baseline.hosts), :-1]
    most = int(np.median(moved, axis=0).argmax())
    low, mid, high = band_of(moved[:, most])
    flows = map_of(tab, "flows")["flows"]
    assert len(flows) == moves.DRAWN
    [said] = [flow for flow in flows if flow["id"] == f"UA-{baseline.hosts[most]}"]
    assert NL.number(mid) in said["value"]
    assert NL.band(low, high) in " ".join(said["lines"])
    tab.choose(NL.t("map.flows_kind"), "between")
    ends = [flow["id"].split("-") for flow in map_of(tab, "flows")["flows"]]
    assert ends
    assert not any("UA" in pair for pair in ends)


def test_per_inhabitant_its_table_and_origins_say_the_same(open_tab, baseline):
    tab = open_tab("/map?lang=nl&map_show=per-thousand&place=PL")
    rate = NL.number(1000 * baseline.at_horizon("stock", "CZ")[1] / hosts.inhabitants(CONFIGS)["CZ"], 0)
    assert NL.t("map.rate", value=rate) in map_of(tab, "hosts")["areas"]["CZ"]["value"]
    row = tab.rows(tab.part(id="map-hosts"))["Tsjechië"]
    assert row[0] == NL.number(display(baseline.at_horizon("stock", "CZ"))[1])
    assert row[2] == rate
    assert set(map_of(tab, "origins")["areas"]) >= set(baseline.axes.units)
    for place in ("PL", "NL"):
        tab.choose(NL.t("map.origins_place"), place)
        mid = display(baseline.origin_units(place)["UA63"])[1]
        assert NL.number(mid) in map_of(tab, "origins")["areas"]["UA63"]["value"]


def test_the_map_shows_the_date_that_is_chosen(open_tab, baseline):
    month = baseline.months[12]
    tab = open_tab(f"/map?lang=nl&date={month}")
    low, mid, high = baseline.at(month, "stock", "NL").shown
    said = map_of(tab, "hosts")["areas"]["NL"]
    assert NL.number(mid) in said["value"]
    assert NL.band(low, high) in " ".join(said["lines"])
    assert NL.month_inside(month) in map_of(tab, "hosts")["name"]
    tab.choose(NL.t("map.date"), 0)
    assert f"date={baseline.months[0]}" in tab.link
    first = baseline.at(baseline.months[0], "stock", "NL").shown[1]
    assert NL.number(first) in map_of(tab, "hosts")["areas"]["NL"]["value"]


def test_hosts_and_moves_have_one_date(baseline):
    """What moved by month adds up to what moved; moves between hosts are not known by month."""
    ukraine, month = len(baseline.hosts), baseline.months[-2]
    whole, before = baseline.moved(), baseline.moved(date=month)
    coming = sum(
        baseline.mine.outcome(name)[:, -1] for name in ("arrivals", "redepartures", "reunifications")
    )
    np.testing.assert_array_equal(before[:, ukraine, :-1] + coming, whole[:, ukraine, :-1])
    returns = baseline.mine.outcome("returns")[:, -1]
    np.testing.assert_array_equal(before[:, :-1, ukraine] + returns, whole[:, :-1, ukraine])
    assert np.isnan(before[:, :-1, :-1]).all()

    date = baseline.months[baseline.flow_months.index(baseline.since) + 5]
    tab = DrawnTab(ready(), f"/map?lang=en&date={date}", "en")
    assert f"to {EN.month(baseline.period(date)[1])}" in tab.text(id="map-flows")

    def most(date: str) -> float:
        """Return the largest move, checked on the map."""
        moved = baseline.moved(date=date)[:, ukraine]
        people = {host: moved[:, n] for n, host in enumerate(baseline.hosts)}
        host = max(people, key=lambda one: np.median(people[one]))
        [flow] = [one for one in map_of(tab, "flows")["flows"] if one["id"] == f"UA-{host}"]
        assert EN.number(baseline.level(people[host], people[host]).shown[1]) in flow["value"]
        return float(np.median(people[host]))

    early = most(date)
    tab.choose(EN.t("map.flows_date"), len(baseline.months) - 1)
    assert f"date={baseline.months[-1]}" in tab.link
    assert most(baseline.months[-1]) > 2 * early
    assert EN.month_inside(baseline.months[-1]) in map_of(tab, "hosts")["name"]
    tab.choose(EN.t("map.flows_kind"), "between")
    assert [one.label for one in tab.having("least", "most")] == [EN.t("map.date")]
    tab.close()


def test_a_move_is_drawn_as_uncertain_where_its_range_is_wider_than_it(open_tab, baseline):
    drawn = map_of(open_tab("/map?lang=nl"), "flows")
    moved = baseline.moved()[:, len(baseline.hosts)]
    for flow in drawn["flows"]:
        band = baseline.level(*[moved[:, baseline.hosts.index(flow["id"].removeprefix("UA-"))]] * 2)
        low, mid, high = display(band)
        assert (flow["cls"] == "unsure") == (high - low > mid), flow["id"]


def test_a_change_needs_a_choice_and_then_shows_it(open_tab):
    tab = open_tab("/map?lang=nl&map_show=change")
    assert NL.t("map.empty_title") in tab.text(id="map-hosts")
    tab = open_tab("/map?lang=nl&map_show=change&a=p=benefit_cut_all_80")
    wait_until(tab.settled)
    wait_until(lambda: map_of(tab, "hosts")["areas"]["DE"]["value"].startswith("−"))
    assert {"down1", "down2"} & {area["cls"] for area in map_of(tab, "hosts")["areas"].values()}


# People -------------------------------------------------------------------------------------------


def test_composition_is_that_of_the_engine(open_tab, baseline):
    tab = open_tab("/people?lang=nl&place=EU")
    groups, mask = baseline.mine, baseline.mask("EU")
    sexes = [value for name, value in groups.axes.groups if name == "sex"]
    whole = sum(groups.group("sex", one)[:, mask].sum(axis=1, dtype=float) for one in sexes)
    shown = {properties(one)["data-attribute"]: one for one in tab.having("data-attribute")}
    for attribute, value in (("age_group", "0-17"), ("housing", "collective"), ("intention", "return")):
        persons = groups.group(attribute, value)[:, mask].sum(axis=1, dtype=float)
        said = tab.text(shown[attribute], data_value=value)
        assert NL.number(band_of(persons)[1]) in said
        assert NL.share(float(np.median(persons / whole))) in said
    # Children go to school or not, but nobody else does.
    assert tab.parts(shown["schooling"], data_value="minors") == []
    assert set(shown) == set(ATTRIBUTES)


def test_a_choice_stands_beside_the_baseline(open_tab, baseline):
    assert open_tab("/people?lang=nl").parts(classes="people-mark") == []
    tab = open_tab("/people?lang=nl&a=p=rtb_extended_2029")
    wait_until(lambda: tab.settled() and tab.parts(classes="people-mark"))
    assert max(baseline.mine.group("status", "temporary_protection")[:, baseline.mask("NL")].sum(axis=1)) == 0
    tables = tab.having("columns", inside=tab.part(id="people-composition"))
    rows = [[cell[0] for cell in row] for table in tables for row in table.rows]
    [cells] = [row for row in rows if NL.t("people.status_temporary_protection") in " ".join(row[:2])]
    # Persons, share and change agree: nobody has it without the choice.
    assert cells[-2] == "0"
    assert cells[-1].startswith("+")
    assert cells[-1][1:] in cells[:-2]


def test_a_story_is_told_of_a_simulated_household(open_tab):
    tab = open_tab("/people?lang=nl")
    assert NL.t("people.story_not_real") in tab.text(id="people-story")
    tab.press(tab.having("pressed", inside=tab.part(id="people-story"))[0].label)
    tab.becomes(Choices(presets=("rtb_extended_2029",)))
    assert tab.view.settings["people_home"] == "any"
    wait_until(lambda: tab.parts(classes="people-months"))
    assert tab.parts(classes="people-apart")
    first = tab.text(classes="people-about")
    tab.press(NL.t("people.story_other"))
    wait_until(lambda: tab.parts(classes="people-about") and tab.text(classes="people-about") != first)
    again = open_tab(tab.link)  # the story is in the link
    wait_until(lambda: again.parts(classes="people-about"))
    assert again.text(classes="people-about") == tab.text(classes="people-about")
