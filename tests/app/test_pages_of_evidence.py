"""Intentions, scorecard, how sure we are and about the data, drawn without a browser: what was shipped."""

import csv
import io
import re

import numpy as np
import pytest
from drawn_tab import DrawnTab, properties, text_of, wait_until
from hypothesis import given
from hypothesis import strategies as st
from test_numbers_agree import ready

from abm.data.folder import default_configs
from abm.factors import factors
from dashboard.engine import shipped, uploads
from dashboard.engine.bands import difference, display, triple
from dashboard.engine.choice import Choices
from dashboard.engine.engine import Engine
from dashboard.engine.questions import indicator_rows
from dashboard.messages.catalogue import all_messages
from dashboard.messages.words import Words
from dashboard.pages import all_pages
from dashboard.pages.about_data import SUBJECTS, absent_words, subject_of, table_name
from dashboard.pages.how_sure import figures as scores
from dashboard.pages.how_sure.figures import error_percent
from dashboard.pages.how_sure.ledger import published_forecasts
from dashboard.pages.intentions import figures as rows
from dashboard.pages.people import telling
from dashboard.pages.scorecard import agreement
from dashboard.pages.scorecard.explained import effect_text, same_as, scorecard_csv
from experiments.scorecard import load_indicators, score_of

NL, EN = Words("nl"), Words("en")
HELD, REPORT = "held_out", "2025-11"


def test_every_table_is_listed_with_licence_status_and_gaps(open_tab):
    tab, tables = open_tab("/about-data?lang=en"), shipped.inventory()["tables"]
    assert {subject_of(table) for table in tables} <= set(SUBJECTS)
    cards = {text_of(one.children[0]): text_of(one) for one in tab.parts(tag="details")}
    assert len(tab.parts(classes="about-data-card")) == len(tables)
    listed = tab.rows(tab.part(id="about-data-tables"))
    for table in tables:
        name = table_name(table, EN)
        assert name != table["file"]
        assert name in listed
        for field in ("publisher", "date", "licence", "status", "gaps"):
            assert EN.t(f"about_data.column_{field}") in cards[name]
        assert str(table.get("licence", "")) in cards[name]
    [decisions] = [table for table in tables if table.get("id") == "tp_decisions"]
    assert len(decisions["gaps"]) > 0
    hosts = {"MD": {"en": "Moldova"}, "UK": {"en": "United Kingdom"}}
    assert "Moldova" in absent_words(decisions, EN, hosts)
    tab.follow("/about-data?lang=en&evidence=H")
    known = [name for name in shipped.inventory()["sources"] if name.startswith("H")]
    names = tab.part(id="about-data-evidence")
    wait_until(lambda: [text_of(one) for one in tab.parts(names, tag="th", scope="row")] == known)


def test_headline_misses_and_assumptions_are_those_of_the_validation(open_tab):
    tab, figures = open_tab("/how-sure?lang=nl"), shipped.figures()
    window = figures["windows"][HELD]
    error = window["horizons"]["6"]["median_error_pct"]
    for forecaster in ("model", "persistence"):
        assert error_percent(NL, error[forecaster]) in tab.text(classes="lead")
    shown = tab.text()
    assert NL.share(window["coverage_80_pooled"]) in shown
    points = figures["intentions"]["survey_rmse_pp"]["holdout"]
    assert f"{NL.number(points, 1)} procentpunten" in shown
    for place in ("Polen", "Tsjechië", "Vrede"):
        assert place in tab.text(id="how-sure-misses")
    outside = [row for row in shipped.simulated_against_surveys() if row["label"] == "net_outflow"]
    for row in outside:
        told = NL.number(row["observed"] / 1e6, 2) in tab.text(id="how-sure-misses")
        assert told != row["inside"], row["month"]
    free = [one for one in figures["parameters"] if one["distribution"] != "fixed"]
    fitted = sum(one["status"] == "fitted" for one in free)
    assert NL.t("intentions.of", some=fitted, all=len(free)) in shown


def test_hosts_where_a_rival_wins_are_counted(open_tab):
    tab = open_tab("/how-sure?lang=en&ahead=12")
    by_host = shipped.figures()["windows"][HELD]["horizons"]["12"]["mean_error_pct_by_host"]
    won = sum(one["model"] <= min(one["persistence"], one["constant_inflow"]) for one in by_host.values())
    counts = re.findall(r"\d+", tab.text(id="how-sure-won"))
    assert counts[:2] == [str(won), str(len(by_host))]
    tab.send(tab.part(value="12"), "chosen", "1")
    wait_until(lambda: tab.view.settings["ahead"] == "1")


