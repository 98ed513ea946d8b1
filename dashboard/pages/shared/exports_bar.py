"""The downloads of a scenario: briefing, workbook and table, with the link that brings the page back."""

import os
from functools import partial
from html import escape
from typing import Any

import solara

from dashboard.components.controls import Download
from dashboard.components.element import details, el, paragraph
from dashboard.engine.answer import Answer
from dashboard.engine.briefing import briefing
from dashboard.engine.choice import BASELINE, Choices
from dashboard.engine.scenario_file import command_line, scenario_id, scenario_yaml
from dashboard.engine.tables import Told, csv_bytes, excel_bytes
from dashboard.messages.catalogue import LANGUAGES
from dashboard.messages.words import Words
from dashboard.pages.shared.finding import finding_sentence
from dashboard.pages.shared.wording import place_name, policy_lines, slot_name, war_words
from dashboard.shell.session import Session, use_session

MOST_LINES = 4
"""Lines a scenario takes in the briefing; more would push it onto a second page."""

PUBLIC_URL = "EWEA_APP_PUBLIC_URL"
API, PICTURE, FRAME = "api/v1/answer", "api/v1/chart.svg", "api/v1/chart.html"
FRAMED = '<iframe src="{address}" title="{title}" width="100%" height="520" style="border: 0"></iframe>'
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
    told = told_of(session, answer, place, slot)
    name = f"ewea-{slot}-{place}-{choice.until}".lower()
    api = absolute_link(session, slot, API)
    picture, frame = (escape(absolute_link(session, slot, page)) for page in (PICTURE, FRAME))
    chart = words.t("compare.briefing_chart")
    waits = job.outdated
    text = words.t("compare.exports_hint", name=slot_name(words, catalogue, slot, choice))
    if waits:
        text = words.t("compare.exports_waiting")
    elif not job.settled:
        text += " " + words.t("compare.exports_provisional")

    files = (
        ("briefing", "html", partial(briefing_of, words, catalogue, answer, place, told.link), "text/html"),
        ("excel", "xlsx", partial(excel_bytes, answer, places, told), EXCEL),
        ("csv", "csv", partial(csv_bytes, answer, places, told), "text/csv"),
    )
    with el("div", classes="exports-bar"):
        paragraph(text, classes="small muted")
        with el("div", classes="row"):
            for kind, ending, make, mime in files:
                Download(words.t(f"compare.export_{kind}"), f"{name}.{ending}", make, mime, disabled=waits)
            if (scenario := scenario_id(choice)) != BASELINE:
                make_yaml = partial(scenario_of, session, choice, told.link)
                Download(words.t("compare.export_yaml"), f"{scenario}.yaml", make_yaml, "application/yaml")
        paragraph(words.t("compare.exports_print"), classes="small muted")
        details(
            words.t("compare.in_code"),
            paragraph(
                words.t("compare.in_code_text" if scenario != BASELINE else "compare.in_code_baseline")
            ),
            el("pre", command_line(choice, session.engine.limits, place), classes="command", tabindex="0"),
            paragraph(words.t("compare.in_code_api"), " ", el("a", api, href=api, classes="link")),
            paragraph(words.t("compare.in_code_chart")),
            el("pre", f'<img src="{picture}" alt="{chart}">', classes="command", tabindex="0"),
            paragraph(words.t("compare.in_code_frame")),
            el("pre", FRAMED.format(address=frame, title=chart), classes="command", tabindex="0"),
        )


def chart_words(
    words: Words, catalogue: Any, answers: dict[str, Answer], place: str, outcome: str
) -> tuple[str, list[str]]:
    """Return title and notes of a picture that stands alone."""
    first = answers[min(answers)]
    title = f"{words.t(f'scenario.outcome_{outcome}')}, {place_name(words, catalogue, place)}"
    names = [slot_name(words, catalogue, slot, answer.choice) for slot, answer in answers.items()]
    data = words.month_inside(first.data_date)
    return title, [
        "; ".join(names),
        words.t("compare.chart_note", runs=first.n_seeds, data=data, version=first.version),
    ]


def scenario_of(session: Session, choice: Choices, link: str) -> str:
    """Return a choice as a scenario file that names itself in all languages."""
    catalogue = session.engine.catalogue
    label = {
        language: "; ".join(
            (*policy_lines(words, catalogue, choice), war_words(words, catalogue, choice.war))
        )
        for language in LANGUAGES
        if (words := Words(language))
    }
    return scenario_yaml(catalogue.root, choice, label, link or choice.to_query())


def told_of(session: Session, answer: Answer, place: str, slot: str) -> Told:
    """Return what files say in words about a scenario."""
    words, catalogue = session.words, session.engine.catalogue
    chosen = not answer.choice.is_baseline
    return Told(
        words,
        lambda one: place_name(words, catalogue, one),
        policy_lines(words, catalogue, answer.choice) or [words.t("scenario.baseline")],
        [finding_sentence(words, catalogue, answer, place)] if chosen else [],
        absolute_link(session, slot),
    )


def absolute_link(session: Session, slot: str | None = None, page: str | None = None) -> str:
    """Return the address under which others see the scenario of a slot, or the whole page, here or elsewhere.

    The host is that of the setting ``EWEA_APP_PUBLIC_URL``; without it as the browser knows the server.
    """
    only = {"choices": {"A": session.choices[slot]}, "settings": {}} if slot else {}
    path = session.href(page, **only)
    if public := os.environ.get(PUBLIC_URL):
        return public.rstrip("/") + path
    origin = ((solara.lab.headers.value or {}).get("origin") or [""])[0]
    return f"{origin}{path}" if origin.startswith(("http://", "https://")) else path


def briefing_of(words: Words, catalogue: Any, answer: Answer, place: str, link: str) -> str:
    """Return the one-page briefing about a scenario in the language of the user."""
    lines = [f"{words.t('compare.war')}: {war_words(words, catalogue, answer.choice.war)}"]
    lines += policy_lines(words, catalogue, answer.choice) or [words.t("scenario.policy_none")]
    if len(lines) > MOST_LINES:
        rest = len(lines) - MOST_LINES + 1
        lines = [*lines[: MOST_LINES - 1], words.t("compare.briefing_more", n=rest)]
    told = [] if answer.choice.is_baseline else [finding_sentence(words, catalogue, answer, place)]
    return briefing(words, {"A": answer}, place, place_name(words, catalogue, place), lines, link, told)


def comparison_briefing(
    words: Words, catalogue: Any, answers: dict[str, Answer], place: str, link: str
) -> str:
    """Return the briefing about several scenarios, each against the baseline."""
    names = [slot_name(words, catalogue, slot, answer.choice) for slot, answer in answers.items()]
    told = [
        f"{slot}: {finding_sentence(words, catalogue, answer, place)}"
        for slot, answer in answers.items()
        if not answer.choice.is_baseline
    ]
    return briefing(words, answers, place, place_name(words, catalogue, place), names, link, told)
