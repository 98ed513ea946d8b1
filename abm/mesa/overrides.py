"""The world of a run with some coefficients set by the user, read once however many runs use it."""

import math
from collections import OrderedDict
from collections.abc import Mapping
from numbers import Real
from pathlib import Path

from abm.data.folder import digest, load_settings
from abm.data.parameters import Coefficient, load_coefficients, with_parameters
from abm.data.world import World
from abm.errors import EweaError, nearest
from abm.policy.scenario import scenario_world

COEFFICIENTS = Path("coefficients") / "priors.csv"
KEPT = 8
"""Worlds kept in memory, a few megabytes each; a sweep uses the same ones again and again."""

_worlds: OrderedDict[tuple[object, ...], World] = OrderedDict()


def _checked(known: Coefficient, value: object) -> float:
    """Return the value of one coefficient, or refuse what its unit and distribution rule out."""
    name = known.parameter
    if not isinstance(value, Real) or isinstance(value, bool) or not math.isfinite(value):
        raise EweaError(f"{name}: found {value!r}; a number is needed ({known.meaning}, {known.unit}).")
    number = float(value)
    if known.unit in ("share", "1/month") and not 0 <= number <= 1:
        raise EweaError(f"{name}: found {number:g}; allowed are 0 to 1 ({known.meaning}, {known.unit}).")
    if known.distribution == "lognormal" and number <= 0:
        raise EweaError(f"{name}: found {number:g}; it must be above 0 ({known.meaning}, {known.unit}).")
    return number


def checked_overrides(root: Path, given: Mapping[str, object]) -> dict[str, float]:
    """Return coefficients a user set, as numbers.

    Raises
    ------
    EweaError
        If a name is unknown (with the nearest ones) or a value cannot hold.
    """
    if not given:
        return {}
    known = load_coefficients(root / COEFFICIENTS)
    if "seed" in given:
        raise EweaError("seed: the seed of a run is given as rng=, for example rng=1.")
    for name in given:
        if name not in known:
            raise EweaError(f"{name!r} is neither a setting nor a coefficient. {nearest(name, known)}")
    return {name: _checked(known[name], value) for name, value in sorted(given.items())}


def world_with(root: Path, until: int, given: Mapping[str, object], scenario: str = "baseline") -> World:
    """Return the world of a run with some coefficients replaced.

    Parameters
    ----------
    root : Path
        The ``configs`` folder.
    until : int
        Month on whose first day the run ends; the data reach at least to the last register month.
    given : mapping of str to number
        Coefficients by name.
    scenario : str
        Ids of scenarios, joined with ``+``.

    Returns
    -------
    World
        The same object for the same files, horizon and coefficients.

    Raises
    ------
    EweaError
        If a file, a name or a value is wrong.
    """
    overrides = checked_overrides(root, given)
    horizon = max(until, load_settings(root).last_register_month)
    key: tuple[object, ...] = (root.resolve(), digest(root), horizon, scenario)
    changed = (*key, *overrides.items())
    if changed not in _worlds:
        world = _worlds[key] if key in _worlds else scenario_world(root, horizon, scenario)
        _worlds[key] = world
        if overrides:
            world = with_parameters(world, overrides)
        _worlds[changed] = world
    for used in (key, changed):
        _worlds.move_to_end(used)
    while len(_worlds) > KEPT:
        _worlds.popitem(last=False)
    return _worlds[changed]
