"""Who moves on from which host to which: a map of the largest moves, and the whole table beside it."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.months import month_label
from experiments.figures import RunToDraw
from experiments.figures.europe import KYIV, host_places, outlines, projected
from experiments.figures.style import BLUE, GREY, INK, ORANGE, footed, headed
from experiments.rounding import rounded, rounding_step
from experiments.summary import spoken_month

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE = "Onward moves between host countries"

ARROWS = 16
"""Moves drawn on the map; more cannot be told apart. The table shows the rest."""

HOSTS_IN_TABLE = 12

OVERSEAS = "Overseas"
"""Name of the host ``elsewhere``, which is not on the map."""

BUBBLES_NAMED = 12

DARK = 0.55
"""Part of the colour scale from which white text reads better than black."""

EDGE = {"west": -2350.0, "east": 2250.0, "south": -1950.0, "north": 2150.0}
"""Frame of the map, km from its centre: Iceland to the Black Sea, Cyprus to the North Cape."""


def draw(run: RunToDraw) -> "Figure":
    """Return the figure: map on the left, host × host table on the right."""
    from matplotlib.figure import Figure

    moves, arrivals, returns = _per_year(run)
    figure = Figure(figsize=(15, 8.6))
    left = figure.add_axes((0.01, 0.05, 0.50, 0.85))
    right = figure.add_axes((0.575, 0.12, 0.40, 0.68))
    period = run.summary["flows"]
    span = f"{spoken_month(period['first'])} to {spoken_month(period['last'])} ({period['period']})"
    headed(
        figure,
        _finding(run, moves),
        f"Persons a year, mean of {span}, median over seeds.",
    )
    _map(left, run, moves)
    _table(right, run, moves, arrivals, returns)
    footed(figure, run.summary)
    return figure


def _per_year(run: RunToDraw) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return persons a year: moves[H, H], arrivals[H] from Ukraine and returns[H] to it."""
    series = run.series
    labels = [month_label(series.first + number) for number in range(series.between.shape[1])]
    start = labels.index(run.summary["flows"]["first"])
    years = (len(labels) - start) / 12
    return (
        np.median(series.between[:, start:].sum(axis=1), axis=0) / years,
        np.median(series.from_ukraine[:, start:].sum(axis=1), axis=0) / years,
        np.median(series.to_ukraine[:, start:].sum(axis=1), axis=0) / years,
    )


def _finding(run: RunToDraw, moves: NDArray[np.float64]) -> str:
    if not moves.any():
        return "Nobody moves on from one host country to another"
    total = float(moves.sum())
    net = moves.sum(axis=0) - moves.sum(axis=1)
    gain, loss = int(net.argmax()), int(net.argmin())
    name = _names(run)
    size = rounded(total, rounding_step(total, least=run.summary["scale"]) * 10)
    return (
        f"About {size:,} people a year move on to another host country; "
        f"{name[gain]} gains most, {name[loss]} loses most"
    )


def _names(run: RunToDraw) -> list[str]:
    labels = run.world.hosts.labels
    return [OVERSEAS if host == "elsewhere" else labels[host]["en"] for host in run.series.hosts]


def _map(axes: "Axes", run: RunToDraw, moves: NDArray[np.float64]) -> None:
    from matplotlib.collections import PolyCollection

    axes.set_xlim(EDGE["west"], EDGE["east"])
    axes.set_ylim(EDGE["south"], EDGE["north"])
    axes.set_aspect("equal")
    axes.axis("off")
    shapes = outlines(run.configs)
    ukraine = shapes.pop("UA", [])
    land = [ring for rings in shapes.values() for ring in rings]
    axes.add_collection(PolyCollection(land, facecolor="#EFEFEF", edgecolor="#C9C9C9", linewidth=0.5))
    axes.add_collection(PolyCollection(ukraine, facecolor="#DDDDDD", edgecolor="#B0B0B0", linewidth=0.6))
    axes.annotate("Ukraine", projected(*KYIV), ha="center", va="center", fontsize=9, color=GREY)
    spot = _spots(run)
    stock = np.median(run.series.stock[:, -1], axis=0)
    _bubbles(axes, run, spot, stock)
    _arrows(axes, spot, moves)
    _key(axes, stock, moves)


def _spots(run: RunToDraw) -> NDArray[np.float64]:
    """Return km east and north of every host; hosts off the map stand at its western edge."""
    place = host_places(run.configs, run.series.hosts)
    spot = np.column_stack(projected(place[:, 0], place[:, 1]))
    off = (spot[:, 0] < EDGE["west"]) | (spot[:, 0] > EDGE["east"]) | (spot[:, 1] > EDGE["north"])
    spot[off] = (EDGE["west"] + 230, -350.0)
    return spot


