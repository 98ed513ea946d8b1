"""Overview, levers and compare, drawn without a browser: they say what the engine says."""

import csv
import io
from urllib.parse import unquote

import numpy as np
import pytest
from app_server import ROOT, at_rest
from drawn_tab import DrawnTab, text_of, wait_until

from abm.data.folder import default_configs, load_settings
from abm.data.registers import register_until
from abm.months import month_label
from abm.policy.scenario import baseline_world
from dashboard.engine import shipped
from dashboard.engine.bands import Difference, difference, display, triple
from dashboard.engine.choice import DEFAULT_UNTIL, Choices, own_lever
from dashboard.messages.words import Words
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
