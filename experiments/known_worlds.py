"""The world as it was known at the end of a month: all that an honest forecast from there may use."""

from dataclasses import replace
from pathlib import Path

from abm.data.folder import load_world
from abm.data.world import World, as_known_at
from abm.errors import EweaError
from abm.months import month_label
from abm.policy.scenario import scenario_world


def world_known_at(root: Path, until: int, month: int, fit: str | None = None) -> World:
    """Return the baseline without anything that came later than a month.

    Registers, corrections and estimated arrivals end there, drivers and conditions of hosts are held, the law
    is what had been announced, and controls are the newest assimilated from data to no later month.
    """
    today = scenario_world(root, until, fit=fit)
    first, last = today.registers.first_month, today.registers.last_month
    if not first < month <= last:
        raise EweaError(
            f"no forecast as of {month_label(month)}: allowed are {month_label(first + 1)} to "
            f"{month_label(last)}, the last month of the registers."
        )
    past = load_world(root, until, fit, last_month=month)
    known = replace(
        today,
        registers=past.registers,
        controls=past.controls,
        data_date=month_label(month),
    )
    return as_known_at(known, month)