def test_every_published_forecast_is_on_the_page(open_tab):
    found = published_forecasts(default_configs())
    shown = open_tab("/how-sure?lang=en").text(id="how-sure-ledger")
    assert found or EN.t("how_sure.ledger_none") in shown
    for one in found:
        assert EN.month(one["forecast"]) in shown
        assert (EN.t("how_sure.ledger_later") in shown) or not one["made_later"]
        for row in one["targets"].values():
            assert error_percent(EN, row["model"]["median"]) in shown


def test_the_next_wave_of_a_survey_stands_beside_what_was_found(monkeypatch):
    [survey] = [one for one in shipped.inventory()["surveys"] if one["id"] == "ces"]
    waves = [one["id"] for one in survey["waves"]][-2:]
    answers = [
        {"answer": "return", "observed": 0.43, "forecast": 0.47, "low_80": 0.41, "high_80": 0.53},
        {"answer": "undecided or stay", "observed": 0.57, "forecast": 0.53, "low_80": 0.47, "high_80": 0.56},
    ]
    about = {"months_ahead": 12, "scored": True, "answers": answers}
    made = {
        "next_wave_rmse_pp": 5.71, "last_wave_again_rmse_pp": 8.83, "coverage_80": 0.84, "scored": 2,
        "waves": [{"id": name, "month": f"202{n}-11", **about} for n, name in enumerate(waves, 3)],
    }  # fmt: skip
    monkeypatch.setattr(shipped, "figures", lambda: {**shipped.document(shipped.VALIDATION), "surveys": made})
    tab = DrawnTab(ready(), "/how-sure?lang=nl")
    section = tab.part(id="how-sure-waves")
    for said in ("5,7 procentpunten", "8,8", "84%"):
        assert said in text_of(section)
    table = tab.having("sort_words", inside=section)[0]
    rows = [[cell[0] for cell in row] for row in table.rows]
    either = f"{NL.t('intentions.says_undecided')} of wil blijven"
    assert rows[0] == [
        NL.label(survey["label"]), "november 2024", "12", "Wil terugkeren", "43%", "47%", "41% – 53%", "ja",
    ]  # fmt: skip
    assert rows[1][3:] == [either, "57%", "53%", "47% – 56%", "nee"]
    assert len(rows) == 4
    monkeypatch.setattr(shipped, "figures", lambda: {
        key: value for key, value in shipped.document(shipped.VALIDATION).items() if key != "surveys"
    })  # fmt: skip
    assert NL.t("how_sure.waves_none") in DrawnTab(ready(), "/how-sure").text(id="how-sure-waves")


def test_terms_of_the_glossary_say_what_they_mean_on_every_page():
    for language in ("nl", "en", "uk"):
        words, marked = Words(language), set()
        for entry in all_pages():
            tab = DrawnTab(ready(), f"/{entry.id}?lang={language}", language)
            tips = {properties(one)["id"]: text_of(one) for one in tab.parts(role="tooltip")}
            terms = [properties(one)["aria-describedby"] for one in tab.parts(classes="term")]
            assert sorted(tips) == sorted(terms), "every id once, and every term has one"
            marked |= set(tips.values())
            tab.close()
        assert {words.t(f"help.means_{name}") for name in ("people", "title", "reception", "range")} <= marked


def test_important_assumptions_are_not_fitted_and_a_rival_that_wins_is_named():
    found = scores.important(shipped.figures()["parameters"])
    assert scores.FITTED not in {one["status"] for one in found}
    assert {"guarantee_return", "peace_interaction"} <= {one["parameter"] for one in found}
    levels = [
        {"id": "better_in_PL", "met": False, "value": {"persistence": 1.4, "constant_inflow": 0.7}},
        {"id": "better_in_NL", "met": True, "value": {"persistence": 0.2, "constant_inflow": 0.9}},
    ]
    assert scores.beaten_hosts({"levels": levels}) == [("PL", ("persistence",))]
    assert scores.levels_met({"levels": levels}) == (1, 2)


# Intentions ---------------------------------------------------------------------------------------


