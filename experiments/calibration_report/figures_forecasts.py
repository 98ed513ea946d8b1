"""How far forecasts of held-out months were off, beside what simple rules say."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from experiments.calibration_report.drawing import Picture, inline, sheet, styled
from experiments.figures.validation import FORECASTERS, MOST_STRETCH, SHOWN_HORIZON, error_panel
from experiments.wording.names import ReaderNames
from experiments.wording.numbers import fixed
from experiments.wording.phrases import count_of, listed

if TYPE_CHECKING:
    pass

NOTHING = "no forecast free of clean-ups"


def horizons_figure(window: Mapping[str, Any]) -> Picture:
    """Return the typical error by months ahead.

    Parameters
    ----------
    window : mapping
        ``W`` of :func:`calibration.validation.scores.score_window`, NaN where a measure is not defined.
    """
    with styled():
        horizons = window["horizons"]
        columns = min(len(horizons), 2)
        rows = math.ceil(len(horizons) / columns)
        figure = sheet(1.95 * rows)
        grid = figure.subplots(rows, columns, squeeze=False)
        for axes, (ahead, part) in zip(grid.flat, horizons.items(), strict=False):
            error_panel(axes, part["median_error_pct"], nothing=NOTHING)
            axes.set_title(
                f"{count_of(int(ahead), 'month')} ahead ({count_of(int(part['pairs']), 'forecast')})"
            )
        for axes in grid.flat[len(horizons) :]:
            axes.axis("off")
        said = [
            f"{count_of(int(ahead), 'month')} ahead: {_three(part['median_error_pct'])}"
            for ahead, part in horizons.items()
        ]
        return Picture(
            "Typical error by months ahead",
            f"Median error of forecasts of the register, all hosts. {'; '.join(said)}.",
            "Median over hosts and months of the error in % of the register when the forecast was made; the "
            "shorter, the better. Every panel has its own scale. Months with a register clean-up are "
            "scored apart.",
            inline(figure, "horizon"),
        )


def hosts_figure(
    window: Mapping[str, Any], names: ReaderNames, horizon: int = SHOWN_HORIZON
) -> Picture | None:
    """Return the average error in the hosts named beforehand, or None where the horizon was not scored."""
    part = window["horizons"].get(str(horizon))
    codes: Sequence[str] = window["named_hosts"]
    if part is None or not codes:
        return None
    errors = part["mean_error_pct_by_host"]
    with styled():
        rows = math.ceil(len(codes) / 2)
        figure = sheet(1.95 * rows)
        grid = figure.subplots(rows, 2, squeeze=False)
        for axes, code in zip(grid.flat, codes, strict=False):
            error_panel(axes, errors.get(code, {}), _edge(errors.get(code, {})), NOTHING)
            axes.set_title(names.host(code))
        for axes in grid.flat[len(codes) :]:
            axes.axis("off")
        said = [f"{names.host(code)} {_three(errors[code])}" for code in codes if code in errors]
        absent = [names.host(code) for code in codes if code not in errors]
        gap = f" No forecast free of clean-ups that far ahead: {listed(absent)}." if absent else ""
        return Picture(
            f"Average error {horizon} months ahead in {len(codes)} hosts",
            f"{'; '.join(said)}.{gap}",
            f"In % of the register when the forecast was made. The hosts were named before scoring.{gap}",
            inline(figure, "hosts"),
        )


def _edge(errors: Mapping[str, float]) -> float | None:
    """Return where the axis of a host ends, so that a hopeless rival does not squeeze the others."""
    known = [value for value in errors.values() if math.isfinite(value)]
    model = errors.get("model", math.nan)
    shown = [errors[name] for name in FORECASTERS if math.isfinite(errors.get(name, math.nan))]
    if not known or not shown or not math.isfinite(model) or model <= 0:
        return None
    return min(max(shown), max(MOST_STRETCH * model, sorted(shown)[len(shown) // 2]))


def _three(errors: Mapping[str, float]) -> str:
    """Return the errors of the model and the two naive rules in words."""
    words = {"model": "model", "persistence": "nothing changes", "constant_inflow": "inflow goes on"}
    return ", ".join(f"{label} {fixed(errors[name])} %" for name, label in words.items())
