"""A download holds the newest state, also when the page has not caught up."""

import base64
from contextlib import nullcontext

import pytest
import solara

from dashboard.components.files import Download
from dashboard.shell.session import Session, provide_session
from dashboard.shell.view import View


@pytest.fixture
def session(engine):
    made = Session("downloads", engine, nullcontext(), View("overview"))
    yield made
    made.close()


def test_a_press_on_an_old_handler_gives_the_newest_file(session):
    figures = solara.reactive("first answer")

    @solara.component
    def Tab():
        provide_session(session)
        shown = figures.value
        Download("Table", "table.csv", lambda: shown)

    container, tab = solara.render(Tab(), handle_error=False)

    def button():
        return next(w for w in _walk(container) if hasattr(w, "file_name"))

    def content() -> str:
        return base64.b64decode(button().content).decode()

    old = button()._event_callbacks["asked"]
    old({})
    assert (content(), button().number) == ("first answer", 1)
    figures.set("full answer")
    old({})
    assert (content(), button().number) == ("full answer", 2)
    tab.close()


def _walk(widget):
    yield widget
    for child in getattr(widget, "children", ()) or ():
        if hasattr(child, "comm"):
            yield from _walk(child)
