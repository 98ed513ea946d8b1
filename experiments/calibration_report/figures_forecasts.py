"""How far forecasts of held-out months were off, beside what simple rules say."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from experiments.calibration_report.drawing import QUIET, Picture, bare, inline, sheet, styled
from experiments.figures.style import BLUE, INK
from experiments.figures.validation import FORECASTERS, MOST_STRETCH, SHOWN_HORIZON
from experiments.wording.names import Names
from experiments.wording.numbers import fixed
from experiments.wording.sentences import counted, listed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEADROOM = 1.28
"""Room for the value beside the longest line, as a multiple of it."""


def by_horizon(window: Mapping[str, Any]) -> Picture:
    """Return the typical error by months ahead.

    Parameters
    ----------
    window : mapping
        ``W`` of :func:`calibration.validation.scoring.score_window`, NaN where a measure is not defined.
    """
    with styled():
        horizons = window["horizons"]
        columns = min(len(horizons), 2)
        rows = math.ceil(len(horizons) / columns)
        figure = sheet(1.95 * rows)
        grid = figure.subplots(rows, columns, squeeze=False)
        for axes, (ahead, part) in zip(grid.flat, horizons.items(), strict=False):
            _lines(axes, part["median_error_pct"])
            axes.set_title(f"{_ahead(ahead)} ({counted(int(part['pairs']), 'forecast')})")
        for axes in grid.flat[len(horizons) :]:
            axes.axis("off")
        said = [
            f"{_ahead(ahead)}: model {fixed(part['median_error_pct']['model'])} %, nothing changes "
            f"{fixed(part['median_error_pct']['persistence'])} %, inflow goes on "
            f"{fixed(part['median_error_pct']['constant_inflow'])} %"
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


def _ahead(months: str) -> str:
    return f"{months} month{'s' * (months != '1')} ahead"


def _lines(axes: "Axes", errors: Mapping[str, float], edge: float | None = None, labels: bool = True) -> None:
    """Draw one line per forecaster, with its value at the end; beyond ``edge`` an arrow."""
    known = [errors[name] for name in FORECASTERS if math.isfinite(errors.get(name, math.nan))]
    edge = edge or max(known, default=1.0) or 1.0
    for row, (name, (_, colour, marker)) in enumerate(FORECASTERS.items()):
        value = errors.get(name, math.nan)
        if not math.isfinite(value):
            continue
        model, inside = name == "model", value <= edge
        axes.hlines(row, 0, min(value, edge), color=colour, linewidth=3.2 if model else 1.3, zorder=2)
        if inside:
            axes.plot(value, row, color=colour, marker=marker, markersize=8 if model else 5.5, zorder=3)
        axes.annotate(
            f"{fixed(value, 2 if value < 0.995 else 1)} %{'' if inside else ' ▸'}",
            (min(value, edge), row),
            xytext=(8 if inside else 3, 0),
            textcoords="offset points",
            va="center",
            fontweight="bold" if model else "normal",
            color=BLUE if model else INK,
        )
    axes.set_xlim(0, edge * HEADROOM)
    axes.set_ylim(len(FORECASTERS) - 0.4, -0.6)
    axes.set_yticks(
        range(len(FORECASTERS)), [label if labels else "" for label, _, _ in FORECASTERS.values()]
    )
    for tick, name in zip(axes.get_yticklabels(), FORECASTERS, strict=True):
        tick.set_fontweight("bold" if name == "model" else "normal")
    axes.set_xticks([])
    bare(axes)
    axes.spines["bottom"].set_visible(False)
    if not known:
        axes.text(
            0.5, 0.5, "no forecast free of clean-ups", ha="center", color=QUIET, transform=axes.transAxes
        )


def by_host(window: Mapping[str, Any], names: Names, horizon: int = SHOWN_HORIZON) -> Picture | None:
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
            _lines(axes, errors.get(code, {}), _edge(errors.get(code, {})))
            axes.set_title(names.host(code))
        for axes in grid.flat[len(codes) :]:
            axes.axis("off")
        said = [
            f"{names.host(code)} model {fixed(errors[code]['model'])} %, nothing changes "
            f"{fixed(errors[code]['persistence'])} %, inflow goes on "
            f"{fixed(errors[code]['constant_inflow'])} %"
            for code in codes
            if code in errors
        ]
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
