"""Why a result is as it is, beside it: through what people move and change titles, and what it rests on."""

import solara

from dashboard.components.element import details, el, page_link, paragraph
from dashboard.components.panels import ColumnHead, DataTable
from dashboard.engine.answer import Answer
from dashboard.engine.differences import Difference, difference
from dashboard.pages.shared.finding import TITLES
from dashboard.shell.session import Session

RESTS_ON = {
    "method": ("how-sure", "how-sure-cannot"),
    "data": ("about-data", "about-data-tables"),
    "parameters": ("how-sure", "how-sure-assumed"),
    "law": ("about-data", "about-data-law"),
    "evidence": ("about-data", "about-data-evidence"),
}
"""What stands behind every number: its page and part, by name."""


@solara.component
def Because(session: Session, answer: Answer) -> None:
    """Show every way by which a choice changes the people of a place, and the titles they have instead."""
    words, place = session.words, session.place
    ways = {
        words.t(f"compare.channel_{name}"): difference(band)
        for name, band in answer.channels("stock", place).items()
    }
    titles = {
        words.t(f"scenario.outcome_{name}"): difference(answer.difference(name, place)) for name in TITLES
    }
    with details(words.t("finding.because"), open_=True):
        for caption, found in (("because_ways", ways), ("because_titles", titles)):
            _changes(session, words.t(f"finding.{caption}"), found)


def _changes(session: Session, caption: str, found: dict[str, Difference]) -> None:
    words = session.words
    known = {name: one for name, one in found.items() if one.kind != "none"}
    ranked = sorted(known.items(), key=lambda one: (not one[1].is_clear, -abs(one[1].mid)))
    if not ranked:
        paragraph(f"{caption}: {words.t('scenario.difference_none').lower()}", classes="small")
        return
    rows = [[name, (one.sentence(words), one.mid)] for name, one in ranked]
    DataTable(caption, [ColumnHead(caption), ColumnHead(words.t("files.change"))], rows, hide_caption=True)


def RestsOn(session: Session) -> solara.Element:
    """Return the links from a number to the method, data, parameters, law and evidence behind it."""
    words = session.words
    links = [
        el("li", page_link(words.t(f"finding.rests_{name}"), session, page, part))
        for name, (page, part) in RESTS_ON.items()
    ]
    return el("div", el("span", words.t("finding.rests")), el("ul", *links), classes="rests-on small")
