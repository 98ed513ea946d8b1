"""The story of one simulated household: asked for on demand, told twice, with reasons."""

from typing import Any

import solara

from dashboard.components.controls import Button
from dashboard.components.element import bullets, details, el, heading, page_link, paragraph
from dashboard.components.panels import Empty, Failed, NoticeBox, progress_bar
from dashboard.engine.bands import rounded_value
from dashboard.messages.words import Words
from dashboard.pages.people import telling
from dashboard.pages.shared.wording import in_place, package_words
from dashboard.shell.jobs import use_engine_job
from dashboard.shell.session import Session

EXAMPLES = ("rtb_extended_2029", "rtb_end_transition_nl", "return_package")
"""Packages offered where there is nothing to compare yet."""

ANY, NOT_ASKED = "any", "-"
NO_STORY = "no_story"


@solara.component
def Story(session: Session) -> None:
    """Show how to ask for a story, or the story."""
    words = session.words
    NoticeBox(
        "information", words.t("people.story_not_real"), words.t("people.story_not_real_text"), words=words
    )
    paragraph(words.t("people.story_what"))
    if session.choice.is_baseline:
        _Examples(session)
        return
    household = session.setting("people_home", NOT_ASKED)
    if household == NOT_ASKED:
        with el("div", classes="row"):
            Button(words.t("people.story_start"), lambda: session.set_setting("people_home", ANY))
            el("span", words.t("people.story_start_hint"), classes="muted small")
        return
    _Asked(session, household)


def _Examples(session: Session) -> None:
    words, catalogue = session.words, session.engine.catalogue

    def try_it(package: str) -> None:
        session.set_setting("people_home", ANY)
        session.choose(session.choice.with_preset(package, True))

    known = {entry["id"] for entry in catalogue.policies}
    buttons = [
        Button(
            words.t("people.story_try", label=package_words(words, catalogue, package)),
            lambda package=package: try_it(package),
            kind="secondary",
        )
        for package in EXAMPLES
        if package in known
    ]
    Empty(
        words.t("people.story_baseline_title"),
        words.t("people.story_baseline_text"),
        el("div", *buttons, classes="row"),
        el("p", page_link(words.t("people.to_levers"), session, "levers")),
    )


@solara.component
def _Asked(session: Session, household: str) -> None:
    """Show the story of a household, or how far the search is."""
    words, catalogue = session.words, session.engine.catalogue
    most = session.engine.limits.full.seeds
    text = session.setting("people_seed", "1")
    seed = min(max(int(text), 1), most) if text.isdecimal() else 1
    choice, place = session.choice, session.place
    seen, set_seen = solara.use_state(())
    job = use_engine_job(
        session.engine,
        lambda: session.engine.story(session.id, choice, household=household, seed=seed, place=place),
        [choice, household, seed, place],
    )
    where = in_place(words, catalogue, place)

    def another_sample() -> None:
        set_seen(())
        session.set_setting("people_home", ANY)
        session.set_setting("people_seed", str(seed % most + 1))

    def another(answer: dict[str, Any]) -> None:
        known = (*seen, answer["household"])
        left = [one for one in answer["others"] if one not in known]
        if not left:
            another_sample()
            return
        set_seen(known)
        session.set_setting("people_home", str(left[0]))

    if job is None or not job.over:
        share = 0.0 if job is None else job.progress
        with el("div", classes="progress", role="status").key("searching"):
            el("p", words.t("people.story_searching", place=where), classes="progress-text")
            if job is not None and job.position:
                el("p", words.t("people.story_queued", n=job.position), classes="progress-text")
            progress_bar(share, words.t("people.story_title"))
        return
    if job.state == "done" and job.answer is not None:
        _Told(session, job.answer, lambda: another(job.answer)).key(f"told-{job.answer['household']}")
        return
    if job.message is not None and job.message.code == NO_STORY:
        buttons = [Button(words.t("people.story_again"), another_sample, kind="secondary")]
        if place != "ALL":
            buttons.append(
                Button(words.t("people.story_everywhere"), lambda: session.set_place("ALL"), kind="secondary")
            )
        Empty(
            words.t("people.story_none_title"),
            words.t("people.story_none_text", place=where),
            el("div", *buttons, classes="row"),
        )
        return
    why = words.t("people.story_stopped") if job.message is None else words.user_message(job.message)
    Failed(words.t("people.story_failed"), why, words, another_sample)


@solara.component
def _Told(session: Session, answer: dict[str, Any], on_another: Any) -> None:
    """Show who it is, where both stories end, the months, and the reasons."""
    words, catalogue = session.words, session.engine.catalogue
    about, months = answer["about"], answer["months"]
    with el("article", classes="people-story", aria_label=words.t("people.story_not_real")):
        if about:
            el(
                "p",
                words.t(
                    "people.story_about",
                    id=str(answer["household"]),
                    who=telling.who(words, about),
                    origin=words.label(catalogue.units[about["origin"]]),
                    n=rounded_value(about["stands_for"], least=10),
                ),
                classes="people-about",
            )
        paragraph(telling.begin(words, catalogue, months))
        bullets(
            [
                words.t(f"people.story_end_{key}", end=telling.end(words, catalogue, months, side))
                for key, side in (("base", "base"), ("choice", "other"))
            ]
        )
        Button(words.t("people.story_other"), on_another, kind="secondary")
        heading(words.t("people.story_table"), 3)
        _months(words, telling.told(words, catalogue, months))
        why = telling.reasons(words, months)
        if why:
            heading(words.t("people.why_title"), 3)
        for number, reason in enumerate(why):
            parts: list[Any] = [paragraph(reason.chance)] if reason.chance else []
            for title, lines in reason.lists:
                parts += [paragraph(title, classes="people-why"), bullets(lines)]
            details(reason.title, *parts, open_=number == 0)


def _months(words: Words, told: list[telling.MonthTold]) -> None:
    heads = [words.t(f"people.column_{key}") for key in ("month", "without", "with")]

    def cell(texts: list[str], head: str) -> solara.Element:
        text = "; ".join(texts) if texts else words.t("people.nothing")
        return el(
            "td", el("span", f"{head}: ", classes="people-head"), text, classes="" if texts else "muted"
        )

    rows = [
        el(
            "tr",
            el("th", month.when, scope="row"),
            cell(month.base, heads[1]),
            cell(month.other, heads[2]),
            classes="people-apart" if month.apart else "",
        )
        for month in told
    ]
    el(
        "table",
        el("caption", words.t("people.story_table"), classes="visually-hidden"),
        el("thead", el("tr", *[el("th", head, scope="col") for head in heads])),
        el("tbody", *rows),
        classes="table people-months",
    )
