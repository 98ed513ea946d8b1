"""The model and its rivals beside the forecasts others published, from the same origins."""

from typing import Any

import numpy as np

from abm.data.world import Registers
from abm.months import month_label
from calibration.validation.forecasts import Forecasts, members
from calibration.validation.metrics import absolute_percentage_error
from calibration.validation.rivals import rival_forecasts
from calibration.validation.rolling_origins import scored_pairs
from calibration.validation.rules import Rules


def beside_published(
    registers: Registers, ids: tuple[str, ...], rules: Rules, forecasts: Forecasts, window: str
) -> list[dict[str, Any]]:
    """Return one row for every origin and target of the published forecasts that fall in a window.

    Errors are in % of what was observed: the published ones on the series of their publisher, all others on
    the register. Unlike in the other tables the base is the observation, because that is how the published
    errors were stated.

    Returns
    -------
    list of dict
        ``id``, ``label``, ``note``, ``host``, ``origin`` and ``target`` (YYYY-MM), ``months_ahead``,
        ``forecast``, ``observed`` and ``register`` (persons), ``crosses_break``, ``error_pct`` (by
        ``published``, ``model`` and rival) and ``model_persons`` (point forecast).
    """
    rows = []
    first, last = rules.windows[window]
    for published in rules.published:
        for origin in published.origins:
            for target in published.targets:
                if not first <= target.month <= last:
                    continue
                pairs = scored_pairs(
                    registers,
                    (published.host,),
                    (target.month - origin,),
                    (target.month, target.month),
                    rules.lookback,
                )
                view = members(forecasts.with_clean_up, forecasts.origins, pairs, anchored=True)
                points = {
                    "model": view.mean(axis=0),
                    **rival_forecasts(registers, rules, pairs).points,
                }
                data = pairs.at_target
                of_publisher = absolute_percentage_error(
                    np.array([target.forecast]), np.array([target.observed]), np.array([target.observed])
                )
                rows.append(
                    {
                        "id": published.id,
                        "label": published.label,
                        "note": published.note,
                        "host": ids[published.host],
                        "origin": month_label(origin),
                        "target": month_label(target.month),
                        "months_ahead": target.month - origin,
                        "forecast": target.forecast,
                        "observed": target.observed,
                        "register": float(data[0]),
                        "model_persons": float(points["model"][0]),
                        "crosses_break": bool(pairs.crosses_break[0]),
                        "error_pct": {
                            "published": float(of_publisher[0]),
                            **{
                                name: float(absolute_percentage_error(point, data, data)[0])
                                for name, point in points.items()
                            },
                        },
                    }
                )
    return rows
