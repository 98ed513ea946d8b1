"""Overview, levers, map, people and compare, drawn without a browser: they say what the engine says."""

import csv
import io
from urllib.parse import unquote

import numpy as np
import pytest
from app_server import ROOT, at_rest
from drawn_tab import DrawnTab, properties, text_of, wait_until
from test_numbers_agree import ready

from abm.data.folder import default_configs, load_settings
from abm.data.registers import register_until
from abm.months import month_label
from abm.policy.scenario import baseline_world
from dashboard.engine import shipped
from dashboard.engine.bands import Difference, difference, display, triple
from dashboard.engine.choice import DEFAULT_UNTIL, Choices, own_lever
from dashboard.messages.words import Words
from dashboard.pages.map import geometry, hosts, moves
from dashboard.pages.people import ATTRIBUTES
from experiments.ensemble.outcomes import STOCKS

CONFIGS = ROOT / "configs"
NL, EN = Words("nl"), Words("en")
PERMIT = "l=transition_permit_nl:NL:2026-12:1"


def band_of(people: np.ndarray) -> tuple[int, int, int]:
    """Return low, middle and high as a page shows them."""
    return display(np.quantile(people, [0.1, 0.5, 0.9]), 100)


def last_month(tab: DrawnTab, columns: str = "scenario") -> dict[str, tuple[int, int, int]]:
    """Return what the page's table for taking home says of the Netherlands in its last month, by outcome."""
    button = tab.part(tab.part(classes="exports-bar"), mime="text/csv")
    assert button.file_name == f"ewea-a-nl-{DEFAULT_UNTIL}.csv"
    lines = tab.download(button.label).decode("utf-8-sig").splitlines(keepends=True)
    delimiter = ";" if tab.words.language != "en" else ","
    heads = [tab.words.t(f"files.{columns}_{end}") for end in ("low", "mid", "high")]
    place, outcome, month = (tab.words.t(f"files.{name}") for name in ("place_id", "outcome_id", "month"))
    return {
        row[outcome]: tuple(int(row[head]) for head in heads)
        for row in csv.DictReader(io.StringIO("".join(lines)), delimiter=delimiter)
        if (row[place], row[month]) == ("NL", DEFAULT_UNTIL)
    }


@pytest.mark.parametrize(("language", "place"), [("nl", "NL"), ("en", "EU"), ("uk", "ALL")])
def test_the_headline_is_the_engines_band(open_tab, baseline, language, place):
    tab, words = open_tab(f"/overview?lang={language}&place={place}"), Words(language)
    low, mid, high = band_of(
        baseline.mine.outcome("stock")[:, -1, baseline.mask(place)].sum(axis=1, dtype=float)
    )
    for said in (words.number(mid), words.band(low, high), words.first_day(DEFAULT_UNTIL)):
        assert said in tab.text(classes="lead")
    people = text_of(tab.parts(classes="card-value")[0])
    assert people.endswith(f"→ {words.number(mid)}")


def test_the_chart_holds_register_hindcast_and_projection(open_tab, baseline):
    tab = open_tab("/overview?lang=en")
    chart = tab.having("figure")[0]
    traces = chart.figure["data"]
    assert any(trace["y"] == pytest.approx(baseline.fan("stock", "NL")["mid"]) for trace in traces)
    past = shipped.document(shipped.PAST)
    [points] = [trace for trace in traces if trace.get("name") == EN.t("shell.chart_recorded")]
    assert points["y"] == past["recorded"]["NL"]["persons"]
    # The register counts at the end of a month; that is the first of the next on the axis.
    assert points["x"][-1] > past["recorded"]["NL"]["months"][-1]
    assert any(trace["y"] == past["hindcast"]["NL"]["register"]["mid"] for trace in traces)
    assert "80%" in chart.note
    today = load_settings(default_configs()).as_of
    [area] = [shape for shape in chart.figure["layout"]["shapes"] if shape["type"] == "rect"]
    assert area["x0"] == points["x"][-1] <= today < area["x1"]
    named = [one["text"].strip(" ←→") for one in chart.figure["layout"]["annotations"]]
    assert named == [
        EN.t(f"shell.{name}") for name in ("period_register", "period_projection", "protection_ends")
    ]
    *_, line = chart.figure["layout"]["shapes"]
    assert line["x0"] == "2028-03-01"  # the last day is 4 March 2028
    assert EN.t("shell.period_estimate") in [trace.get("name") for trace in traces]


