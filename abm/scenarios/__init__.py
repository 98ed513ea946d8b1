"""Scenarios: levers and drivers set together, as files that compose."""

from abm.scenarios.build import (
    Player,
    scenario_ids,
    scenario_world,
    settings_of,
    world_of_players,
    world_with_settings,
)
from abm.scenarios.drivers import DriverChange

__all__ = [
    "DriverChange",
    "Player",
    "scenario_ids",
    "scenario_world",
    "settings_of",
    "world_of_players",
    "world_with_settings",
]
