"""Answers on a page: cells of tables, the chart, what is register and what estimate, and why it is so."""

from typing import Any

import solara

from abm.data.registers import KindOfMonth, period_of
from abm.months import month_index, month_label
from dashboard.components.charts import ChartFigure, fan_chart
from dashboard.components.element import details, el, page_link, paragraph
from dashboard.components.panels import ColumnHead, DataTable, TableCell
from dashboard.engine import shipped
from dashboard.engine.answer import Answer
from dashboard.engine.bands import Band, difference, display
from dashboard.engine.catalogue import Catalogue
from dashboard.engine.changes import end_of_protection_of
from dashboard.messages.words import Words
from dashboard.shell.jobs import JobState
from dashboard.shell.session import Session


def rounded_number(words: Words, band: tuple[float, float, float]) -> str:
    """Return the middle of a band, rounded to what the band supports."""
    return words.number(display(band)[1])


def band_cells(words: Words, band: Band) -> list[TableCell]:
    """Return persons and their range as two cells of a table."""
    low, mid, high = display(band)
    return [(words.number(mid), mid), (f"{words.number(low)} – {words.number(high)}", low)]


def provisional(words: Words, job: JobState) -> None:
    """Say that figures are a first estimate, where they are."""
    if not job.shown.final:
        paragraph(words.t("map.provisional", n=job.shown.n_seeds), classes="muted small")


def last_published(place: str) -> str | None:
    """Return the last month in which the register of a place is published; None where there is none."""
    months = shipped.document(shipped.PAST)["recorded"][place]["months"]
    return months[-1] if months else None


def kind_of(answer: Answer, place: str, today: str) -> KindOfMonth:
    """Return what the figures at the horizon are: they are counted at the end of the month before."""
    published = last_published(place)
    last = -1 if published is None else month_index(published)
    return period_of(last, month_index(answer.flow_months[-1]), month_index(today))


def stock_chart(
    words: Words, catalogue: Catalogue, answer: Answer, place: str, outcome: str = "stock", **options: Any
) -> ChartFigure:
    """Return the chart of an outcome in a place: a choice with its band, the baseline as a line beside it.

    The band of the baseline is left out beside a choice: two bands that lie on each other hide both, and the
    difference has a band of its own in the text. ``options`` go to ``fan_chart``.
    """
    options |= marks_of(catalogue, answer, place)
    rules = words.t("overview.series_rules")
    if answer.choice.is_baseline:
        return fan_chart(words, {"A": answer.fan(outcome, place)}, names={"A": rules}, **options)
    fans = {"A": answer.fan(outcome, place), "baseline": answer.fan(outcome, place, of="baseline")}
    names = {"A": words.t("overview.series_scenario"), "baseline": rules}
    return fan_chart(words, fans, names=names, bands=("A",), **options)


def marks_of(catalogue: Catalogue, answer: Answer, place: str) -> dict[str, Any]:
    """Return what every chart over months marks: the estimate to today, and the end of protection.

    The end of a month is counted on the day after; without a register all of the past is estimated.
    """
    published = last_published(place)
    since = month_label(0) if published is None else next_month(published)
    ends = end_of_protection_of(catalogue.root, answer.choice, place)
    return {"estimate": (since, next_month(catalogue.today)), "ends": ends}


def next_month(month: str) -> str:
    """Return the month after: on its first day is counted what registers count at the end of ``month``."""
    return month_label(month_index(month) + 1)


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
