"""The map under the flow map: host coordinates, outlines and an equal-area projection."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abm.errors import ConfigError

CENTRE = (52.0, 12.0)
"""Latitude and longitude of the middle of the map, degrees."""

KYIV = (50.45, 30.52)

EARTH_KM = 6371.0


def projected(latitude: ArrayLike, longitude: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Lambert's azimuthal equal-area coordinates, km east and north of the centre.

    Source: Snyder (1987), Map projections, equations 24-2 to 24-4, sphere.
    """
    phi, lam = np.radians(np.asarray(latitude, dtype=float)), np.radians(np.asarray(longitude, dtype=float))
    phi0, lam0 = np.radians(CENTRE)
    cosine = np.sin(phi0) * np.sin(phi) + np.cos(phi0) * np.cos(phi) * np.cos(lam - lam0)
    factor = EARTH_KM * np.sqrt(2 / (1 + cosine))
    east = factor * np.cos(phi) * np.sin(lam - lam0)
    north = factor * (np.cos(phi0) * np.sin(phi) - np.sin(phi0) * np.cos(phi) * np.cos(lam - lam0))
    return east, north


def host_places(configs: Path, hosts: Sequence[str]) -> NDArray[np.float64]:
    """Return latitude and longitude of the capital of every host; float64[H, 2], degrees.

    The files have been read strictly before (``load_world``); here two lines of each are looked up.
    """
    places = np.empty((len(hosts), 2))
    for number, host in enumerate(hosts):
        path = configs / "countries" / f"{host}.yaml"
        text = path.read_text(encoding="utf-8")
        for axis, key in enumerate(("latitude", "longitude")):
            found = re.search(rf"^{key}:\s*(-?\d+(?:\.\d+)?)\b", text, re.MULTILINE)
            if found is None:
                raise ConfigError(f"{path}: {key}: no number found. Add '{key}: <degrees>'.")
            places[number, axis] = float(found[1])
    return places


def outlines(configs: Path) -> dict[str, list[NDArray[np.float64]]]:
    """Return the projected outlines of every country of the base map; float64[n, 2] each, km."""
    path = configs / "geo" / "europe_countries.geojson"
    found: dict[str, list[NDArray[np.float64]]] = {}
    for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
        rings = []
        for polygon in feature["geometry"]["coordinates"]:
            lines = np.asarray(polygon[0], dtype=float)
            rings.append(np.column_stack(projected(lines[:, 1], lines[:, 0])))
        found[feature["properties"]["id"]] = rings
    return found
