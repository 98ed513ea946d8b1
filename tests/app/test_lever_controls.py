"""Every lever can be set by its control and reaches the world; a press on an old control still counts.

That a lever then moves the outcomes it declares is shown in ``statistical/test_lever_signs.py``.
"""

import base64

import pytest
from drawn_tab import DrawnTab, text_of, wait_until, walk
from made_up_answers import CATALOGUE

from abm.data.folder import default_configs
from abm.months import month_index
from abm.policy.scenario import changed_world
from dashboard.engine.changes import changes_of_choice
from dashboard.engine.choice import Choices, own_lever
from dashboard.engine.limits import load_limits
from dashboard.engine.rules import rule_now

pytestmark = pytest.mark.usefixtures("no_answers")

VALUE, PLACE, MONTH, WHO = range(4)
NEW = "newcomers"


def controls(tab: DrawnTab, lever: str) -> list[list]:
    """Return, editor by editor of a lever, what each control calls as drawn now: value, place, month, who."""
    found = []
    for editor in tab.parts(tab.part(id=f"lever-{lever}"), classes="levers-editor"):
        handlers = [one._event_callbacks for one in walk(editor) if getattr(one, "_event_callbacks", None)]
        calls = [next(iter(events.values())) for events in handlers]
        found.append([lambda new, call=call: tab.do(lambda: call(new)) for call in calls])
    return found


QUICK = {
    "of a lever that is set": (
        "NL:2026-12:0.5",
        [(0, PLACE, "EU"), (0, MONTH, "2027-03"), (0, VALUE, 0.8), (0, WHO, NEW)],
        [("EU", "2027-03", 0.8, NEW)],
    ),
    "before the first value": (
        "",
        [
            (0, PLACE, "DE"),
            (0, MONTH, "2027-03"),
            (0, WHO, NEW),
            (0, VALUE, 0.8),
            (0, MONTH, "2027-04"),
        ],
        [("DE", "2027-04", 0.8, NEW)],
    ),
    "each of its own place": (
        "NL:2026-12:0.5,benefit_level:PL:2026-12:0.5",
        [(0, PLACE, "SE"), (0, MONTH, "2027-03"), (1, VALUE, 0.9)],  # sorted behind PL from now on
        [("PL", "2026-12", 0.9), ("SE", "2027-03", 0.5)],
    ),
}
"""What is set in a link, presses of the controls as they were drawn first, and what is set then."""


@pytest.mark.parametrize(("link", "presses", "levers"), QUICK.values(), ids=QUICK)
def test_quick_changes_all_count(open_tab, link, presses, levers):
    tab = open_tab(f"/levers?lang=en&lever=benefit_level{'&a=l=benefit_level:' + link if link else ''}")
    drawn = controls(tab, "benefit_level")
    for editor, control, new in presses:
        drawn[editor][control](new)
    tab.becomes(Choices(levers=tuple(own_lever("benefit_level", *terms) for terms in levers)))


def digest(choice: Choices) -> str:
    root = default_configs()
    return changed_world(root, month_index(choice.until), changes_of_choice(root, choice)).policy.digest


def chosen(lever):
    """Return what the control of a lever is given, and the choice this makes."""
    now = rule_now(CATALOGUE.root, lever["id"], lever["example_place"], month_index("2026-12"))
    given = value = lever["example"] if lever["example"] != now.value else lever["range"]["least"]
    if lever["is_month"]:
        given = value = "2028-04"
    elif lever["is_switch"]:
        value = 0.0 if now.value in (1, None) else 1.0
        given = str(int(value))
    return given, Choices(levers=(own_lever(lever["id"], lever["example_place"], "2026-12", value),))


def kind(lever):
    """Return what decides how the control of a lever is drawn."""
    return lever["is_month"], lever["is_switch"], lever["neutral"] is None, lever["example_place"]


ONE_OF_EACH = list({kind(lever): lever for lever in CATALOGUE.levers}.values())


def test_every_lever_reaches_the_world():
    plain = digest(Choices())
    for lever in CATALOGUE.levers:
        _, choice = chosen(lever)
        assert CATALOGUE.check(choice) == []
        assert digest(choice) != plain, lever["id"]


@pytest.mark.parametrize(
    "levers",
    [
        pytest.param(ONE_OF_EACH, id="one of each kind"),
        pytest.param(CATALOGUE.levers, id="all", marks=pytest.mark.slow),
    ],
)
def test_a_lever_is_set_by_its_control(open_tab, levers):
    tab = open_tab("/levers?lang=en")
    for lever in levers:
        tab.follow(f"/levers?lang=en&lever={lever['id']}")
        # The body opens at once; the editor of the lever set before goes with the draw after that.
        wait_until(
            lambda name=lever["id"]: tab.parts(id=f"lever-{name}-body") and len(controls(tab, name)) == 1
        )
        given, choice = chosen(lever)
        wait_until(lambda: len(tab.parts(classes="levers-full")) == 1)
        [[set_value, *_]] = controls(tab, lever["id"])
        set_value(given)
        tab.becomes(choice)


def test_one_package_too_many_is_said_and_not_chosen(open_tab):
    tab, most = open_tab("/levers?lang=en"), load_limits().presets_per_choice
    together: tuple[str, ...] = ()
    for entry in CATALOGUE.policies:  # packages that do not contradict each other
        others = together[-most + 1 :]
        if len(together) <= most and not CATALOGUE.check(Choices(presets=(entry["id"], *others))):
            together = (*together, entry["id"])
    boxes = tab.part(most=most, many=True)
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
    button = tab.part(mime="text/csv")
    asked = button._event_callbacks["asked"]
    tab.follow("/overview?lang=en&place=DE")
    wait_until(lambda: "-de-" in button.file_name)
    tab.do(lambda: asked({}))
    wait_until(lambda: button.number == 1)
    assert ",DE,stock" in base64.b64decode(button.content).decode()
