"""Figures of How sure are we: errors by months ahead, and coverage of bands by host."""

from collections.abc import Mapping, Sequence
from math import exp
from typing import Any

import solara

from dashboard.components import (
    Chart,
    Column,
    DataTable,
    Download,
    el,
)
from dashboard.messages import Words
from dashboard.pages.how_sure import scores
from dashboard.pages.how_sure.scores import FORECASTERS, MODEL, parameters_csv
from dashboard.shell import Session

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


_FRAME = 90


_ROW_HEIGHT = 24


@solara.component
def Coverage(session: Session, figures: dict[str, Any]) -> None:
    """Show whether the bands hold what they promise."""
    words, hosts = session.words, session.engine.catalogue.hosts
    held = figures["windows"]["held_out"]
    shares = {
        host: one["coverage_80"] for host, one in held["hosts"].items() if one.get("coverage_80") is not None
    }
    order = sorted(shares, key=lambda host: shares[host])
    poor = [words.label(hosts[host]) for host in order if shares[host] < 0.5]
    pooled = words.share(held["coverage_80_pooled"])
    with el("section", classes="section", aria_labelledby="how-sure-coverage"):
        el("h2", words.t("how_sure.coverage_title"), classes="heading-2", id="how-sure-coverage")
        el("p", words.t("how_sure.coverage_text", share=pooled, promised=words.share(PROMISED / 100)))
        if poor:
            el("p", words.t("how_sure.coverage_poor", places=", ".join(poor)))
        Chart(
            coverage_figure(
                words, [words.label(hosts[host]) for host in order], [shares[host] for host in order]
            ),
            name=words.t("how_sure.coverage_chart"),
            description=words.t(
                "how_sure.coverage_line",
                share=pooled,
                lowest=words.label(hosts[order[0]]),
                low=words.share(shares[order[0]]),
            ),
            note=words.t("how_sure.note_held_out"),
            file_name=f"ewea-coverage-{words.language}",
            height=_FRAME + _ROW_HEIGHT * len(order),
        )


@solara.component
def Assumed(session: Session, figures: dict[str, Any]) -> None:
    """Show how many numbers rest on data, how many on judgement, and the most important of the latter."""
    words = session.words
    parameters = figures["parameters"]
    counts = scores.counted(parameters)
    total = sum(counts.values())
    with el("section", classes="section", aria_labelledby="how-sure-assumed"):
        el("h2", words.t("how_sure.assumed_title"), classes="heading-2", id="how-sure-assumed")
        el(
            "p",
            words.t(
                "how_sure.assumed_text",
                fitted=counts[scores.FITTED],
                all=total,
                fixed=scores.n_fixed(parameters),
            ),
        )
        DataTable(
            words.t("how_sure.status_caption"),
            [words.t("how_sure.column_status"), Column(words.t("how_sure.column_count"), True),
             Column(words.t("how_sure.column_share"), True)],
            [
                [words.t(f"how_sure.status_{name}"), (words.number(n), n), (words.share(n / total), n)]
                for name, n in counts.most_common()
            ],
        )  # fmt: skip
        el("h3", words.t("how_sure.important_title"), classes="heading-3")
        el("p", words.t("how_sure.important_text"))
        DataTable(
            words.t("how_sure.important_caption"),
            [
                words.t("how_sure.column_number"), Column(words.t("how_sure.column_value"), True),
                Column(words.t("how_sure.column_range"), True), words.t("how_sure.column_unit"),
                words.t("how_sure.column_status"),
            ],
            [_parameter(words, one) for one in scores.important(parameters)],
            sortable=False,
        )  # fmt: skip
        Download(words.t("how_sure.download"), "ewea-parameters.csv", lambda: parameters_csv(parameters))


def _parameter(words: Words, one: dict[str, Any]) -> list[Any]:
    """Return a parameter as a row of a table."""
    unit = one["unit"]
    value, low, high = (float(one[name]) for name in ("value", "low", "high"))
    return [
        scores.parameter_name(one["parameter"], words),
        _written(words, value, unit),
        f"{_written(words, low, unit)} – {_written(words, high, unit)}",
        words.t(f"how_sure.unit_{unit.replace(' ', '_').replace('/', '_per_')}"),
        words.t(f"how_sure.status_{one['status']}"),
    ]


def _written(words: Words, value: float, unit: str) -> str:
    """Return a number as a reader takes it: log odds as a factor on the odds, shares in percent."""
    if unit == "share":
        return words.share(value)
    if unit == "1/month":
        return words.share(value, 1)
    if unit == "elasticity":
        return words.number(value, 1)
    factor = exp(value) if unit == "log odds" else value
    return f"× {words.number(factor, 0 if factor >= TEN else 1)}"
