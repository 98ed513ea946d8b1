"""Why a result is as it is, beside it: through what people come and go, and what it rests on."""

import solara

from dashboard.components.element import details, el, page_link, paragraph
from dashboard.components.panels import ColumnHead, DataTable
from dashboard.engine.answer import Answer
from dashboard.engine.differences import difference
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
    """Show every way by which a choice changes the people of a place, the surest and largest first.

    The titles people have instead stand among the outcomes.
    """
    words = session.words
    ways = {name: difference(band) for name, band in answer.channels("stock", session.place).items()}
    known = [(name, one) for name, one in ways.items() if one.kind != "none"]
    known.sort(key=lambda one: (not one[1].is_clear, -abs(one[1].mid)))
    with details(words.t("finding.because"), open_=True):
        if not known:
            paragraph(words.t("scenario.difference_none"), classes="small")
            return
        rows = [[words.t(f"compare.channel_{name}"), (one.sentence(words), one.mid)] for name, one in known]
        caption = words.t("finding.because_ways")
        heads = [ColumnHead(caption), ColumnHead(words.t("files.change"))]
        DataTable(caption, heads, rows, sortable=False, hide_caption=True)


def RestsOn(session: Session) -> solara.Element:
    """Return the links from a number to the method, data, parameters, law and evidence behind it."""
    words = session.words
    links = [
        el("li", page_link(words.t(f"finding.rests_{name}"), session, page, part))
        for name, (page, part) in RESTS_ON.items()
    ]
    return el("div", el("span", words.t("finding.rests")), el("ul", *links), classes="rests-on small")
