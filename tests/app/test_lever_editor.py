"""A press on a control that was drawn before the last change still changes what is set now."""

from contextlib import nullcontext

import pytest
import solara
from app_server import ROOT

from dashboard.engine import Choice, Engine, LeverChoice
from dashboard.engine.catalogue import Catalogue
from dashboard.engine.limits import load_limits
from dashboard.pages.levers.page import LeverBody
from dashboard.shell.session import Session, provide_session
from dashboard.shell.view import View

LEVER = Catalogue(ROOT / "configs", load_limits()).lever("benefit_level")
NL, PL = (LeverChoice("benefit_level", place, "2026-12", 0.5) for place in ("NL", "PL"))


@pytest.fixture
def opened():
    """Return how to draw the controls of the lever: the session, and the handlers of the first drawing."""
    closers = []

    def open_(*levers):
        engine = Engine(cache=None)  # not started: no workers
        session = Session(
            "editor", engine, nullcontext(), View("levers", choices={"A": Choice(levers=levers)})
        )

        @solara.component
        def Tab():
            provide_session(session)
            LeverBody(session, LEVER)

        container, tab = solara.render(Tab(), handle_error=False)
        closers.extend((tab.close, session.close))
        return session, controls(container)

    yield open_
    for close in closers:
        close()


def controls(container):
    """Return, editor by editor, how each control tells a new value: value, place, month, who."""
    editors = [found for found in walk(container) if "levers-editor" in (getattr(found, "class_", "") or "")]
    return [
        [
            one._event_callbacks["chosen"]
            for one in walk(editor)
            if "chosen" in getattr(one, "_event_callbacks", {})
        ]
        for editor in editors
    ]


def walk(widget):
    yield widget
    for child in getattr(widget, "children", ()) or ():
        if hasattr(child, "comm"):
            yield from walk(child)


def test_quick_changes_of_a_lever_that_is_set_all_count(opened):
    session, [[value, place, month, who]] = opened(NL)
    place("EU")
    month("2027-03")
    value(0.8)
    who("newcomers")
    assert session.choice.levers == (LeverChoice("benefit_level", "EU", "2027-03", 0.8, "newcomers"),)
    place("NL")
    assert session.choice.levers == (LeverChoice("benefit_level", "NL", "2027-03", 0.8, "newcomers"),)


def test_quick_changes_before_the_first_value_all_count(opened):
    session, [[value, place, month, who]] = opened()
    place("DE")
    month("2027-03")
    who("newcomers")
    assert session.choice.levers == ()
    value(0.8)
    month("2027-04")
    assert session.choice.levers == (LeverChoice("benefit_level", "DE", "2027-04", 0.8, "newcomers"),)


def test_each_editor_changes_its_own_place(opened):
    session, [first, second] = opened(NL, PL)
    first[1]("SE")  # sorted behind PL from now on
    first[2]("2027-03")
    second[0](0.9)
    assert session.choice.levers == (
        LeverChoice("benefit_level", "PL", "2026-12", 0.9),
        LeverChoice("benefit_level", "SE", "2027-03", 0.5),
    )
