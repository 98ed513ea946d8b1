"""Intentions: what simulated households would answer in a survey, beside what surveys found."""

import solara

from dashboard.components.charts import Chart
from dashboard.components.controls import setting_select
from dashboard.components.element import (
    bullets,
    details,
    el,
    lead,
    page_link,
    paragraph,
    section,
    with_meanings,
)
from dashboard.components.panels import DataTable, Empty, NoticeBox, noted_cards, table_columns
from dashboard.engine import shipped
from dashboard.messages.words import Words
from dashboard.pages.intentions import figures
from dashboard.pages.intentions.figures import SayingAndDoing
from dashboard.shell.session import Session

ID = "intentions"
ORDER = 60
TITLE = "intentions.title"
HEADING = "intentions.heading"

EVERYWHERE = "any"


@solara.component
def Page(session: Session) -> None:
    """Show surveys beside the model, then intentions beside behaviour."""
    words = session.words
    found = figures.answers_of_surveys(shipped.simulated_against_surveys())
    score = shipped.figures()["intentions"]
    points = score["survey_rmse_pp"]
    seen, unseen = (words.number(round(points[use])) for use in ("fit", "holdout"))
    lead(*with_meanings(words, words.t("intentions.lead", seen=seen, unseen=unseen), "lead"))
    if shipped.old_evidence():
        NoticeBox("warning", words.t("shell.old_evidence"), words=words)
    paragraph(words.t("intentions.what"))
    held = [row for row in found if row["use"] == "holdout"]
    inside = words.t("intentions.of", some=sum(row["inside"] for row in held), all=len(held))
    slopes = words.t("intentions.of", some=score["slopes_right"], all=score["slopes"])
    off = {use: words.t("intentions.points", n=round(points[use])) for use in ("fit", "holdout")}
    shown = {"seen": off["fit"], "unseen": off["holdout"], "inside": inside, "slopes": slopes}
    noted_cards(words, "intentions.card", {name: (value, {}) for name, value in shown.items()})
    with section(words.t("intentions.surveys_title"), id_="intentions-surveys"):
        SurveyAnswers(session, found)
    SayingAndDoing(session)
    with section(words.t("intentions.families_title"), id_="intentions-families"):
        Families(session, found)
    section(
        words.t("intentions.read_title"),
        bullets([words.t(f"intentions.read_{n}") for n in range(1, 5)]),
        paragraph(page_link(words.t("intentions.to_how_sure"), session, "how-sure")),
        id_="intentions-read",
    )


@solara.component
def SurveyAnswers(session: Session, found: list[figures.SurveyRow]) -> None:
    """Show the surveys that ask for one answer, and the model beside them."""
    words = session.words
    hosts = session.engine.catalogue.hosts
    answer = session.setting("answer", "return", figures.ANSWERS)
    named = {place: figures.survey_place(place, words, hosts) for place in map(figures.place_of, found)}
    places = sorted(named, key=lambda place: (place in hosts, named[place]))
    place = session.setting("where", EVERYWHERE, (EVERYWHERE, *places))
    with el("div", classes="row"):
        answers = [(name, words.t(f"intentions.says_{name}")) for name in figures.ANSWERS]
        setting_select(session, "answer", words.t("intentions.choose_answer"), answer, answers)
        offered = [(one, named[one]) for one in places]
        offered.insert(0, (EVERYWHERE, words.t("intentions.everywhere")))
        setting_select(session, "where", words.t("intentions.choose_place"), place, offered)
    shown = figures.chosen(found, answer, "" if place == EVERYWHERE else place)
    if not shown:
        Empty(words.t("intentions.none_title"), words.t("intentions.none_text"))
        return
    worst = max(shown, key=lambda row: abs(row["model"] - row["observed"]))
    Chart(
        figures.surveys_figure(words, shown, hosts),
        name=words.t("intentions.chart_name", answer=words.t(f"intentions.says_{answer}")),
        description=words.t(
            "intentions.chart_text", n=len(shown), survey=words.label(worst["survey"]),
            month=words.month(worst["month"]), observed=words.share(worst["observed"]),
            model=words.share(worst["model"]),
        ),
        note=words.t("intentions.chart_note"),
        file_name=f"ewea-intentions-{answer}-{words.language}",
        height=figures.FRAME + figures.ROW_HEIGHT * max(len(shown), 2),
    ).key(f"surveys-{answer}-{place}")  # fmt: skip
    details(
        words.t("intentions.table_open"),
        DataTable(
            words.t("intentions.table_caption", answer=words.t(f"intentions.says_{answer}")),
            table_columns(
                words,
                "intentions.column",
                "survey month place use #found #model #range #difference inside #n",
            ),
            [_cells(words, row, hosts) for row in shown],
        ),
    )


def _cells(words: Words, row: figures.SurveyRow, hosts: dict[str, dict[str, str]]) -> list[object]:
    apart = figures.POINTS * (row["model"] - row["observed"])
    return [
        words.label(row["survey"]),
        (words.short_month(row["month"]), row["month"]),
        figures.survey_place(figures.place_of(row), words, hosts),
        words.t(f"intentions.use_{row['use']}"),
        (words.share(row["observed"]), row["observed"]),
        (words.share(row["model"]), row["model"]),
        (f"{words.share(row['low'])} – {words.share(row['high'])}", row["low"]),
        (words.signed(round(apart)), apart),
        words.t("intentions.yes" if row["inside"] else "intentions.no"),
        ("–", None) if row.get("n") is None else (words.number(row["n"]), row["n"]),
    ]


@solara.component
def Families(session: Session, found: list[figures.SurveyRow]) -> None:
    """Show how far the model is off per family of surveys and host, and what was asked."""
    words = session.words
    hosts = session.engine.catalogue.hosts
    table, asked = [], []
    for _, place, some in figures.families(found):
        first = some[0]
        cells: list[object] = [words.label(first["survey"]), figures.survey_place(place, words, hosts)]
        for use in ("fit", "holdout"):
            rows = [row for row in some if row["use"] == use]
            points = figures.rms_points(rows)
            if points is None:
                cells.append(("–", None))
            else:
                cells.append((words.t("intentions.points_of", points=round(points), n=len(rows)), points))
        inside = sum(row["inside"] for row in some)
        cells.append((words.t("intentions.of", some=inside, all=len(some)), inside / len(some)))
        table.append(cells)
    for family, some in {row["family"]: row for row in found}.items():
        condition = words.t(f"intentions.condition_{some['condition']}")
        asked.append(
            el(
                "div",
                el("dt", words.label(some["survey"])),
                el("dd", el("q", str(some["question"]), lang="en")),
                el("dd", f"{words.own_dates(some['publisher'])} · {condition}", classes="muted small"),
                classes="intentions-question",
            ).key(family)
        )
    el("p", words.t("intentions.families_text"))
    DataTable(
        words.t("intentions.families_caption"),
        table_columns(words, "intentions.column", "survey place #fit #held #inside"),
        table,
    )
    details(words.t("intentions.questions_open"), el("dl", *asked, classes="intentions-questions"))
