"""A scoring rule for made-up registers of the hosts AA, BB and NL."""

import numpy as np

from abm.data.world import Registers
from calibration.validation.published import PublishedForecast
from calibration.validation.rules import (
    AcceptanceScope,
    AcceptanceThresholds,
    ArimaOrders,
    DampedTrend,
    RollingRule,
    RollingThresholds,
    Rules,
)

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

RULES = Rules(
    hosts=(0, 1, 2),
    horizons=(1, 3, 6, 12),
    lookback=6,
    windows={"fit": (8, 23), "held_out": (24, 31)},
    rolling=RollingRule(
        origins=(16, 17, 19),
        last_target=30,
        half_year=(17, 23),
        horizons=(3, 6, 9),
        hosts=("NL",),
        acceptance=dict(zip(RollingThresholds.model_fields, (0.9, 5.0, 8.0, 3.0), strict=True)),
    ),
    growth_months=12,
    damped=DampedTrend(6, 0.95),
    least_months_since_break=6,
    arima_orders=ArimaOrders(1, 0, 1),
    compared=AcceptanceScope(
        horizons=(1, 3, 6),
        hosts=("NL", "AA"),
        reported={"persistence": (1.0, 3.0, 6.0), "constant_inflow": (0.5, 1.5, 3.0)},
    ),
    acceptance=dict(
        zip(AcceptanceThresholds.model_fields, (0.5, 0.1, 0.5, 0.7, 1.0, 0.05, 5.0, 10.0), strict=True)
    ),
    published={"made_up": PublishedForecast.model_validate(PUBLISHED, context={"scored": {"NL": 2}})},
    default_scale=100,
    default_seeds=5,
)


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