def _bubbles(axes: "Axes", run: RunToDraw, spot: NDArray[np.float64], stock: NDArray[np.float64]) -> None:
    """Draw one circle per host, its area in proportion to the people at the horizon."""
    from matplotlib.patheffects import withStroke

    axes.scatter(
        spot[:, 0], spot[:, 1], s=_area(stock, stock), color=ORANGE, alpha=0.55, linewidth=0.6,
        edgecolor="white", zorder=3,
    )  # fmt: skip
    largest = set(np.argsort(stock)[::-1][:BUBBLES_NAMED].tolist())
    names = _names(run)
    for host, (east, north) in enumerate(spot):
        big = host in largest or run.series.hosts[host] == "elsewhere"
        name = names[host] if big else run.series.hosts[host]
        axes.annotate(
            name, (east, north), zorder=6,
            xytext=(0, -3 - np.sqrt(_area(stock, stock)[host]) / 2), textcoords="offset points",
            ha="center", va="top", fontsize=8.5 if big else 7, fontweight="bold" if big else "normal",
            color=INK if big else "#555555",
            path_effects=[withStroke(linewidth=2.2, foreground="white", alpha=0.85)],
        )  # fmt: skip


def _area(persons: NDArray[np.float64], all_persons: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(8.0, 1700.0 * persons / max(float(all_persons.max()), 1.0))


def _arrows(axes: "Axes", spot: NDArray[np.float64], moves: NDArray[np.float64]) -> None:
    """Draw the largest moves as bent arrows, the largest last; there and back bend apart."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.patheffects import Normal, Stroke

    order = np.argsort(moves, axis=None)[::-1][:ARROWS]
    for flat in order[::-1]:
        start, end = np.unravel_index(flat, moves.shape)
        if moves[start, end] <= 0:
            continue
        width = _width(moves[start, end], float(moves.max()))
        axes.add_patch(
            FancyArrowPatch(
                spot[start], spot[end], connectionstyle="arc3,rad=0.22", zorder=5, linewidth=width,
                arrowstyle=f"-|>,head_length={3 + width * 0.9},head_width={1.6 + width * 0.6}",
                color=BLUE, shrinkA=4, shrinkB=5, joinstyle="miter", capstyle="butt",
                path_effects=[Stroke(linewidth=width + 1.6, foreground="white"), Normal()],
            )
        )  # fmt: skip


def _width(persons: float, largest: float) -> float:
    return 0.7 + 5.3 * persons / largest if largest else 0.0


def _key(axes: "Axes", stock: NDArray[np.float64], moves: NDArray[np.float64]) -> None:
    """Explain circle size and arrow width with one example each."""
    from matplotlib.lines import Line2D

    people = 10 ** np.floor(np.log10(max(float(stock.max()), 1.0)))
    handles = [
        Line2D(
            [], [], marker="o", linestyle="", color=ORANGE, alpha=0.55,
            markersize=float(np.sqrt(_area(np.array([people]), stock)[0])),
            label=f"{people:,.0f} people at the horizon",
        )
    ]  # fmt: skip
    if moves.any():
        example = 10 ** np.floor(np.log10(moves.max()))
        handles.append(
            Line2D(
                [], [], color=BLUE, linewidth=_width(float(example), float(moves.max())),
                label=f"{example:,.0f} people a year move on ({ARROWS} largest moves)",
            )
        )  # fmt: skip
    axes.legend(
        handles=handles, loc="lower left", frameon=False, fontsize=8.5, labelspacing=1.4, handletextpad=1.5
    )


def _table(
    axes: "Axes",
    run: RunToDraw,
    moves: NDArray[np.float64],
    arrivals: NDArray[np.float64],
    returns: NDArray[np.float64],
) -> None:
    """Draw from (rows) × to (columns) for the busiest hosts, all others together, and Ukraine."""
    from matplotlib.colors import LogNorm

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
            axes.text(
                column,
                row,
                _brief(value),
                ha="center",
                va="center",
                fontsize=7.5,
                color="white" if dark else INK,
            )
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
        "Codes: EL Greece, UK United Kingdom, else ISO. Over = overseas. Empty: nobody.",
        transform=axes.transAxes, va="top", fontsize=8, color=GREY,
    )  # fmt: skip


def _short(host: str) -> str:
    return "Over" if host == "elsewhere" else host


def _brief(persons: float) -> str:
    """Return a count in at most four signs.

    >>> _brief(12_345), _brief(1_234), _brief(87), _brief(3), _brief(0)
    ('12k', '1.2k', '90', '<10', '')
    """
    if persons >= 9_950:
        return f"{persons / 1000:.0f}k"
    if persons >= 950:
        return f"{persons / 1000:.1f}k"
    if persons >= 10:
        return f"{round(persons, -1):.0f}"
    return "<10" if persons > 0 else ""
