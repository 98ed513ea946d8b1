"""Scores of forecasts made month after month, each with what was known then, breaks included.

The base of every error is the register that came out. The forecast of the model is the median of its
members: a register correction that comes in few of them widens the band and leaves the median.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from abm.arrays import Booleans, Floats, Integers
from abm.band import IN_WORDS, LEVEL, key
from abm.data.world import Registers
from abm.months import month_label
from abm.places import EU
from calibration.validation import metrics
from calibration.validation.baselines import BASELINES, baseline_forecasts
from calibration.validation.comparisons import acceptance_level, coverage_asked
from calibration.validation.forecasts import Pairs, rolling_pairs
from calibration.validation.rules import Rules

MODEL = "model"
FORECASTERS = (MODEL, *BASELINES)
COVERAGE = key("coverage")
MOST_AWAY = 1
"""Months that a pair may lie from the horizon it belongs to."""


@dataclass(frozen=True)
class RollingScored:
    """Pairs of one or more places with every forecast of them, persons."""

    pairs: Pairs  # ``P`` forecasts
    members: Floats  # [S, P]
    points: Mapping[str, Floats]  # By forecaster, float64[P]

    @classmethod
    def of(cls, pairs: Pairs, members: Floats, baselines: Mapping[str, Floats]) -> "RollingScored":
        """Return pairs with the median of the members as the forecast of the model."""
        return cls(pairs, members, {MODEL: np.median(members, axis=0), **baselines})

    def where(self, mask: Booleans) -> "RollingScored":
        """Return the part of a mask ``bool[P]``."""
        points = {name: point[mask] for name, point in self.points.items()}
        return RollingScored(self.pairs.where(mask), self.members[:, mask], points)

    def summed(self, hosts: Booleans) -> "RollingScored":
        """Return the sum over hosts bool[H] that have a pair, for every origin and target."""
        part = self.where(hosts[self.pairs.host])
        months = np.stack([part.pairs.origin, part.pairs.horizon])
        found, place = np.unique(months, axis=1, return_inverse=True)
        place = place.ravel()
        n = found.shape[1]

        def total(values: Floats) -> Floats:
            return np.bincount(place, values, minlength=n)

        pairs = Pairs(
            host=np.full(n, -1),
            origin=found[0],
            horizon=found[1],
            known=found[0],
            at_origin=total(part.pairs.at_origin),
            at_target=total(part.pairs.at_target),
            crosses_break=total(part.pairs.crosses_break.astype(float)) > 0,
        )
        baselines = {name: total(part.points[name]) for name in BASELINES}
        return RollingScored.of(pairs, np.stack([total(row) for row in part.members]), baselines)


def horizon_of(months_ahead: Integers, horizons: tuple[int, ...]) -> Integers:
    """Return the horizon every pair belongs to, int64[P]; 0 where none is near.

    >>> horizon_of(np.array([1, 2, 4, 5, 17]), (3, 6, 15)).tolist()
    [0, 3, 3, 6, 0]
    """
    asked = np.asarray(horizons)
    away = np.abs(months_ahead[:, None] - asked)
    return np.where(away.min(axis=1) <= MOST_AWAY, asked[away.argmin(axis=1)], 0)


def gather_rolling(registers: Registers, rules: Rules, forecasts: Mapping[int, Floats]) -> RollingScored:
    """Return every pair with its forecasts.

    ``forecasts`` are those of the model by origin, float64[S, months ahead, H] from one month ahead on.
    """
    pairs = rolling_pairs(registers, rules.hosts, tuple(forecasts), rules.rolling.last_target, rules.lookback)
    members = np.stack(
        [
            forecasts[origin][:, ahead - 1, host]
            for origin, ahead, host in zip(
                pairs.origin.tolist(), pairs.horizon.tolist(), pairs.host.tolist(), strict=True
            )
        ],
        axis=1,
    )
    return RollingScored.of(pairs, members, baseline_forecasts(registers, rules, pairs).points)


def measures_of(part: RollingScored) -> dict[str, dict[str, float]]:
    """Return the measures of every forecaster; NaN where one is not defined.

    ``median``: absolute error, % of the register that came out; ``mae`` and ``crps``: persons, the CRPS of
    a point forecast being its absolute error; ``coverage_<level>``: of the band of the model.
    """
    data = part.pairs.at_target
    found = {}
    for name, point in part.points.items():
        mae = metrics.mean_absolute_error(point, data)
        of_model = name == MODEL and len(data) > 0
        found[name] = {
            "median": metrics.median_or_nan(metrics.absolute_percentage_error(point, data, data)),
            "mae": mae,
            "crps": float(metrics.crps(part.members, data).mean()) if of_model else mae,
            COVERAGE: metrics.band_coverage(part.members, data, LEVEL) if of_model else math.nan,
            "pairs": float(len(data)),
        }
    return found


def rolling_scores(
    registers: Registers,
    ids: tuple[str, ...],
    is_eu: Booleans,
    rules: Rules,
    forecasts: Mapping[int, Floats],
) -> dict[str, Any]:
    """Return the scores of rolling forecasts, as the keys of ``ewea validate --json``.

    ``rolling``: by horizon and forecaster, all hosts together; ``rolling_break_free``: pairs away from
    breaks alone; ``hosts``: the same by host, ``EU`` their sum over its hosts; ``from_first_origin``: single
    forecasts from the first origin; :func:`half_year_name`: typical error by forecaster in that half-year;
    ``rolling_levels``: thresholds with what came out.
    """
    asked = rules.rolling
    scored = gather_rolling(registers, rules, forecasts)
    union = scored.summed(is_eu)

    def by_horizon(part: RollingScored) -> dict[str, dict[str, dict[str, float]]]:
        at = horizon_of(part.pairs.horizon, asked.horizons)
        return {str(h): measures_of(part.where(at == h)) for h in asked.horizons}

    hosts = {ids[h]: by_horizon(scored.where(scored.pairs.host == h)) for h in rules.hosts}
    found: dict[str, Any] = {
        "rolling": by_horizon(scored),
        "rolling_break_free": by_horizon(scored.where(~scored.pairs.crosses_break)),
        "hosts": {**hosts, EU: by_horizon(union)},
        "from_first_origin": {
            "origin": month_label(asked.origins[0]),
            **{code: _from_origin(scored.where(scored.pairs.host == ids.index(code)), asked.origins[0])
               for code in asked.hosts},
            EU: _from_origin(union, asked.origins[0]),
        },
    }  # fmt: skip
    found[half_year_name(rules)] = half_year_errors(scored, rules)
    return {**found, "rolling_levels": list(_levels(found, rules))}


def half_year_errors(scored: RollingScored, rules: Rules) -> dict[str, float]:
    """Return the typical error of every forecaster in the half-year that is scored by itself, %."""
    origin, last = rules.rolling.half_year
    ahead = scored.where((scored.pairs.origin == origin) & (scored.pairs.target <= last))
    return {name: part["median"] for name, part in measures_of(ahead).items()}


def half_year_name(rules: Rules) -> str:
    """Return the key of the half-year that is scored by itself, for example ``half_year_2025h2``."""
    year, month = month_label(rules.rolling.half_year[1]).split("-")
    return f"half_year_{year}h{1 if month == '06' else 2}"


def _from_origin(part: RollingScored, origin: int) -> dict[str, dict[str, float]]:
    """Return the forecasts from one origin by months ahead: register, band, and errors by forecaster in %."""
    rows = {}
    for at in np.flatnonzero(part.pairs.origin == origin).tolist():
        data = part.pairs.at_target[at : at + 1]
        low, high = metrics.ensemble_band(part.members[:, at : at + 1], LEVEL)
        rows[str(part.pairs.horizon[at])] = {
            "register": float(data[0]),
            MODEL: float(part.points[MODEL][at]),
            key("low"): float(low[0]),
            key("high"): float(high[0]),
            **{
                f"error_pct_{name}": float(
                    metrics.absolute_percentage_error(point[at : at + 1], data, data)[0]
                )
                for name, point in part.points.items()
            },
        }
    return rows


def _levels(found: Mapping[str, Any], rules: Rules) -> Iterable[dict[str, Any]]:
    """Give every threshold with what came out."""
    asked = rules.rolling.acceptance
    for horizon, part in found["rolling"].items():
        medians = {name: part[name]["median"] for name in FORECASTERS}
        yield acceptance_level(
            f"rolling_median_{horizon}_months",
            f"typical error, {horizon} months ahead, breaks included",
            "percent",
            {MODEL: medians.pop(MODEL)},
            {"best": min(medians.values())},
        )
    origin, last = (month_label(month) for month in rules.rolling.half_year)
    medians = dict(found[half_year_name(rules)])
    yield acceptance_level(
        "rolling_median_half_year",
        f"typical error to {last}, forecast from {origin}",
        "percent",
        {MODEL: medians.pop(MODEL)},
        {"best": min(medians.values())},
    )
    for horizon, part in found["rolling"].items():
        best = min(part[name]["mae"] for name in BASELINES)
        yield acceptance_level(
            f"rolling_mae_{horizon}_months",
            f"average error / best baseline's, {horizon} months ahead",
            "ratio",
            {MODEL: metrics.relative_error(part[MODEL]["mae"], best)},
            {"most": asked["mae_ratio"]},
            inclusive=True,
        )
    for code, ahead in (("NL", 10), ("NL", 16), (EU, 10)):
        row = found["from_first_origin"].get(code, {}).get(str(ahead), {})
        yield acceptance_level(
            f"rolling_{code.lower()}_{ahead}_months",
            f"{code}: error {ahead} months after {found['from_first_origin']['origin']}",
            "percent",
            {MODEL: row.get(f"error_pct_{MODEL}", math.nan)},
            {"most": asked[f"{code.lower()}_error_pct_at_{ahead}_months"]},
            inclusive=True,
        )
    least, most = coverage_asked(rules.acceptance)
    parts = [part[MODEL] for part in found["rolling"].values() if part[MODEL]["pairs"]]
    inside = sum(part[COVERAGE] * part["pairs"] for part in parts)
    yield acceptance_level(
        "rolling_coverage",
        f"host-months inside the {IN_WORDS} band, breaks included",
        "share",
        {MODEL: inside / sum(part["pairs"] for part in parts) if parts else math.nan},
        {"most": most},
        least={"least": least},
        inclusive=True,
    )
