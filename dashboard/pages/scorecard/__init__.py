"""Scorecard: the EWEA table, the model's own scores beside the published ones, and scores of the user."""

from dataclasses import replace
from typing import Any

import solara

from dashboard.components.controls import Button, Select, setting_select
from dashboard.components.element import el, heading, lead, paragraph, section, with_meanings
from dashboard.components.panels import BigNumber, Cards, Failed, NoticeBox, Progress
from dashboard.engine.bands import difference, display
from dashboard.engine.choice import Choices
from dashboard.engine.shipped import old_evidence
from dashboard.pages.scorecard import explained as names
from dashboard.pages.scorecard.explained import Files, explained
from dashboard.shell.jobs import use_engine_job
from dashboard.shell.session import Session

ID = "scorecard"
ORDER = 70
TITLE = "scorecard.title"
HEADING = "scorecard.heading"

REPORTS = ("2025-11", "2024-03")
"""Published scorecards, newest first."""

PLACE = "NL"
"""Scores judge the Dutch protection task."""


@solara.component
def Page(session: Session) -> None:
    """Show the scorecard, let it be changed, and show what that does."""
    words = session.words
    published = session.setting("report", REPORTS[0], REPORTS)
    shipped = session.engine.shipped_scorecard(published)
    own, set_own = solara.use_state(False)
    plain = replace(session.choice, scorecard=())
    job = use_engine_job(
        session.engine,
        lambda: session.engine.scorecard(session.id, plain, published) if own else None,
        [plain, published, own],
    )
    fresh = job if own else None
    rows = fresh.answer if fresh is not None and fresh.state == "done" else shipped
    agree, compared = agreement(rows)
    lead(words.t("scorecard.lead", agree=agree, compared=compared, report=words.month(published)))
    if old_evidence():
        NoticeBox("warning", words.t("shell.old_evidence"), words=words)
    paragraph(*with_meanings(words, words.t("scorecard.what"), "what"))
    Effect(session)
    with section(words.t("scorecard.table_title"), id_="scorecard-table"):
        el("p", words.t("scorecard.table_text"))
        with el("div", classes="row scorecard-tools"):
            reports = [(one, words.month(one)) for one in REPORTS]
            setting_select(session, "report", words.t("scorecard.report"), published, reports)
            Button(words.t("scorecard.take"), lambda: take_published(session, rows), kind="secondary")
            Button(
                words.t("scorecard.clear"), lambda: session.choose(replace(session.choice, scorecard=())),
                kind="quiet", disabled=not session.choice.scorecard,
            )  # fmt: skip
        ModelScores(session, fresh, own, set_own, plain.is_baseline)
        for set_ in (1, 2):
            heading(words.t(f"scorecard.set_{set_}"), 3)
            IndicatorList(session, rows, set_).key(f"set-{set_}")
    Files(session, rows)
    explained(session, rows)


def agreement(rows: list[dict[str, Any]]) -> tuple[int, int]:
    """Return how many published scores other than 0 the model shares in direction, of how many."""
    pairs = [
        (row["published"], row["model"])
        for row in rows
        if row["model"] is not None and isinstance(row["published"], int) and row["published"] != 0
    ]
    return sum(published * model > 0 for published, model in pairs), len(pairs)


def take_published(session: Session, rows: list[dict[str, Any]]) -> None:
    """Enter the published scores as the user's own, where the model has something to move."""
    scores = tuple(
        (row["indicator"], row["published"])
        for row in rows
        if row["reason"] is None and isinstance(row["published"], int)
    )
    session.choose(replace(session.choice, scorecard=scores))


