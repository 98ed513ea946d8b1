"""Downloads of one scenario: table, workbook, one-page briefing. Other pages show it too."""

import datetime as dt
from typing import Any

import solara

from dashboard.components import Download, el, paragraph
from dashboard.engine import Answer, exports
from dashboard.messages import Words
from dashboard.messages.catalogue import message
from dashboard.pages.compare.compared import FLOWS, STOCKS, slot_name
from dashboard.pages.shared.results import difference
from dashboard.pages.shared.wording import place_name, policy_lines, war_words
from dashboard.shell import Session, use_session

MOST_LINES = 6
"""Lines a scenario takes in the briefing; more would push it onto a second page."""

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@solara.component
def ExportsBar(slot: str = "A") -> None:
    """Show the downloads of a scenario.

    Parameters
    ----------
    slot : str
        A slot that holds a choice.
    """
    session = use_session()
    if slot not in session.choices:
        return
    words, job = session.words, session.job(slot)
    place = session.place
    answer = job.shown
    places = tuple(dict.fromkeys((place, "NL", "EU", "ALL")))
    link = absolute_link(session, slot)
    name = f"ewea-{slot}-{place}-{session.choices[slot].until}".lower()
    waits = job.outdated
    text = words.t(
        "compare.exports_hint", name=slot_name(words, session.engine.catalogue, slot, session.choices[slot])
    )
    if waits:
        text = words.t("compare.exports_waiting")
    elif not job.settled:
        text += " " + words.t("compare.exports_provisional")
    with el("div", classes="exports-bar"):
        paragraph(text, classes="small muted")
        with el("div", classes="row"):
            Download(
                words.t("compare.export_briefing"),
                f"{name}.html",
                lambda: briefing_of(words, session.engine.catalogue, answer, place, link),
                "text/html",
                disabled=waits,
            )
            Download(
                words.t("compare.export_excel"),
                f"{name}.xlsx",
                lambda: exports.excel_bytes(answer, places, link),
                EXCEL,
                disabled=waits,
            )
            Download(
                words.t("compare.export_csv"),
                f"{name}.csv",
                lambda: exports.csv_bytes(answer, places, link),
                disabled=waits,
            )
        paragraph(words.t("compare.exports_print"), classes="small muted")


def absolute_link(session: Session, slot: str) -> str:
    """Return the address under which others see this scenario, as the browser knows the server."""
    path = session.href(choices={"A": session.choices[slot]}, settings={})
    origin = ((solara.lab.headers.value or {}).get("origin") or [""])[0]
    return f"{origin}{path}" if origin.startswith(("http://", "https://")) else path


def briefing_words(words: Words) -> dict[str, str]:
    """Return the words of the briefing in the language, fields in braces still open."""
    own = [key for key in exports.BRIEFING_WORDS if not key.startswith("outcome_")]
    keys = [*own, "difference_unclear"]
    said = {key: message(f"compare.briefing_{key}", words.language) for key in keys}
    said |= {f"outcome_{name}": words.t(f"scenario.outcome_{name}") for name in (*STOCKS, *FLOWS)}
    return said


def briefing_of(words: Words, catalogue: Any, answer: Answer, place: str, link: str) -> str:
    """Return the one-page briefing about a scenario in the language of the user."""
    said = briefing_words(words)
    unclear = said.pop("difference_unclear")
    if not answer.choice.is_baseline and difference(answer.difference("stock", place)).kind in (
        "none",
        "unclear",
    ):
        said["difference"] = unclear
    lines = [f"{words.t('compare.war')}: {war_words(words, catalogue, answer.choice.war)}"]
    lines += policy_lines(words, catalogue, answer.choice) or [words.t("scenario.policy_none")]
    if len(lines) > MOST_LINES:
        rest = len(lines) - MOST_LINES + 1
        lines = [*lines[: MOST_LINES - 1], words.t("compare.briefing_more", n=rest)]
    today = dt.datetime.now(dt.UTC).date().isoformat()
    return exports.briefing(
        answer,
        place,
        lines,
        words=said,
        language=words.language,
        place_name=place_name(words, catalogue, place),
        number=words.number,
        month=lambda month: month_inside(words, month),
        date=words.date(today),
        link=link,
    )


def month_inside(words: Words, month: str) -> str:
    """Return a month as it stands after a day or "up to" (Ukrainian: genitive).

    >>> month_inside(Words("uk"), "2028-03"), month_inside(Words("nl"), "2028-03")
    ('березня 2028', 'maart 2028')
    """
    return words.date(f"{month}-01").split(" ", 1)[1]
