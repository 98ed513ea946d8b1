"""Measures of a set of scored forecasts: the model, its band, and every rival on the same pairs.

``mase_persistence`` is MAE of the model / MAE of persistence over the pairs given, all horizons together
(below 1 the model is better); likewise for every other rival. ``mase_one_step`` is the classic MASE, scaled
by the mean monthly change of the host in the fit window. The CRPS of a point forecast is its absolute
error, so ``crps_share`` of the model stands against ``wape_<rival>``.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.validation import metrics
from calibration.validation.rivals import NAIVE, RIVALS
from calibration.validation.rolling_origins import Pairs

Floats = NDArray[np.float64]

BAND_LEVELS = {"coverage_80": 0.8, "coverage_95": 0.95}
"""Meaning of the names; part of them, so no setting."""


@dataclass(frozen=True)
class Scored:
    """Pairs with every forecast of them, persons.

    Attributes
    ----------
    pairs : Pairs
        ``P`` forecasts.
    members : float64[S, P]
        Model by member, anchored on the last known register.
    unanchored : float64[S, P]
        Model by member, its own level.
    without_clean_up : float64[S, P]
        Anchored, without a clean-up after the origin.
    rivals : dict of str to float64[P]
        Point forecasts by rival (see :data:`calibration.validation.rivals.RIVALS`).
    scale : float64[P]
        Mean monthly change of the host in the fit window.
    """

    pairs: Pairs
    members: Floats
    unanchored: Floats
    without_clean_up: Floats
    rivals: dict[str, Floats]
    scale: Floats

    @property
    def model(self) -> Floats:
        """Point forecast: mean over members, float64[P]."""
        return np.asarray(self.members.mean(axis=0), dtype=np.float64)

    def where(self, mask: NDArray[np.bool_]) -> "Scored":
        """Return the part of a mask ``bool[P]``."""
        return Scored(
            self.pairs.where(mask),
            self.members[:, mask],
            self.unanchored[:, mask],
            self.without_clean_up[:, mask],
            {name: point[mask] for name, point in self.rivals.items()},
            self.scale[mask],
        )


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
        "interval_score_80_share": (
            float(metrics.interval_score(part.members, data, BAND_LEVELS["coverage_80"]).sum()) / total
            if len(data)
            else np.nan
        ),
        **{name: metrics.coverage(part.members, data, level) for name, level in BAND_LEVELS.items()},
        "pairs": float(len(data)),
    }
    for name in RIVALS:
        rival_error = metrics.mean_absolute_error(part.rivals[name], data)
        found[f"mase_{name}"] = metrics.relative_error(error, rival_error)
        found[f"skill_{name}"] = metrics.skill(error, rival_error)
        found[f"crps_skill_{name}"] = metrics.skill(mean_spread, rival_error)
        found[f"wape_{name}"] = metrics.wape(part.rivals[name], data)
    return found


def by_host(part: Scored, ids: tuple[str, ...], hosts: tuple[int, ...]) -> dict[str, dict[str, float]]:
    """Return ``M`` of every scored host, in code order; hosts without a pair have NaN."""
    return {ids[h]: measures(part.where(part.pairs.host == h)) for h in hosts}


def median_host(table: dict[str, dict[str, float]]) -> dict[str, float]:
    """Return the median over hosts of every measure; hosts without it do not count."""
    names = next(iter(table.values()))
    return {name: metrics.median_or_nan(np.array([row[name] for row in table.values()])) for name in names}


def seed_spread(part: Scored, hosts: tuple[int, ...]) -> dict[str, list[float]]:
    """Return the smallest and largest median over hosts when every member is scored alone.

    The measures are ``mase_<rival>`` of both naive rivals and ``wape``.
    """
    data = part.pairs.at_target
    error = np.abs(part.members - data)
    ratios: dict[str, list[Floats]] = {**{f"mase_{name}": [] for name in NAIVE}, "wape": []}
    for host in hosts:
        at = part.pairs.host == host
        if not at.any():
            continue
        for name in NAIVE:
            rival = metrics.mean_absolute_error(part.rivals[name][at], data[at])
            if rival > 0:
                ratios[f"mase_{name}"].append(error[:, at].mean(axis=1) / rival)
        if data[at].sum() > 0:
            ratios["wape"].append(error[:, at].sum(axis=1) / data[at].sum())
    spread = {}
    for name, rows in ratios.items():
        typical = np.median(rows, axis=0) if rows else np.full(len(part.members), np.nan)
        spread[name] = [float(typical.min()), float(typical.max())]
    return spread


def percentage_errors(part: Scored, broken: bool = False) -> dict[str, Floats]:
    """Return the absolute error of every forecaster, % of the register at the origin, float64[P]."""
    forecasts = {"model": part.model, "model_unanchored": part.unanchored.mean(axis=0), **part.rivals}
    if broken:
        forecasts["model_with_clean_up"] = forecasts.pop("model")
        forecasts["model_without_clean_up"] = part.without_clean_up.mean(axis=0)
    base, data = part.pairs.at_origin, part.pairs.at_target
    return {name: metrics.absolute_percentage_error(point, data, base) for name, point in forecasts.items()}
