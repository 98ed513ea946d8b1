"""Every lever can be set by its control and reaches the world; a press on an old control still counts.

That it then moves the outcomes it declares is shown in ``statistical/test_lever_signs.py``.
"""

from contextlib import nullcontext

import pytest
import solara
from app_server import ROOT

from abm.months import month_index
from abm.policy.scenario import changed_world
from dashboard.engine.catalogue import Catalogue
from dashboard.engine.changes import changes_of_choice
from dashboard.engine.choice import Choices, own_lever
from dashboard.engine.limits import load_limits
from dashboard.pages.levers.editor import put_package
from dashboard.pages.levers.page import LeverBody
from dashboard.shell.session import Session, provide_session
from dashboard.shell.view import View

CONFIGS = ROOT / "configs"
CATALOGUE = Catalogue(CONFIGS, load_limits())
NL, PL = (own_lever("benefit_level", place, "2026-12", 0.5) for place in ("NL", "PL"))


@pytest.fixture
def opened(engine):
    """Return how to draw the controls of a lever: the session, and the handlers of the first drawing."""
    closers = []

    def open_(*levers, lever="benefit_level"):
        session = Session(
            "editor", engine, nullcontext(), View("levers", choices={"A": Choices(levers=levers)})
        )

        @solara.component
        def Tab():
            provide_session(session)
            LeverBody(session, CATALOGUE.lever(lever))

        container, tab = solara.render(Tab(), handle_error=False)
        closers.extend((tab.close, session.close))
        return session, controls(container)

    yield open_
    for close in closers:
        close()


def controls(container):
    """Return, editor by editor, what each control calls: value, place, month, who."""
    editors = [found for found in walk(container) if "levers-editor" in (getattr(found, "class_", "") or "")]
    return [
        [
            next(iter(one._event_callbacks.values()))
            for one in walk(editor)
            if getattr(one, "_event_callbacks", {})
        ]
        for editor in editors
    ]


def walk(widget):
    yield widget
    for child in getattr(widget, "children", ()) or ():
        if hasattr(child, "comm"):
            yield from walk(child)


def test_quick_changes_of_a_lever_that_is_set_all_count(opened):
    session, [[value, place, month, who, *_]] = opened(NL)
    place("EU")
    month("2027-03")
    value(0.8)
    who("newcomers")
    assert session.choice.levers == (own_lever("benefit_level", "EU", "2027-03", 0.8, "newcomers"),)
    place("NL")
    assert session.choice.levers == (own_lever("benefit_level", "NL", "2027-03", 0.8, "newcomers"),)


def test_quick_changes_before_the_first_value_all_count(opened):
    session, [[value, place, month, who, *_]] = opened()
    place("DE")
    month("2027-03")
    who("newcomers")
    assert session.choice.levers == ()
    value(0.8)
    month("2027-04")
    assert session.choice.levers == (own_lever("benefit_level", "DE", "2027-04", 0.8, "newcomers"),)


def test_each_editor_changes_its_own_place(opened):
    session, [first, second] = opened(NL, PL)
    first[1]("SE")  # sorted behind PL from now on
    first[2]("2027-03")
    second[0](0.9)
    assert session.choice.levers == (
        own_lever("benefit_level", "PL", "2026-12", 0.9),
        own_lever("benefit_level", "SE", "2027-03", 0.5),
    )


@pytest.mark.parametrize("lever", CATALOGUE.levers, ids=lambda lever: lever["id"])
def test_every_lever_is_set_by_its_control_and_reaches_the_world(opened, lever):
    value = lever["example"]
    if lever["is_month"]:
        given = value = "2028-04"
    elif lever["is_switch"]:
        value = 0.0 if lever["neutral"] in (1, None) else 1.0
        given = str(int(value))
    else:
        given = {} if lever["neutral"] is None else value
    session, [[set_value, *_]] = opened(lever=lever["id"])
    set_value(given)
    [setting] = session.choice.levers
    assert (setting.lever, setting.place, setting.value) == (lever["id"], lever["example_place"], value)
    assert CATALOGUE.check(session.choice) == []
    until = month_index(session.choice.until)
    plain, changed = (
        changed_world(CONFIGS, until, changes_of_choice(CONFIGS, choice)).policy.digest
        for choice in (Choices(), session.choice)
    )
    assert plain != changed


def test_one_package_too_many_is_said_and_not_chosen(opened):
    session, _ = opened()
    most = load_limits().presets_per_choice
    together: tuple[str, ...] = ()
    for entry in CATALOGUE.policies:  # packages that do not contradict each other
        if len(together) <= most and not CATALOGUE.check(
            Choices(presets=(entry["id"], *together[-most + 1 :]))
        ):
            together = (*together, entry["id"])
    for package in together:
        put_package(session, package, True)
    assert session.choice.presets == tuple(sorted(together[:-1]))
    [notice] = session.notices
    assert notice.title == session.words.t("levers.packages_most", most=most)
    put_package(session, together[0], False)
    put_package(session, together[-1], True)
    assert set(session.choice.presets) == set(together[1:])
