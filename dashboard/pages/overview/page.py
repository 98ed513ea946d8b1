"""Overview: the people and the places needed, and what the chosen scenario changes."""

import solara

from dashboard.components.charts import Chart
from dashboard.components.element import details, el, heading, lead, page_link, paragraph
from dashboard.components.panels import Cards, Empty, NoticeBox, Progress
from dashboard.engine.changes import law_of
from dashboard.pages.overview import figures
from dashboard.pages.shared.results import ExportsBar, kind_of
from dashboard.pages.shared.wording import PlaceSelect, figure_note, in_place, policy_lines, war_words
from dashboard.shell.session import Session
from experiments.ensemble.outcomes import FLOWS, STOCKS

ID = "overview"
ORDER = 10
TITLE = "overview.title"
HEADING = "overview.heading"


@solara.component
def Page(session: Session) -> None:
    """Show the answer in one sentence, then in figures."""
    PlaceSelect(session, session.words.t("overview.place"), compact=True)
    _Answer(session)


@solara.component
def _Answer(session: Session) -> None:
    words, catalogue, place = session.words, session.engine.catalogue, session.place
    job = session.job("A")
    answer = job.shown
    dimmed = job.outdated or not answer.final
    with el("div", classes="overview-top" + (" overview-outdated" if job.outdated else "")):
        lead(figures.headline_sentence(words, catalogue, answer, place))
        said = [
            figures.kind_sentence(words, answer, place, catalogue.today),
            figures.against_rules(words, answer, place),
            figures.against_register(words, answer, place),
        ]
        for sentence in filter(None, said):
            paragraph(sentence, classes="overview-then")
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
    _Assumed(session)
    kind = words.t(f"shell.period_{kind_of(answer, place, catalogue.today)}")
    heading(words.t("overview.cards", kind=kind, date=words.first_day(answer.months[-1])))
    Cards(figures.cards(words, catalogue, answer, place, dimmed))
    heading(words.t("overview.figure"))
    Chart(
        figures.figure(words, answer, place, catalogue.today),
        name=words.t("overview.chart_name", where=in_place(words, catalogue, place)),
        description=figures.description(words, answer, place, catalogue.today),
        file_name=f"ewea-{place.lower()}-{answer.months[-1]}",
        note=figure_note(session, "overview.chart_note", answer, today=words.month(catalogue.today)),
        busy=dimmed,
    )
    _Changes(session)


@solara.component
def _Assumed(session: Session) -> None:
    """Show the war and the policy that are looked at, in words."""
    words, catalogue, choice = session.words, session.engine.catalogue, session.choice
    lines = policy_lines(words, catalogue, choice) or [words.t("scenario.policy_none")]
    state, _, day = law_of(catalogue.root, session.place)
    end = figures.end_under_the_law(choice, day)
    with el("section", classes="overview-assumed", aria_labelledby="overview-assumed"):
        heading(words.t("overview.assumed"), id_="overview-assumed")
        with el("dl", classes="overview-list"):
            el("dt", words.t("overview.assumed_war"))
            el("dd", war_words(words, catalogue, choice.war))
            el("dt", words.t("overview.assumed_policy"))
            el("dd", *[el("p", line) for line in lines])
        with el("div"):
            if end is not None:
                said = words.t("overview.assumed_end", date=words.date(end), law=words.date(state.day))
                paragraph(said, classes="small")
            if state.stale:
                paragraph(
                    words.t("overview.law_stale", n=state.stale, all=words.number(state.rules)),
                    classes="small muted",
                )
                page_link(words.t("overview.to_law"), session, "about-data")
        page_link(words.t("overview.to_levers"), session, "levers")


@solara.component
def _Changes(session: Session) -> None:
    words, place, chosen = session.words, session.place, not session.choice.is_baseline
    job = session.job("A")
    answer = job.shown
    heading(words.t("overview.changes" if chosen else "overview.situation"))
    # What comes and goes stands in a box that stays, or its neighbours would take its place and its tag.
    with el("div"):
        if chosen:
            paragraph(words.t("overview.changes_lead"))
        if job.outdated:
            paragraph(words.t("overview.outdated"), classes="muted small")
    where = in_place(words, session.engine.catalogue, place)
    caption = words.t("overview.table_now", where=where, date=words.first_day(answer.months[-1]))
    with el("div", classes="overview-tables"):
        figures.outcome_table(words, answer, place, STOCKS, caption)
    with el("div"):
        if not chosen:
            Empty(
                words.t("overview.changes_none_title"),
                words.t("overview.changes_none_text"),
                page_link(words.t("overview.to_levers"), session, "levers"),
            )
    heading(words.t("overview.movements"))
    months = {"from": words.month(answer.since), "to": words.month(answer.flow_months[-1])}
    with el("div", classes="overview-tables"):
        figures.outcome_table(words, answer, place, FLOWS, words.t("overview.movements_lead", **months))
    details(words.t("overview.who_title"), paragraph(words.t("overview.who_text")))
    heading(words.t("overview.download"))
    ExportsBar("A")
