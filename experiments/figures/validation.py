"""How far forecasts were off: the model beside the two naive rivals, by months ahead and by host."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORECASTERS = {
    "model": ("model", "#0b559f", "o"),
    "persistence": ('"nothing changes"', "#8c8c8c", "s"),
    "constant_inflow": ('"inflow goes on"', "#d9822b", "D"),
}
"""Label, colour and marker; told apart in grey and by the colour-blind as well."""

SHOWN_HORIZON = 6
"""Months ahead of the panel by host."""

SHOWN_SHARE, MOST_STRETCH = 0.95, 1.5
"""The axis by host ends at most at this multiple of this quantile; points beyond stand at the edge with
their value."""


def validation_figure(
    scores: Mapping[str, Any],
    labels: Mapping[str, str],
    note: str,
    horizon: int = SHOWN_HORIZON,
    window: str = "held_out",
) -> "Figure":
    """Return the figure of one window.

    Parameters
    ----------
    scores : mapping
        ``{"fit": W, "held_out": W}`` of :func:`calibration.scoring.score_window`.
    labels : mapping of str to str
        Names of the hosts by code.
    note : str
        Run, months and data date, printed below.
    horizon : int
        Months ahead of the panel by host.
    window : str
        ``fit`` or ``held_out``.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 8), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.15))
    _by_horizon(left, scores[window]["horizons"])
    by_host = scores[window]["horizons"][str(horizon)]["mean_error_pct_by_host"]
    _by_host(right, by_host, labels, horizon)
    if absent := [labels.get(code, code) for code in scores[window]["hosts"] if code not in by_host]:
        note = f"{note}\nEvery forecast crosses a register break, so not shown by host: {', '.join(absent)}"
    figure.suptitle("How far off were forecasts of the number of registered persons?", fontweight="bold")
    figure.supxlabel(note, fontsize=8, color="#555555")
    return figure


def _by_horizon(axes: "Axes", horizons: Mapping[str, Any]) -> None:
    ahead = [int(horizon) for horizon in horizons]
    for name, (label, colour, marker) in FORECASTERS.items():
        error = [part["median_error_pct"][name] for part in horizons.values()]
        axes.plot(ahead, error, color=colour, marker=marker, linewidth=2.5 if name == "model" else 1.5)
        if np.isfinite(error[-1]):
            axes.annotate(
                label,
                (ahead[-1], error[-1]),
                xytext=(8, 0),
                textcoords="offset points",
                color=colour,
                va="center",
            )
    axes.set_xticks(ahead)
    axes.set_xlim(0, max(ahead) * 1.45)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("months ahead")
    axes.set_ylabel("typical error, % of the register when the forecast was made")
    axes.set_title("All hosts: the lower, the better", loc="left", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e5e5e5")


def _by_host(axes: "Axes", errors: Mapping[str, Any], labels: Mapping[str, str], horizon: int) -> None:
    title = f"By host, {horizon} months ahead: average error"
    axes.set_title(title, loc="left", fontsize=11, pad=22)
    axes.spines[["top", "right", "left"]].set_visible(False)
    if not errors:
        axes.text(0.5, 0.5, "no forecast to score", ha="center", transform=axes.transAxes)
        return
    order = sorted(errors, key=lambda code: errors[code]["model"], reverse=True)
    values = np.array([[errors[code][name] for name in FORECASTERS] for code in order])
    edge = min(float(values.max()), float(np.quantile(values, SHOWN_SHARE)) * MOST_STRETCH)
    rows = np.arange(len(order))
    axes.hlines(
        rows,
        np.minimum(values.min(axis=1), edge),
        np.minimum(values.max(axis=1), edge),
        color="#dddddd",
        zorder=1,
    )
    for column, (label, colour, marker) in enumerate(FORECASTERS.values()):
        inside = values[:, column] <= edge
        axes.scatter(
            values[inside, column],
            rows[inside],
            color=colour,
            marker=marker,
            s=28,
            label=label,
            zorder=5 - column,
        )
        for row in rows[~inside]:
            axes.annotate(
                f"{values[row, column]:.0f} % →",
                (edge, row),
                color=colour,
                fontsize=7,
                va="center",
                ha="right",
            )
    axes.set_yticks(rows, [labels.get(code, code) for code in order], fontsize=8)
    axes.set_xlim(0, edge * 1.03)
    axes.set_xlabel("average error, % of the register when the forecast was made")
    axes.grid(axis="x", color="#eeeeee")
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, frameon=False, fontsize=9, borderpad=0)
