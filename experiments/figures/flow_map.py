"""Who moves on from which host to which: a map of the largest moves, and the whole table beside it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from abm.arrays import Floats
from abm.data.config import read_text
from abm.data.hosts import load_countries
from abm.errors import ConfigError
from abm.months import month_index
from experiments.figures import RunToDraw
from experiments.figures.style import BLUE, INK, ORANGE, footed, headed
from experiments.wording.numbers import rounding_step, spoken_month, to_step

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
from typing import TYPE_CHECKING

from experiments.figures.style import GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CENTRE = (52.0, 12.0)
"""Latitude and longitude of the middle of the map, degrees."""

KYIV = (50.45, 30.52)

EARTH_KM = 6371.0


def projected(latitude: ArrayLike, longitude: ArrayLike) -> tuple[Floats, Floats]:
    """Return Lambert's azimuthal equal-area coordinates, km from the centre (Snyder 1987, 24-2 to 24-4)."""
    phi, lam = np.radians(np.asarray(latitude, dtype=float)), np.radians(np.asarray(longitude, dtype=float))
    phi0, lam0 = np.radians(CENTRE)
    cosine = np.sin(phi0) * np.sin(phi) + np.cos(phi0) * np.cos(phi) * np.cos(lam - lam0)
    factor = EARTH_KM * np.sqrt(2 / (1 + cosine))
    east = factor * np.cos(phi) * np.sin(lam - lam0)
    north = factor * (np.cos(phi0) * np.sin(phi) - np.sin(phi0) * np.cos(phi) * np.cos(lam - lam0))
    return east, north


def host_places(configs: Path, hosts: Sequence[str]) -> Floats:
    """Return latitude and longitude of the capital of every host; float64[H, 2], degrees."""
    countries = {country.id: country for country in load_countries(configs)}
    return np.array([(countries[host].latitude, countries[host].longitude) for host in hosts])


def outlines(configs: Path) -> dict[str, list[Floats]]:
    """Return the projected outlines of every country of the base map; float64[n, 2] each, km."""
    path = configs / "geo" / "europe_countries.geojson"
    try:
        shapes = {
            one["properties"]["id"]: one["geometry"]["coordinates"]
            for one in json.loads(read_text(path))["features"]
        }
        assert all(name and shape for name, shape in shapes.items())
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        raise ConfigError(f"{path}: not the outlines of countries ({error}). Restore the file.") from error

    def ring(polygon: list[Any]) -> Floats:
        longitude, latitude = np.asarray(polygon[0], dtype=float).T
        return np.column_stack(projected(latitude, longitude))

    return {name: [ring(polygon) for polygon in shape] for name, shape in shapes.items()}


TITLE = "Onward moves between host countries"

ARROWS = 16
"""Moves drawn on the map; more cannot be told apart. The table shows the rest."""

OVERSEAS = "Overseas"
"""Name of the host ``elsewhere``, which is not on the map."""

BUBBLES_NAMED = 12

EDGE = {"west": -2150.0, "east": 2000.0, "south": -1950.0, "north": 1600.0}
"""Frame of the map, km from its centre: Portugal to eastern Ukraine, Cyprus to the middle of Norway."""

INSIDE = 170.0
"""Hosts outside the frame stand this far inside its edge, km."""

NEAR = 420.0
"""Hosts closer than this, km, push their names apart."""

ROOM_FOR_NAME = 26.0
"""Width of a circle from which the name stands inside it, points."""

WIDEST = 4.5
"""Width of the arrow of the largest move, points."""


def draw(run: RunToDraw) -> "Figure":
    """Return the figure: map on the left, host × host table on the right."""
    from matplotlib.figure import Figure

    moves, arrivals, returns = _per_year(run)
    figure = Figure(figsize=(15, 8.6))
    left = figure.add_axes((0.005, 0.06, 0.54, 0.86))
    right = figure.add_axes((0.595, 0.13, 0.39, 0.73))
    period = run.summary["flows"]
    span = f"{spoken_month(period['first'])} to {spoken_month(period['last'])} ({period['period']})"
    headed(figure, _finding(run, moves), f"Persons a year, mean of {span}, median over seeds.")
    _map(left, run, moves, (float(arrivals.sum()), float(returns.sum())))
    flow_table(right, run, moves, arrivals, returns)
    footed(figure, run.summary)
    return figure


