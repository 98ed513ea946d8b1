"""Where a lever exists already or was proposed: place, month, value, publisher."""

from typing import Any

import solara

from dashboard.components import Column, DataTable, el, paragraph
from dashboard.messages import Words
from dashboard.pages_parts.choice_words import value_words
from dashboard.pages_parts.places import place_name
from dashboard.shell import Session

_FULL_DATE = 10
"""Characters of ``YYYY-MM-DD``; shorter texts are months or years."""


@solara.component
def Variants(session: Session, lever: dict[str, Any]) -> None:
    """Show the rules of the real world that the configuration records for a lever."""
    words, catalogue = session.words, session.engine.catalogue
    lines = lever["lines"]
    if not lines:
        paragraph(words.t("levers.variants_none"), classes="small muted")
        return
    heads = [
        words.t(f"levers.column_{name}") for name in ("place", "from", "value", "status", "publisher", "note")
    ]
    rows = []
    for line in lines:
        places = line["place"] if isinstance(line["place"], list) else [line["place"]]
        rows.append(
            [
                ", ".join(place_name(words, catalogue, place) for place in places),
                (date_words(words, line["from"]), str(line["from"])),
                value_words(words, lever, line["value"]),
                words.t(f"levers.status_{line['status']}"),
                f"{line['publisher']}, {date_words(words, line['date'])}",
                line["note"] or "–",
            ]
        )
    with el("details"):
        el("summary", words.t("levers.variants", n=len(lines)))
        with el("div", classes="details-body"):
            DataTable(
                words.t("levers.variants_caption"), [Column(head) for head in heads], rows, hide_caption=True
            )
            if words.language != "en" and any(line["note"] for line in lines):
                paragraph(words.t("levers.variants_english"), classes="small muted")


def date_words(words: Words, text: str) -> str:
    """Return a day, a month or a year in words."""
    if len(text) >= _FULL_DATE:
        return words.date(text[:_FULL_DATE])
    return words.month(text) if len(text) == len("2027-03") else text
