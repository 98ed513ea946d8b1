"""One household's history under two scenarios, with the factor sums of its decisions."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from abm.codes import Choice, Employment, Housing, Intention, Schooling, Status
from abm.compiled import compile_once
from abm.data.settings import RunSettings
from abm.errors import EweaError
from abm.month import processes
from abm.months import month_label
from abm.policy.scenario import scenario_world
from abm.reference.explanation import explain
from abm.reference.household import household_of
from abm.reference.surroundings import MonthUtility
from abm.simulation import Simulation

SHOWN_FACTORS = 6
"""Factors named per decision: those with the largest sums."""

ANY = "any"


@dataclass(frozen=True)
class _Sight:
    """What is seen of a household in one month."""

    row: dict[str, Any]
    return_sums: dict[str, float]
    onward_sums: dict[str, float]


def _codes(h: Any, hosts: tuple[str, ...]) -> dict[str, Any]:
    place = "Ukraine" if h.place == len(hosts) else hosts[h.place]
    return {
        "place": place,
        "status": Status(h.status).name.lower(),
        "work": Employment(h.employment).name.lower(),
        "housing": Housing(h.housing).name.lower(),
        "schooling": Schooling(h.schooling).name.lower(),
        "intention": Intention(h.intention).name.lower(),
        "choice": Choice(h.choice).name.lower(),
    }


def _row_of(simulation: Simulation, household: int) -> int | None:
    rows = np.flatnonzero(simulation.state.households["household_id"] == household)
    return int(rows[0]) if len(rows) else None


def _look(simulation: Simulation, household: int) -> _Sight | None:
    """Live one month; return the household as it decided, with its factor sums."""
    state = simulation.state
    sight = None
    stock = state.displaced().astype(float)
    for name, process in processes():
        process(state)
        if name == "decide":
            row = _row_of(simulation, household)
            if row is not None:
                h = household_of(state.households.columns(), row)
                codes = _codes(h, state.world.hosts.ids)
                parts = None
                if h.place < state.n_hosts:
                    parts = explain(h, MonthUtility(state.decisions, state.month, stock))
                sight = _Sight(
                    {"month": month_label(state.month), **codes},
                    {} if parts is None else parts.of_return,
                    {} if parts is None else parts.of_onward,
                )
    state.month += 1
    state.index += 1
    return sight


def history(
    root: Path, household: str, base: str, other: str, settings: RunSettings, seed: int
) -> dict[str, Any]:
    """Return a household's months under both scenarios.

    Parameters
    ----------
    root : Path
        The ``configs`` folder.
    household : str
        A household id, or ``any`` for the first one (by id) whose place differs at the end.
    base, other : str
        Scenarios.
    settings : RunSettings
        Scale and period.
    seed : int
        Seed of both runs.

    Returns
    -------
    dict
        ``{household, months: [{month, base: {...}, other: {...}, differs, return, onward}]}``; the last
        two are ``{factor: [base, other]}`` in log odds against staying, in the months that differ.

    Raises
    ------
    EweaError
        If no household has this id.
    """
    worlds = {name: scenario_world(root, settings.until, name) for name in (base, other)}
    compile_once(worlds[base])
    wanted = _pick(worlds, settings, seed) if household == ANY else _number(household)
    runs = {name: Simulation(world, settings, seed) for name, world in worlds.items()}
    months = []
    while not runs[base].finished:
        sights = {name: _look(run, wanted) for name, run in runs.items()}
        one, two = sights[base], sights[other]
        if one is None and two is None:
            continue
        differs = one is None or two is None or one.row != two.row
        sums_differ = one is not None and two is not None and one.return_sums != two.return_sums
        months.append(
            {
                "month": (one or two).row["month"],  # type: ignore[union-attr]
                "base": None if one is None else one.row,
                "other": None if two is None else two.row,
                "differs": differs,
                "return": _pairs(one, two, "return_sums") if differs or sums_differ else {},
                "onward": _pairs(one, two, "onward_sums") if differs or sums_differ else {},
            }
        )
    if not months:
        ids = runs[base].state.households["household_id"]
        raise EweaError(
            f"household {household}: none of this id lives in these runs. Write 'any' for one whose path "
            f"differs, or an id such as {int(ids[0])}."
        )
    return {"household": wanted, "base": base, "other": other, "seed": seed, "months": months}


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise EweaError(f"household: found {text!r}; write a household id, or 'any'.") from error


def _pairs(one: _Sight | None, two: _Sight | None, name: str) -> dict[str, list[float | None]]:
    """Return the sums of both runs, the factors that differ most first."""
    a = {} if one is None else getattr(one, name)
    b = {} if two is None else getattr(two, name)

    def size(factor: str) -> float:
        return abs(a.get(factor, 0.0) - b.get(factor, 0.0)) * 1e3 + abs(a.get(factor, 0.0))

    chosen = sorted({*a, *b}, key=size, reverse=True)
    return {factor: [a.get(factor), b.get(factor)] for factor in chosen}


def _pick(worlds: dict[str, Any], settings: RunSettings, seed: int) -> int:
    """Return the first household whose place differs at the end."""
    ends = []
    for world in worlds.values():
        simulation = Simulation(world, settings, seed)
        while not simulation.finished:
            simulation.step()
        ends.append(simulation.state.households)
    one, two = ends
    ids, a, b = np.intersect1d(one["household_id"], two["household_id"], return_indices=True)
    apart = ids[one["place"][a] != two["place"][b]]
    if not len(apart):
        apart = ids[one["status"][a] != two["status"][b]]
    if not len(apart):
        raise EweaError("household any: no household lives differently under the two scenarios.")
    return int(apart[0])
