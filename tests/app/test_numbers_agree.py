"""One number for one thing: twenty links, read over pages, charts, files, the API and the command line.

The answers are made up (:mod:`made_up_answers`), so nothing is simulated; what is asked of a page is drawn.
"""

import csv
import io
import re
from dataclasses import fields, replace
from functools import lru_cache

import numpy as np
import pytest
from api_client import ask_api
from drawn_tab import DrawnTab
from made_up_answers import BASE, CATALOGUE, FULL, read_back
from markupsafe import Markup

from abm.data.folder import default_configs, load_settings
from abm.data.parameters import load_known
from abm.months import month_index
from abm.policy.apply import mechanism_value
from abm.policy.policy import Policy
from abm.policy.scenario import baseline_world, changed_world
from dashboard.api.document import AnswerDocument
from dashboard.engine.answer import GAP, NEEDED, Answer
from dashboard.engine.bands import difference
from dashboard.engine.bundle import Bundle, choice_key
from dashboard.engine.changes import changes_of_choice
from dashboard.engine.choice import DEFAULT_UNTIL, Choices, own_lever
from dashboard.engine.engine import Engine
from dashboard.engine.lever_effects import coefficients_of, grade_of_lever
from dashboard.engine.limits import load_limits
from dashboard.engine.rules import levers_of, rule_now
from dashboard.engine.scenario_file import command_line, scenario_id
from dashboard.engine.shipped import answer_bytes, answer_from_bytes, whatif_questions
from dashboard.engine.tables import SHOWN
from dashboard.messages.words import NO_BREAK, Words
from dashboard.pages.map import hosts_table
from dashboard.pages.map.hosts import host_rows
from dashboard.pages.shared.exports_bar import briefing_of
from dashboard.pages.shared.finding import finding_sentence
from dashboard.pages.shared.results import stock_chart
from dashboard.pages.shared.wording import place_name
from experiments.ensemble.outcomes import STOCKS, shown_in
from experiments.wording.numbers import amount, to_step

ROOT = default_configs().resolve()
CHANGED = {
    "stock": (-9_000, 400),
    "without_title": (900, 30_000),
    "collective_used": (-70, 90),
    "returns": (0, 60),
}
"""Persons added to every host, from the first seed to the last: clear, likely, unclear and small effects."""

PLACES = ("NL", "EU", "ALL", "DE", "UK")
LINKS = [
    (question.choice, place, language)
    for n, question in enumerate(whatif_questions())
    for place, language in zip((PLACES[n % 5], PLACES[(n + 2) % 5], "NL"), ("nl", "en", "uk"), strict=True)
][:20]


def changed(way: float) -> Bundle:
    """Return the baseline with persons added."""
    level = BASE.level.copy()
    for outcome, (first, last) in CHANGED.items():
        added = np.linspace(first, last, len(BASE.seeds)) * way
        level[BASE.axes.outcomes.index(outcome)] += added.astype(np.float32)[:, None, None]
    return replace(BASE, level=level)


@lru_cache(maxsize=1)
def ready() -> Engine:
    """Return an engine that has the answers to all questions and never simulates."""
    engine = Engine(cache=None)
    engine._started, engine.stale = True, []  # no worker is started; the answers are made up
    engine._cache.pin(choice_key(Choices()), BASE)
    for n, question in enumerate(whatif_questions()):
        engine._cache.pin(choice_key(question.choices), changed(1 - n / 4))
    return engine


def answer_to(link: str) -> Answer:
    choice, _ = Choices.from_query(link)
    found = ready().known(choice)
    assert found is not None
    return found


def numbers(text: str) -> list[int]:
    """Return the numbers of a text, written in any of the languages."""
    plain = re.sub(r"(?<=\d)[.,\u00a0](?=\d{3})", "", text.replace("−", "-"))
    return [int(one) for one in re.findall(r"-?\d+", plain)]


@pytest.mark.parametrize(("link", "place", "language"), LINKS)
def test_pages_and_files_say_the_same(link, place, language):
    answer, words = answer_to(link), Words(language)
    query = f"?lang={language}&place={place}&a={link}"
    overview = DrawnTab(ready(), f"/overview{query}", language)
    levers = DrawnTab(ready(), f"/levers{query}", language)
    compare = DrawnTab(ready(), f"/compare{query}", language)
    tables = [dict(row) for tab in (overview, levers) for row in (all_rows(tab),)]
    apart = compare.rows(compare.part(id="horizon"))
    file = csv_at_horizon(overview, words, place)
    for outcome in shown_in("levers"):
        name = words.t(f"scenario.outcome_{outcome}")
        if not answer.knows(outcome, place):
            assert all(name not in table for table in tables)
            assert outcome not in file
            assert name not in apart
            continue
        level, change = answer.at_horizon(outcome, place), difference(answer.difference(outcome, place))
        for table in tables:
            assert table[name][0] == change.sentence(words), (outcome, table[name])
            assert words.number(level.shown[1]) == table[name][1].split(" (")[0]
        assert apart[name][0] == change.value(words)
        if answer.is_stock(outcome):
            assert file[outcome][:3] == level.shown
            assert file[outcome][6:] == (change.low, change.mid, change.high)
    for tab in (overview, levers, compare):
        tab.close()


