"""The figure of surveys beside the model: one line per survey, points for both, a bar for the range."""

from collections.abc import Sequence
from typing import Any

from dashboard.messages import Words
from dashboard.pages_parts.intentions.rows import POINTS, Row, place_name, place_of, short_name

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
