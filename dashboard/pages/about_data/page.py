"""About the data: every series behind the numbers, with publisher, date, status, gaps and licence."""

from typing import Any

import solara

from dashboard.components.controls import setting_select
from dashboard.components.element import bullets, details, el, heading, lead, page_link, paragraph, section
from dashboard.components.files import Download
from dashboard.components.panels import DataTable, noted_cards, table_columns
from dashboard.engine import evidence
from dashboard.pages.about_data import tables as told
from dashboard.shell.session import Session

ID = "about-data"
ORDER = 90
TITLE = "about_data.title"

_EVIDENCE = ("A", "B", "L", "H", "R", "O", "N", "E", "P", "F", "T")
"""Families of evidence ids, as docs/sources.md has them."""


@solara.component
def Page(session: Session) -> None:
    """Show where every number comes from."""
    words = session.words
    tables = evidence.tables()
    waves = evidence.survey_waves()
    lead(words.t("about_data.lead"))
    paragraph(words.t("about_data.until", month=words.date(session.engine.data_date)))
    n_gaps = sum(len(table["gaps"]) for table in tables)
    cards = {
        "tables": (words.number(len(tables)), {"n": sum(table["rows"] for table in tables)}),
        "surveys": (words.number(len(waves)), {"n": sum(len(one["waves"]) for one in waves)}),
        "sources": (words.number(len(evidence.sources())), {}),
        "gaps": (words.number(n_gaps), {}),
    }
    noted_cards(words, "about_data.card", cards)
    with section(words.t("about_data.status_title"), id_="about-data-status"):
        bullets([words.t(f"about_data.explain_{name}") for name in told.STATUSES])
    Tables(session, tables)
    SurveySeries(session, waves)
    Evidence(session)
    with el("p"):
        page_link(words.t("about_data.to_how_sure"), session, "how-sure")


@solara.component
def Tables(session: Session, tables: list[dict[str, Any]]) -> None:
    """Show all data tables in one table, then each with its method, gaps and licence."""
    words = session.words
    with section(words.t("about_data.tables_title"), id_="about-data-tables"):
        el("p", words.t("about_data.tables_text"))
        DataTable(
            words.t("about_data.tables_caption"),
            table_columns(words, "about_data.column", "name publisher date period status #gaps licence"),
            [
                [
                    told.table_name(table, words),
                    told.stated(table, "publisher", words),
                    (told.stated(table, "date", words), str(table.get("date", ""))),
                    (told.table_period(table, words), table["last"]),
                    told.status_words(table, words),
                    (words.number(len(table["gaps"])), len(table["gaps"])),
                    told.stated(table, "licence", words),
                ]
                for table in tables
            ],
        )
        name = f"ewea-data-{words.language}.csv"
        Download(words.t("about_data.download"), name, lambda: told.inventory_csv(tables, words))
        heading(words.t("about_data.each_title"), 3)
        for subject in told.SUBJECTS:
            mine = [table for table in tables if told.subject_of(table) == subject]
            if mine:
                heading(words.t(f"about_data.subject_{subject}"), 4)
                for table in mine:
                    card(session, table)


def card(session: Session, table: dict[str, Any]) -> solara.Element:
    """Return everything known about one table, shown on demand."""
    words, hosts = session.words, session.engine.catalogue.hosts
    gaps = told.gap_words(table, words, hosts)
    absent = told.absent_words(table, words, hosts)
    lines = [
        (name, told.stated(table, name, words), "en" if name != "date" else None)
        for name in told.PLAIN
        if table.get(name) or name in ("publisher", "date", "licence")
    ]
    parts: list[solara.Element] = []
    for name, text, language in lines:
        spoken = language if table.get(name) else None
        parts.append(el("div", el("dt", words.t(f"about_data.column_{name}")), el("dd", text, lang=spoken)))
    plain = [
        ("status", told.status_words(table, words)),
        ("period", told.table_period(table, words)),
        ("rows", words.number(table["rows"])),
        ("gaps", "; ".join(gaps) or words.t("about_data.none")),
        ("absent", absent),
        ("file", f"configs/{table['file']}"),
    ]
    parts += [
        el("div", el("dt", words.t(f"about_data.column_{name}")), el("dd", text))
        for name, text in plain
        if text
    ]
    return details(told.table_name(table, words), el("dl", *parts, classes="about-data-card"))


@solara.component
def SurveySeries(session: Session, waves: list[dict[str, Any]]) -> None:
    """Show the surveys and other observations the model was compared with."""
    words = session.words
    rows = []
    for one in waves:
        uses = [str(wave["use"]) for wave in one["waves"]]
        used = [
            f"{words.t(f'intentions.use_{use}')} {words.number(uses.count(use))}"
            for use in ("fit", "holdout", "reported")
            if use in uses
        ]
        rows.append(
            [
                words.label(one["label"]),
                str(one["publisher"] or words.t("about_data.per_line")),
                (words.number(len(uses)), len(uses)),
                ", ".join(used) or "–",
            ]
        )
    with section(words.t("about_data.surveys_title"), id_="about-data-surveys"):
        el("p", words.t("about_data.surveys_text"))
        DataTable(
            words.t("about_data.surveys_caption"),
            table_columns(words, "about_data.column", "name publisher #waves use"),
            rows,
        )


@solara.component
def Evidence(session: Session) -> None:
    """Show the evidence behind the assumptions, one family at a time."""
    words = session.words
    sources = evidence.sources()
    families = tuple(letter for letter in _EVIDENCE if any(one.startswith(letter) for one in sources))
    family = session.setting("evidence", families[0], families)
    rows = [
        [name, one["says"], one["publication"], one["reached"]]
        for name, one in sources.items()
        if name.startswith(family)
    ]
    with section(words.t("about_data.evidence_title"), id_="about-data-evidence"):
        el("p", words.t("about_data.evidence_text"))
        options = [(one, words.t(f"about_data.evidence_{one}")) for one in families]
        setting_select(session, "evidence", words.t("about_data.evidence_choose"), family, options)
        caption = words.t("about_data.evidence_caption", family=words.t(f"about_data.evidence_{family}"))
        details(words.t("about_data.evidence_open"), evidence_table(session, caption, rows)).key(family)
        bullets([words.t(f"about_data.reached_{name}") for name in ("V", "D", "RECALL")])


def evidence_table(session: Session, caption: str, rows: list[list[str]]) -> solara.Element:
    """Return the evidence as a table whose cells say that they are English."""
    words = session.words
    names = ("id", "says", "publication", "reached")
    heads = [el("th", words.t(f"about_data.column_{name}"), scope="col") for name in names]
    lines = [
        el("tr", el("th", row[0], scope="row"), *[el("td", cell, lang="en") for cell in row[1:]])
        for row in rows
    ]
    parts = el("caption", caption), el("thead", el("tr", *heads)), el("tbody", *lines)
    table = el("table", *parts, classes="table")
    return el("div", table, classes="table-scroll", role="region", tabindex="0", aria_label=caption)
