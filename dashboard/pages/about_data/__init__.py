"""About the data: every series behind the numbers, with publisher, date, status, gaps and licence."""

from collections.abc import Mapping
from typing import Any

import solara

from abm.policy.law import LawRow
from dashboard.components.controls import Download, setting_select
from dashboard.components.element import bullets, details, el, heading, lead, page_link, paragraph, section
from dashboard.components.panels import DataTable, NoticeBox, noted_cards, table_columns
from dashboard.engine import shipped
from dashboard.engine.changes import law_of
from dashboard.engine.tables import csv_text
from dashboard.messages.words import Words
from dashboard.pages.shared.wording import rule_value_words
from dashboard.shell.session import Session

ID = "about-data"
ORDER = 90
TITLE = "about_data.title"

STATUSES = ("recorded", "quoted", "derived", "fitted", "prior", "assumed")
SUBJECTS = ("registers", "account", "drivers", "composition", "population", "countries", "coefficients")
_TOP = dict.fromkeys(
    ("household_types", "origin_units", "population_age_sex", "population_change"), "population"
)
PLAIN = ("publisher", "date", "licence", "unit", "method", "note")

type TableCard = Mapping[str, Any]


def subject_of(table: TableCard) -> str:
    """Return what a table is about: the folder it lies in."""
    folder, slash, _ = table["file"].partition("/")
    return folder if slash else _TOP.get(folder.rpartition(".")[0], "population")


def table_name(table: TableCard, words: Words) -> str:
    """Return the name of a table: its label, or that of the messages, or its file."""
    if "label" in table:
        return words.label(table["label"])
    key = table["file"].rpartition(".")[0].replace("/", "_").replace("*", "all")
    return words.t_or(f"about_data.file_{key}", table["file"])


def status_words(table: TableCard, words: Words) -> str:
    """Return how many percent of a table's figures have which status, largest first."""
    shares = {name: table["share_by_status"].get(name, 0) for name in STATUSES}
    said = [
        f"{words.t(f'about_data.status_{name}')} {words.share(share)}"
        for name, share in sorted(shares.items(), key=lambda pair: -pair[1])
        if share > 0
    ]
    return ", ".join(said) or words.t("about_data.not_stated")


def table_period(table: TableCard, words: Words) -> str:
    """Return the first and last month of a table; empty where it has none."""
    if not table["first"]:
        return ""
    if table["first"] == table["last"]:
        return words.short_month(table["first"])
    return f"{words.short_month(table['first'])} – {words.short_month(table['last'])}"


def stated(table: TableCard, name: str, words: Words) -> str:
    """Return a field of a table's card, or that it stands with each figure."""
    value = table.get(name)
    if not value:
        return words.t("about_data.per_line")
    return words.date(str(value)) if name == "date" else words.own_dates(str(value))


def gap_words(table: TableCard, words: Words, hosts: Mapping[str, dict[str, str]]) -> list[str]:
    """Return the gaps of a table, one per host and period, with the host's name."""
    said = []
    for gap in table["gaps"]:
        host, _, months = str(gap).partition(" ")
        first, _, last = months.partition("..")
        name = words.label(hosts[host]) if host in hosts else host
        ends = [words.short_month(month) for month in (first, last) if month]
        said.append(f"{name}: {' – '.join(ends)}")
    return said


def absent_words(table: TableCard, words: Words, hosts: Mapping[str, dict[str, str]]) -> str:
    """Return the hosts a table does not cover."""
    return ", ".join(words.label(hosts[host]) if host in hosts else host for host in table["absent"])


def inventory_csv(tables: list[dict[str, Any]], words: Words) -> str:
    """Return all tables with source, publisher, date, status, gaps and licence."""
    heads = (
        "file", "name", "publisher", "date", "status", "licence", "unit", "first", "last", "rows", "gaps",
        "absent", "method",
    )  # fmt: skip
    made = {
        "name": lambda table: table_name(table, words),
        "status": lambda table: status_words(table, words),
        "gaps": lambda table: "; ".join(map(str, table["gaps"])),
        "absent": lambda table: "; ".join(table["absent"]),
    }
    return csv_text(
        heads,
        ([made[head](table) if head in made else table.get(head, "") for head in heads] for table in tables),
        words=words,
    )


_EVIDENCE = ("A", "B", "L", "H", "R", "O", "N", "E", "P", "F", "T")
"""Families of evidence ids, as docs/sources.md has them."""


