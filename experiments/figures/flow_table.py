"""The table beside the flow map: who moves from which host to which, with arrivals and returns."""

from typing import TYPE_CHECKING

import numpy as np

from abm.arrays import Floats
from experiments.figures import RunToDraw
from experiments.figures.style import GREY, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HOSTS_IN_TABLE = 12

DARK = 0.55
"""Part of the colour scale from which white text reads better than black."""


def flow_table(axes: "Axes", run: RunToDraw, moves: Floats, arrivals: Floats, returns: Floats) -> None:
    """Draw from (rows) × to (columns) for the busiest hosts, all others together, and Ukraine."""
    from matplotlib.colors import LogNorm
    from matplotlib.patches import Rectangle

    busy = moves.sum(axis=0) + moves.sum(axis=1)
    top = np.sort(np.argsort(busy)[::-1][:HOSTS_IN_TABLE])
    top = top[np.argsort(busy[top])[::-1]]
    rest = np.setdiff1d(np.arange(len(busy)), top)
    labels = [_short(run.series.hosts[host]) for host in top] + ["other", "UA"]
    n_top = len(top)
    cells = np.full((n_top + 2, n_top + 2), np.nan)
    cells[:n_top, :n_top] = moves[np.ix_(top, top)]
    cells[:n_top, n_top] = moves[np.ix_(top, rest)].sum(axis=1)
    cells[n_top, :n_top] = moves[np.ix_(rest, top)].sum(axis=0)
    cells[n_top, n_top] = moves[np.ix_(rest, rest)].sum()
    cells[: n_top + 1, -1] = [*returns[top], returns[rest].sum()]
    cells[-1, : n_top + 1] = [*arrivals[top], arrivals[rest].sum()]
    cells[np.arange(n_top), np.arange(n_top)] = np.nan
    shown = np.where(cells > 0, cells, np.nan)
    if not np.isfinite(shown).any():
        axes.axis("off")
        return
    most = float(np.nanmax(shown))
    norm = LogNorm(vmin=max(most / 3000, 1), vmax=most)
    axes.imshow(shown, cmap="YlGnBu", norm=norm, aspect="auto")
    for (row, column), value in np.ndenumerate(cells):
        if np.isfinite(value):
            dark = norm(max(value, norm.vmin)) > DARK
            look = {"ha": "center", "va": "center", "fontsize": 7.5, "color": "white" if dark else INK}
            axes.text(column, row, _brief(value, run.summary["scale"]), **look)
    for row in [*range(n_top), n_top + 1]:
        axes.add_patch(Rectangle((row - 0.5, row - 0.5), 1, 1, facecolor="#F0F0F0", linewidth=0))
    axes.set_xticks(range(len(labels)), labels)
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    for line in (n_top - 0.5, n_top + 0.5):
        axes.axhline(line, color="white", linewidth=3)
        axes.axvline(line, color="white", linewidth=3)
    axes.set_xlabel("to", fontsize=10)
    axes.xaxis.set_label_position("top")
    axes.set_ylabel("from", fontsize=10)
    axes.text(
        0, -0.02,
        "Persons a year; k = thousand. Row UA: arrivals from Ukraine. Column UA: returns to Ukraine.\n"
        "Codes: EL Greece, UK United Kingdom, else ISO. Over = overseas.\n"
        f"Dot: fewer than {run.summary['scale']}. Empty: nobody.",
        transform=axes.transAxes, va="top", fontsize=8, color=GREY,
    )  # fmt: skip


def _short(host: str) -> str:
    return "Over" if host == "elsewhere" else host


def _brief(persons: float, least: int) -> str:
    """Return a count in at most four signs; a dot below ``least``, the persons one household stands for.

    >>> _brief(12_345, 100), _brief(1_234, 100), _brief(187, 100), _brief(87, 100), _brief(0, 100)
    ('12k', '1.2k', '190', '·', '')
    """
    if persons >= 9_950:
        return f"{persons / 1000:.0f}k"
    if persons >= 950:
        return f"{persons / 1000:.1f}k"
    if persons >= least:
        return f"{round(persons, -1):.0f}"
    return "·" if persons > 0 else ""