def test_errors_on_the_page_are_those_of_the_surveys_and_of_the_validation(open_tab):
    tab = open_tab("/intentions?lang=en")
    found = rows.answers_of_surveys(shipped.simulated_against_surveys())
    held = [row for row in found if row["use"] == "holdout"]
    cards = [text_of(card) for card in tab.parts(classes="card")]
    assert EN.t("intentions.points", n=round(rows.rms_points(held))) in cards[1]
    assert EN.t("intentions.of", some=sum(row["inside"] for row in held), all=len(held)) in cards[2]
    told = shipped.figures()["intentions"]["survey_rmse_pp"]
    for use in ("fit", "holdout"):
        assert rows.rms_points([row for row in found if row["use"] == use]) == pytest.approx(told[use])


def test_answer_and_country_choose_the_surveys(open_tab):
    tab = open_tab("/intentions?lang=en&answer=stay&where=PL")
    found = rows.answers_of_surveys(shipped.simulated_against_surveys())
    wanted = [row for row in found if row["label"] == "stay" and row["hosts"] == ["PL"]]
    assert {row["use"] for row in wanted} >= {"fit", "holdout"}
    [table] = [one for one in tab.having("sort_words") if len(one.rows) == len(wanted)]
    holdout = [row for row in table.rows if EN.t("intentions.use_holdout") in [cell[0] for cell in row]]
    assert len(holdout) == sum(row["use"] == "holdout" for row in wanted)
    caption = table.caption
    tab.send(tab.part(value="stay"), "chosen", "onward")
    wait_until(lambda: tab.view.settings["answer"] == "onward")
    assert tab.parts(caption=caption) == []


def test_intention_and_behaviour_are_those_of_the_engine(open_tab, baseline):
    nl = baseline.hosts.index("NL")
    share = np.median(
        baseline.mine.group("intention", "return")[:, nl] / baseline.mine.outcome("stock")[:, -1, nl]
    )
    found = rows.said_and_done(baseline, "NL")
    assert found.intention[1] == pytest.approx(share, rel=1e-6)
    assert found.behaviour[1] < found.intention[1]
    said = EN.number(display([1000 * part for part in found.intention])[1])
    assert re.search(rf"\b{said}\b", open_tab("/intentions?lang=en").text(id="intentions-behaviour"))


# Scorecard ----------------------------------------------------------------------------------------


def test_agreement_counts_scores_other_than_zero(open_tab):
    tab, found = open_tab("/scorecard?lang=en"), Engine.shipped_scorecard(REPORT)
    given = [row for row in found if row["published"] in (-2, -1, 1, 2) and row["model"] is not None]
    same = sum((row["published"] > 0) == (row["model"] > 0) and row["model"] != 0 for row in given)
    assert agreement(found) == (same, len(given))
    assert {str(same), str(len(given))} <= set(re.findall(r"\d+", tab.text(classes="lead")))
    assert len(tab.parts(classes="scorecard-row")) == len(found)
    own = [one for part in tab.parts(classes="scorecard-own") for one in tab.having("groups", inside=part)]
    assert len(own) == sum(row["reason"] is None for row in found)


@given(st.lists(st.integers(-4_000, 4_000), min_size=6, max_size=6))
def test_a_score_never_contradicts_the_figure_beside_it(changes):
    """Fewer people is a plus, no clear difference is 0, and equal figures have equal scores."""
    moved = [("AX1-02", 1, seed) for seed in range(1, 7)]
    found = indicator_rows(default_configs(), REPORT, {}, moved, [float(one) for one in changes])
    [row] = [one for one in found if one["indicator"] == "AX1-02"]
    said, shown = effect_text(row, EN), difference(triple(changes))
    assert said == shown.sentence(EN)
    limits = load_indicators(default_configs()).thresholds
    assert row["model"] == (score_of(shown.mid, limits) if shown.way else 0)
    assert row["model"] * shown.mid <= 0


def test_indicators_that_move_the_same_thing_say_so(open_tab):
    found = Engine.shipped_scorecard(REPORT)
    by_id = {row["indicator"]: row for row in found}
    assert "AX1-17" in same_as(by_id["AX1-16"], found, EN)
    assert same_as(by_id["AX1-13"], found, EN) == ""
    assert same_as(by_id["AX1-16"], found, EN) in open_tab("/scorecard?lang=en").text(id="scorecard-table")


def test_a_score_changes_the_displaced_people(open_tab):
    tab = open_tab("/scorecard?lang=en")
    tab.choose(EN.t("scorecard.own", name=EN.t("scorecard.name_ax1_07")), "-2")
    tab.becomes(Choices(scorecard=(("AX1-07", -2),)))
    wait_until(
        lambda: tab.settled() and tab.parts(classes="scorecard-sentence") and tab.parts(classes="card")
    )
    assert re.search(r"\+[1-9]", text_of(tab.parts(classes="card")[0]))  # more people


