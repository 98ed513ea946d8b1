"""The deregistration shares in the country files follow from the registers, without held-out months.

The share of leavers whom a register takes off as they go: median monthly exits (decisions less the rise of
the stock, as a share of the stock) over months that may be used for fitting, divided by the prior hazard of
leaving. Months from 2024 on are held out and never enter (``configs/validation.yaml``).
"""

from pathlib import Path

import numpy as np
import pytest

from abm.data.folder import default_configs, load_world
from abm.data.hosts import load_countries
from abm.data.parameters import PRIORS
from abm.months import month_index

FIRST, LAST = month_index("2023-04"), month_index("2023-12")
LEAST, MOST = 0.02, 1.0
"""A register that shows no exit at all still takes a few people off."""


def derive_deregistration_shares(root: Path) -> dict[str, float]:
    """Return the share by host, rounded to 0.001; hosts without register figures get the median."""
    world = load_world(root, month_index("2024-09"), fit=PRIORS)
    registers, c = world.registers, world.coefficients
    leaving = c["return_hazard"] + c["onward_hazard"]
    months = np.arange(FIRST, LAST + 1)
    rise = registers.stock[months] - registers.stock[months - 1]
    exits = (registers.decisions[months] - rise) / registers.stock[months - 1]
    shares = {}
    for host, code in enumerate(world.hosts.ids):
        usable = np.isfinite(exits[:, host]) & ~registers.is_break[months, host]
        if usable.sum() >= 6:
            share = float(np.median(exits[usable, host])) / leaving
            shares[code] = round(float(np.clip(share, LEAST, MOST)), 3)
    middle = round(float(np.median(list(shares.values()))), 3)
    return {code: shares.get(code, middle) for code in world.hosts.ids}


def test_country_files_hold_the_derived_shares():
    root = default_configs()
    found = {c.id: c.register_priors.deregistration_share.value for c in load_countries(root)}
    assert found == pytest.approx(derive_deregistration_shares(root), abs=1e-9)