def _per_year(run: RunToDraw) -> tuple[Floats, Floats, Floats]:
    """Return persons a year: moves[H, H], arrivals[H] from Ukraine and returns[H] to it."""
    series = run.series
    start = month_index(run.summary["flows"]["first"]) - series.first
    years = (series.between.shape[1] - start) / 12
    flows = (series.between, series.arrivals, series.returns)
    moves, arrivals, returns = (np.median(flow[:, start:].sum(axis=1), axis=0) / years for flow in flows)
    return moves, arrivals, returns


def _finding(run: RunToDraw, moves: Floats) -> str:
    if not moves.any():
        return "Nobody moves on from one host country to another"
    net = moves.sum(axis=0) - moves.sum(axis=1)
    gain, loss = int(net.argmax()), int(net.argmin())
    name = _names(run)
    return (
        f"About {_said(float(moves.sum()), run.summary['scale'])} people a year move on to another host "
        f"country; {name[gain]} gains most, {name[loss]} loses most"
    )


def _names(run: RunToDraw) -> list[str]:
    labels = run.world.hosts.labels
    return [OVERSEAS if host == "elsewhere" else labels[host]["en"] for host in run.series.hosts]


def _map(axes: "Axes", run: RunToDraw, moves: Floats, ukraine: tuple[float, float]) -> None:
    from matplotlib.collections import PolyCollection

    axes.set_xlim(EDGE["west"], EDGE["east"])
    axes.set_ylim(EDGE["south"], EDGE["north"])
    axes.set_aspect("equal")
    axes.axis("off")
    shapes = outlines(run.configs)
    home = shapes.pop("UA", [])
    spot = np.column_stack(projected(*host_places(run.configs, run.series.hosts).T))
    frame = np.array([[EDGE["west"], EDGE["south"]], [EDGE["east"], EDGE["north"]]])
    for host in np.flatnonzero(((spot < frame[0]) | (spot > frame[1])).any(axis=1)):
        # the corner of a country whose circle stands elsewhere misleads
        shapes.pop(run.series.hosts[host], None)
    land = [ring for rings in shapes.values() for ring in rings]
    axes.add_collection(PolyCollection(land, facecolor="#EFEFEF", edgecolor="#C9C9C9", linewidth=0.5))
    axes.add_collection(PolyCollection(home, facecolor="#DDDDDD", edgecolor="#B0B0B0", linewidth=0.6))
    arrive, back = (_said(count, run.summary["scale"]) for count in ukraine)
    axes.annotate(
        f"Ukraine\n{arrive} leave,\n{back} return a year", projected(*KYIV), ha="left", va="center",
        fontsize=8.5, color="#555555",
    )  # fmt: skip
    # The residual host stands for places an ocean away: in the Atlantic, apart from real hosts.
    spot[np.array([host == "elsewhere" for host in run.series.hosts])] = (EDGE["west"] + 1.4 * INSIDE, -300.0)
    spot = np.clip(spot, frame[0] + INSIDE, frame[1] - INSIDE)  # hosts off the map stand at its edge
    stock = np.median(run.series.stock[:, -1], axis=0)
    _bubbles(axes, run, spot, stock)
    _arrows(axes, spot, stock, moves)
    _key(axes, stock, moves)


def _said(persons: float, scale: int) -> str:
    return f"{to_step(persons, rounding_step(persons, least=scale) * 10):,}"


