"""Every lever moves the outcomes its file names in the direction it declares.

Paired runs on common draws, example value against none: every seed runs once to the month in which levers
act; each lever then continues a copy of that run, so a difference is its effect. A sign is found when all
seeds agree; for a lever without effect, five seeds agree on the declared sign in one case in 32. "0" is found
when the mean is below ``SMALL`` of the outcome itself.

Measured with the priors: a fit may make an effect too small for five seeds to agree, and the sign of
a mechanism must not depend on the last calibration.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from abm.branches import Branches
from abm.codes import Status
from abm.compiled import compile_once
from abm.data.folder import default_configs
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.kernels.end_month import COUNTS
from abm.months import month_index
from abm.places import ALL, UKRAINE, hosts_of
from abm.policy.change import Changes, LeverChange
from abm.policy.lever import Lever, load_levers
from abm.policy.scenario import changed_world, scenario_world
from abm.state import Flow
from experiments.catalogue import lever_catalogue

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


def past_of(world: World, seed: int) -> Branches:
    """Return the baseline on one seed, which levers leave in the month in which they act."""
    settings = RunSettings(start=FIRST, until=UNTIL, scale=SCALE, households_per_host=PER_HOST)
    return Branches(world, settings, seed)


def outcomes(past: Branches, world: World) -> dict[str, NDArray[np.float64]]:
    """Return every outcome by host of a run that continues in a world, float64[H]."""
    state = past.run(ACTS_FROM, world).state
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
    ready = {seed: past_of(base, seed) for seed in seeds}
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


ROOT = default_configs()

NEW_LEVER = """\
id: {id}
group: return
label: {{en: Free bus home, nl: Gratis bus naar huis, uk: Безкоштовний автобус додому}}
explanation: {{en: A bus., nl: Een bus., uk: Автобус.}}
unit: 0 or 1
neutral: 0
range: {{least: 0, most: 1, step: 1}}
example: 1
example_place: NL
acts_on:
  - {{mechanism: return_utility, at_example: 0.8}}
signs:
  - {{outcome: returns, place: example, sign: "+"}}
source: test
lines:
  - {{place: DE, from: 2024-01-01, value: 1, status: in_force, publisher: test, date: 2024-01-01,
     source: test}}
"""


@pytest.fixture(scope="module")
def found(priors_root):
    return {(f.lever, f.outcome, f.place): f for f in check_signs(priors_root)}


def declared():
    for lever in lever_catalogue(ROOT):
        for sign in lever["signs"]:
            key = (lever["id"], sign["outcome"], sign["place"])
            yield pytest.param(key, id="-".join(key))


@pytest.mark.parametrize("key", list(declared()))
def test_declared_sign_is_found(found, key):
    assert found[key].holds, found[key]


def test_a_new_lever_is_one_file(tmp_path):
    root = tmp_path / "configs"
    shutil.copytree(ROOT, root)
    (root / "levers" / "free_bus.yaml").write_text(NEW_LEVER.format(id="free_bus"))
    until = month_index("2027-03")
    world = scenario_world(root, until)
    german = world.hosts.ids.index("DE")
    assert world.policy.now("return_utility", month_index("2024-02"))[german] == pytest.approx(0.8)
    assert "free_bus" in [lever["id"] for lever in lever_catalogue(root)]
    [sign] = check_signs(root, only=["free_bus"])
    assert sign.holds
