"""Scores of one window: the numbers ``ewea validate --json`` prints.

Every ratio compares errors on the same pairs. ``mase_persistence`` is MAE of the model / MAE of
persistence over the break-free pairs of a host, all horizons together (below 1 the model is better);
``mase_constant_inflow`` likewise; ``mase_one_step`` is the classic MASE, scaled by the mean monthly
change of the host in the fit window.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.world import Registers
from calibration import metrics
from calibration.averaged_difference import averaged_differences
from calibration.forecasts import Forecasts, members
from calibration.rivals import constant_net_inflow, persistence
from calibration.rolling_origins import Pairs, scored_pairs
from calibration.validation_rules import Rules

Floats = NDArray[np.float64]

BAND_LEVEL = 0.8
"""Meaning of ``coverage_80``; part of the name, so no setting."""

CLOSE_PCT = 10.0
"""Meaning of ``within_10_pct``."""


@dataclass(frozen=True)
class Scored:
    """Pairs with every forecast of them, persons.

    Attributes
    ----------
    pairs : Pairs
        ``P`` forecasts.
    members : float64[S, P]
        Model by seed, anchored on the last known register.
    unanchored : float64[S, P]
        Model by seed, its own level.
    without_clean_up : float64[S, P]
        Anchored, without a clean-up after the origin.
    persistence, constant_inflow : float64[P]
        The rivals.
    scale : float64[P]
        Mean monthly change of the host in the fit window.
    """

    pairs: Pairs
    members: Floats
    unanchored: Floats
    without_clean_up: Floats
    persistence: Floats
    constant_inflow: Floats
    scale: Floats

    @property
    def model(self) -> Floats:
        """Point forecast: mean over seeds, float64[P]."""
        return np.asarray(self.members.mean(axis=0), dtype=np.float64)

    def where(self, mask: NDArray[np.bool_]) -> "Scored":
        """Return the part of a mask ``bool[P]``."""
        return Scored(
            self.pairs.where(mask),
            self.members[:, mask],
            self.unanchored[:, mask],
            self.without_clean_up[:, mask],
            self.persistence[mask],
            self.constant_inflow[mask],
            self.scale[mask],
        )


def gather(registers: Registers, rules: Rules, forecasts: Forecasts, pairs: Pairs) -> Scored:
    """Return model and rival forecasts of the pairs."""
    stock, is_break = registers.stock, registers.is_break
    first, last = rules.windows["fit"]
    known = slice(max(first - 1, 0), last + 1)
    scale = np.array(
        [metrics.one_step_scale(stock[known, h], is_break[known, h]) for h in range(stock.shape[1])]
    )
    seen, blind = forecasts.with_clean_up, forecasts.without_clean_up
    return Scored(
        pairs=pairs,
        members=members(seen, forecasts.origins, pairs, anchored=True),
        unanchored=members(seen, forecasts.origins, pairs, anchored=False),
        without_clean_up=members(blind, forecasts.origins, pairs, anchored=True),
        persistence=persistence(pairs),
        constant_inflow=constant_net_inflow(pairs, stock, rules.lookback),
        scale=scale[pairs.host],
    )


def measures(part: Scored) -> dict[str, float]:
    """Return the measures ``M`` of a set of pairs; NaN where one is not defined."""
    data, model = part.pairs.at_target, part.model
    error = metrics.mean_absolute_error(model, data)
    by_rival = {
        "persistence": metrics.mean_absolute_error(part.persistence, data),
        "constant_inflow": metrics.mean_absolute_error(part.constant_inflow, data),
    }
    spread = metrics.crps(part.members, data)
    return {
        "mase_persistence": metrics.relative_error(error, by_rival["persistence"]),
        "mase_constant_inflow": metrics.relative_error(error, by_rival["constant_inflow"]),
        "wape": metrics.wape(model, data),
        "coverage_80": metrics.coverage(part.members, data, BAND_LEVEL),
        "mase_one_step": metrics.mean_absolute_scaled_error(model, data, part.scale) if len(data) else np.nan,
        "skill_persistence": metrics.skill(error, by_rival["persistence"]),
        "skill_constant_inflow": metrics.skill(error, by_rival["constant_inflow"]),
        "crps_share": float(spread.sum() / data.sum()) if len(data) else np.nan,
        "pairs": float(len(data)),
    }


def by_host(part: Scored, ids: tuple[str, ...], hosts: tuple[int, ...]) -> dict[str, dict[str, float]]:
    """Return ``M`` of every scored host, in code order; hosts without a pair have NaN."""
    return {ids[h]: measures(part.where(part.pairs.host == h)) for h in hosts}


def median_host(table: dict[str, dict[str, float]]) -> dict[str, float]:
    """Return the median over hosts of every measure; hosts without it do not count."""
    names = next(iter(table.values()))
    return {name: metrics.median_or_nan(np.array([row[name] for row in table.values()])) for name in names}


def seed_spread(part: Scored, ids: tuple[str, ...], hosts: tuple[int, ...]) -> dict[str, list[float]]:
    """Return the smallest and largest median over hosts when every seed is scored alone."""
    names = ("mase_persistence", "mase_constant_inflow", "wape")
    alone = [
        median_host(by_host(replace(part, members=part.members[seed : seed + 1]), ids, hosts))
        for seed in range(len(part.members))
    ]
    return {name: [min(m[name] for m in alone), max(m[name] for m in alone)] for name in names}


def percentage_errors(part: Scored, broken: bool = False) -> dict[str, Floats]:
    """Return the absolute error of every forecaster, % of the register at the origin, float64[P]."""
    forecasts = {
        "model": part.model,
        "model_unanchored": part.unanchored.mean(axis=0),
        "persistence": part.persistence,
        "constant_inflow": part.constant_inflow,
    }
    if broken:
        forecasts["model_with_clean_up"] = forecasts.pop("model")
        forecasts["model_without_clean_up"] = part.without_clean_up.mean(axis=0)
    base, data = part.pairs.at_origin, part.pairs.at_target
    return {name: metrics.absolute_percentage_error(point, data, base) for name, point in forecasts.items()}


def at_horizon(part: Scored, ids: tuple[str, ...], hosts: tuple[int, ...]) -> dict[str, Any]:
    """Return the scores of the break-free pairs of one horizon."""
    errors = percentage_errors(part)
    table = by_host(part, ids, hosts)
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
        "mean_error_pct_by_host": mean,
        "hosts_better_than": {
            rival: sum(row[f"mase_{rival}"] < 1.0 for row in table.values())
            for rival in ("persistence", "constant_inflow")
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
    """Return the scores ``W`` of one window.

    Parameters
    ----------
    registers : Registers
        Data and breaks.
    ids : tuple of str
        Codes of all hosts, in code order.
    rules : Rules
        What is scored.
    forecasts : Forecasts
        Of the model.
    window : str
        ``fit`` or ``held_out``.

    Returns
    -------
    dict
        ``hosts`` (M by host), ``median`` (M, median over hosts), ``ard_stock`` and ``ard_change_12m``
        (model, twelve months ahead, break-free pairs, mean over target months), ``ard`` (see
        :func:`averaged_differences`), ``unanchored`` (as ``median``, model at its own level),
        ``seed_spread`` (least and most of single seeds), ``horizons`` and ``breaks``. NaN where a
        measure is not defined.
    """
    hosts = rules.hosts
    pairs = scored_pairs(registers, hosts, rules.horizons, rules.windows[window], rules.lookback)
    scored = gather(registers, rules, forecasts, pairs)
    free = scored.where(~pairs.crosses_break)
    table = by_host(free, ids, hosts)
    ard = averaged_differences(registers, rules, forecasts, window)
    return {
        "hosts": table,
        "median": median_host(table),
        "ard_stock": ard["forecast"]["model"]["stock"],
        "ard_change_12m": ard["forecast"]["model"]["change_12m"],
        "ard": ard,
        "unanchored": median_host(by_host(replace(free, members=free.unanchored), ids, hosts)),
        "seed_spread": seed_spread(free, ids, hosts),
        "horizons": {
            str(h): at_horizon(free.where(free.pairs.horizon == h), ids, hosts) for h in rules.horizons
        },
        "breaks": {
            str(h): across_breaks(scored.where(pairs.crosses_break & (pairs.horizon == h)))
            for h in rules.horizons
        },
    }
