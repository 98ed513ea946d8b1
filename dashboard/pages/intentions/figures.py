"""The figure of surveys beside the model: one line per survey, points for both, a bar for the range."""

from collections.abc import Sequence
from typing import Any

import solara

from dashboard.components import (
    Chart,
    Column,
    DataTable,
    Progress,
    Select,
    bar_chart,
    el,
)
from dashboard.engine import display, surveys
from dashboard.messages import Words
from dashboard.pages.intentions.rows import POINTS, Row, place_name, place_of, say_and_do, short_name
from dashboard.shell import Session

ROW_HEIGHT = 44
"""Pixels of one survey."""

_FRAME = 130
_SURVEY = {"holdout": "circle-open", "fit": "circle", "reported": "square-open"}


def height_of(rows: Sequence[Row]) -> int:
    """Return how high the figure must be, pixels."""
    return _FRAME + ROW_HEIGHT * max(len(rows), 2)


def surveys_figure(words: Words, rows: Sequence[Row], hosts: Any) -> dict[str, Any]:
    """Return the figure.

    Parameters
    ----------
    words : Words
        Language.
    rows : sequence of dict
        Answers, in the order shown from top to bottom.
    hosts : dict of str to dict
        Names of hosts by language.
    """
    places = {row["target"]: place_of(row) for row in rows}
    ticks = []
    for row in rows:
        place = places[row["target"]]
        where = "" if place not in hosts else f" ({place})"
        asked = f" · {words.t('intentions.now')}" if row["condition"] == "now" else ""
        ticks.append(f"{short_name(row, words)}{where}, {words.short_month(row['month'])}{asked}")
    data: list[dict[str, Any]] = [_model(words, rows)]
    for use, symbol in _SURVEY.items():
        held = [(n, row) for n, row in enumerate(rows) if row["use"] == use]
        if not held:
            continue
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": words.t(f"intentions.legend_{use}"),
                "x": [POINTS * row["observed"] for _, row in held],
                "y": [n for n, _ in held],
                "marker": {
                    "symbol": symbol,
                    "size": 12,
                    "color": "var(--series-2)",
                    "line": {"width": 3 if "open" in symbol else 0, "color": "var(--series-2)"},
                },
                "customdata": [
                    [
                        words.label(row["survey"]),
                        words.share(row["observed"]),
                        place_name(place_of(row), words, hosts),
                    ]
                    for _, row in held
                ],
                "hovertemplate": "%{customdata[0]}<br>%{customdata[2]}<br>"
                f"{words.t('intentions.survey')}: %{{customdata[1]}}<extra></extra>",
            }
        )
    layout = {
        "hovermode": "closest",
        "xaxis": {"range": [0, POINTS], "ticksuffix": " %", "title": {"text": words.t("intentions.axis")}},
        "yaxis": {
            "showticklabels": False, "showgrid": False, "zeroline": False, "range": [len(rows) - 0.4, -0.8],
        },
        # Names above their lines, or nothing would be left of the figure on a phone.
        "annotations": [
            {
                "text": tick, "xref": "paper", "x": 0, "xanchor": "left", "y": n, "yshift": 15,
                "showarrow": False, "font": {"size": 13, "color": "var(--muted)"},
            }
            for n, tick in enumerate(ticks)
        ],
        "legend": {"y": 1.01, "yanchor": "bottom"},
    }  # fmt: skip
    return {"data": data, "layout": layout}


def _model(words: Words, rows: Sequence[Row]) -> dict[str, Any]:
    mid = [POINTS * row["model"] for row in rows]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": words.t("intentions.legend_model"),
        "x": mid,
        "y": list(range(len(rows))),
        "marker": {"symbol": "diamond", "size": 11, "color": "var(--series-1)"},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [POINTS * row["high80"] - x for row, x in zip(rows, mid, strict=True)],
            "arrayminus": [x - POINTS * row["low80"] for row, x in zip(rows, mid, strict=True)],
            "color": "var(--series-1)",
            "thickness": 2,
            "width": 5,
        },
        "customdata": [
            [
                words.share(row["model"]),
                words.t("formats.band", low=words.share(row["low80"]), high=words.share(row["high80"])),
            ]
            for row in rows
        ],
        "hovertemplate": words.t("intentions.model")
        + ": %{customdata[0]}<br>%{customdata[1]}<extra></extra>",
    }


PERSONS = 1000


@solara.component
def SayAndDo(session: Session) -> None:
    """Show the wish to return beside the returns of a year, under the choice of the user."""
    words = session.words
    job = session.job("A")
    place = session.place
    found = say_and_do(job.shown, place)
    wish, deed = (display(*(PERSONS * part for part in one)) for one in (found.wish, found.deed))
    month = words.month(job.shown.months[-1])
    where = place_words(session)
    with el("section", classes="section", aria_labelledby="intentions-deeds"):
        el("h2", words.t("intentions.deeds_title"), classes="heading-2", id="intentions-deeds")
        el("p", words.t("intentions.deeds_lead", wish=wish[1], deed=deed[1], month=month, place=where))
        Select(
            words.t("intentions.deeds_place"), place,
            [(one, place_words(session, one)) for one in job.shown.places], session.set_place, compact=True,
        )  # fmt: skip
        Progress("A")
        Chart(
            bar_chart(
                words, [words.t("intentions.bar_wish"), words.t("intentions.bar_deed")], {"A": [wish, deed]},
                unit=words.t("intentions.per_thousand"),
            ),
            name=words.t("intentions.deeds_chart", place=where, month=month),
            description=words.t(
                "intentions.deeds_text", wish=wish[1], wish_band=words.band(wish[0], wish[2]),
                deed=deed[1], deed_band=words.band(deed[0], deed[2]),
            ),
            note=words.t(
                "intentions.deeds_note" if job.settled or not job.busy else "intentions.deeds_first"
            ),
            file_name=f"ewea-say-and-do-{place}-{words.language}",
            height=230,
            busy=job.outdated,
        )  # fmt: skip
        el("p", words.t("intentions.deeds_why"))
        Recorded(session)


def place_words(session: Session, place: str | None = None) -> str:
    """Return the name of a place of the engine."""
    place = place or session.place
    hosts = session.engine.catalogue.hosts
    return (
        session.words.label(hosts[place]) if place in hosts else session.words.t(f"intentions.place_{place}")
    )


@solara.component
def Recorded(session: Session) -> None:
    """Show what was recorded of leaving and returning, beside the model."""
    words = session.words
    counted = [row for row in surveys.simulated_against_surveys() if row["kind"] == "quantity"]
    told = [row for row in counted if words.has(f"intentions.deed_{row['target']}")]
    table = []
    for row in told:
        write = words.share if row["unit"] != "persons" else lambda value: words.number(round(value, -4))
        decimals = {"decimals": 1} if row["unit"] == "share/month" else {}
        table.append(
            [
                words.t(f"intentions.deed_{row['target']}"),
                words.t(f"intentions.use_{row['use']}"),
                (write(row["observed"], **decimals), row["observed"]),
                (write(row["model"], **decimals), row["model"]),
                (f"{write(row['low80'], **decimals)} – {write(row['high80'], **decimals)}", row["low80"]),
                words.t("intentions.yes" if row["inside"] else "intentions.no"),
            ]
        )
    DataTable(
        words.t("intentions.deeds_caption"),
        [
            Column(words.t("intentions.column_what")), Column(words.t("intentions.column_use")),
            Column(words.t("intentions.column_recorded"), True), Column(words.t("intentions.model"), True),
            Column(words.t("intentions.column_range"), True), Column(words.t("intentions.column_inside")),
        ],
        table,
    )  # fmt: skip