@solara.component
def Page(session: Session) -> None:
    """Show where every number comes from."""
    words = session.words
    tables = shipped.inventory()["tables"]
    waves = shipped.inventory()["surveys"]
    lead(words.t("about_data.lead"))
    if shipped.old_evidence():
        NoticeBox("warning", words.t("shell.old_evidence"), words=words)
    paragraph(words.t("about_data.until", month=words.date(session.engine.data_date)))
    n_gaps = sum(len(table["gaps"]) for table in tables)
    cards = {
        "tables": (words.number(len(tables)), {"n": sum(table["rows"] for table in tables)}),
        "surveys": (words.number(len(waves)), {"n": sum(len(one["waves"]) for one in waves)}),
        "sources": (words.number(len(shipped.inventory()["sources"])), {}),
        "gaps": (words.number(n_gaps), {}),
    }
    noted_cards(words, "about_data.card", cards)
    with section(words.t("about_data.status_title"), id_="about-data-status"):
        bullets([words.t(f"about_data.explain_{name}") for name in STATUSES])
    LawInForce(session)
    Tables(session, tables)
    SurveySeries(session, waves)
    Evidence(session)
    with el("p"):
        page_link(words.t("about_data.to_how_sure"), session, "how-sure")


@solara.component
def LawInForce(session: Session) -> None:
    """Show the rules of the place: in force, coming and proposed, with source and the day of the check."""
    words, root = session.words, session.engine.catalogue.root
    state, rows, _ = law_of(root, session.place)
    with section(words.t("about_data.law_title", date=words.date(state.day)), id_="about-data-law"):
        if state.stale:
            stale = words.t("overview.law_stale", n=state.stale, all=words.number(state.rules))
            NoticeBox("warning", stale, words=words)
        heads = table_columns(words, "about_data.law", "rule place value from standing source checked")
        DataTable(
            words.t("about_data.law_title", date=words.date(state.day)),
            heads,
            [law_cells(session, row, state.day) for row in rows],
            hide_caption=True,
        )


def law_cells(session: Session, row: LawRow, day: str) -> list[str]:
    """Return what the table of rules says of one of them."""
    words = session.words
    checked = words.date(row.checked_on)
    if row.stale(day):
        checked = words.t("about_data.law_old", date=checked)
    standing = words.t(f"about_data.law_{row.status}")
    return [
        words.label(row.label),
        row.place,
        rule_value_words(words, session.engine.catalogue, row),
        words.date(row.since),
        standing,
        words.own_dates(row.source),
        checked,
    ]


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
                    table_name(table, words),
                    stated(table, "publisher", words),
                    (stated(table, "date", words), str(table.get("date", ""))),
                    (table_period(table, words), table["last"]),
                    status_words(table, words),
                    (words.number(len(table["gaps"])), len(table["gaps"])),
                    stated(table, "licence", words),
                ]
                for table in tables
            ],
        )
        name = f"ewea-data-{words.language}.csv"
        Download(words.t("about_data.download"), name, lambda: inventory_csv(tables, words))
        heading(words.t("about_data.each_title"), 3)
        for subject in SUBJECTS:
            mine = [table for table in tables if subject_of(table) == subject]
            if mine:
                heading(words.t(f"about_data.subject_{subject}"), 4)
                for table in mine:
                    card(session, table)


def card(session: Session, table: dict[str, Any]) -> solara.Element:
    """Return everything known about one table, shown on demand."""
    words, hosts = session.words, session.engine.catalogue.hosts
    # What its own card says is English; the rest is ours.
    lines = [
        (name, stated(table, name, words), "en" if table.get(name) and name != "date" else None)
        for name in PLAIN
        if table.get(name) or name in ("publisher", "date", "licence")
    ]
    ours = {
        "status": status_words(table, words),
        "period": table_period(table, words),
        "rows": words.number(table["rows"]),
        "gaps": "; ".join(gap_words(table, words, hosts)) or words.t("about_data.none"),
        "absent": absent_words(table, words, hosts),
        "file": f"configs/{table['file']}",
    }
    lines += [(name, text, None) for name, text in ours.items() if text]
    parts = [
        el("div", el("dt", words.t(f"about_data.column_{name}")), el("dd", text, lang=language))
        for name, text, language in lines
    ]
    return details(table_name(table, words), el("dl", *parts, classes="about-data-card"))


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
                words.own_dates(one["publisher"] or words.t("about_data.per_line")),
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
    sources = shipped.inventory()["sources"]
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