def test_map_briefing_and_api_say_what_the_answer_holds():
    queries = [f"lang={language}&place={place}&a={link}" for link, place, language in LINKS]
    asked = ask_api(ready(), *(f"/api/v1/answer?{query}" for query in queries))
    for (link, place, language), (status, body) in zip(LINKS, asked, strict=True):
        answer, words = answer_to(link), Words(language)
        document = AnswerDocument.model_validate(body)
        [scenario] = document.scenarios
        assert (status, document.place) == (200, place)
        assert {name for name in SHOWN if answer.knows(name, place)} == set(scenario.figures)
        for name, figure in scenario.figures.items():
            bands = answer.at_horizon(name, place), answer.at_horizon(name, place, "baseline")
            change, ranges = figure.difference, (figure.scenario, figure.baseline)
            assert [(one.low, one.mid, one.high) for one in ranges] == [band.shown for band in bands]
            assert change.said == difference(answer.difference(name, place)).sentence(words)
        there = answer.places_there(place)
        assert (scenario.reception.available is None) == (there is None)
        if there is not None:
            gap, needed = scenario.reception.gap, scenario.reception.needed
            assert gap is not None
            assert gap.mid == needed.mid - scenario.reception.available
        assert scenario.finding == finding_sentence(words, CATALOGUE, answer, place)
        page = Markup(briefing_of(words, CATALOGUE, answer, place, "")).striptags()
        for name in shown_in("briefing"):
            if answer.knows(name, place):
                level = words.number(answer.at_horizon(name, place).shown[1])
                change = difference(answer.difference(name, place)).value(words)
                assert level.replace(NO_BREAK, " ") in page
                assert change.replace(NO_BREAK, " ") in page
        hosts = hosts_table(words, host_rows(answer, CATALOGUE, words), baseline=False).rows
        shown = {row[0]: row[1][0] for row in hosts}
        for host in {"NL", "DE", place} & set(answer.hosts):
            people = words.number(answer.at_horizon("stock", host).shown[1])
            assert shown[place_name(words, CATALOGUE, host)] == people


def all_rows(tab: DrawnTab) -> dict[str, list[str]]:
    """Return the cells of all tables of results, by the name of their row."""
    tables = [table for table in tab.having("sort_words") if len(table.rows[0]) > 2]
    return {row[0][0]: [cell[0] for cell in row[1:]] for table in tables for row in table.rows}


def csv_at_horizon(tab: DrawnTab, words: Words, place: str) -> dict[str, tuple[int, ...]]:
    button = tab.part(tab.part(classes="exports-bar"), mime="text/csv")
    text = tab.download(button.label).decode("utf-8-sig")
    sign = "," if words.language == "en" else ";"
    names = [words.t(f"files.{of}_{end}") for of in ("scenario", "baseline", "difference")
             for end in ("low", "mid", "high")]  # fmt: skip
    where, what, month = (words.t(f"files.{name}") for name in ("place_id", "outcome_id", "month"))
    return {
        row[what]: tuple(int(row[name]) for name in names)
        for row in csv.DictReader(io.StringIO(text), delimiter=sign)
        if (row[where], row[month]) == (place, DEFAULT_UNTIL)
    }


@pytest.mark.parametrize("link", sorted({link for link, _, _ in LINKS}))
def test_levels_differences_and_places_add_up(link):
    answer = answer_to(link)
    for place in PLACES:
        for outcome in (*STOCKS, "arrivals", "returns", NEEDED):
            base, mine = answer.at_horizon(outcome, place, "baseline"), answer.at_horizon(outcome, place)
            apart = answer.difference(outcome, place)
            assert base.step == mine.step
            assert mine.shown[1] - base.shown[1] == to_step(apart[1], base.step)
            assert mine.shown[0] <= mine.shown[1] <= mine.shown[2]
            fan = answer.fan(outcome, place)
            if answer.is_stock(outcome):
                assert fan["shown"][-1] == mine.shown
        if answer.knows(GAP, place):
            [needed, gap] = [answer.at_horizon(name, place).shown for name in (NEEDED, GAP)]
            there = int(answer.places_there(place)[-1])
            assert [need - there for need in needed] == list(gap)
            assert answer.fan(GAP, place)["shown"][-1] == gap
    assert [place for place in PLACES if answer.knows(GAP, place)] == ["NL"]


