"""Answers in surveys beside those of the model: chosen, named, summed up and drawn; saying and doing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import solara

from dashboard.colours import of
from dashboard.components.charts import Chart, bar_chart, trace, whiskers
from dashboard.components.element import el, section
from dashboard.components.panels import DataTable, Progress, table_columns
from dashboard.engine import shipped
from dashboard.engine.answer import Answer
from dashboard.engine.bands import Band, display, triple
from dashboard.messages.words import Words
from dashboard.pages.shared.wording import PlaceSelect, place_name
from dashboard.shell.session import Session

SEVERAL = "ALL"
"""How the targets call a survey held in many hosts."""

USES = ("holdout", "fit", "reported")
"""Not seen by the model, used to fit it, only compared; in the order shown."""

ANSWERS = ("return", "stay", "undecided", "onward")
POINTS = 100

YEAR = 12
"""Months over which behaviour is counted."""

PERSONS = 1000
ROW_HEIGHT = 44
"""Pixels of one survey."""

FRAME = 130
MODEL, SURVEYS = of("scenario-a"), of("scenario-b")
_SURVEY = {"holdout": "circle-open", "fit": "circle", "reported": "square-open"}

type SurveyRow = Mapping[str, Any]


def answers_of_surveys(rows: Iterable[SurveyRow]) -> list[SurveyRow]:
    """Return the rows that are answers of a survey (no contrasts between groups, no counts)."""
    return [row for row in rows if row["kind"] == "survey"]


def chosen(rows: Iterable[SurveyRow], answer: str, place: str) -> list[SurveyRow]:
    """Return the rows of an answer (exactly that one) and a place, unseen ones first, then by month."""
    found = [row for row in rows if row["label"] == answer and place in ("", place_of(row))]
    return sorted(found, key=lambda row: (USES.index(row["use"]), row["month"], row["target"]))


def place_of(row: SurveyRow) -> str:
    """Return the place of a survey: a host, or ``ALL`` for several."""
    hosts = row.get("hosts") or [SEVERAL]
    return hosts[0] if len(hosts) == 1 else SEVERAL


def survey_place(place: str, words: Words, hosts: Mapping[str, dict[str, str]]) -> str:
    """Return the name of a place of surveys."""
    return words.label(hosts[place]) if place in hosts else words.t("intentions.several")


def rms_points(rows: Sequence[SurveyRow]) -> float | None:
    """Return the root mean square of model less survey, percentage points; None without rows."""
    squares = [(row["model"] - row["observed"]) ** 2 for row in rows]
    return POINTS * sqrt(sum(squares) / len(squares)) if squares else None


def families(rows: Iterable[SurveyRow]) -> list[tuple[str, str, list[SurveyRow]]]:
    """Return (family, place, rows) for every family of surveys and every place, in the order given."""
    found: dict[tuple[str, str], list[SurveyRow]] = {}
    for row in rows:
        found.setdefault((row["family"], place_of(row)), []).append(row)
    return [(family, place, some) for (family, place), some in found.items()]


@dataclass(frozen=True)
class SaidAndDone:
    """Shares (0 to 1) as low, median, high of the band."""

    intention: Band  # Share of the people at the horizon whose household says that it will return
    # Returns of the twelve months before the horizon, as a share of the people at its start
    behaviour: Band


def said_and_done(answer: Answer, place: str) -> SaidAndDone:
    """Return who says they return, and who does, as shares; the horizon is at least a year ahead."""
    mask = answer.mask(place)
    stock = answer.series("stock", place)
    said = np.asarray(answer.mine.group("intention", "return"), float)[:, mask].sum(axis=1)
    done = answer.series("returns", place)[:, -YEAR:].sum(axis=1)
    before = stock[:, -min(YEAR + 1, stock.shape[1])]
    return SaidAndDone(triple(said / np.maximum(stock[:, -1], 1)), triple(done / np.maximum(before, 1)))


def surveys_figure(words: Words, rows: Sequence[SurveyRow], hosts: Any) -> dict[str, Any]:
    """Return the figure of answers, in the order shown from top to bottom."""
    places = {row["target"]: place_of(row) for row in rows}
    ticks = []
    for row in rows:
        place = places[row["target"]]
        where = "" if place not in hosts else f" ({place})"
        name = words.label(row["survey"]).split(",")[0]  # who asked: all before the first comma
        asked = f" · {words.t('intentions.now')}" if row["condition"] == "now" else ""
        ticks.append(f"{name}{where}, {words.short_month(row['month'])}{asked}")
    data: list[dict[str, Any]] = [_model(words, rows)]
    for use, symbol in _SURVEY.items():
        held = [(n, row) for n, row in enumerate(rows) if row["use"] == use]
        if not held:
            continue
        line = {"width": 3 if "open" in symbol else 0, "color": SURVEYS}
        said = [
            [
                words.label(row["survey"]),
                words.share(row["observed"]),
                survey_place(place_of(row), words, hosts),
            ]
            for _, row in held
        ]
        data.append(
            trace(
                words.t(f"intentions.legend_{use}"),
                [POINTS * row["observed"] for _, row in held],
                [n for n, _ in held],
                said,
                "%{customdata[0]}<br>%{customdata[2]}<br>"
                f"{words.t('intentions.column_survey')}: %{{customdata[1]}}",
                marker={"symbol": symbol, "size": 12, "color": SURVEYS, "line": line},
            )
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


def _model(words: Words, rows: Sequence[SurveyRow]) -> dict[str, Any]:
    low, mid, high = ([POINTS * row[end] for row in rows] for end in ("low", "model", "high"))
    said = [
        [
            words.share(row["model"]),
            words.t("formats.band", low=words.share(row["low"]), high=words.share(row["high"])),
        ]
        for row in rows
    ]
    tip = words.t("intentions.column_model") + ": %{customdata[0]}<br>%{customdata[1]}"
    look = {"marker": {"symbol": "diamond", "size": 11, "color": MODEL}}
    look["error_x"] = whiskers(low, mid, high, MODEL)
    return trace(words.t("intentions.legend_model"), mid, list(range(len(rows))), said, tip, **look)


@solara.component
def SayingAndDoing(session: Session) -> None:
    """Show the intention to return beside the returns of a year, under the choice of the user."""
    words = session.words
    job = session.job("A")
    place = session.place
    found = said_and_done(job.shown, place)
    said, done = (display([PERSONS * part for part in one]) for one in (found.intention, found.behaviour))
    month = words.month(job.shown.months[-1])
    where = place_name(words, session.engine.catalogue, place)
    with section(words.t("intentions.behaviour_title"), id_="intentions-behaviour"):
        el("p", words.t("intentions.behaviour_lead", said=said[1], done=done[1], month=month, place=where))
        PlaceSelect(session, words.t("intentions.behaviour_place"), places=job.shown.places, compact=True)
        Progress("A")
        Chart(
            bar_chart(
                words, [words.t("intentions.bar_said"), words.t("intentions.bar_done")], {"A": [said, done]},
                unit=words.t("intentions.per_thousand"),
            ),
            name=words.t("intentions.behaviour_chart", place=where, month=month),
            description=words.t(
                "intentions.behaviour_text", said=said[1], said_band=words.band(said[0], said[2]),
                done=done[1], done_band=words.band(done[0], done[2]),
            ),
            note=words.t(
                "intentions.behaviour_note" if job.settled or not job.busy else "intentions.behaviour_first"
            ),
            file_name=f"ewea-say-and-do-{place}-{words.language}",
            height=230,
            busy=job.outdated,
        )  # fmt: skip
        el("p", words.t("intentions.behaviour_why"))
        Recorded(session)


@solara.component
def Recorded(session: Session) -> None:
    """Show what was recorded of leaving and returning, beside the model."""
    words = session.words
    counted = [row for row in shipped.simulated_against_surveys() if row["kind"] == "quantity"]
    told = [row for row in counted if words.has(f"intentions.recorded_{row['target']}")]
    table = []
    for row in told:
        write = words.share if row["unit"] != "persons" else lambda value: words.number(round(value, -4))
        decimals = {"decimals": 1} if row["unit"] == "share/month" else {}
        table.append(
            [
                words.t(f"intentions.recorded_{row['target']}"),
                words.t(f"intentions.use_{row['use']}"),
                (write(row["observed"], **decimals), row["observed"]),
                (write(row["model"], **decimals), row["model"]),
                (f"{write(row['low'], **decimals)} – {write(row['high'], **decimals)}", row["low"]),
                words.t("intentions.yes" if row["inside"] else "intentions.no"),
            ]
        )
    DataTable(
        words.t("intentions.behaviour_caption"),
        table_columns(words, "intentions.column", "what use #recorded #model #range inside"),
        table,
    )
