"""The world of a scenario: data, levers in force, and what the scenario sets on top."""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from abm.data.folder import digest, load_world
from abm.data.world import World
from abm.policy.apply import apply_settings
from abm.policy.driver_changes import DriverChange, apply_drivers
from abm.policy.lever import Lever
from abm.policy.lever_files import check_levers, load_levers
from abm.policy.route_files import load_routes
from abm.policy.scenario_files import BASELINE, Contents, contents_of, scenario_ids
from abm.policy.setting import LeverSetting, settings_in_force

__all__ = [
    "Player",
    "baseline_world",
    "scenario_ids",
    "scenario_world",
    "settings_of",
    "world_of_players",
    "world_with_settings",
]

KEPT = 4
_baselines: "OrderedDict[tuple[object, ...], tuple[World, World, dict[str, Lever]]]" = OrderedDict()


@dataclass(frozen=True)
class Player:
    """One lever or one driver that a scenario moves: what a comparison splits its effect by.

    Attributes
    ----------
    id : str
        ``<lever>:<place>`` or ``driver:<driver>``.
    label : dict of str to str
        Name in the three languages.
    settings, drivers : tuple
        Everything it stands for, in order.
    """

    id: str
    label: dict[str, str]
    settings: tuple[LeverSetting, ...] = ()
    drivers: tuple[DriverChange, ...] = ()


def _prepared(root: Path, until: int, fit: str | None = None) -> tuple[World, World, dict[str, Lever]]:
    """Return the raw world, the baseline world and the levers; read once however many runs use them."""
    key = (root.resolve(), digest(root), until, fit)
    if key not in _baselines:
        raw = load_world(root, until, fit)
        levers = load_levers(root)
        routes = load_routes(root, raw.hosts.ids)
        check_levers(
            root, levers, raw.hosts.ids, raw.origins.ids, [r.id for r in routes], list(raw.coefficients)
        )
        raw = replace(raw, routes=routes)
        _baselines[key] = (raw, apply_settings(raw, levers, settings_in_force(levers)), levers)
    _baselines.move_to_end(key)
    while len(_baselines) > KEPT:
        _baselines.popitem(last=False)
    return _baselines[key]


def baseline_world(root: Path, until: int) -> World:
    """Return the world with the levers in force and nothing else."""
    return _prepared(root, until)[1]


def scenario_world(root: Path, until: int, scenario: str = BASELINE, fit: str | None = None) -> World:
    """Return the world of a scenario, or of several joined with ``+``.

    Parameters
    ----------
    root : Path
        The ``configs`` folder.
    until : int
        Last month of the data.
    scenario : str
        Ids of scenarios, joined with ``+``.
    fit : str, optional
        Fit whose coefficients are taken, ``priors`` for none; the one in use if absent.

    Raises
    ------
    EweaError
        If a scenario is unknown.
    ConfigError
        If a file is wrong or two parts contradict each other.
    """
    contents = contents_of(root, scenario)
    return _world(root, until, contents.settings, contents.drivers, fit)


def world_with_settings(
    root: Path,
    until: int,
    settings: Sequence[LeverSetting],
    drivers: Sequence[DriverChange] = (),
) -> World:
    """Return the baseline with levers and drivers set in memory; later ones win."""
    return _world(root, until, tuple(settings), tuple(drivers))


def _world(
    root: Path,
    until: int,
    settings: Sequence[LeverSetting],
    drivers: Sequence[DriverChange],
    fit: str | None = None,
) -> World:
    raw, baseline, levers = _prepared(root, until, fit)
    if not settings and not drivers:
        return baseline
    # What a scenario says about a lever in a place holds from its start on, whoever was concerned before.
    world = apply_settings(raw, levers, [*settings_in_force(levers), *settings]) if settings else baseline
    changed = apply_drivers(world, drivers)
    mark = hashlib.sha256(
        f"{raw.digest}{changed.policy.digest}{[change.line for change in drivers]!r}".encode()
    ).hexdigest()
    return replace(changed, digest=mark, base=baseline)


def settings_of(root: Path, scenario: str) -> tuple[Player, ...]:
    """Return the levers and drivers a scenario moves, one player each."""
    contents: Contents = contents_of(root, scenario)
    levers = load_levers(root)
    players: dict[str, Player] = {}
    for setting in contents.settings:
        lever = levers.get(setting.lever)
        label = {} if lever is None else lever.label.model_dump()
        named = {language: f"{text} ({setting.place})" for language, text in label.items()}
        player = players.get(setting.id, Player(setting.id, named or {"en": setting.id}))
        players[setting.id] = replace(player, settings=(*player.settings, setting))
    for change in contents.drivers:
        text = change.line.driver.replace("_", " ")
        player = players.get(change.id, Player(change.id, {"en": text}))
        players[change.id] = replace(player, drivers=(*player.drivers, change))
    return tuple(players.values())


def world_of_players(root: Path, until: int, players: Sequence[Player]) -> World:
    """Return the baseline with only these players' settings."""
    return world_with_settings(
        root,
        until,
        [setting for player in players for setting in player.settings],
        [change for player in players for change in player.drivers],
    )
