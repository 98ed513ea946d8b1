"""Every lever can be set by its control and reaches the world; a press on an old control still counts.

That a lever then moves the outcomes it declares is shown in ``statistical/test_lever_signs.py``.
"""

import base64

import pytest
from app_server import ROOT
from drawn_tab import DrawnTab, properties, text_of, wait_until, walk

from abm.months import month_index
from abm.policy.scenario import changed_world
from dashboard.engine.catalogue import Catalogue
from dashboard.engine.changes import changes_of_choice
from dashboard.engine.choice import Choices, own_lever
from dashboard.engine.limits import load_limits

CONFIGS = ROOT / "configs"
CATALOGUE = Catalogue(CONFIGS, load_limits())
NL, PL = (own_lever("benefit_level", place, "2026-12", 0.5) for place in ("NL", "PL"))


def controls(tab: DrawnTab) -> list[list]:
    """Return, editor by editor, what each control calls as drawn now: value, place, month, who."""
    found = []
    for editor in tab.parts(classes="levers-editor"):
        handlers = [one._event_callbacks for one in walk(editor) if getattr(one, "_event_callbacks", None)]
        calls = [next(iter(events.values())) for events in handlers]
        found.append([lambda new, call=call: tab.do(lambda: call(new)) for call in calls])
    return found


@pytest.fixture
def opened(open_tab):
    """Return how to open the controls of a lever that is set: the tab, and its first controls."""

    def open_(*levers):
        link = ",".join(f"benefit_level:{one.place}:{one.start}:{one.value}" for one in levers)
        tab = open_tab(f"/levers?lang=en&lever=benefit_level{'&a=l=' + link if link else ''}")
        return tab, controls(tab)

    return open_


def test_quick_changes_of_a_lever_that_is_set_all_count(opened):
    tab, [[value, place, month, who, *_]] = opened(NL)
    place("EU")
    month("2027-03")
    value(0.8)
    who("newcomers")
    tab.becomes(Choices(levers=(own_lever("benefit_level", "EU", "2027-03", 0.8, "newcomers"),)))


def test_quick_changes_before_the_first_value_all_count(opened):
    tab, [[value, place, month, who, *_]] = opened()
    place("DE")
    month("2027-03")
    who("newcomers")
    assert tab.view.choices == {"A": Choices()}
    value(0.8)
    month("2027-04")
    tab.becomes(Choices(levers=(own_lever("benefit_level", "DE", "2027-04", 0.8, "newcomers"),)))


def test_each_editor_changes_its_own_place(opened):
    tab, [first, second] = opened(NL, PL)
    first[1]("SE")  # sorted behind PL from now on
    first[2]("2027-03")
    second[0](0.9)
    changed = (("PL", "2026-12", 0.9), ("SE", "2027-03", 0.5))
    tab.becomes(Choices(levers=tuple(own_lever("benefit_level", *terms) for terms in changed)))


def digest(choice: Choices) -> str:
    """Return the digest of the rules of a choice's world."""
    until = month_index(choice.until)
    return changed_world(CONFIGS, until, changes_of_choice(CONFIGS, choice)).policy.digest


def test_every_lever_is_set_by_its_control_and_reaches_the_world(open_tab):
    tab, plain = open_tab("/levers?lang=en"), digest(Choices())
    for lever in CATALOGUE.levers:
        tab.follow(f"/levers?lang=en&lever={lever['id']}")
        wait_until(lambda name=lever["id"]: tab.parts(id=f"lever-{name}-body"))
        given = value = lever["example"]
        if lever["is_month"]:
            given = value = "2028-04"
        elif lever["is_switch"]:
            value = 0.0 if lever["neutral"] in (1, None) else 1.0
            given = str(int(value))
        [[set_value, *_]] = controls(tab)
        set_value(given)
        choice = Choices(levers=(own_lever(lever["id"], lever["example_place"], "2026-12", value),))
        tab.becomes(choice)
        assert CATALOGUE.check(choice) == []
        assert digest(choice) != plain, lever["id"]


def test_one_package_too_many_is_said_and_not_chosen(open_tab):
    tab, most = open_tab("/levers?lang=en"), load_limits().presets_per_choice
    together: tuple[str, ...] = ()
    for entry in CATALOGUE.policies:  # packages that do not contradict each other
        if len(together) <= most and not CATALOGUE.check(
            Choices(presets=(entry["id"], *together[-most + 1 :]))
        ):
            together = (*together, entry["id"])
    [boxes] = [
        one for one in walk(tab.root) if properties(one).get("most") == most and properties(one)["many"]
    ]
    for package in together:
        tab.send(boxes, "chosen", [package, True])
    tab.becomes(Choices(presets=together[:-1]))
    wait_until(lambda: tab.parts(classes="notice-warning"))
    assert tab.words.t("levers.packages_most", most=most) in text_of(tab.part(classes="notice-warning"))
    tab.send(boxes, "chosen", [together[0], False])
    tab.send(boxes, "chosen", [together[-1], True])
    tab.becomes(Choices(presets=together[1:]))


def test_a_press_on_an_old_handler_gives_the_newest_file(open_tab):
    tab = open_tab("/overview?lang=en")
    [button] = [one for one in walk(tab.root) if str(properties(one).get("file_name")).endswith(".csv")]
    asked = button._event_callbacks["asked"]
    tab.follow("/overview?lang=en&place=DE")
    wait_until(lambda: "-de-" in button.file_name)
    tab.do(lambda: asked({}))
    wait_until(lambda: button.number == 1)
    assert "\nDE,stock," in base64.b64decode(button.content).decode()
