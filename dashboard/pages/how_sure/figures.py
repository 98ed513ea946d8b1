"""Figures of How sure are we: errors by months ahead, and coverage of bands by host."""

from collections.abc import Mapping, Sequence
from math import exp
from typing import Any

import solara

from abm.band import LEVEL
from dashboard.colours import of
from dashboard.components.charts import Chart, standing_line
from dashboard.components.element import el, heading, paragraph, section
from dashboard.components.files import Download
from dashboard.components.panels import DataTable, table_columns
from dashboard.messages.words import Words
from dashboard.pages.how_sure import scores
from dashboard.pages.how_sure.scores import FORECASTERS, MODEL, parameters_csv
from dashboard.shell.session import Session

PERCENT = 100
TEN = 10
PROMISED = PERCENT * LEVEL
"""Percent of recorded months a band should hold."""

_FRAME, _ROW_HEIGHT = 90, 24
"""Pixels of the coverage figure without its rows, and of a row."""

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
        colour = of("scenario-a") if model else of("scenario-b")
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
                "customdata": [error_percent(words, errors[months][name]) for months in horizons],
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
            "marker": {"color": of("scenario-a")},
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
        "shapes": [standing_line(PROMISED)],
    }
    return {"data": data, "layout": layout}


def error_percent(words: Words, value: float) -> str:
    """Return a percentage (already in percent) with no more figures than an error bears: 0.4, 2.3, 13."""
    decimals = 1 if abs(value) < TEN else 0
    return words.share(value / PERCENT, decimals)


@solara.component
def Coverage(session: Session, figures: dict[str, Any]) -> None:
    """Show whether the bands hold what they promise."""
    words, hosts = session.words, session.engine.catalogue.hosts
    held = figures["windows"]["held_out"]
    found = {host: one.get("coverage_80") for host, one in held["hosts"].items()}
    shares = {host: share for host, share in found.items() if share is not None}
    order = sorted(shares, key=lambda host: shares[host])
    poor = [words.label(hosts[host]) for host in order if shares[host] < 0.5]
    pooled = words.share(held["coverage_80_pooled"])
    with section(words.t("how_sure.coverage_title"), id_="how-sure-coverage"):
        el("p", words.t("how_sure.coverage_text", share=pooled, promised=words.share(PROMISED / 100)))
        if poor:
            el("p", words.t("how_sure.coverage_poor", places=", ".join(poor)))
        names = [words.label(hosts[host]) for host in order]
        Chart(
            coverage_figure(words, names, [shares[host] for host in order]),
            name=words.t("how_sure.coverage_chart"),
            description=words.t(
                "how_sure.coverage_line",
                share=pooled,
                lowest=names[0],
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
    counts = scores.counted_by_status(parameters)
    total = sum(counts.values())
    with section(words.t("how_sure.assumed_title"), id_="how-sure-assumed"):
        fixed = scores.n_fixed(parameters)
        paragraph(words.t("how_sure.assumed_text", fitted=counts[scores.FITTED], all=total, fixed=fixed))
        DataTable(
            words.t("how_sure.status_caption"),
            table_columns(words, "how_sure.column", "status #count #share"),
            [
                [words.t(f"how_sure.status_{name}"), (words.number(n), n), (words.share(n / total), n)]
                for name, n in counts.most_common()
            ],
        )
        heading(words.t("how_sure.important_title"), 3)
        el("p", words.t("how_sure.important_text"))
        DataTable(
            words.t("how_sure.important_caption"),
            table_columns(words, "how_sure.column", "number #value #range unit status"),
            [_parameter(words, one) for one in scores.important(parameters)],
            sortable=False,
        )
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
