"""Data tables as a reader sees them: name, subject, status, gaps, what is not stated."""

from collections.abc import Mapping
from typing import Any

from dashboard.components.files import csv_text
from dashboard.messages.words import Words

STATUSES = ("recorded", "quoted", "derived", "fitted", "prior", "assumed")
SUBJECTS = ("registers", "drivers", "composition", "population", "countries", "coefficients")
_TOP = {"household_types": "population", "origin_units": "population", "population_age_sex": "population"}
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
    return words.t_or(f"about_data.file_{key_of(table)}", str(table["file"]))


def key_of(table: TableCard) -> str:
    """Return a table's file as part of a message key, such as ``drivers_inputs_energy_need``."""
    return table["file"].rpartition(".")[0].replace("/", "_").replace("*", "all")


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
    return words.date(str(value)) if name == "date" else str(value)


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
    )
