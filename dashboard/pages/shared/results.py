"""Answers on a page: differences that claim no more than their band supports, the chart, the downloads."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import solara

from abm.data.registers import KindOfMonth, period_of
from abm.months import month_index, month_label
from dashboard.components.charts import ChartFigure, fan_chart
from dashboard.components.controls import Download
from dashboard.components.element import el, paragraph
from dashboard.components.panels import TableCell
from dashboard.engine import shipped
from dashboard.engine.answer import Answer, Triple, display
from dashboard.engine.exports import briefing, csv_bytes, excel_bytes
from dashboard.messages.words import Words
from dashboard.pages.shared.wording import place_name, policy_lines, slot_name, war_words
from dashboard.shell.jobs import JobState
from dashboard.shell.session import Session, use_session

MOST_LINES = 6
"""Lines a scenario takes in the briefing; more would push it onto a second page."""

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Difference:
    """A difference from the baseline, rounded to what its band supports, persons.

    ``kind`` is ``none`` (nothing differs in nearly all runs), ``unclear`` (the band straddles zero), ``more``
    or ``less``.
    """

    low: int
    mid: int
    high: int
    kind: str

    @property
    def is_clear(self) -> bool:
        """Whether its direction is known."""
        return self.kind in ("more", "less")

    def value(self, words: Words) -> str:
        """Return the figure with its sign, or why there is none."""
        return words.signed(self.mid) if self.is_clear else words.t(f"scenario.difference_{self.kind}")

    def band(self, words: Words) -> str:
        """Return the band in words; empty where nothing differs."""
        return "" if self.kind == "none" else words.signed_band(self.low, self.high)

    def sentence(self, words: Words) -> str:
        """Return figure and band in one text."""
        band = self.band(words)
        return f"{self.value(words)} ({band})" if band else self.value(words)


def difference(triple: tuple[float, float, float]) -> Difference:
    """Return a difference from its band (low, median, high) before rounding.

    >>> difference((-900.0, 200.0, 1200.0)).kind, difference((1010.0, 2020.0, 3030.0))
    ('unclear', Difference(low=1000, mid=2000, high=3000, kind='more'))
    """
    shown = display(*triple)
    if not any(triple):
        kind = "none"
    elif shown[0] <= 0 <= shown[2]:
        # Judged as shown: a band that ends in 0 on the page must not be called clear.
        kind = "unclear"
    else:
        kind = "more" if shown[0] > 0 else "less"
    return Difference(*shown, kind)


def rounded_number(words: Words, band: tuple[float, float, float]) -> str:
    """Return the middle of a band, rounded to what the band supports."""
    return words.number(display(*band)[1])


def band_cells(words: Words, band: Triple) -> list[TableCell]:
    """Return persons and their range as two cells of a table."""
    low, mid, high = display(*band)
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


def estimate_of(place: str, today: str) -> tuple[str, str]:
    """Return on which first days the estimate to today begins and ends.

    The end of a month is counted on the day after; without a register all of the past is estimated.
    """
    published = last_published(place)
    return month_label(0) if published is None else next_month(published), next_month(today)


def stock_chart(words: Words, answer: Answer, place: str, today: str, **options: Any) -> ChartFigure:
    """Return the chart of the people of a place: a choice with its band, the baseline as a line beside it.

    The band of the baseline is left out beside a choice: two bands that lie on each other hide both, and the
    difference has a band of its own in the text. ``today`` is the last month of the estimate; ``options`` go
    to ``fan_chart``.
    """
    options["estimate"] = estimate_of(place, today)
    rules = words.t("overview.series_rules")
    if answer.choice.is_baseline:
        return fan_chart(words, {"A": answer.fan("stock", place)}, names={"A": rules}, **options)
    fans = {"A": answer.fan("stock", place), "baseline": answer.fan("stock", place, of="baseline")}
    names = {"A": words.t("overview.series_scenario"), "baseline": rules}
    return fan_chart(words, fans, names=names, bands=("A",), **options)


def next_month(month: str) -> str:
    """Return the month after: on its first day is counted what registers count at the end of ``month``."""
    return month_label(month_index(month) + 1)


@solara.component
def ExportsBar(slot: str = "A") -> None:
    """Show the downloads of the scenario in a slot."""
    session = use_session()
    if slot not in session.choices:
        return
    words, catalogue, job, place = session.words, session.engine.catalogue, session.job(slot), session.place
    choice, answer = session.choices[slot], job.shown
    places = tuple(dict.fromkeys((place, "NL", "EU", "ALL")))
    link = absolute_link(session, slot)
    name = f"ewea-{slot}-{place}-{choice.until}".lower()
    waits = job.outdated
    text = words.t("compare.exports_hint", name=slot_name(words, catalogue, slot, choice))
    if waits:
        text = words.t("compare.exports_waiting")
    elif not job.settled:
        text += " " + words.t("compare.exports_provisional")

    files = (
        ("briefing", "html", partial(briefing_of, words, catalogue, answer, place, link), "text/html"),
        ("excel", "xlsx", partial(excel_bytes, answer, places, link), EXCEL),
        ("csv", "csv", partial(csv_bytes, answer, places, link), "text/csv"),
    )
    with el("div", classes="exports-bar"):
        paragraph(text, classes="small muted")
        with el("div", classes="row"):
            for kind, ending, make, mime in files:
                Download(words.t(f"compare.export_{kind}"), f"{name}.{ending}", make, mime, disabled=waits)
        paragraph(words.t("compare.exports_print"), classes="small muted")


def absolute_link(session: Session, slot: str) -> str:
    """Return the address under which others see this scenario, as the browser knows the server."""
    path = session.href(choices={"A": session.choices[slot]}, settings={})
    origin = ((solara.lab.headers.value or {}).get("origin") or [""])[0]
    return f"{origin}{path}" if origin.startswith(("http://", "https://")) else path


def briefing_of(words: Words, catalogue: Any, answer: Answer, place: str, link: str) -> str:
    """Return the one-page briefing about a scenario in the language of the user."""
    lines = [f"{words.t('compare.war')}: {war_words(words, catalogue, answer.choice.war)}"]
    lines += policy_lines(words, catalogue, answer.choice) or [words.t("scenario.policy_none")]
    if len(lines) > MOST_LINES:
        rest = len(lines) - MOST_LINES + 1
        lines = [*lines[: MOST_LINES - 1], words.t("compare.briefing_more", n=rest)]
    return briefing(words, answer, place, place_name(words, catalogue, place), lines, link)
