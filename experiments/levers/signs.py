"""Does a lever do what its file declares: paired runs on common draws, example value against none.

Every seed runs once to the month in which levers act; each lever then continues a copy of that run.
Draws are the same with and without the lever, so a difference is its effect. A sign is found when
all seeds agree; for a lever without effect, five seeds agree on the declared sign in one case in
32. "0" is found when the mean is below ``SMALL`` of the outcome itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from abm.codes import Status
from abm.compiled import compile_once
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.kernels.end_month import COUNTS
from abm.months import month_index
from abm.places import ALL, UKRAINE, hosts_of
from abm.policy.change import Changes, LeverChange
from abm.policy.lever import Lever, load_levers
from abm.policy.scenario import changed_world, scenario_world
from abm.simulation import Simulation
from abm.state import Flow

SMALL = 0.01
FIRST = month_index("2024-09")
ACTS_FROM = month_index("2026-01")
UNTIL = month_index("2026-11")
SCALE, PER_HOST = 2000, 8000
"""Most hosts keep eight thousand households, so that weak levers move somebody in every seed."""

TITLES = {
    "protected": (Status.TEMPORARY_PROTECTION,),
    "asylum": (Status.ASYLUM_PENDING,),
    "without_title": (Status.NONE,),
    "regular_title": (Status.TRANSITION_PERMIT, Status.REGULAR_PERMIT),
}


@dataclass(frozen=True)
class Found:
    """One declared sign and what the model does.

    Attributes
    ----------
    effect : float
        Mean difference, persons (share for employment).
    """

    lever: str
    outcome: str
    place: str
    expected: str
    effect: float
    found: str
    small: bool

    @property
    def holds(self) -> bool:
        """Whether the declared sign was found; an effect too small to matter is 0, whatever its sign."""
        return self.expected == ("0" if self.expected == "0" and self.small else self.found)


def example_of(lever: Lever) -> LeverChange:
    """Return the lever at its example value, from the month the paired runs look at."""
    who = lever.example_who if lever.example_who.selectors() else None
    return LeverChange.of(
        lever.id, lever.example_place, ACTS_FROM, lever.example, announced=ACTS_FROM, who=who
    )


def prepared(world: World, seed: int) -> Simulation:
    """Return a run of the baseline up to the month in which levers act."""
    settings = RunSettings(start=FIRST, until=UNTIL, scale=SCALE, households_per_host=PER_HOST)
    simulation = Simulation(world, settings, seed)
    while simulation.state.month < ACTS_FROM:
        simulation.step()
    return simulation


def outcomes(ready: Simulation, world: World) -> dict[str, NDArray[np.float64]]:
    """Continue a prepared run in a world and return every outcome by host, float64[H]."""
    simulation = ready.fork(ready.state.settings, world)
    while not simulation.finished:
        simulation.step()
    state = simulation.state
    history, H = state.history, state.n_hosts
    first = ACTS_FROM - FIRST
    stock = history.stock[-1].sum(axis=(2, 3)).astype(float)
    flows = history.flows[first:].sum(axis=0).astype(float)
    counts = {name: history.counts[-1, :, number].astype(float) for number, name in enumerate(COUNTS)}
    found = {
        "stock": stock.sum(axis=1),
        "arrivals": flows[Flow.ARRIVAL][H, :H],
        "returns": flows[Flow.RETURN][:H, H],
        "onward_out": flows[Flow.ONWARD][:H, :H].sum(axis=1),
        "onward_in": flows[Flow.ONWARD][:H, :H].sum(axis=0),
        "places_short": history.places_short[first:].sum(axis=0).astype(float),
        "employment": counts["employed"],
        "collective_used": counts["housing_collective"],
    }
    for name, titles in TITLES.items():
        found[name] = stock[:, list(titles)].sum(axis=1)
    return found


def _places(world: World, lever: Lever, place: str) -> NDArray[np.bool_]:
    example = lever.example_place
    if ALL in (place, example) or example == UKRAINE:
        return hosts_of(ALL, world.hosts)
    own = hosts_of(example, world.hosts)
    return own if place == "example" else ~own


def check_signs(
    root: Path, seeds: Sequence[int] = (1, 2, 3, 4, 5), only: Sequence[str] | None = None
) -> list[Found]:
    """Return every declared sign of every lever (or those named) with what was found.

    Parameters
    ----------
    root : Path
        The ``configs`` folder.
    seeds : sequence of int
        Seeds of the paired runs.
    only : sequence of str, optional
        Ids of levers.
    """
    levers = load_levers(root)
    base = scenario_world(root, UNTIL)
    compile_once(base)
    ready = {seed: prepared(base, seed) for seed in seeds}
    without = {seed: outcomes(ready[seed], base) for seed in seeds}
    found = []
    for lever in levers.values():
        if not lever.signs or (only is not None and lever.id not in only):
            continue
        world = changed_world(root, UNTIL, Changes.of(example_of(lever)))
        with_it = {seed: outcomes(ready[seed], world) for seed in seeds}
        for sign in lever.signs:
            chosen = _places(base, lever, sign.place)
            changes = np.array(
                [(with_it[s][sign.outcome] - without[s][sign.outcome])[chosen].sum() for s in seeds]
            )
            size = float(np.mean([without[s][sign.outcome][chosen].sum() for s in seeds]))
            found.append(
                Found(
                    lever.id,
                    sign.outcome,
                    sign.place,
                    sign.sign,
                    float(changes.mean()),
                    _sign(changes, size),
                    abs(float(changes.mean())) <= SMALL * size,
                )
            )
    return found


def _sign(changes: NDArray[np.float64], size: float) -> str:
    if (changes > 0).all():
        return "+"
    if (changes < 0).all():
        return "-"
    return "0" if abs(float(changes.mean())) <= SMALL * size else "?"
