"""How far forecasts were off: the model beside its rivals, by months ahead and in the named hosts."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.figures.style import BLUE, GREEN, GREY, INK, ORANGE, RED, SKY, common_look
from experiments.wording.numbers import count_of, fixed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORECASTERS = {
    "model": ("the model", BLUE, "o"),
    "persistence": ("nothing changes", GREY, "s"),
    "constant_inflow": ("inflow goes on", ORANGE, "D"),
    "last_year_growth": ("as in the last year", GREEN, "^"),
    "damped_trend": ("damped trend", INK, "X"),
    "ets": ("ETS", SKY, "v"),
    "auto_arima": ("ARIMA", RED, "P"),
}
"""Label, colour and marker; told apart by shape and by place as well."""

SHOWN_HORIZON = 6
"""Months ahead of the panel by host."""

HEADROOM = 1.28
"""Room for the value beside the longest line, as a multiple of it."""

MOST_STRETCH = 3.0
"""The axis by host ends at most at this multiple of the largest error of the model; points beyond stand at
the edge with their value."""


def validation_figure(
    scores: Mapping[str, Any],
    labels: Mapping[str, str],
    note: str,
    horizon: int = SHOWN_HORIZON,
    window: str = "held_out",
) -> "Figure":
    """Return the figure of one window, ``fit`` or ``held_out``; ``note`` names run, months and data date.

    ``scores`` hold ``W`` of :func:`calibration.validation.scores.score_window` by window, ``labels`` the
    names of the hosts; ``horizon`` are the months ahead of the panel by host.
    """
    from matplotlib.figure import Figure

    shown = scores[window]
    with common_look(**{"axes.grid": False}):
        figure = Figure(figsize=(12, 8.5))
        grid = figure.add_gridspec(
            len(shown["horizons"]), 2, width_ratios=(1, 1.05),
            left=0.14, right=0.97, top=0.815, bottom=0.06, wspace=0.3, hspace=0.32,
        )  # fmt: skip
        for row, (ahead, part) in enumerate(shown["horizons"].items()):
            panel = figure.add_subplot(grid[row, 0])
            error_panel(panel, part["median_error_pct"])
            title = f"{count_of(int(ahead), 'month')} ahead"
            panel.set_title(title, loc="left", fontsize=10, color=GREY, pad=3)
        by_host = shown["horizons"][str(horizon)]["mean_error_pct_by_host"]
        _named_hosts(figure.add_subplot(grid[:, 1]), shown["named_hosts"], by_host, labels)
        title = "How far off were forecasts of the number of registered persons?"
        figure.text(0.02, 0.975, title, fontsize=15, fontweight="bold", va="top")
        explanation = (
            "Error in % of the register when the forecast was made; the shorter, the better. Model and "
            "rivals knew the same: the register up to that month.\nRivals: the last register stays (nothing "
            "changes), the mean change of the last months or of the last year goes on; ETS and ARIMA are "
            "automatic methods of statistics."
        )
        figure.text(0.02, 0.945, explanation, color=GREY, va="top", fontsize=9.5, linespacing=1.4)
        for left, text in (
            (0.02, "All hosts, typical (median) error; every block has its own scale"),
            (0.56, f"By host, average error {horizon} month{'s' * (horizon > 1)} ahead"),
        ):
            figure.text(left, 0.872, text, fontsize=11.5, fontweight="bold", va="top")
        figure.text(0.02, 0.015, note, fontsize=8, color=GREY, va="bottom")
    return figure


def error_panel(
    axes: "Axes",
    errors: Mapping[str, float],
    edge: float | None = None,
    nothing: str = "no forecast to score",
) -> None:
    """Draw one line per forecaster, the model on top; the axis ends at ``edge`` or the largest error."""
    known = [errors[name] for name in FORECASTERS if np.isfinite(errors.get(name, np.nan))]
    edge = edge or max(known, default=1.0) or 1.0
    rows = range(len(FORECASTERS))
    _marks(axes, errors, rows, edge)
    axes.set_yticks(rows, [label for label, _, _ in FORECASTERS.values()])
    for tick, name in zip(axes.get_yticklabels(), FORECASTERS, strict=True):
        tick.set_fontweight("bold" if name == "model" else "normal")
    axes.set_xlim(0, edge * HEADROOM)
    axes.set_ylim(len(FORECASTERS) - 0.4, -0.6)
    _without_scale(axes)
    if not known:
        axes.text(0.5, 0.5, nothing, ha="center", color=GREY, transform=axes.transAxes)


def _marks(axes: "Axes", errors: Mapping[str, float], rows: Sequence[float], edge: float) -> None:
    """Draw one mark per forecaster with a line from 0; beyond the edge its value and an arrow."""
    for row, (name, (_, colour, marker)) in zip(rows, FORECASTERS.items(), strict=True):
        value = errors.get(name, np.nan)
        if not np.isfinite(value):
            continue
        model, inside = name == "model", value <= edge
        axes.hlines(row, 0, min(value, edge), color=colour, linewidth=3.2 if model else 1.3, zorder=2)
        if inside:
            axes.plot(value, row, color=colour, marker=marker, markersize=8 if model else 5.5, zorder=3)
        axes.annotate(
            f"{fixed(value, 2 if value < 0.995 else 1)} %{'' if inside else ' ▸'}", (min(value, edge), row),
            xytext=(8 if inside else 3, 0), textcoords="offset points", va="center",
            fontweight="bold" if model else "normal", color=BLUE if model else INK,
        )  # fmt: skip


def _without_scale(axes: "Axes") -> None:
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "bottom"]].set_visible(False)


def _named_hosts(
    axes: "Axes", codes: Sequence[str], errors: Mapping[str, Any], labels: Mapping[str, str]
) -> None:
    """Draw one block of points per host, in the order and with the marks of the panels on the left."""
    n = len(FORECASTERS)
    block = n + 1.5
    found = [code for code in codes if code in errors]
    largest = max((errors[code][name] for code in found for name in FORECASTERS), default=1.0)
    of_model = max((errors[code]["model"] for code in found), default=1.0)
    edge = min(largest, MOST_STRETCH * of_model) or 1.0
    axes.set_xlim(0, edge * HEADROOM)
    axes.set_ylim(-block * len(codes), 0.6)
    ticks = []
    for number, code in enumerate(codes):
        top = -block * number - 0.75
        middle = top - (n - 1) / 2
        ticks.append(middle)
        if number % 2 == 0:
            axes.axhspan(middle - block / 2, middle + block / 2, color="#F5F5F5", zorder=0, linewidth=0)
        if code in errors:
            _marks(axes, errors[code], [top - step for step in range(n)], edge)
        else:
            text = "no forecast free of register clean-ups that far ahead"
            axes.text(edge * 0.02, middle, text, color=GREY, va="center", fontsize=9)
    axes.set_yticks(ticks, [labels.get(code, code) for code in codes], fontsize=11)
    _without_scale(axes)
