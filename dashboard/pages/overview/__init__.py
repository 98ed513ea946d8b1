"""Overview: three numbers now and then, the chart in four tabs, and questions with ready answers."""

import solara

from abm.months import month_index
from dashboard.components.charts import Chart
from dashboard.components.controls import setting_radios
from dashboard.components.element import details, el, heading, lead, page_link, paragraph, with_meanings
from dashboard.components.panels import DataTable, NoticeBox, Progress, TableCell, table_columns
from dashboard.engine.answer import GAP, Answer
from dashboard.engine.bands import display
from dashboard.engine.changes import law_of
from dashboard.pages.overview import figures
from dashboard.pages.overview.whatif import WhatIf
from dashboard.pages.shared.exports_bar import ExportsBar
from dashboard.pages.shared.finding import HorizonBadge, by_effect, finding_sentence, three_numbers
from dashboard.pages.shared.results import Because, RestsOn, last_published
from dashboard.pages.shared.wording import PlaceSelect, figure_note, in_place, policy_lines, war_words
from dashboard.shell.session import Session
from experiments.ensemble.outcomes import FLOWS, STOCKS

ID = "overview"
ORDER = 10
TITLE = "overview.title"
HEADING = "overview.heading"


@solara.component
def Page(session: Session) -> None:
    """Show the answer in three numbers and one chart, then the questions, then everything."""
    with el("div", classes="overview-head"):
        PlaceSelect(session, session.words.t("overview.place"), compact=True)
        Badges(session)
    with el("div", classes="overview-grid"):
        with el("div"):
            HeadlineNumbers(session)
        with el("div", classes="overview-chart"):
            ChartTabs(session)
    WhatIf(session)
    AllOutcomes(session)


@solara.component
def Badges(session: Session) -> None:
    """Show how old the register is, of which day the law is, and which model this is."""
    words, catalogue, place = session.words, session.engine.catalogue, session.place
    state, _, day = law_of(catalogue.root, place)
    published = last_published(place)
    said = [words.t("overview.badge_no_register")]
    if published is not None:
        age = month_index(catalogue.today) - month_index(published)
        said = [words.t("overview.badge_register", month=words.month(published), n=age)]
    law = words.t("overview.badge_law", law=words.date(state.day))
    if day is not None:
        law = words.t("overview.badge_law_end", law=words.date(state.day), end=words.date(day))
    said += [law, words.t("overview.badge_model", version=session.engine.version)]
    el("ul", *[el("li", text) for text in said], classes="badges")


@solara.component
def HeadlineNumbers(session: Session) -> None:
    """Show the sentence, the three numbers and how sure they are."""
    words, catalogue, place = session.words, session.engine.catalogue, session.place
    job = session.job("A")
    answer = job.shown
    with el("div", classes="overview-top" + (" overview-outdated" if job.outdated else "")):
        lead(*with_meanings(words, figures.headline_sentence(words, catalogue, answer, place), "lead"))
        if not answer.choice.is_baseline:
            paragraph(finding_sentence(words, catalogue, answer, place), classes="finding")
        paragraph(figures.kind_sentence(words, answer, place, catalogue.today), classes="overview-then small")
    Progress("A")
    with el("div"):
        if job.outdated:
            paragraph(words.t("overview.outdated"), classes="muted small")
        elif not answer.final:
            paragraph(words.t("overview.provisional", n=answer.n_seeds), classes="muted small")
        if session.engine.controls_notice:
            NoticeBox("warning", words.t("overview.controls_older"), words=words)
        if answer.stale:
            NoticeBox("warning", words.t("overview.stale"), words=words)
    three_numbers(words, catalogue, answer, place, job.outdated or not answer.final)
    HorizonBadge(session, answer)
    RestsOn(session)


