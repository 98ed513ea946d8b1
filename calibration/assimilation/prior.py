"""``configs/assimilation.yaml`` and the prior of the controls: a first-order autoregression by host."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from abm.arrays import Booleans, Floats
from abm.data.config import Strict, load
from abm.data.control_draws import BY_HOST, MONTHS, ControlLayout
from abm.data.controls import Beyond
from abm.data.figures import Amount, Share, Sourced, Text
from abm.data.world import Registers
from abm.errors import EweaError

Positive = Annotated[float, Field(gt=0)]
_Status = Literal["decided", "assumed", "derived"]
_Count = Sourced[Annotated[int, Field(ge=1)], Literal["runs", "rounds", "households", "none"], _Status]
_Error = Sourced[Positive, Literal["log", "share", "months"], _Status]
_Correlation = Sourced[Share, Literal["correlation"], _Status]


class ControlPrior(Strict):
    """Prior of one control: spread, likeness of half-years in a row, part common to all hosts."""

    sd: Amount
    persistence: Share
    common_sd: Amount
    unit: Literal["log odds", "log"]
    status: Literal["assumed", "derived"]
    source: Text


class DeregistrationPrior(ControlPrior):
    """Prior of the share of leavers a register takes off: it may change for good at a correction."""

    jump_sd: Amount


class CorrectionPrior(Strict):
    """Prior of what a correction did; wider where it moved more than ``giant_drop`` of the stock."""

    sd: Positive
    giant_sd: Positive
    giant_drop: Share
    unit: Literal["log odds", "log"]
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
    final_rounds: _Count
    most_sd: Sourced[Positive, Literal["standard deviations"], _Status]
    most_miss: Sourced[Positive, Literal["share"], _Status]
    miss_from: Sourced[Positive, Literal["persons"], _Status]
    scale: _Count
    households_per_host: _Count
    seed: _Count
    return_utility: ControlPrior
    first_share: ControlPrior
    again_share: ControlPrior
    deregistration: DeregistrationPrior
    arrival_split: ControlPrior
    onward: ControlPrior
    completeness: CorrectionPrior
    recount: CorrectionPrior
    wider: list[WiderPrior]
    beyond: Beyond
    register_sd: _Error
    last_register_sd: _Error
    final_register_sd: _Error
    register_memory: _Error
    break_sd: _Error
    break_share: _Error
    taper_low: _Correlation
    taper_high: _Correlation


def load_assimilation_settings(root: Path) -> AssimilationSettings:
    """Return the settings of the assimilation."""
    return load(root / "assimilation.yaml", AssimilationSettings)


MOST_BACK = 3
"""Months before a correction in which the stock before it is looked for: quarter ends are three apart."""


def published_before(stock: Floats, month: int, host: int) -> int | None:
    """Return the last month with a published stock before a correction; None if it lies too far back."""
    return next((m for m in range(month - 1, month - 1 - MOST_BACK, -1) if np.isfinite(stock[m, host])), None)


def break_sizes(layout: ControlLayout, registers: Registers) -> Floats:
    """Return by how much of the stock before it each correction moved a register, float64[B]; 0 unknown."""
    sizes = np.zeros(len(layout.breaks))
    for number, (month, host) in enumerate(layout.breaks):
        before = published_before(registers.stock, month, host)
        if before is not None and np.isfinite(registers.stock[month, host]):
            sizes[number] = registers.stock[month, host] / registers.stock[before, host] - 1.0
    return sizes


MOST_APART = 4
"""Months between a lapse of titles and their return."""


def recounted(layout: ControlLayout, kinds: Mapping[tuple[int, int], str]) -> Booleans:
    """Return the corrections that changed what is counted, bool[B]; ``kinds`` by month and host.

    A recount, titles put back, and the correction before in which those titles lapsed.
    """
    back = [at for at, kind in kinds.items() if kind == "restored"]
    return np.array(
        [
            kinds[month, host] in ("recount", "restored")
            or any(of == host and 0 < then - month <= MOST_APART for then, of in back)
            for month, host in layout.breaks
        ],
        np.bool_,
    )


def prior_members(
    layout: ControlLayout,
    settings: AssimilationSettings,
    registers: Registers,
    kinds: Mapping[tuple[int, int], str],
    n: int,
) -> Floats:
    """Return the controls of ``n`` members before any observation, float64[n, d].

    Member ``i`` is the same however many there are: each has a stream of its own.
    """
    if strange := sorted({host for entry in settings.wider for host in entry.hosts} - set(layout.ids)):
        raise EweaError(
            f"assimilation.yaml: wider: hosts: {', '.join(strange)}: not a host of configs/countries."
        )
    wide: dict[str, Floats] = {name: np.ones(len(layout.ids)) for name in BY_HOST}
    for entry in settings.wider:
        for control in entry.controls:
            wide[control][np.isin(layout.ids, entry.hosts)] *= entry.factor
    sizes = np.abs(break_sizes(layout, registers))
    spreads = [
        np.where(sizes > prior.giant_drop, prior.giant_sd, prior.sd)
        for prior in (settings.completeness, settings.recount)
    ]
    spreads[1] = spreads[1] * recounted(layout, kinds)
    rows, n_breaks = [], len(layout.breaks)
    for member in range(n):
        rng = np.random.default_rng([settings.seed.value, member])
        jumps = np.random.default_rng([settings.seed.value, member, 1])
        parts = []
        for name in (*BY_HOST, "onward"):
            prior: ControlPrior = getattr(settings, name)
            values = prior.sd * _walk(rng, layout.shapes[name], prior.persistence)
            if isinstance(prior, DeregistrationPrior):
                for (month, host), jump in zip(layout.breaks, jumps.standard_normal(n_breaks), strict=True):
                    values[(month + 1) // MONTHS :, host] += prior.jump_sd * jump
            if name in wide:
                values = values * wide[name]
            parts.append((values + prior.common_sd * rng.standard_normal()).ravel())
        parts += [spread * rng.standard_normal(len(layout.breaks)) for spread in spreads]
        rows.append(np.concatenate(parts))
    return np.array(rows)


def _walk(rng: np.random.Generator, shape: tuple[int, ...], persistence: float) -> Floats:
    """Return stationary autoregressions of unit variance along the first axis."""
    fresh = rng.standard_normal(shape)
    values = fresh.copy()
    for half in range(1, shape[0]):
        values[half] = persistence * values[half - 1] + np.sqrt(1.0 - persistence**2) * fresh[half]
    return values
