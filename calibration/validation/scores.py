"""Measures of a set of scored forecasts: the model, its band, and every baseline on the same pairs.

``mase_persistence`` is MAE of the model / MAE of persistence over the pairs given, all horizons together
(below 1 the model is better); likewise for every other baseline. ``mase_one_step`` is the classic MASE,
scaled by the mean monthly change of the host in the fit window. The CRPS of a point forecast is its
absolute error, so ``crps_share`` of the model stands against ``wape_<baseline>``.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from abm.arrays import Booleans, Floats
from abm.band import LEVEL, key
from abm.data.world import Registers
from calibration.validation import metrics
from calibration.validation.baselines import BASELINES, NAIVE, baseline_forecasts
from calibration.validation.comparisons import acceptance_levels, averaged_differences, beside_published
from calibration.validation.forecasts import Forecasts, Pairs, member_forecasts, scored_pairs
from calibration.validation.rules import Rules


@dataclass(frozen=True)
class Scored:
    """Pairs with every forecast of them, persons."""

    pairs: Pairs  # ``P`` forecasts
    members: Floats  # [S, P] Model by member, anchored on the last known register
    unanchored: Floats  # [S, P] Model by member, its own level
    without_clean_up: Floats  # [S, P] Anchored, without a clean-up after the origin
    # Point forecasts by baseline (see :data:`calibration.validation.baselines.BASELINES`)
    baselines: dict[str, Floats]
    scale: Floats  # [P] Mean monthly change of the host in the fit window

    @property
    def model(self) -> Floats:
        """Point forecast: mean over members, float64[P]."""
        return np.asarray(self.members.mean(axis=0), dtype=np.float64)

    def where(self, mask: Booleans) -> "Scored":
        """Return the part of a mask ``bool[P]``."""
        own, free, blind = (v[:, mask] for v in (self.members, self.unanchored, self.without_clean_up))
        points = {name: point[mask] for name, point in self.baselines.items()}
        return Scored(self.pairs.where(mask), own, free, blind, points, self.scale[mask])


def measures(part: Scored) -> dict[str, float]:
    """Return the measures ``M`` of a set of pairs; NaN where one is not defined."""
    data, model = part.pairs.at_target, part.model
    total = float(data.sum()) if len(data) and data.sum() > 0 else np.nan
    error = metrics.mean_absolute_error(model, data)
    spread = metrics.crps(part.members, data)
    mean_spread = float(spread.mean()) if len(data) else np.nan
    found = {
        "wape": metrics.wape(model, data),
        "mase_one_step": metrics.mean_absolute_scaled_error(model, data, part.scale) if len(data) else np.nan,
        "crps_share": float(spread.sum()) / total,
        f"{key('interval_score')}_share": (
            float(metrics.interval_score(part.members, data, LEVEL).sum()) / total if len(data) else np.nan
        ),
        **{
            name: metrics.band_coverage(part.members, data, level)
            for name, level in metrics.BAND_LEVELS.items()
        },
        "pairs": float(len(data)),
    }
    for name in BASELINES:
        baseline_error = metrics.mean_absolute_error(part.baselines[name], data)
        found[f"mase_{name}"] = metrics.relative_error(error, baseline_error)
        found[f"skill_{name}"] = metrics.skill(error, baseline_error)
        found[f"crps_skill_{name}"] = metrics.skill(mean_spread, baseline_error)
        found[f"wape_{name}"] = metrics.wape(part.baselines[name], data)
    return found


def scores_by_host(part: Scored, ids: tuple[str, ...], hosts: tuple[int, ...]) -> dict[str, dict[str, float]]:
    """Return ``M`` of every scored host, in code order; hosts without a pair have NaN."""
    return {ids[h]: measures(part.where(part.pairs.host == h)) for h in hosts}


def median_host(table: dict[str, dict[str, float]]) -> dict[str, float]:
    """Return the median over hosts of every measure; hosts without it do not count."""
    names = next(iter(table.values()))
    return {name: metrics.median_or_nan(np.array([row[name] for row in table.values()])) for name in names}


def seed_spread(part: Scored, hosts: tuple[int, ...]) -> dict[str, list[float]]:
    """Return the smallest and largest median over hosts when every member is scored alone.

    The measures are ``mase_<baseline>`` of both naive baselines and ``wape``.
    """
    data = part.pairs.at_target
    error = np.abs(part.members - data)
    ratios: dict[str, list[Floats]] = {**{f"mase_{name}": [] for name in NAIVE}, "wape": []}
    for host in hosts:
        at = part.pairs.host == host
        if not at.any():
            continue
        for name in NAIVE:
            baseline = metrics.mean_absolute_error(part.baselines[name][at], data[at])
            if baseline > 0:
                ratios[f"mase_{name}"].append(error[:, at].mean(axis=1) / baseline)
        if data[at].sum() > 0:
            ratios["wape"].append(error[:, at].sum(axis=1) / data[at].sum())
    spread = {}
    for name, rows in ratios.items():
        typical = np.median(rows, axis=0) if rows else np.full(len(part.members), np.nan)
        spread[name] = [float(typical.min()), float(typical.max())]
    return spread


def percentage_errors(part: Scored, broken: bool = False) -> dict[str, Floats]:
    """Return the absolute error of every forecaster, % of the register at the origin, float64[P]."""
    forecasts = {"model": part.model, "model_unanchored": part.unanchored.mean(axis=0), **part.baselines}
    if broken:
        forecasts["model_with_clean_up"] = forecasts.pop("model")
        forecasts["model_without_clean_up"] = part.without_clean_up.mean(axis=0)
    base, data = part.pairs.at_origin, part.pairs.at_target
    return {name: metrics.absolute_percentage_error(point, data, base) for name, point in forecasts.items()}


CLOSE_PCT = 10.0
"""Meaning of ``within_10_pct``."""


def gather(
    registers: Registers, rules: Rules, forecasts: Forecasts, pairs: Pairs, baselines: dict[str, Floats]
) -> Scored:
    """Return model and baseline forecasts of the pairs."""
    stock, is_break = registers.stock, registers.is_break
    first, last = rules.windows["fit"]
    known = slice(max(first - 1, 0), last + 1)
    scale = np.array(
        [metrics.one_step_scale(stock[known, h], is_break[known, h]) for h in range(stock.shape[1])]
    )
    seen, blind = forecasts.with_clean_up, forecasts.without_clean_up
    return Scored(
        pairs=pairs,
        members=member_forecasts(seen, forecasts.origins, pairs, anchored=True),
        unanchored=member_forecasts(forecasts.own_level, forecasts.origins, pairs, anchored=False),
        without_clean_up=member_forecasts(blind, forecasts.origins, pairs, anchored=True),
        baselines=baselines,
        scale=scale[pairs.host],
    )


def at_horizon(part: Scored, ids: tuple[str, ...], hosts: tuple[int, ...]) -> dict[str, Any]:
    """Return the scores of the break-free pairs of one horizon."""
    errors = percentage_errors(part)
    table = scores_by_host(part, ids, hosts)
    mean = {
        ids[h]: {name: float(np.mean(e[part.pairs.host == h])) for name, e in errors.items()}
        for h in hosts
        if np.any(part.pairs.host == h)
    }
    return {
        "pairs": len(part.pairs),
        "median_error_pct": {name: metrics.median_or_nan(e) for name, e in errors.items()},
        "within_10_pct": {
            name: float(np.mean(e <= CLOSE_PCT)) if len(e) else np.nan for name, e in errors.items()
        },
        "median": median_host(table),
        "pooled": measures(part),
        "mean_error_pct_by_host": mean,
        "hosts_better_than": {
            baseline: sum(row[f"mase_{baseline}"] < 1.0 for row in table.values()) for baseline in BASELINES
        },
        "hosts": len(mean),
    }


def across_breaks(part: Scored) -> dict[str, Any]:
    """Return the scores of the pairs of one horizon that cross a break, with and without own clean-up."""
    errors = percentage_errors(part, broken=True)
    return {
        "pairs": len(part.pairs),
        "median_error_pct": {name: metrics.median_or_nan(e) for name, e in errors.items()},
        "mean_error_pct": {name: float(np.mean(e)) if len(e) else np.nan for name, e in errors.items()},
    }


def score_window(
    registers: Registers, ids: tuple[str, ...], rules: Rules, forecasts: Forecasts, window: str
) -> dict[str, Any]:
    """Return the scores ``W`` of one window; NaN where a measure is not defined.

    ``hosts``, ``median`` and ``pooled`` are M by host, over hosts and of all host-months together,
    ``unanchored`` is as ``median`` with the model at its own level; ``ard_*`` are of the model, twelve months
    ahead, break-free pairs, mean over target months; ``rival_fits`` says what became of the fits of ETS and
    ARIMA.
    """
    hosts = rules.hosts
    pairs = scored_pairs(registers, hosts, rules.horizons, rules.windows[window], rules.lookback)
    baselines = baseline_forecasts(registers, rules, pairs)
    scored = gather(registers, rules, forecasts, pairs, baselines.points)
    free = scored.where(~pairs.crosses_break)
    table = scores_by_host(free, ids, hosts)
    pooled = measures(free)
    ard = averaged_differences(registers, rules, forecasts, window)
    scores = {
        "hosts": table,
        "median": median_host(table),
        "pooled": pooled,
        metrics.POOLED_COVERAGE: pooled[key("coverage")],
        "members": len(forecasts.with_clean_up),
        "named_hosts": list(rules.compared.hosts),
        "ard_stock": ard["forecast"]["model"]["stock"],
        "ard_change_12m": ard["forecast"]["model"]["change_12m"],
        "ard": ard,
        "unanchored": median_host(scores_by_host(replace(free, members=free.unanchored), ids, hosts)),
        "seed_spread": seed_spread(free, hosts),
        "horizons": {
            str(h): at_horizon(free.where(free.pairs.horizon == h), ids, hosts) for h in rules.horizons
        },
        "breaks": {
            str(h): across_breaks(scored.where(pairs.crosses_break & (pairs.horizon == h)))
            for h in rules.horizons
        },
        "rival_fits": baselines.fits,
        "published": beside_published(registers, ids, rules, forecasts, window),
    }
    return {**scores, "levels": list(acceptance_levels(scores, rules))}


def finite(scores: Any) -> Any:
    """Return the scores with NaN and infinities as None, so that they are valid JSON."""
    if isinstance(scores, Mapping):
        return {key: finite(value) for key, value in scores.items()}
    if isinstance(scores, list):
        return [finite(value) for value in scores]
    if isinstance(scores, float) and not math.isfinite(scores):
        return None
    return scores
