"""Downloads of one scenario: table, workbook, one-page briefing. Overview and Compare show it."""

import datetime as dt
from typing import Any

import solara

from dashboard.components.element import el, paragraph
from dashboard.components.files import Download
from dashboard.engine import exports
from dashboard.engine.answer import Answer
from dashboard.messages.catalogue import message
from dashboard.messages.words import Words
from dashboard.pages.shared.results import difference
from dashboard.pages.shared.wording import place_name, policy_lines, slot_name, war_words
from dashboard.shell.session import Session, use_session

MOST_LINES = 6
"""Lines a scenario takes in the briefing; more would push it onto a second page."""

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@solara.component
def ExportsBar(slot: str = "A") -> None:
    """Show the downloads of the scenario in a slot."""
    session = use_session()
    if slot not in session.choices:
        return
    words, catalogue, job, place = session.words, session.engine.catalogue, session.job(slot), session.place
    choice, answer = session.choices[slot], job.shown
    places = tuple(dict.fromkeys((place, "NL", "EU", "ALL")))
    link = absolute_link(session, slot)
    name = f"ewea-{slot}-{place}-{choice.until}".lower()
    waits = job.outdated
    text = words.t("compare.exports_hint", name=slot_name(words, catalogue, slot, choice))
    if waits:
        text = words.t("compare.exports_waiting")
    elif not job.settled:
        text += " " + words.t("compare.exports_provisional")

    def briefing() -> str:
        return briefing_of(words, catalogue, answer, place, link)

    def workbook() -> bytes:
        return exports.excel_bytes(answer, places, link)

    def table() -> bytes:
        return exports.csv_bytes(answer, places, link)

    with el("div", classes="exports-bar"):
        paragraph(text, classes="small muted")
        with el("div", classes="row"):
            for kind, ending, make, mime in (
                ("briefing", "html", briefing, "text/html"),
                ("excel", "xlsx", workbook, EXCEL),
                ("csv", "csv", table, "text/csv"),
            ):
                Download(words.t(f"compare.export_{kind}"), f"{name}.{ending}", make, mime, disabled=waits)
        paragraph(words.t("compare.exports_print"), classes="small muted")


def absolute_link(session: Session, slot: str) -> str:
    """Return the address under which others see this scenario, as the browser knows the server."""
    path = session.href(choices={"A": session.choices[slot]}, settings={})
    origin = ((solara.lab.headers.value or {}).get("origin") or [""])[0]
    return f"{origin}{path}" if origin.startswith(("http://", "https://")) else path


def briefing_of(words: Words, catalogue: Any, answer: Answer, place: str, link: str) -> str:
    """Return the one-page briefing about a scenario in the language of the user."""
    clear = answer.choice.is_baseline or difference(answer.difference("stock", place)).is_clear
    key = "compare.briefing_difference" if clear else "compare.briefing_difference_unclear"
    lines = [f"{words.t('compare.war')}: {war_words(words, catalogue, answer.choice.war)}"]
    lines += policy_lines(words, catalogue, answer.choice) or [words.t("scenario.policy_none")]
    if len(lines) > MOST_LINES:
        rest = len(lines) - MOST_LINES + 1
        lines = [*lines[: MOST_LINES - 1], words.t("compare.briefing_more", n=rest)]
    return exports.briefing(
        answer,
        place,
        lines,
        words={"difference": message(key, words.language)},
        language=words.language,
        place_name=place_name(words, catalogue, place),
        number=words.number,
        month=words.month_inside,
        date=words.date(dt.datetime.now(dt.UTC).date().isoformat()),
        link=link,
    )
