"""Levers: what a government can set, as dated data that act through mechanisms only."""

from abm.levers.effect import apply_settings
from abm.levers.files import load_levers
from abm.levers.schema import Lever, Line, Who
from abm.levers.setting import LeverSetting, settings_in_force

__all__ = ["Lever", "LeverSetting", "Line", "Who", "apply_settings", "load_levers", "settings_in_force"]
