"""Help: a tour of two minutes, what the words mean, what the app cannot say, what is kept, and feedback."""

import os

import solara

from dashboard.components.element import TERMS, bullets, el, lead, page_link, paragraph, section
from dashboard.shell.session import Session

ID = "help"
ORDER = 100
TITLE = "help.title"
HEADING = "help.heading"

TOUR = (
    ("overview", ""),
    ("overview", "overview-whatif"),
    ("levers", ""),
    ("compare", ""),
    ("how-sure", "how-sure-misses"),
    ("about-data", "about-data-law"),
)
"""Page and part of every stop of the tour; its words are ``help.tour_<n>``."""

KEPT = ("log", "link", "upload", "cookie")

FEEDBACK = "EWEA_APP_FEEDBACK"


@solara.component
def Page(session: Session) -> None:
    """Show the tour, the words and the rest."""
    words = session.words
    lead(words.t("help.lead"))
    with section(words.t("help.tour"), id_="help-tour"):
        stops = [
            el("li", words.t(f"help.tour_{n}"), " ", page_link(words.t("help.go"), session, page, part))
            for n, (page, part) in enumerate(TOUR, 1)
        ]
        el("ol", *stops, classes="bullets")
    with section(words.t("help.words"), id_="help-words"):
        parts = []
        for term in TERMS:
            parts += [el("dt", words.t(f"help.term_{term}")), el("dd", words.t(f"help.means_{term}"))]
        el("dl", *parts, classes="help-words")
    with section(words.t("help.cannot"), id_="help-cannot"):
        paragraph(page_link(words.t("help.cannot_link"), session, "how-sure", "how-sure-cannot"))
    with section(words.t("help.kept"), id_="help-kept"):
        minutes = os.environ.get("EWEA_APP_IDLE_MINUTES", "30")
        bullets([words.t(f"help.kept_{name}", minutes=minutes) for name in KEPT])
    with section(words.t("api.title"), id_="help-api"):
        api = session.href("api/v1").partition("?")[0] + f"?lang={words.language}"
        paragraph(words.t("api.lead"), " ", el("a", words.t("help.go"), href=api, classes="link"))
    address = os.environ.get(FEEDBACK, "")
    with section(words.t("help.feedback"), id_="help-feedback"):
        if address:
            paragraph(el("a", words.t("help.feedback_link"), href=address, classes="link"))
        else:
            paragraph(words.t("help.feedback_none"))
