"""What pages show: large figures, tables, notices, and what stands there while there is nothing else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import solara

from dashboard.components.controls import VUE, Button, Download
from dashboard.components.element import Child, details, el, vue, with_meanings
from dashboard.engine.tables import csv_text
from dashboard.messages.words import Words
from dashboard.shell.jobs import JobState
from dashboard.shell.session import use_session

_Table = vue(VUE / "table.vue", "caption hide_caption columns rows sortable sort_words scroll_words")

type TableCell = str | tuple[str, float | str | None]
"""What is shown, or (what is shown, what is sorted by)."""


def BigNumber(
    label: Child, value: str, band: str = "", note: str | Sequence[Child] = "", busy: bool = False
) -> solara.Element:
    """Return a card with one rounded figure; ``busy`` dims one of an earlier choice or a first estimate."""
    parts = [el("dt", label, classes="card-label"), el("dd", value, classes="card-value")]
    notes = [note] if isinstance(note, str) else note
    parts += [
        el("dd", *told, classes=f"card-{kind}")
        for kind, told in (("band", [band]), ("note", notes))
        if any(told)
    ]
    return el("div", *parts, classes="card card-busy" if busy else "card")


def Cards(cards: Sequence[solara.Element]) -> solara.Element:
    """Return cards beside each other."""
    return el("dl", *cards, classes="cards")


def noted_cards(
    words: Words, prefix: str, cards: Mapping[str, tuple[str, Mapping[str, Any]]]
) -> solara.Element:
    """Return cards ``<prefix>_<name>`` with notes ``<prefix>_<name>_note``, by name."""
    made = []
    for name, (value, fields) in cards.items():
        note = with_meanings(words, words.t(f"{prefix}_{name}_note", **fields), name)
        made.append(BigNumber(words.t(f"{prefix}_{name}", **fields), value, note=note))
    return Cards(made)


@dataclass(frozen=True)
class ColumnHead:
    """A column: its heading, and whether it holds numbers (aligned right)."""

    label: str
    number: bool = False


def table_columns(words: Words, prefix: str, names: str) -> list[ColumnHead]:
    """Return columns headed ``<prefix>_<name>``; a ``#`` before a name says that it holds numbers."""
    return [
        ColumnHead(words.t(f"{prefix}_{name.lstrip('#')}"), name.startswith("#")) for name in names.split()
    ]


@solara.component
def DataTable(
    caption: str,
    heads: Sequence[ColumnHead | str],
    rows: Sequence[Sequence[TableCell]],
    sortable: bool = True,
    hide_caption: bool = False,
) -> None:
    """Show a table whose first cells name their rows; give numbers as ``(text, number)`` so that they sort.

    The caption is read by screen readers even when hidden, for a heading right above that says the same.
    """
    words = use_session().words
    named = [head if isinstance(head, ColumnHead) else ColumnHead(head) for head in heads]
    _Table(
        caption=caption,
        hide_caption=hide_caption,
        columns=[[head.label, head.number] for head in named],
        rows=[[list(cell) if isinstance(cell, tuple) else [cell, cell] for cell in row] for row in rows],
        sortable=sortable and len(rows) > 1,
        sort_words=words.t("shell.table_sort", column="{column}"),
        scroll_words=words.t("shell.table_scroll", name=caption),
    )


@dataclass(frozen=True)
class PageTable:
    """Columns and rows that the page shows and a file holds."""

    columns: Sequence[ColumnHead]
    rows: Sequence[Sequence[TableCell]]

    def csv(self, words: Words) -> str:
        """Return the table as a file; numbers without separators of thousands."""
        rows = (
            [_plain(cell, column) for cell, column in zip(row, self.columns, strict=True)]
            for row in self.rows
        )
        return csv_text([column.label for column in self.columns], rows, words=words)


def table_details(
    words: Words, summary: str, caption: str, table: PageTable, file_name: str, *notes: Child
) -> solara.Element:
    """Return a table that opens on demand, with its download."""
    file = Download(words.t("shell.csv"), f"{file_name}.csv", lambda: table.csv(words))
    return details(summary, DataTable(caption, table.columns, table.rows), *notes, file)


def _plain(cell: TableCell, column: ColumnHead) -> str | float:
    text, value = cell if isinstance(cell, tuple) else (cell, cell)
    # A range, and a change too small to tell, stay words: the file claims no more than the page.
    one_number = column.number and isinstance(value, (int, float)) and any(map(str.isdigit, text))
    return value if one_number and " – " not in text else text


def NoticeBox(
    kind: str, title: str, *children: Child, words: Words, on_dismiss: Callable[[], None] | None = None
) -> solara.Element:
    """Return a notice whose kind is said in words too; of several texts the first introduces a list."""
    parts: list[Child] = [
        el("span", words.t(f"shell.{kind}"), classes="notice-kind"),
        el("p", title, classes="notice-title"),
        *[el("p", child) if isinstance(child, str) else child for child in children],
    ]
    if on_dismiss is not None:
        parts.append(Button(words.t("shell.dismiss"), on_dismiss, kind="quiet"))
    role = "alert" if kind == "error" else "status"
    return el("div", *parts, classes=f"notice notice-{kind}", role=role)


def Empty(title: str, text: str, *children: Child) -> solara.Element:
    """Return what stands where there is nothing to show yet, and what to do about it."""
    return el("div", el("p", title, classes="empty-title"), el("p", text), *children, classes="empty")


def Failed(title: str, text: str, words: Words, on_retry: Callable[[], None]) -> solara.Element:
    """Return what stands where something failed."""
    retry = Button(words.t("shell.try_again"), on_retry, kind="secondary")
    return NoticeBox("error", title, text, retry, words=words)


def progress_bar(share: float, label: str) -> solara.Element:
    """Return a bar; one without an end while the share is 0."""
    known: dict[str, Any] = {"max": 100, "value": round(100 * share)} if share else {}
    return el("progress", classes="progress-bar", aria_label=label, **known)


@solara.component
def Progress(slot: str = "A") -> None:
    """Show how far a slot's calculation is, with a button to stop it; its place stays when it is done."""
    session = use_session()
    words = session.words
    job = session.job(slot)
    text = progress_text(job, words)
    with el("div", classes=f"progress progress-{job.state}" + ("" if job.busy else " progress-calm")):
        el("p", text, classes="progress-text", role="status", aria_live="polite")
        if job.busy:
            el("progress", classes="progress-bar", max=100, value=round(100 * job.progress), aria_label=text)
            Button(words.t("shell.cancel"), lambda: session.cancel(slot), kind="quiet")
        if job.state in ("failed", "cancelled"):
            if job.message is not None:
                el("p", words.user_message(job.message), classes="progress-reason")
            Button(words.t("shell.try_again"), lambda: session.ask_again(slot), kind="quiet")


def progress_text(job: JobState, words: Words) -> str:
    """Return the state of a calculation in a sentence."""
    if job.state == "queued" and job.position:
        return words.t("shell.progress_queued", n=job.position)
    state = "running" if job.state == "queued" else job.state
    # In tens, or a screen reader would never be silent.
    share = words.share(int(10 * job.progress) / 10)
    return words.t(f"shell.progress_{state}", **({"share": share} if state in ("running", "first") else {}))