def test_a_tooltip_says_what_the_table_says_with_its_month_in_words():
    for link, place, language in LINKS:
        answer, words = answer_to(link), Words(language)
        figure = stock_chart(words, CATALOGUE, answer, place)
        for name, of in (("series_scenario", "choice"), ("series_rules", "baseline")):
            [line] = [one for one in figure["data"] if one.get("name") == words.t(f"overview.{name}")]
            low, mid, high = answer.at_horizon("stock", place, of).shown
            assert line["customdata"][-1] == [
                words.number(mid),
                words.band(low, high),
                words.month(DEFAULT_UNTIL),
            ]


def test_the_command_line_writes_the_same_differences():
    for link, place, _ in LINKS:
        answer = answer_to(link)
        for outcome in shown_in("terminal"):
            low, mid, high = band = answer.difference(outcome, place)
            said = amount(mid, low, high, BASE.scale)
            if said == "no change":
                assert not any(band)
            else:
                assert numbers(said) == [band.shown[n] for n in (1, 0, 2)], said


def test_a_downloaded_scenario_sets_what_the_choice_sets():
    """So the same world, and with the options of the command line the same runs."""
    own = own_lever("benefit_level", "NL", "2027-01", 0.5, "newcomers")
    more = (FULL, Choices(war="frozen_front", scorecard=(("AX1-02", 1),), levers=(own,)),
            Choices(presets=("rtb_end",), dropped=("legal_uncertainty",)))  # fmt: skip
    until = month_index(DEFAULT_UNTIL)
    for choice in (*(question.choices for question in whatif_questions()), *more):
        wanted, found = changes_of_choice(ROOT, choice), read_back(choice)
        assert repr(found.drivers) == repr(wanted.drivers)
        policies = [changed_world(ROOT, until, changes).policy for changes in (found, wanted)]
        for name in {field.name for field in fields(Policy)} - {"digest", "law"}:
            mine, theirs = (getattr(policy, name) for policy in policies)
            if name.startswith("refused_"):
                mine, theirs = repr(mine), repr(theirs)
            np.testing.assert_equal(mine, theirs, err_msg=f"{choice.to_query()}: {name}")
    limits, usual = load_limits(), load_settings(ROOT)
    command = command_line(FULL, limits, "DE")
    assert command.startswith(
        f"ewea compare baseline {scenario_id(FULL)} --place DE --until {DEFAULT_UNTIL} "
    )
    assert f"--seeds {limits.full.seeds} --scale {limits.full.scale}" in command
    assert limits.full.households_per_host == usual.households_per_host_min


def test_the_rule_in_force_is_the_one_that_is_simulated():
    """Of every lever at every host and month, by the policy of the baseline's world."""
    world = baseline_world(ROOT, month_index(DEFAULT_UNTIL))
    asked = 0
    for lever in levers_of(ROOT).values():
        [action, *more] = lever.acts_on
        acting = [act.mechanism for one in levers_of(ROOT).values() for act in one.acts_on]
        if (
            more
            or action.mechanism.startswith("protection_")
            or action.to.per_route
            or acting.count(action.mechanism) > 1
            or lever.example_place == "UA"
            or lever.lasting
        ):
            continue
        for n, host in enumerate(world.hosts.ids):
            for month in range(month_index("2026-01"), month_index(DEFAULT_UNTIL), 3):
                now = rule_now(ROOT, lever.id, host, month)
                value = float("nan") if now.value is None else float(now.value)
                assert world.policy.entry(action.mechanism, month)[n] == pytest.approx(
                    mechanism_value(world, lever, action, value), nan_ok=True
                ), (lever.id, host, month)
                asked += now.line is not None
    assert asked > 50


def test_every_question_can_be_asked_and_is_shipped_as_what_it_changes():
    for n, question in enumerate(whatif_questions()):
        assert CATALOGUE.check(question.choices) == [], question.id
        mine = changed(1 - n / 4)
        again = answer_from_bytes(answer_bytes(mine, BASE), BASE)
        np.testing.assert_allclose(again.level, mine.level, atol=0.1)


def test_the_evidence_of_a_lever_is_that_of_what_it_acts_on():
    """Every coefficient named is one of the model; a lever whose effect was measured or estimated says so."""
    levers, known = levers_of(ROOT), set(load_known(ROOT))
    for lever in levers.values():
        assert set(coefficients_of(lever)) <= known, lever.id
    found = {name: grade_of_lever(levers[name]) for name in ("group_exclusion", "return_hubs", "return_cash")}
    assert found == {"group_exclusion": "research", "return_hubs": "judgement", "return_cash": "research"}