@solara.component
def Effect(session: Session) -> None:
    """Show what the user's scores do to the number of displaced people in the Netherlands."""
    words, choice = session.words, session.choice
    with section(words.t("scorecard.effect_title"), id_="scorecard-effect"):
        Progress("A")
        if not choice.scorecard:
            el("p", words.t("scorecard.effect_none"), classes="empty")
            return
        job = session.job("A")
        shown = job.shown
        month = words.month(shown.months[-1])
        change = difference(shown.difference("stock", PLACE))
        level = display(shown.at_horizon("stock", PLACE))
        note = words.t("scorecard.effect_note" if job.settled else "scorecard.effect_first")
        way = {"more": "more", "less": "fewer"}.get(change.kind, "unclear")
        sentence = words.t(f"scorecard.effect_{way}", month=month, n=abs(change.mid))
        el("p", sentence, classes="scorecard-sentence")
        entered = words.t("scorecard.card_entered_note")
        cards = (
            ("difference", change.value(words), change.band(words), note),
            ("level", words.number(level[1]), words.band(level[0], level[2]), note),
            ("entered", words.number(len(choice.scorecard)), "", entered),
        )
        Cards(
            [
                BigNumber(words.t(f"scorecard.card_{name}", month=month), *texts, busy=job.outdated)
                for name, *texts in cards
            ]
        )
        if replace(choice, scorecard=()) != Choices(until=choice.until):
            el("p", words.t("scorecard.also_levers"))


@solara.component
def ModelScores(session: Session, job: Any, own: bool, set_own: Any, usual: bool) -> None:
    """Say for which scenario the model's scores hold, and calculate them for the user's."""
    words = session.words
    if usual or not own:
        el("p", words.t("scorecard.model_baseline"), classes="muted")
        if not usual:
            Button(words.t("scorecard.model_ask"), lambda: set_own(True), kind="secondary")
        return
    if job is None or not job.over:
        share = words.share(0 if job is None else int(10 * job.progress) / 10)
        el("p", words.t("scorecard.model_busy", share=share), role="status", classes="muted")
        Button(words.t("shell.cancel"), lambda: set_own(False), kind="quiet")
    elif job.state == "done":
        el("p", words.t("scorecard.model_own"), role="status", classes="muted")
    else:
        reason = words.user_message(job.message) if job.message is not None else ""
        Failed(words.t("scorecard.model_failed"), reason, words, lambda: set_own(False))


@solara.component
def IndicatorList(session: Session, card: list[dict[str, Any]], set_: int) -> None:
    """Show the indicators of a set under their factors, with a choice of a score where it moves something."""
    words, scores = session.words, dict(session.choice.scorecard)
    rows = [row for row in card if row["set"] == set_]
    for factor in dict.fromkeys(row["factor"] for row in rows):
        with el("div", classes="scorecard-factor"):
            heading(names.factor_name(factor, words), 4)
            with el("ul", classes="scorecard-list"):
                for row in rows:
                    item = row["indicator"]
                    if row["factor"] == factor:
                        same = names.same_as(row, card, words)
                        IndicatorRow(session, row, scores.get(item, 0), same).key(item)


@solara.component
def IndicatorRow(session: Session, row: dict[str, Any], score: int, same: str) -> None:
    """Show one indicator: published score, the model's own, what it moves, and the user's score."""
    words = session.words
    name, item = names.indicator_name(row, words), row["indicator"]
    effect = "" if row["effect"] is None else names.effect_text(row, words)
    with el("li", classes="scorecard-row"):
        with el("div", classes="scorecard-name"):
            el("span", name, classes="scorecard-title")
            moves = names.reason(row, words) if row["reason"] else names.moved_by(row, words, session.engine)
            el("span", " · ".join(filter(None, (item, moves, same))), classes="muted small")
        with el("dl", classes="scorecard-scores"):
            el(
                "div",
                el("dt", words.t("scorecard.published")),
                el("dd", names.score_text(row["published"], words)),
            )
            el("div", el("dt", words.t("scorecard.model")), el("dd", names.score_text(row["model"], words)),
               *([el("dd", effect, classes="muted small")] if effect else []))  # fmt: skip
        with el("div", classes="scorecard-own"):
            if row["reason"]:
                el("p", words.t("scorecard.moves_nothing"), classes="muted small")
            else:
                el("span", words.t("scorecard.own_short"), classes="muted small", aria_hidden="true")
                Select(
                    words.t("scorecard.own", name=name), str(score),
                    [(str(one), names.score_meaning(one, words)) for one in names.SCORES],
                    lambda new: session.choose(session.choice.with_score(item, int(new))),
                )  # fmt: skip
