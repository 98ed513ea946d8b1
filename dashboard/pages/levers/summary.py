"""The result beside the levers: what changes, the three numbers, what is set, the last step, the rest."""

from collections.abc import Callable
from operator import methodcaller

import solara

from dashboard.components.charts import Chart
from dashboard.components.controls import Button
from dashboard.components.element import bullets, details, el, heading, page_link, paragraph
from dashboard.components.panels import ColumnHead, DataTable, NoticeBox, Progress
from dashboard.engine.answer import GAP, set_against
from dashboard.engine.bands import display
from dashboard.engine.choice import BASELINE, Choices
from dashboard.pages.shared.finding import HorizonBadge, by_effect, finding_sentence, three, three_numbers
from dashboard.pages.shared.results import Because, RestsOn, stock_chart
from dashboard.pages.shared.wording import (
    PlaceSelect,
    change_words,
    in_place,
    lever_words,
    package_words,
    policy_lines,
    war_words,
)
from dashboard.shell.session import Session
from experiments.ensemble.outcomes import shown_in

SHOWN = (*shown_in("levers"), GAP)
"""Outcomes beside the levers."""


@solara.component
def ResultPlace(session: Session) -> None:
    """Show the heading of the result and the place it is for."""
    words = session.words
    with el("div", classes="levers-place"):
        heading(words.t("levers.result_title"))
        PlaceSelect(session, words.t("levers.result_place"), compact=True)


@solara.component
def ResultNow(session: Session) -> None:
    """Show in one sentence what changes; sticks beside the levers or at the foot of a phone."""
    words, catalogue, place = session.words, session.engine.catalogue, session.place
    job = session.job("A")
    answer = job.shown
    dim = " levers-dim" if job.outdated or not answer.final else ""
    with el("section", classes="levers-now", aria_label=words.t("levers.result_title")):
        with el("div", classes=f"levers-figures{dim}"):
            if answer.choice.is_baseline:
                low, mid, high = display(answer.at_horizon("stock", place))
                where, date = in_place(words, catalogue, place), words.first_day(answer.months[-1])
                fields = {"where": where, "date": date, "mid": mid, "band": words.band(low, high)}
                el("p", words.t("levers.result_people", **fields), classes="levers-verdict", tabindex="0")
            else:
                el(
                    "p",
                    finding_sentence(words, catalogue, answer, place),
                    classes="levers-verdict",
                    tabindex="0",
                )
        Progress("A")
        if job.outdated:
            paragraph(words.t("levers.result_old"), classes="small muted")
        elif not answer.final:
            paragraph(words.t("levers.result_first", n=answer.n_seeds), classes="small muted")
        elif not answer.choice.is_baseline and all(
            one.kind == "none" for _, one in by_effect(answer, place, SHOWN)
        ):
            paragraph(words.t("levers.result_nothing"), classes="small")


@solara.component
def LastStep(session: Session) -> None:
    """Show what the last change did by itself, where both answers are there."""
    words, place = session.words, session.place
    before, answer = session.before, session.job("A").shown
    with el("div"):
        if before is None or not answer.final or answer.choice != session.choice:
            return
        other = session.engine.known(before)
        if other is None or not other.final or before.is_baseline or other.months != answer.months:
            return
        if other.totals("stock").shape != answer.totals("stock").shape:  # on other seeds
            return
        heading(words.t("levers.last_step"), 3)
        step = set_against(answer, other)
        rows = [
            f"{words.t(f'scenario.outcome_{name}')}: {one.sentence(words)}"
            for name, one in by_effect(step, place, three(step, place))
        ]
        bullets(rows, classes="small")