@pytest.mark.parametrize("place", ["NL", "EU", "EL", "ALL"])
def test_the_headline_says_where_register_and_estimate_end(open_tab, baseline, place):
    """As the files of a run have it; where a country has none, nothing is called a register."""
    world = baseline_world(default_configs(), load_settings(default_configs()).default_until)
    until = month_label(register_until(world.registers, baseline.mask(place)))
    said = open_tab(f"/overview?lang=en&place={place}").text(classes="overview-top")
    assert f"Projection: {'there is no register' if place == 'ALL' else 'the register runs to'}" in said
    assert (f"runs to {EN.month(until)}," in said) == (place != "ALL")
    assert f"to {EN.month(month_label(world.today))}." in said


def test_a_scenario_is_said_in_words_and_set_against_the_rules(open_tab):
    tab = open_tab(f"/overview?lang=en&a=w=frozen_front;{PERMIT}")
    for said in ("Frozen front", "Dutch transition document – Netherlands, from December 2026: Open"):
        assert said in tab.text(classes="overview-list")
    wait_until(tab.settled)

    def agree() -> bool:
        levels, apart, rows = last_month(tab), last_month(tab, "difference"), tab.rows()
        found = {name: rows[EN.t(f"scenario.outcome_{name}")][1] for name in STOCKS}
        expected = {name: EN.number(levels[name][1]) for name in STOCKS}
        # Most pass to the document by law before the horizon, with and without the lever.
        return found == expected and levels["transition_permit"][1] > 10_000 and any(map(any, apart.values()))

    wait_until(agree)  # the parts of a page are drawn one after the other


def by_seed(*values: float) -> Difference:
    return difference(triple(np.array(values), 100))


def test_a_direction_a_likely_one_and_none_are_three_answers():
    assert by_seed(*[0.0] * 20).kind == "none"
    assert by_seed(*np.linspace(-4_000, -2_000, 20)).kind == "less"
    likely = by_seed(*np.linspace(-15_000, -500, 17), *[300.0] * 3)
    assert (likely.kind, likely.agree, likely.runs) == ("likely_less", 17, 20)
    assert "17 van de 20" in likely.value(NL)
    assert by_seed(*np.linspace(-9_000, 9_000, 20)).kind == "unclear"
    # Judged as shown: a band that ends in 0 on the page is not called clear.
    assert by_seed(*np.linspace(-400, -2, 20)).kind == "likely_less"


# Levers -------------------------------------------------------------------------------------------


def items(tab: DrawnTab) -> list[str]:
    return [text_of(one.children[0]) for one in tab.parts(tab.parts(classes="levers-items")[0], tag="li")]


@pytest.mark.usefixtures("no_answers")
def test_war_packages_and_levers_are_chosen_and_taken_back(open_tab):
    tab = open_tab("/levers?lang=en&group=protection&a=l=benefit_level:NL:2026-12:0.5")
    tab.choose(EN.t("levers.war_label"), "frozen_front")
    tab.send(tab.part(most=6), "chosen", ["rtb_extended_2029", True])
    lever = own_lever("benefit_level", "NL", "2026-12", 0.5)
    all_set = Choices(war="frozen_front", presets=("rtb_extended_2029",), levers=(lever,))
    tab.becomes(all_set)
    wait_until(lambda: any("frozen" in item.lower() for item in items(tab)))
    wait_until(lambda: any("Protection extended" in item for item in items(tab)))
    states = {one.name: one.state for one in tab.having("changed")}
    package = EN.t("scenario.value_last_day", date=EN.date("2029-03-04"))
    assert states["lever-protection_end"] == EN.t("levers.state_package", value=package)
    [inner] = [item for item in items(tab) if item.startswith("Dutch transition document")]
    tab.press(EN.t("levers.take_away_what", what=inner))
    without = all_set.without_part("transition_permit_nl")
    tab.becomes(without)
    tab.send(tab.address, "undo")
    tab.becomes(all_set)
    tab.press(EN.t("levers.take_away_what", what=items(tab)[0]))
    tab.becomes(all_set.with_war("baseline"))
    tab.press(EN.t("levers.take_all"))
    tab.becomes(Choices())
    tab.send(tab.address, "undo")
    tab.becomes(all_set.with_war("baseline"))


