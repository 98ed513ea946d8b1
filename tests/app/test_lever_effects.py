"""What a lever does by itself: every curve can be asked for, comes back as it was told, and is shown."""

from drawn_tab import DrawnTab
from made_up_answers import CATALOGUE, answer_with
from test_numbers_agree import ready

from dashboard.engine.bands import difference
from dashboard.engine.choice import DEFAULT_UNTIL
from dashboard.engine.lever_effects import (
    OUTCOMES,
    SETTINGS,
    curve_of,
    curve_settings,
    measured_in,
    read_curve,
    tried_levers,
)
from dashboard.engine.rules import rule_now
from dashboard.messages.words import Words
from dashboard.pages.levers import effects

LEVER = "benefit_level"


def made_up_curve():
    """Return a curve whose settings take away more people the further they are, and the answers behind it."""
    changes = curve_settings(CATALOGUE, LEVER)
    answers = {
        one.value: answer_with(stock=-100.0 * n - 100, without_title=5.0) for n, one in enumerate(changes)
    }
    found = read_curve(curve_of(changes, lambda choice: answers[choice.levers[0].value]))
    return changes, answers, found


def test_every_lever_has_settings_that_can_be_chosen_and_change_the_rule():
    for entry in CATALOGUE.levers:
        changes = curve_settings(CATALOGUE, entry["id"])
        assert 1 <= len(changes) <= SETTINGS, entry["id"]
        for change in changes:
            assert CATALOGUE.message_about(change, DEFAULT_UNTIL) is None
            now = rule_now(CATALOGUE.root, change.lever, str(change.place), change.start_month)
            assert change.value != now.value
        number = not (entry["is_switch"] or entry["is_month"])
        assert not number or entry["example"] in [change.value for change in changes], entry["id"]


def test_a_curve_comes_back_as_its_answers_told_it():
    changes, answers, curve = made_up_curve()
    assert (curve.place, curve.start) == (measured_in(changes[0]), changes[0].start)
    for point in curve.points:
        for name in OUTCOMES:
            assert point.effect[name] == difference(answers[point.value].difference(name, curve.place))


def test_a_lever_shows_its_typical_effect_its_curve_and_where_it_was_tried(monkeypatch):
    _, _, curve = made_up_curve()
    known = {row: [] for row in ("rows",)}
    monkeypatch.setattr(effects, "effect_curve", lambda name: curve if name == LEVER else None)
    monkeypatch.setattr(effects, "tried", lambda root, lever: [
        {"id": name, "source": "O12", **known} for name in tried_levers(root).get(lever, [])
    ])  # fmt: skip
    for language in ("nl", "en", "uk"):
        words = Words(language)
        tab = DrawnTab(ready(), f"/levers?lang={language}&lever={LEVER}", language)
        text = tab.text(id=f"lever-{LEVER}")
        strongest = curve.typical(0.5).effect["stock"]
        assert strongest.sentence(words) in text
        assert words.t("levers.tried_denmark_benefits") in text
        [figure] = [one.figure for one in tab.having("figure", inside=tab.part(id=f"lever-{LEVER}"))]
        middles = [point.effect["stock"].mid for point in curve.points]
        assert figure["data"][0]["y"] == middles
        tab.close()


def test_what_was_tried_has_its_words():
    names = {name for found in tried_levers(CATALOGUE.root).values() for name in found}
    assert names
    assert all(Words("en").has(f"levers.tried_{name}") for name in names)