@solara.component
def ResultMore(session: Session) -> None:
    """Show the three numbers, the table of what changes and the chart."""
    words, catalogue, place = session.words, session.engine.catalogue, session.place
    job = session.job("A")
    answer = job.shown
    busy = job.outdated or not answer.final
    where = in_place(words, catalogue, place)
    date = words.first_day(answer.months[-1])
    three_numbers(words, catalogue, answer, place, busy)
    HorizonBadge(session, answer)
    RestsOn(session)
    with el("div"):
        if not answer.choice.is_baseline:
            Because(session, answer)
    rows = []
    for outcome, change in by_effect(answer, place, SHOWN):
        bottom, middle, top = display(answer.at_horizon(outcome, place))
        level = words.number(middle)
        if bottom != top:
            level = words.t("levers.level", mid=middle, low=bottom, high=top)
        row = [words.t(f"scenario.outcome_{outcome}"), (level, middle)]
        if not answer.choice.is_baseline:
            row.insert(1, (change.sentence(words), change.mid))
        rows.append(row)
    heads = [ColumnHead(words.t("levers.result_outcome")), ColumnHead(words.t("overview.column_level"))]
    if not answer.choice.is_baseline:
        heads.insert(1, ColumnHead(words.t("levers.result_change")))
    caption = "overview.situation" if answer.choice.is_baseline else "levers.result_table"
    DataTable(words.t(caption), heads, rows, sortable=False)
    months = {"from": words.month(answer.since), "to": words.month(answer.flow_months[-1])}
    paragraph(words.t("levers.result_period", date=date, **months), classes="small muted")
    low, mid, high = display(answer.at_horizon("stock", place))
    chart = Chart(
        stock_chart(words, catalogue, answer, place, from_zero=False),
        name=words.t("overview.chart_name_number", where=where),
        description=words.t("levers.chart_description", date=date, mid=mid, band=words.band(low, high)),
        file_name=f"ewea-{place.lower()}-{answer.months[-1]}",
        note=words.t("levers.chart_note", n=answer.n_seeds),
        height=300,
        busy=busy,
    )
    details(words.t("overview.views"), chart)
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
            for number, (text, without_it, inner) in enumerate(without):
                same = sum(other == text for other, _, _ in without[:number])
                with el("li", classes="levers-inner" if inner else "").key(f"{same} {text}"):
                    el("span", text)
                    Button(
                        words.t("levers.take_away"),
                        # Of what is chosen at the press: two quick ones must both count.
                        lambda without_it=without_it: session.choose(without_it(session.choice)),
                        kind="quiet",
                        described=words.t("levers.take_away_what", what=text),
                    )
        if sum(not inner for _, _, inner in without) > 1:
            Button(
                words.t("levers.take_all"),
                lambda: session.choose(Choices(until=session.choice.until)),
                kind="secondary",
            )


type Removable = tuple[str, Callable[[Choices], Choices], bool]
"""A part of a choice in words, what takes it out, and whether it is one of a package."""


def removable_parts(session: Session) -> list[Removable]:
    """Return every part of the choice; after a package what it sets, one by one."""
    words, catalogue, choice = session.words, session.engine.catalogue, session.choice
    parts: list[Removable] = []

    def with_parts(text: str, name: str, without: Callable[[Choices], Choices]) -> None:
        parts.append((text, without, False))
        entry = next((one for one in (*catalogue.policies, *catalogue.wars) if one["id"] == name), None)
        for change in entry["changes"].each if entry is not None else ():
            part = getattr(change, "lever", None) or change.driver
            if part not in choice.dropped:
                parts.append(
                    (change_words(words, catalogue, change), methodcaller("without_part", part), True)
                )

    if choice.war != BASELINE:
        text = f"{words.t('scenario.war')}: {war_words(words, catalogue, choice.war)}"
        with_parts(text, choice.war, methodcaller("with_war", BASELINE))
    for package in choice.presets:
        text = f"{words.t('scenario.package')}: {package_words(words, catalogue, package)}"
        with_parts(text, package, methodcaller("with_preset", package, on=False))
    if choice.upload:
        parts.append((words.t("scenario.upload"), methodcaller("with_upload", ""), False))
    for setting in choice.levers:
        text = lever_words(words, catalogue, setting)
        parts.append((text, methodcaller("without_lever", setting.lever, setting.place), False))
    for item, score in choice.scorecard:
        text = policy_lines(words, catalogue, Choices(scorecard=((item, score),)))[0]
        parts.append((text, methodcaller("with_score", item, None), False))
    return parts