@pytest.mark.usefixtures("no_answers")
def test_a_link_may_set_a_lever_twice_in_other_words(open_tab):
    twice = "benefit_level:NL:2027-01:0.5,benefit_level:NL:2027-01:0.5:e"
    tab = open_tab(f"/levers?lang=en&a=l={twice}")
    assert len(items(tab)) == 2
    tab.press(
        EN.t("levers.take_away_what", what=items(tab)[0]), tab.parts(classes="levers-items")[0].children[0]
    )
    tab.becomes(Choices())


def test_a_stopped_calculation_stays_stopped(open_tab, engine):
    tab = open_tab("/levers?lang=en")
    before = tab.text(classes="levers-figures")
    with at_rest(engine._pool.pids()):
        tab.follow("/levers?lang=en&a=l=benefit_level:NL:2027-01:0.411")
        wait_until(lambda: tab.parts(classes="progress-bar"))
        tab.press(EN.t("shell.cancel"))
        wait_until(lambda: tab.parts(classes="progress-cancelled"))
        assert engine.health()["open_runs"] == 0
        tab.go(language="nl")
        wait_until(lambda: NL.t("shell.progress_cancelled") in tab.text(classes="progress-cancelled"))
        tab.press(NL.t("shell.try_again"))
        wait_until(lambda: tab.parts(classes="progress-bar"))
        tab.go(language="en")
    tab.send(tab.address, "undo")
    wait_until(tab.settled)
    assert tab.text(classes="levers-figures") == before


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


# Compare ------------------------------------------------------------------------------------------


def test_the_comparison_shows_what_the_engine_says(open_tab):
    tab = open_tab("/compare?lang=en&a=p=rtb_end")
    wait_until(lambda: tab.settled() and tab.parts(id="horizon"))
    outcomes = ("stock", "transition_permit", "without_title")

    def agree() -> bool:
        last, table = last_month(tab, "difference"), tab.rows(tab.part(id="horizon"))
        shown = [table[EN.t(f"scenario.outcome_{outcome}")][0] for outcome in outcomes]
        found = [EN.signed(last[outcome][1]) for outcome in outcomes]
        agree = [one == other for one, other in zip(shown, found, strict=True) if one[:1] in "+−"]
        # One at least is clear; otherwise the three could agree by saying nothing.
        return all(agree) and any(agree)

    wait_until(agree)


def test_slots_are_added_copied_swapped_and_removed(open_tab):
    tab = open_tab("/compare?lang=en&a=p=benefit_cut_all_80")
    cut = Choices(presets=("benefit_cut_all_80",))

    def press(action: str, *choices: Choices) -> None:
        tab.press(EN.t(f"compare.{action}_described", slot="B"))
        tab.becomes(*choices)

    press("empty", cut, Choices())
    press("swap", Choices(), cut)
    press("copy", Choices(), Choices())
    tab.choose(EN.t("compare.war"), "frozen_front", tab.part(tag="section", classes="compare-slot-b"))
    war = Choices(war="frozen_front")
    tab.becomes(Choices(), war)
    press("remove", Choices())
    tab.send(tab.address, "undo")
    tab.becomes(Choices(), war)
    assert "b=w=frozen_front" in unquote(tab.link)
