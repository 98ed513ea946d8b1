"""Figures of How sure are we: errors by months ahead, and coverage of bands by host."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.messages import Words
from dashboard.pages_parts.how_sure.scores import FORECASTERS, MODEL

PERCENT = 100
TEN = 10
PROMISED = 80
"""Percent of recorded months an 80 % band should hold."""

_SYMBOLS = {
    MODEL: "diamond",
    "persistence": "square-open",
    "constant_inflow": "circle-open",
    "last_year_growth": "triangle-up-open",
    "ets": "cross-open",
    "auto_arima": "x-open",
}


def errors_figure(words: Words, errors: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """Return typical errors: a line of points per number of months ahead, the model filled, rivals open."""
    horizons = list(errors)
    data = []
    for name in (*FORECASTERS[1:], MODEL):
        model = name == MODEL
        colour = "var(--series-1)" if model else "var(--series-2)"
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": words.t(f"how_sure.by_{name}"),
                "x": [errors[months][name] for months in horizons],
                "y": list(range(len(horizons))),
                "marker": {
                    "symbol": _SYMBOLS[name], "size": 16 if model else 12, "color": colour,
                    "line": {"width": 0 if model else 2.5, "color": colour},
                },
                "customdata": [percent(words, errors[months][name]) for months in horizons],
                "hovertemplate": words.t(f"how_sure.by_{name}") + ": %{customdata}<extra></extra>",
            }
        )  # fmt: skip
    layout = {
        "hovermode": "closest",
        "xaxis": {
            "rangemode": "tozero",
            "ticksuffix": " %",
            "title": {"text": words.t("how_sure.axis_error")},
        },
        "yaxis": {
            "tickvals": list(range(len(horizons))),
            "ticktext": [words.t("how_sure.ahead", n=int(months)) for months in horizons],
            "range": [len(horizons) - 0.5, -0.5],
        },
        "legend": {"y": 1.02, "yanchor": "bottom", "traceorder": "reversed"},
    }
    return {"data": data, "layout": layout}


def coverage_figure(words: Words, names: Sequence[str], shares: Sequence[float]) -> dict[str, Any]:
    """Return for every host how many of its months lie in the band, with a line at what was promised."""
    values = [PERCENT * share for share in shares]
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "y": list(names),
            "x": values,
            "marker": {"color": "var(--series-1)"},
            "customdata": [words.share(share) for share in shares],
            "hovertemplate": "%{y}: %{customdata}<extra></extra>",
        }
    ]
    layout = {
        "hovermode": "closest",
        "showlegend": False,
        "xaxis": {
            "range": [0, PERCENT],
            "ticksuffix": " %",
            "title": {"text": words.t("how_sure.axis_coverage")},
        },
        "yaxis": {"autorange": "reversed", "type": "category", "tickfont": {"size": 13}, "dtick": 1},
        "shapes": [
            {
                "type": "line",
                "x0": PROMISED,
                "x1": PROMISED,
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "line": {"color": "var(--text)", "dash": "dash", "width": 2},
            }
        ],
    }
    return {"data": data, "layout": layout}


def percent(words: Words, value: float) -> str:
    """Return a percentage with no more figures than an error bears: 0.4, 2.3, 13.

    The value is in percent already.
    """
    decimals = 1 if abs(value) < TEN else 0
    return words.share(value / PERCENT, decimals)
