"""Scores of the model and its rivals, read from the shipped validation, and how they are drawn."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import exp
from typing import Any

import solara

from abm.band import LEVEL, key
from calibration.validation.metrics import POOLED_COVERAGE
from dashboard.colours import of
from dashboard.components.charts import Chart, standing_line, trace
from dashboard.components.controls import Download
from dashboard.components.element import el, heading, paragraph, section
from dashboard.components.panels import DataTable, table_columns
from dashboard.engine.tables import csv_text
from dashboard.messages.catalogue import all_messages
from dashboard.messages.words import Words
from dashboard.shell.session import Session

MODEL = "model"
WITH_CLEAN_UP = "model_with_clean_up"
RIVAL = "damped_trend"
"""The strongest rule of thumb stands beside the model."""

NAIVE = ("persistence", "constant_inflow")
"""Rivals that need no statistics: nothing changes, inflow goes on."""

FORECASTERS = (MODEL, *NAIVE, "last_year_growth", "damped_trend", "ets", "auto_arima")
HORIZONS = ("1", "3", "6", "12")
WINDOWS = ("held_out", "fit")
FITTED = "fitted"
FIXED = "fixed"
KEY = "how_sure.parameter_"

COLUMNS = ("parameter", "value", "unit", "low", "high", "distribution", "status", "meaning", "source")

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
    "damped_trend": "star-open",
    "ets": "cross-open",
    "auto_arima": "x-open",
}

type Window = Mapping[str, Any]


def typical_errors(window: Window) -> dict[str, dict[str, float]]:
    """Return the median error in percent by months ahead and forecaster."""
    return {months: _known(window["horizons"][months]["median_error_pct"], {}) for months in HORIZONS}


def rolling_errors(rolling: Mapping[str, Any]) -> dict[int, tuple[float, float]]:
    """Return by months ahead the typical error of the model and of the damped trend, percent."""
    found = {int(months): by for months, by in rolling.items()}
    return {
        months: (found[months][MODEL]["median"], found[months][RIVAL]["median"]) for months in sorted(found)
    }


def errors_across_breaks(window: Window) -> dict[str, dict[str, float]]:
    """Return the same across clean-ups of registers, the model with its own forecast of the clean-up."""
    found = {}
    for months in HORIZONS:
        scores = window["breaks"][months]["median_error_pct"]
        found[months] = _known(scores, {MODEL: WITH_CLEAN_UP})
    return found


def _known(scores: Mapping[str, float], renamed: Mapping[str, str]) -> dict[str, float]:
    """Return the scores of the forecasters that were there when the shipped validation was made."""
    keys = {name: renamed.get(name, name) for name in FORECASTERS}
    return {name: scores[key] for name, key in keys.items() if key in scores}


def error_of_host(window: Window, host: str, months: str) -> dict[str, float] | None:
    """Return the mean error of a host by forecaster, percent; None where it was not scored."""
    found = window["horizons"][months]["mean_error_pct_by_host"].get(host)
    return None if found is None else _known(found, {})


def best_naive(errors: Mapping[str, float]) -> str:
    """Return the naive rival with the smallest error."""
    return min(NAIVE, key=lambda name: errors[name])


def beaten_hosts(window: Window) -> list[tuple[str, tuple[str, ...]]]:
    """Return the hosts named before scoring in which naive rivals beat the model, and which they are."""
    found = []
    for level in window["levels"]:
        if not level["id"].startswith("better_in_") or level["met"]:
            continue
        ratios = level["value"]
        better = tuple(name for name in NAIVE if ratios.get(name) is not None and ratios[name] >= 1)
        found.append((level["id"].removeprefix("better_in_"), better))
    return found


def levels_met(window: Window) -> tuple[int, int]:
    """Return how many of the levels fixed before scoring were met, of how many."""
    asked = [level for level in window["levels"] if level["met"] is not None]
    return sum(bool(level["met"]) for level in asked), len(asked)


def counted_by_status(parameters: list[dict[str, Any]]) -> Counter[str]:
    """Return how many parameters have which status; fixed values (limits, reference points) do not count."""
    return Counter(one["status"] for one in parameters if one["distribution"] != FIXED)


def important(parameters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the assumed numbers that decide most: those explained in the messages, and not fitted.

    Which they are is a judgement of the makers, kept with its words in ``messages.yaml``.
    """
    order = [key.removeprefix(KEY) for key in all_messages() if key.startswith(KEY)]
    known = {one["parameter"]: one for one in parameters}
    return [known[name] for name in order if name in known and known[name]["status"] != FITTED]


def errors_figure(words: Words, errors: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """Return typical errors: a line of points per number of months ahead, the model filled, rivals open."""
    horizons = list(errors)
    data = []
    for name in (*(rival for rival in errors[horizons[0]] if rival != MODEL), MODEL):
        model = name == MODEL
        colour = of("scenario-a") if model else of("scenario-b")
        mark = {"symbol": _SYMBOLS[name], "size": 16 if model else 12, "color": colour}
        mark["line"] = {"width": 0 if model else 2.5, "color": colour}
        percent = [errors[months][name] for months in horizons]
        said = [error_percent(words, error) for error in percent]
        label = words.t(f"how_sure.by_{name}")
        data.append(trace(label, percent, list(range(len(horizons))), said, marker=mark))
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
    found = {host: one.get(key("coverage")) for host, one in held["hosts"].items()}
    shares = {host: share for host, share in found.items() if share is not None}
    order = sorted(shares, key=lambda host: shares[host])
    poor = [words.label(hosts[host]) for host in order if shares[host] < 0.5]
    pooled = words.share(held[POOLED_COVERAGE])
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
    counts = counted_by_status(parameters)
    total = sum(counts.values())
    with section(words.t("how_sure.assumed_title"), id_="how-sure-assumed"):
        fixed = len(parameters) - total  # by convention, without a margin
        paragraph(words.t("how_sure.assumed_text", fitted=counts[FITTED], all=total, fixed=fixed))
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
            [_parameter(words, one) for one in important(parameters)],
            sortable=False,
        )
        rows = [[one.get(name, "") for name in COLUMNS] for one in parameters]
        Download(
            words.t("how_sure.download"), "ewea-parameters.csv", lambda: csv_text(COLUMNS, rows, words=words)
        )


def _parameter(words: Words, one: dict[str, Any]) -> list[Any]:
    unit = one["unit"]
    value, low, high = (float(one[name]) for name in ("value", "low", "high"))
    return [
        words.t(f"{KEY}{one['parameter']}"),
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
