"""About the data: every series behind the numbers, with publisher, date, status, gaps and licence."""

from typing import Any

import solara

from dashboard.components import (
    BigNumber,
    Cards,
    Column,
    DataTable,
    Download,
    Select,
    bullets,
    details,
    el,
    lead,
    page_link,
    paragraph,
)
from dashboard.engine import inventory
from dashboard.pages.about_data import tables as told
from dashboard.shell import Session

ID = "about-data"
ORDER = 90
TITLE = "about_data.title"

_EVIDENCE = ("A", "B", "L", "H", "R", "O", "N", "E", "P", "F", "T")
"""Families of evidence ids, as docs/sources.md has them."""


@solara.component
def Page(session: Session) -> None:
    """Show where every number comes from."""
    words = session.words
    tables = inventory.tables()
    waves = inventory.surveys()
    lead(words.t("about_data.lead"))
    paragraph(words.t("about_data.until", month=words.date(session.engine.data_date)))
    n_gaps = sum(len(table["gaps"]) for table in tables)
    Cards(
        [
            BigNumber(
                words.t("about_data.card_tables"),
                words.number(len(tables)),
                note=words.t("about_data.card_tables_note", n=sum(table["rows"] for table in tables)),
            ),
            BigNumber(
                words.t("about_data.card_surveys"),
                words.number(len(waves)),
                note=words.t("about_data.card_surveys_note", n=sum(len(one["waves"]) for one in waves)),
            ),
            BigNumber(
                words.t("about_data.card_sources"),
                words.number(len(inventory.sources())),
                note=words.t("about_data.card_sources_note"),
            ),
            BigNumber(
                words.t("about_data.card_gaps"),
                words.number(n_gaps),
                note=words.t("about_data.card_gaps_note"),
            ),
        ]
    )
    with el("section", classes="section", aria_labelledby="about-data-status"):
        el("h2", words.t("about_data.status_title"), classes="heading-2", id="about-data-status")
        bullets([words.t(f"about_data.explain_{name}") for name in told.STATUSES])
    Tables(session, tables)
    Surveys(session, waves)
    Evidence(session)
    with el("p"):
        page_link(words.t("about_data.to_how_sure"), session, "how-sure")


@solara.component
def Tables(session: Session, tables: list[dict[str, Any]]) -> None:
    """Show all data tables in one table, then each with its method, gaps and licence."""
    words = session.words
    with el("section", classes="section", aria_labelledby="about-data-tables"):
        el("h2", words.t("about_data.tables_title"), classes="heading-2", id="about-data-tables")
        el("p", words.t("about_data.tables_text"))
        DataTable(
            words.t("about_data.tables_caption"),
            [
                words.t("about_data.column_name"),
                words.t("about_data.column_publisher"),
                words.t("about_data.column_date"),
                words.t("about_data.column_period"),
                words.t("about_data.column_status"),
                Column(words.t("about_data.column_gaps"), True),
                words.t("about_data.column_licence"),
            ],
            [
                [
                    told.table_name(table, words),
                    told.stated(table, "publisher", words),
                    (told.stated(table, "date", words), str(table.get("date", ""))),
                    (told.period(table, words), table["last"]),
                    told.status_words(table, words),
                    (words.number(len(table["gaps"])), len(table["gaps"])),
                    told.stated(table, "licence", words),
                ]
                for table in tables
            ],
        )
        Download(
            words.t("about_data.download"), f"ewea-data-{words.language}.csv",
            lambda: told.inventory_csv(tables, words),
        )  # fmt: skip
        el("h3", words.t("about_data.each_title"), classes="heading-3")
        for subject in told.SUBJECTS:
            mine = [table for table in tables if told.subject_of(table) == subject]
            if mine:
                el("h4", words.t(f"about_data.subject_{subject}"), classes="heading-4")
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
        ("period", told.period(table, words)),
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
def Surveys(session: Session, waves: list[dict[str, Any]]) -> None:
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
    with el("section", classes="section", aria_labelledby="about-data-surveys"):
        el("h2", words.t("about_data.surveys_title"), classes="heading-2", id="about-data-surveys")
        el("p", words.t("about_data.surveys_text"))
        DataTable(
            words.t("about_data.surveys_caption"),
            [
                words.t("about_data.column_name"), words.t("about_data.column_publisher"),
                Column(words.t("about_data.column_waves"), True), words.t("about_data.column_use"),
            ],
            rows,
        )  # fmt: skip


@solara.component
def Evidence(session: Session) -> None:
    """Show the evidence behind the assumptions, one family at a time."""
    words = session.words
    sources = inventory.sources()
    families = tuple(letter for letter in _EVIDENCE if any(one.startswith(letter) for one in sources))
    family = session.setting("evidence", families[0], families)
    rows = [
        [name, one["says"], one["publication"], one["reached"]]
        for name, one in sources.items()
        if name.startswith(family)
    ]
    with el("section", classes="section", aria_labelledby="about-data-evidence"):
        el("h2", words.t("about_data.evidence_title"), classes="heading-2", id="about-data-evidence")
        el("p", words.t("about_data.evidence_text"))
        Select(
            words.t("about_data.evidence_choose"), family,
            [(one, words.t(f"about_data.evidence_{one}")) for one in families],
            lambda new: session.set_setting("evidence", new),
        )  # fmt: skip
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
    return el(
        "div",
        el(
            "table",
            el("caption", caption),
            el("thead", el("tr", *heads)),
            el("tbody", *lines),
            classes="table",
        ),
        classes="table-scroll",
        role="region",
        tabindex="0",
        aria_label=caption,
    )
