"""A scoring rule for made-up registers of the hosts AA, BB and NL."""

import numpy as np

from abm.data.world import Registers
from calibration.validation.published import PublishedForecast
from calibration.validation.rules import AcceptanceThresholds, AutomaticBaselines, RollingThresholds, Rules

TARGET = {"observed_status": "quoted", "observed_source": "a newspaper"}
PUBLISHED = {
    "label": {"en": "A forecast of others", "nl": "Andermans raming", "uk": "Чужий прогноз"},
    "host": "NL",
    "publisher": "somebody",
    "source": "a newspaper",
    "date": "2023-02",
    "status": "quoted",
    "origins": ["2023-01", "2023-02"],
    "unit": "persons",
    "targets": {
        "2023-06": {"forecast": 990, "observed": 900, **TARGET},
        "2023-12": {"forecast": 1000, "observed": 1000, **TARGET},
    },
    "note": "Made up for this test.",
}


def figure(value, unit, status="decided"):
    """Return a figure as files write it."""
    return {"value": value, "unit": unit, "status": status, "source": "test"}


def bars(schema, *values):
    return {name: figure(value, "ratio") for name, value in zip(schema.model_fields, values, strict=True)}


def baselines_of(months, persistence):
    """Return settings of the automatic baselines as files write them."""
    spans = {"growth_months": 12, "damped_trend_months": months, "least_months_since_break": 6}
    terms = {"most_autoregressive_terms": 1, "most_moving_average_terms": 0, "most_terms_together": 1}
    return {
        **{name: figure(value, "months") for name, value in spans.items()},
        **{name: figure(value, "terms") for name, value in terms.items()},
        "damped_trend_persistence": figure(persistence, "share"),
    }


def automatic(months, persistence):
    return AutomaticBaselines.model_validate(baselines_of(months, persistence))


def registers_of(stock, broken=(), first=0):
    """Return published stocks [month, host] and nothing else; ``broken`` are months and hosts of breaks."""
    stock = np.asarray(stock, dtype=np.float64)
    is_break = np.zeros(stock.shape, dtype=np.bool_)
    for month, host in broken:
        is_break[month, host] = True
    nothing, flat = np.zeros_like(stock), np.zeros(stock.shape[1])
    return Registers(
        first_month=first,
        last_month=len(stock) - 1,
        stock=stock,
        decisions=nothing,
        eu_decisions=np.full(len(stock), np.nan),
        arrivals=nothing,
        arrivals_derived=nothing.astype(np.bool_),
        break_completeness=nothing,
        is_break=is_break,
        deregistration_share=nothing,
        deregistration_lag=flat,
        again_share=nothing,
        late_share=nothing,
    )


def _rules():
    chosen = {"status": "decided", "source": "test"}
    file = {
        "horizons_months": figure([1, 3, 6, 12], "months"),
        "lookback_months": figure(6, "months"),
        "windows": {
            "fit": {"first_target": "2022-09", "last_target": "2023-12"},
            "held_out": {"first_target": "2024-01", "last_target": "2024-08"},
        },
        "rolling": {
            "first_origin": "2023-05",
            "last_origin": "2023-08",
            "last_target": "2024-07",
            "half_year_origin": "2023-06",
            "horizons_months": figure([3, 6, 9], "months"),
            "shown_hosts": {"value": ["NL"], **chosen},
            "bars": bars(RollingThresholds, 0.9, 5.0, 8.0, 3.0),
        },
        "never_scored": [],
        "default_scale": 100,
        "default_seeds": 5,
        "statistical_rivals": baselines_of(6, 0.95),
        "compared": {
            "horizons_months": figure([1, 3, 6], "months"),
            "hosts": {"value": ["NL", "AA"], **chosen},
            "reported_error_pct": {
                "persistence": figure([1.0, 3.0, 6.0], "percent", "reported"),
                "constant_inflow": figure([0.5, 1.5, 3.0], "percent", "reported"),
            },
        },
        "bars": bars(AcceptanceThresholds, 0.5, 0.1, 0.5, 0.7, 1.0, 0.05, 5.0, 10.0),
    }
    known = {"ids": ("AA", "BB", "NL"), "registers": registers_of(np.ones((32, 3)))}
    rules = Rules.model_validate(file, context=known)
    rules.published["made_up"] = PublishedForecast.model_validate(PUBLISHED, context={"scored": {"NL": 2}})
    return rules


RULES = _rules()
