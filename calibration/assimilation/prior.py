"""``configs/assimilation.yaml`` and the prior of the controls: a first-order autoregression by host."""

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from abm.arrays import Booleans, Floats
from abm.data.config import Strict, load
from abm.data.control_draws import BY_HOST, ControlLayout
from abm.data.controls import Beyond
from abm.data.figures import Share, Text
from abm.data.world import Registers
from abm.errors import EweaError

Positive = Annotated[float, Field(gt=0)]
Amount = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]


class AssimilationSetting[V, U](Strict):
    """One figure of the file."""

    value: V
    unit: U
    status: Literal["decided", "assumed", "derived"]
    source: Text


_Count = AssimilationSetting[Count, Literal["runs", "rounds", "households", "none"]]
_Error = AssimilationSetting[Positive, Literal["log", "share", "months"]]
_Correlation = AssimilationSetting[Share, Literal["correlation"]]


class ControlPrior(Strict):
    """Prior of one control: spread, likeness of half-years in a row, part common to all hosts."""

    sd: Amount
    persistence: Share
    common_sd: Amount
    unit: Literal["log odds", "log"]
    status: Literal["assumed", "derived"]
    source: Text


class CompletenessPrior(Strict):
    """Prior of the completeness of a correction; wider where more than ``giant_drop`` was taken off."""

    sd: Positive
    giant_sd: Positive
    giant_drop: Share
    unit: Literal["log odds"]
    status: Literal["assumed", "derived"]
    source: Text


class WiderPrior(Strict):
    """Hosts whose controls vary more."""

    hosts: list[str]
    controls: list[Literal["return_utility", "first_share", "again_share", "deregistration", "arrival_split"]]
    factor: Positive
    status: Literal["assumed", "derived"]
    source: Text


class AssimilationSettings(Strict):
    """The file as written."""

    members: _Count
    rounds: _Count
    scale: _Count
    households_per_host: _Count
    seed: _Count
    return_utility: ControlPrior
    first_share: ControlPrior
    again_share: ControlPrior
    deregistration: ControlPrior
    arrival_split: ControlPrior
    onward: ControlPrior
    completeness: CompletenessPrior
    wider: WiderPrior
    beyond: Beyond
    register_sd: _Error
    last_register_sd: _Error
    register_memory: _Error
    break_sd: _Error
    break_share: _Error
    taper_low: _Correlation
    taper_high: _Correlation


def load_assimilation_settings(root: Path) -> AssimilationSettings:
    """Return the settings of the assimilation."""
    return load(root / "assimilation.yaml", AssimilationSettings)


def giant_breaks(layout: ControlLayout, registers: Registers, drop: float) -> Booleans:
    """Return the corrections that took off more than a share of the stock, bool[B]."""
    stock = registers.stock
    shares = [1.0 - stock[month, host] / stock[month - 1, host] for month, host in layout.breaks]
    return np.nan_to_num(np.array(shares, np.float64)) > drop


def prior_members(
    layout: ControlLayout, settings: AssimilationSettings, registers: Registers, n: int
) -> Floats:
    """Return the controls of ``n`` members before any observation, float64[n, d].

    Member ``i`` is the same however many there are: each has a stream of its own.
    """
    if strange := sorted(set(settings.wider.hosts) - set(layout.ids)):
        raise EweaError(
            f"assimilation.yaml: wider: hosts: {', '.join(strange)}: not a host of configs/countries."
        )
    wide = np.isin(layout.ids, settings.wider.hosts)
    giant = giant_breaks(layout, registers, settings.completeness.giant_drop)
    spread = np.where(giant, settings.completeness.giant_sd, settings.completeness.sd)
    rows = []
    for member in range(n):
        rng = np.random.default_rng([settings.seed.value, member])
        parts = []
        for name in (*BY_HOST, "onward"):
            prior: ControlPrior = getattr(settings, name)
            values = prior.sd * _walk(rng, layout.shapes[name], prior.persistence)
            if name in settings.wider.controls:
                values = values * np.where(wide, settings.wider.factor, 1.0)
            parts.append((values + prior.common_sd * rng.standard_normal()).ravel())
        rows.append(np.concatenate([*parts, spread * rng.standard_normal(len(layout.breaks))]))
    return np.array(rows)


def _walk(rng: np.random.Generator, shape: tuple[int, ...], persistence: float) -> Floats:
    """Return stationary autoregressions of unit variance along the first axis."""
    fresh = rng.standard_normal(shape)
    values = fresh.copy()
    for half in range(1, shape[0]):
        values[half] = persistence * values[half - 1] + np.sqrt(1.0 - persistence**2) * fresh[half]
    return values
