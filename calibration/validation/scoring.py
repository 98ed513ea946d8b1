"""Scores of one window: the numbers ``ewea validate --json`` prints.

Every ratio compares errors on the same pairs; the measures are those of
:mod:`calibration.validation.measures`.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.data.world import Registers
from calibration.fit.averaged_difference import averaged_differences
from calibration.validation import metrics
from calibration.validation.bars import levels
from calibration.validation.forecasts import Forecasts, members
from calibration.validation.measures import (
    Scored,
    by_host,
    measures,
    median_host,
    percentage_errors,
    seed_spread,
)
from calibration.validation.published_record import beside_published
from calibration.validation.rivals import RIVALS, rival_forecasts
from calibration.validation.rolling_origins import Pairs, scored_pairs
from calibration.validation.rules import Rules

Floats = NDArray[np.float64]

CLOSE_PCT = 10.0
"""Meaning of ``within_10_pct``."""


def gather(
    registers: Registers, rules: Rules, forecasts: Forecasts, pairs: Pairs, rivals: dict[str, Floats]
) -> Scored:
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
        rivals=rivals,
        scale=scale[pairs.host],
    )


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
        "pooled": measures(part),
        "mean_error_pct_by_host": mean,
        "hosts_better_than": {
            rival: sum(row[f"mase_{rival}"] < 1.0 for row in table.values()) for rival in RIVALS
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
        ``hosts`` (M by host), ``median`` (M, median over hosts), ``pooled`` (M of all host-months
        together), ``coverage_80_pooled`` (its share inside the 80 % band), ``members`` (count),
        ``named_hosts`` (codes a level is asked of), ``ard_stock`` and ``ard_change_12m`` (model, twelve
        months ahead, break-free pairs, mean over target months), ``ard`` (see
        :func:`averaged_differences`), ``unanchored`` (as ``median``, model at its own level),
        ``seed_spread`` (least and most of single members), ``horizons`` and ``breaks``, ``rival_fits``
        (what became of the fits of ETS and ARIMA), ``published`` (see :func:`beside_published`) and
        ``levels`` (see :func:`calibration.validation.bars.levels`). NaN where a measure is not defined.
    """
    hosts = rules.hosts
    pairs = scored_pairs(registers, hosts, rules.horizons, rules.windows[window], rules.lookback)
    rivals = rival_forecasts(registers, rules, pairs)
    scored = gather(registers, rules, forecasts, pairs, rivals.points)
    free = scored.where(~pairs.crosses_break)
    table = by_host(free, ids, hosts)
    pooled = measures(free)
    ard = averaged_differences(registers, rules, forecasts, window)
    scores = {
        "hosts": table,
        "median": median_host(table),
        "pooled": pooled,
        "coverage_80_pooled": pooled["coverage_80"],
        "members": len(forecasts.with_clean_up),
        "named_hosts": list(rules.compared.hosts),
        "ard_stock": ard["forecast"]["model"]["stock"],
        "ard_change_12m": ard["forecast"]["model"]["change_12m"],
        "ard": ard,
        "unanchored": median_host(by_host(replace(free, members=free.unanchored), ids, hosts)),
        "seed_spread": seed_spread(free, hosts),
        "horizons": {
            str(h): at_horizon(free.where(free.pairs.horizon == h), ids, hosts) for h in rules.horizons
        },
        "breaks": {
            str(h): across_breaks(scored.where(pairs.crosses_break & (pairs.horizon == h)))
            for h in rules.horizons
        },
        "rival_fits": rivals.fits,
        "published": beside_published(registers, ids, rules, forecasts, window),
    }
    return {**scores, "levels": levels(scores, rules)}
