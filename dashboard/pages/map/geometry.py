"""Outlines as SVG paths: Europe for hosts and moves, the oblasts of Ukraine for origins.

Both come with the project (public domain, Natural Earth; see the ``.source.md`` beside each file), in an
equal-area projection, so that a country is as large on the map as it is on Earth.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments.figures.flow_map import CENTRE, KYIV, host_places, outlines, projected

Ring = NDArray[np.float64]
Point = tuple[float, float]

EUROPE = (-1930.0, 2260.0, 4010.0, 4080.0)
"""West edge, north edge, width and height of the map of Europe, km from its centre."""

UKRAINE_EAST = 31.2
"""Meridian in the middle of the map of Ukraine, degrees."""

MARGIN = 20.0
"""Around the map of Ukraine, km."""

GRID_EUROPE, GRID_UKRAINE = 3.0, 1.0
"""Coordinates are rounded to so many km: finer than a pixel, and a third of the text."""

OFF_MAP = ("LU", "LI", "MT", "CY", "elsewhere")
"""Hosts too small to see or outside the frame: shown as tiles beside the map."""

PLACED = {
    "elsewhere": (-1780.0, -350.0),
    "NO": (-190.0, 1010.0),
    "SE": (160.0, 860.0),
    "FI": (680.0, 1160.0),
    "HR": (330.0, -660.0),
}
"""Where names and moves of hosts stand whose middle lies outside the frame or outside the country, km."""

BEND = 0.2
"""Height of the bow of a move, as a share of its length."""

_OBLASTS = Path(__file__).parent / "ukraine_oblasts.geojson"


@dataclass(frozen=True)
class Outline:
    """One shape of a map."""

    path: str  # SVG path, km from the north-west corner of the map
    middle: Point  # Where a name stands, same coordinates
    area: float  # km², of the largest part


@dataclass(frozen=True)
class Base:
    """A map without numbers: its size in km and its shapes by id."""

    width: float
    height: float
    shapes: dict[str, Outline]
    places: dict[str, Point]

    def name_at(self, place: str, moved: Mapping[str, Point]) -> Point:
        """Return where the name of a place stands, some of them ``moved`` east and south."""
        (x, y), (east, south) = self.places[place], moved.get(place, (0.0, 0.0))
        return x + east, y + south


@cache
def europe(root: Path, hosts: tuple[str, ...]) -> Base:
    """Return the map of Europe with a point for every host (its capital if it has no shape) and ``UA``."""
    west, north, width, height = EUROPE
    shapes = {}
    for name, rings in outlines(root).items():
        moved = [np.column_stack((r[:, 0] - west, north - r[:, 1])) for r in rings]
        inside = [r for r in moved if (r.max(axis=0) > 0).all() and (r.min(axis=0) < (width, height)).all()]
        if inside:
            shapes[name] = _outline(inside, GRID_EUROPE)
    capital = host_places(root, hosts)
    east, up = projected(capital[:, 0], capital[:, 1])
    places = {}
    for number, host in enumerate(hosts):
        if host in PLACED:
            places[host] = (PLACED[host][0] - west, north - PLACED[host][1])
        elif host in shapes:
            places[host] = shapes[host].middle
        else:
            places[host] = (float(east[number]) - west, north - float(up[number]))
    kyiv = projected(*KYIV)
    places["UA"] = (float(kyiv[0]) - west, north - float(kyiv[1]) + 90.0)
    return Base(width, height, shapes, places)


@cache
def ukraine() -> Base:
    """Return the map of the oblasts of Ukraine."""
    rings_of: dict[str, list[Ring]] = {}
    for feature in json.loads(_OBLASTS.read_text(encoding="utf-8"))["features"]:
        rings = []
        for polygon in feature["geometry"]["coordinates"]:
            lines = np.asarray(polygon[0], dtype=float)
            # Turned so that the middle of Ukraine points north; equal area as before.
            rings.append(np.column_stack(projected(lines[:, 1], lines[:, 0] - UKRAINE_EAST + CENTRE[1])))
        rings_of[feature["properties"]["id"]] = rings
    every = np.vstack([ring for rings in rings_of.values() for ring in rings])
    west, north = every[:, 0].min() - MARGIN, every[:, 1].max() + MARGIN
    width = every[:, 0].max() + MARGIN - west
    height = north - every[:, 1].min() + MARGIN
    shapes = {
        unit: _outline([np.column_stack((r[:, 0] - west, north - r[:, 1])) for r in rings], GRID_UKRAINE)
        for unit, rings in rings_of.items()
    }
    return Base(float(width), float(height), shapes, {unit: shape.middle for unit, shape in shapes.items()})


def _outline(rings: Sequence[Ring], grid: float) -> Outline:
    largest = max(rings, key=lambda ring: abs(_area(ring)))
    return Outline("".join(_path(ring, grid) for ring in rings), _middle(largest), abs(_area(largest)))


def _path(ring: Ring, grid: float) -> str:
    """Return a closed path in whole km on a grid, the same for both neighbours of a border."""
    points = (np.round(ring / grid) * grid).astype(int)
    kept = points[np.r_[True, (np.diff(points, axis=0) != 0).any(axis=1)]]
    if len(kept) < 3:
        return ""
    return f"M{'L'.join(f'{x},{y}' for x, y in kept)}Z"


def _area(ring: Ring) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def _middle(ring: Ring) -> Point:
    x, y = ring[:, 0], ring[:, 1]
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    area = cross.sum() * 3
    return _pair(np.array([((axis + np.roll(axis, -1)) * cross).sum() / area for axis in (x, y)]))


def curve(start: Point, end: Point, gap: float) -> tuple[str, Point, tuple[Point, Point]]:
    """Return a bent line between two points, there and back on different sides.

    ``gap`` km are left free at both ends (never more than a quarter of the way). Returns the SVG path, the
    point in its middle, and its last control point and end, for the head of the arrow.
    """
    a, b = np.array(start), np.array(end)
    way = b - a
    length = float(np.hypot(*way))
    side = np.array([way[1], -way[0]])
    control = (a + b) / 2 + BEND * side
    free = min(gap, length / 4)
    first = a + (control - a) / np.hypot(*(control - a)) * free
    last = b + (control - b) / np.hypot(*(control - b)) * free
    middle = (first + 2 * control + last) / 4
    text = f"M{_xy(first)}Q{_xy(control)} {_xy(last)}"
    return text, _pair(middle), (_pair(control), _pair(last))


def arrow_head(control: Point, end: Point, size: float) -> str:
    """Return the triangle at the end of a curve that comes from ``control``; SVG path."""
    tip = np.array(end)
    along = tip - np.array(control)
    along = along / np.hypot(*along)
    across = np.array([along[1], -along[0]])
    forward = tip + along * size * 0.8
    foot, half = tip - along * size * 0.3, across * size * 0.6
    return f"M{'L'.join(_xy(corner) for corner in (forward, foot + half, foot - half))}Z"


def _xy(point: NDArray[np.float64]) -> str:
    return f"{round(float(point[0]))},{round(float(point[1]))}"


def _pair(point: NDArray[np.float64]) -> Point:
    return float(point[0]), float(point[1])
