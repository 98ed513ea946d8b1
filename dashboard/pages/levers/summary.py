"""The result beside the levers: one figure that stays in sight, then what changes, then what is set."""

from collections.abc import Callable
from operator import methodcaller

import solara

from dashboard.components.charts import Chart
from dashboard.components.controls import Button
from dashboard.components.element import bullets, el, heading, page_link, paragraph
from dashboard.components.panels import ColumnHead, DataTable, NoticeBox, Progress
from dashboard.engine.answer import display
from dashboard.engine.choice import BASELINE, Choices
from dashboard.pages.shared.results import difference, stock_chart
from dashboard.pages.shared.wording import (
    PlaceSelect,
    in_place,
    lever_words,
    package_words,
    policy_lines,
    war_words,
)
from dashboard.shell.session import Session
from experiments.ensemble.outcomes import shown_in

SHOWN = shown_in("levers")
"""Outcomes beside the levers, in the order shown."""


@solara.component
def ResultPlace(session: Session) -> None:
    """Show the heading of the result and the place it is for."""
    words = session.words
    with el("div", classes="levers-place"):
        heading(words.t("levers.result_title"))
        PlaceSelect(session, words.t("levers.result_place"), compact=True)


@solara.component
def ResultNow(session: Session) -> None:
    """Show displaced people and the difference; sticks beside the levers or at the foot of a phone."""
    words, catalogue, place = session.words, session.engine.catalogue, session.place
    job = session.job("A")
    answer = job.shown
    low, mid, high = display(*answer.at_horizon("stock", place))
    apart = difference(answer.difference("stock", place))
    dim = " levers-dim" if job.outdated or not answer.final else ""
    with el("section", classes="levers-now", aria_label=words.t("levers.result_title")):
        with el("dl", classes=f"levers-figures{dim}"):
            where, date = in_place(words, catalogue, place), words.first_day(answer.months[-1])
            el("dt", words.t("levers.result_people", where=where, date=date))
            el("dd", words.number(mid), classes="levers-figure")
            el("dd", words.band(low, high), classes="levers-band")
            if answer.choice.is_baseline:
                el("dd", words.t("levers.result_rules"), classes="levers-verdict").key("rules")
            else:
                el("dt", words.t("levers.result_change")).key("change")
                el("dd", apart.value(words), classes="levers-verdict").key("verdict")
                if apart.band(words):
                    el("dd", apart.band(words), classes="levers-band").key("change-band")
        Progress("A")
        if job.outdated:
            paragraph(words.t("levers.result_old"), classes="small muted")
        elif not answer.final:
            paragraph(words.t("levers.result_first", n=answer.n_seeds), classes="small muted")
        elif not answer.choice.is_baseline and all(
            difference(answer.difference(name, place)).kind == "none" for name in SHOWN
        ):
            paragraph(words.t("levers.result_nothing"), classes="small")


@solara.component
def ResultMore(session: Session) -> None:
    """Show the chart and the table of what changes."""
    words, catalogue, place = session.words, session.engine.catalogue, session.place
    job = session.job("A")
    answer = job.shown
    busy = job.outdated or not answer.final
    where = in_place(words, catalogue, place)
    date = words.first_day(answer.months[-1])
    low, mid, high = display(*answer.at_horizon("stock", place))
    Chart(
        stock_chart(words, answer, place, catalogue.today, from_zero=False),
        name=words.t("overview.chart_name", where=where),
        description=words.t("levers.chart_description", date=date, mid=mid, band=words.band(low, high)),
        file_name=f"ewea-{place.lower()}-{answer.months[-1]}",
        note=words.t("levers.chart_note", n=answer.n_seeds),
        height=300,
        busy=busy,
    )
    rows = []
    for outcome in SHOWN:
        bottom, middle, top = display(*answer.at_horizon(outcome, place))
        level = words.number(middle)
        if bottom != top:
            level = words.t("levers.level", mid=middle, low=bottom, high=top)
        row = [words.t(f"scenario.outcome_{outcome}"), (level, middle)]
        if not answer.choice.is_baseline:
            apart = difference(answer.difference(outcome, place))
            row.append((apart.sentence(words), apart.mid))
        rows.append(row)
    heads = [ColumnHead(words.t("levers.result_outcome")), ColumnHead(words.t("overview.column_level"))]
    if not answer.choice.is_baseline:
        heads.append(ColumnHead(words.t("levers.result_change")))
    caption = "overview.situation" if answer.choice.is_baseline else "levers.result_table"
    DataTable(words.t(caption), heads, rows, sortable=False)
    months = {"from": words.month(answer.since), "to": words.month(answer.flow_months[-1])}
    paragraph(words.t("levers.result_period", date=date, **months), classes="small muted")
    page_link(words.t("levers.result_link"), session, "overview")


@solara.component
def WhatIsSet(session: Session) -> None:
    """Show everything that differs from the baseline, each with a button that takes it back."""
    words, choice = session.words, session.choice
    # A calculation that failed says why itself, right above.
    problems = [] if session.job("A").state == "failed" else session.engine.catalogue.check(choice)
    with el("section", classes="levers-set", aria_labelledby="levers-set"):
        heading(words.t("levers.set_title"), id_="levers-set")
        if problems:
            lines = [words.user_message(problem) for problem in problems]
            NoticeBox("error", words.t("levers.problem_title"), bullets(lines), words=words).key("problems")
        without = removable_parts(session)
        if not without:
            paragraph(words.t("levers.set_none")).key("none")
            return
        with el("ul", classes="levers-items").key("items"):
            for number, (text, without_it) in enumerate(without):
                same = sum(other == text for other, _ in without[:number])
                with el("li").key(f"{same} {text}"):
                    el("span", text)
                    Button(
                        words.t("levers.take_away"),
                        # Of what is chosen at the press: two quick ones must both count.
                        lambda without_it=without_it: session.choose(without_it(session.choice)),
                        kind="quiet",
                        described=words.t("levers.take_away_what", what=text),
                    )
        if len(without) > 1:
            Button(
                words.t("levers.take_all"),
                lambda: session.choose(Choices(until=session.choice.until)),
                kind="secondary",
            )


def removable_parts(session: Session) -> list[tuple[str, Callable[[Choices], Choices]]]:
    """Return every part of the choice in words, with what takes it out of a choice."""
    words, catalogue, choice = session.words, session.engine.catalogue, session.choice
    parts: list[tuple[str, Callable[[Choices], Choices]]] = []
    if choice.war != BASELINE:
        text = f"{words.t('scenario.war')}: {war_words(words, catalogue, choice.war)}"
        parts.append((text, methodcaller("with_war", BASELINE)))
    for package in choice.presets:
        text = f"{words.t('scenario.package')}: {package_words(words, catalogue, package)}"
        parts.append((text, methodcaller("with_preset", package, on=False)))
    if choice.upload:
        parts.append((words.t("scenario.upload"), methodcaller("with_upload", "")))
    for setting in choice.levers:
        text = lever_words(words, catalogue, setting)
        parts.append((text, methodcaller("without_lever", setting.lever, setting.place)))
    for item, score in choice.scorecard:
        text = policy_lines(words, catalogue, Choices(scorecard=((item, score),)))[0]
        parts.append((text, methodcaller("with_score", item, None)))
    return parts