@solara.component
def ChartTabs(session: Session) -> None:
    """Show the chart of the chosen tab."""
    words, catalogue, place = session.words, session.engine.catalogue, session.place
    job = session.job("A")
    answer = job.shown
    tabs = [(one, words.t(f"overview.view_{one}")) for one in figures.VIEWS]
    view = setting_radios(session, "chart", words.t("overview.views"), tabs, inline=True)
    with el("div"):
        if view == "reception" and answer.places_there(place) is None:
            paragraph(words.t("finding.gap_unknown"), classes="small")
    Chart(
        figures.figure(words, catalogue, answer, place, view),
        name=words.t(f"overview.chart_name_{view}", where=in_place(words, catalogue, place)),
        description=figures.description(words, answer, place, catalogue.today, view),
        file_name=f"ewea-{place.lower()}-{view}-{answer.months[-1]}",
        note=figure_note(session, f"overview.note_{view}", answer, today=words.month(catalogue.today)),
        height=440 if view == "status" else 400,
        busy=job.outdated or not answer.final,
    )


@solara.component
def AllOutcomes(session: Session) -> None:
    """Show all outcomes, the largest effects first, what is assumed, and the files."""
    words, place, catalogue = session.words, session.place, session.engine.catalogue
    answer = session.job("A").shown
    chosen = not answer.choice.is_baseline
    heading(words.t("overview.changes" if chosen else "overview.situation"))
    where = in_place(words, catalogue, place)
    months = {"from": words.month(answer.since), "to": words.month(answer.flow_months[-1])}
    with el("div", classes="overview-tables"):
        outcome_table(session, answer, (*STOCKS, GAP), words.t(
            "overview.table_now", where=where, date=words.first_day(answer.months[-1])
        ))  # fmt: skip
        outcome_table(session, answer, FLOWS, words.t("overview.movements_lead", **months))
    with el("div"):
        if chosen:
            Because(session, answer)
    details(words.t("overview.who_title"), paragraph(words.t("overview.who_text")))
    AssumedHere(session)
    heading(words.t("overview.download"))
    ExportsBar("A")


def outcome_table(session: Session, answer: Answer, outcomes: tuple[str, ...], caption: str) -> None:
    """Show outcomes with their bands; under a choice those that change most come first."""
    words, place = session.words, session.place
    with_change = not answer.choice.is_baseline
    # The change right after the name: on a phone the columns behind it need scrolling.
    names = "what change #level #band" if with_change else "what #level #band"
    ranked = by_effect(answer, place, outcomes)
    if not with_change:
        ranked = [(name, change) for one in outcomes for name, change in ranked if name == one]
    rows = []
    for outcome, change in ranked:
        low, mid, high = display(answer.at_horizon(outcome, place))
        span = words.number(low) if low == high else words.t("overview.range", low=low, high=high)
        row: list[TableCell] = [
            words.t(f"scenario.outcome_{outcome}"),
            (words.number(mid), mid),
            (span, high - low),
        ]
        if with_change:
            row.insert(1, (change.sentence(words), change.mid))
        rows.append(row)
    DataTable(caption, table_columns(words, "overview.column", names), rows, sortable=False)


@solara.component
def AssumedHere(session: Session) -> None:
    """Show the war and the policy that are looked at, in words."""
    words, catalogue, choice = session.words, session.engine.catalogue, session.choice
    lines = policy_lines(words, catalogue, choice) or [words.t("scenario.policy_none")]
    state, _, day = law_of(catalogue.root, session.place)
    with el("section", classes="overview-assumed", aria_labelledby="overview-assumed"):
        heading(words.t("overview.assumed"), id_="overview-assumed")
        with el("dl", classes="overview-list"):
            el("dt", words.t("overview.assumed_war"))
            el("dd", war_words(words, catalogue, choice.war))
            el("dt", words.t("overview.assumed_policy"))
            el("dd", *[el("p", line) for line in lines])
        with el("div"):
            if day is not None:
                said = words.t("overview.assumed_end", date=words.date(day), law=words.date(state.day))
                paragraph(said, classes="small")
            if state.stale:
                old = {"n": state.stale, "all": words.number(state.rules)}
                paragraph(words.t("overview.law_stale", **old), classes="small muted")
                page_link(words.t("overview.to_law"), session, "about-data")
        page_link(words.t("overview.to_levers"), session, "levers")