def test_a_scorecard_goes_out_comes_back_and_a_wrong_one_is_refused(open_tab):
    tab = open_tab("/scorecard?lang=en")
    text = scorecard_csv(Engine.shipped_scorecard(REPORT), {"AX1-08": -1, "AX1-13": 2}, EN, tab.engine)
    assert len(list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))) == 37
    scores_of_file = (("AX1-08", -1), ("AX1-13", 2))
    assert uploads.read_scorecard(text.encode()) == scores_of_file
    tab.upload("card.csv", b"indicator,score\nAX1-08,7\n")
    wait_until(lambda: "AX1-08" in tab.upload_field.error)
    assert tab.view.choices == {"A": Choices()}
    tab.upload("card.csv", text.encode())
    tab.becomes(Choices(scorecard=scores_of_file))
    assert tab.upload_field.error == ""
    [row] = [one for one in tab.parts(classes="scorecard-row") if "AX1-13 ·" in text_of(one)]
    [select] = tab.having("groups", inside=row)
    wait_until(lambda: select.value == "2")


def test_names_are_those_of_the_configuration():
    messages = all_messages()
    for row in Engine.shipped_scorecard(REPORT):
        key = row["indicator"].lower().replace("-", "_")
        assert messages[f"scorecard.name_{key}"].en == row["label"]["en"]
        assert messages[f"scorecard.name_{key}"].nl == row["label"]["nl"]
        if row["reason"]:
            assert messages[f"scorecard.reason_{key}"].en == row["reason"]


# The telling of a household's story ---------------------------------------------------------------


def state(**changes):
    usual = {
        "place": "NL", "status": "temporary_protection", "work": "none", "housing": "collective",
        "schooling": "no_minors", "intention": "undecided", "choice": "stay",
    }  # fmt: skip
    return {**usual, **changes}


def test_months_are_told_once_and_quiet_ones_together():
    gone = state(place="Ukraine", status="not_needed", housing="independent")
    sides = [
        (state(), state()), (state(), state()), (state(status="none"), state(choice="return")),
        (state(status="none"), gone), (None, gone),
    ]  # fmt: skip
    months = [
        {"month": f"2027-0{n}", "base": one, "other": two, "differs": one != two, "return": {}, "onward": {}}
        for n, (one, two) in enumerate(sides, 1)
    ]
    told = telling.told(NL, None, months)
    assert [month.when for month in told] == [
        "januari 2027 tot en met februari 2027", "maart 2027", "april 2027", "mei 2027"
    ]  # fmt: skip
    assert told[1].base == [NL.t("people.event_status", status=NL.t("people.status_none"))]
    assert told[1].other == [NL.t("people.event_return")]
    assert told[2].base == []
    assert told[2].other == [NL.t("people.event_in_ukraine")]
    assert told[3].base == [NL.t("people.event_gone")]


def test_chance_of_a_decision_is_the_logit_of_its_sums():
    months = [
        {
            "month": "2027-04", "base": state(choice="onward"), "other": state(), "differs": True,
            "return": {"base_rate": [-7.0, -7.0]},
            "onward": {"base_rate": [-6.0, -6.0], "legal_certainty": [2.229, 0.0], "wages": [-0.5, -0.5]},
        }
    ]  # fmt: skip
    (why,) = telling.reasons(NL, months)
    # exp(-4.271) / (1 + exp(-4.271) + exp(-7)) = 0.0138
    assert why.chance == NL.t("people.why_chance", n=1, of=100)
    assert [len(lines) for _, lines in why.lists] == [1, 1]
    assert "9,3" in why.lists[0][1][0]
    assert "1,6" in why.lists[1][1][0]


def test_every_factor_has_a_name():
    assert all(NL.has(f"people.factor_{name}") for name in factors())


def test_the_law_of_the_place_is_shown_with_the_day_of_its_check(open_tab):
    tab = open_tab("/about-data?lang=en&place=NL")
    rows = tab.rows(tab.part(id="about-data-law"))
    assert "End of temporary protection" in rows
    cells = text_of(tab.part(id="about-data-law"))
    for said in (
        "4 March 2028",
        "Military condition for new applicants",
        "Dutch transition document",
        "coming",
    ):
        assert said in cells, said
    assert "more than 120 days ago" in cells