def _bubbles(axes: "Axes", run: RunToDraw, spot: Floats, stock: Floats) -> None:
    """Draw one circle per host, its area in proportion to the people at the horizon."""
    from matplotlib.patheffects import withStroke

    axes.scatter(
        spot[:, 0], spot[:, 1], s=_area(stock, stock), color=ORANGE, alpha=0.55, linewidth=0.6,
        edgecolor="white", zorder=3,
    )  # fmt: skip
    largest = set(np.argsort(stock)[::-1][:BUBBLES_NAMED].tolist())
    names = _names(run)
    radius = np.sqrt(_area(stock, stock)) / 2
    for host, place in enumerate(spot):
        big = host in largest or run.series.hosts[host] == "elsewhere"
        inside = 2 * radius[host] >= ROOM_FOR_NAME
        aside, up = (0.0, 0.0) if inside else _away_from_neighbours(spot, host)
        axes.annotate(
            names[host] if big else run.series.hosts[host], place, zorder=6,
            xytext=(aside * (radius[host] + 3), up * (radius[host] + 3)), textcoords="offset points",
            ha=("right", "center", "left")[round(aside) + 1], va=("top", "center", "bottom")[round(up) + 1],
            fontsize=8.5 if big else 7, fontweight="bold" if big else "normal",
            color=INK if big else "#555555",
            path_effects=[withStroke(linewidth=2.2, foreground="white", alpha=0.85)],
        )  # fmt: skip


def _away_from_neighbours(spot: Floats, host: int) -> tuple[float, float]:
    """Return the direction in which the name of a host stands free; below it when nobody is near."""
    apart = spot[host] - spot
    distance = np.hypot(apart[:, 0], apart[:, 1])
    near = (distance > 0) & (distance < NEAR)
    if not near.any():
        return 0.0, -1.0
    push = (apart[near] / distance[near, None] ** 2).sum(axis=0)
    aside, up = push / np.hypot(*push)
    return float(aside), float(up)


def _area(persons: Floats, all_persons: Floats) -> Floats:
    return np.maximum(8.0, 1700.0 * persons / max(float(all_persons.max()), 1.0))


def _arrows(axes: "Axes", spot: Floats, stock: Floats, moves: Floats) -> None:
    """Draw the largest moves as bent arrows, the largest last; there and back bend apart."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.patheffects import Normal, Stroke

    radius = np.sqrt(_area(stock, stock)) / 2
    points_per_km = axes.get_window_extent().width * 72 / axes.figure.dpi / (EDGE["east"] - EDGE["west"])
    order = np.argsort(moves, axis=None)[::-1][:ARROWS]
    for flat in order[::-1]:
        start, end = np.unravel_index(flat, moves.shape)
        if moves[start, end] <= 0:
            continue
        width = _width(moves[start, end], float(moves.max()))
        # From rim to rim, but never so short that the arrow disappears between close hosts.
        most = 0.3 * points_per_km * float(np.hypot(*(spot[end] - spot[start])))
        axes.add_patch(
            FancyArrowPatch(
                spot[start], spot[end], connectionstyle="arc3,rad=0.22", zorder=5, linewidth=width,
                arrowstyle=f"-|>,head_length={3 + width * 0.6},head_width={1.6 + width * 0.45}",
                color=BLUE, shrinkA=min(0.7 * radius[start], most), shrinkB=min(0.7 * radius[end], most),
                joinstyle="miter", capstyle="butt",
                path_effects=[Stroke(linewidth=width + 1.6, foreground="white"), Normal()],
            )
        )  # fmt: skip


def _width(persons: float, largest: float) -> float:
    return 0.7 + (WIDEST - 0.7) * persons / largest if largest else 0.0


def _key(axes: "Axes", stock: Floats, moves: Floats) -> None:
    """Explain circle size and arrow width with one example each."""
    from matplotlib.lines import Line2D

    people = 10 ** np.floor(np.log10(max(float(stock.max()) / 4, 1.0)))
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
        handles=handles, loc="lower left", bbox_to_anchor=(0.02, 0.0), frameon=False, fontsize=8.5,
        labelspacing=1.4, handletextpad=1.5,
    )  # fmt: skip


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
    names = ["Over" if host == "elsewhere" else host for host in run.series.hosts]
    labels = [names[host] for host in top] + ["other", "UA"]
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
