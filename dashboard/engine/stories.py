"""One simulated household with and without a choice: what ``ewea why`` tells, for choices."""

from typing import TYPE_CHECKING, Any

import numpy as np

from abm.errors import EweaError
from abm.months import month_index
from abm.places import hosts_of
from dashboard.engine.choice import Choice
from dashboard.engine.limits import Resolution
from dashboard.engine.user_message import user_message

if TYPE_CHECKING:
    from abm.simulation import Simulation
    from dashboard.engine.desk import Desk

ANY = "any"
MOST_SUGGESTED = 8
"""Households named besides the one told."""


def story(
    desk: "Desk", choice: Choice, household: str, place: str, resolution: Resolution, seed: int
) -> dict[str, Any]:
    """Return the months of one household under the baseline and under the choice.

    Parameters
    ----------
    household : str
        An id, or ``any`` for one whose path differs.
    place : str
        Host the household lives in before paths part (``ALL`` for any), if ``household`` is ``any``.

    Returns
    -------
    dict
        ``{household, place, seed, others, about, months}``: ``others`` are ids of further households whose
        path differs; ``about`` describes the household when the choice begins to act; ``months`` as in
        :func:`experiments.comparison.history.history`, from the month the choice acts.

    Raises
    ------
    EweaError
        If there is no such household, or nobody lives differently.
    """
    # The steps of `ewea why`; it takes scenarios by name, a choice of the app has none.
    from dashboard.engine.contents import changes_of_choice
    from experiments.comparison.history import _look, _pairs

    contents = changes_of_choice(desk.root, choice)
    first = contents.first_month
    if first is None:
        raise EweaError(user_message("story_needs_choice"))
    until = month_index(choice.until)
    start = min(max(first, desk.start), until - 1)
    world = desk.world_of(contents)
    apart = _living_differently(desk, world, resolution, seed, start, until, place)
    if household == ANY:
        if not apart:
            raise EweaError(user_message("no_story"))
        wanted = apart[0]
    elif household.isascii() and household.isdigit() and len(household) < 19:
        wanted = int(household)
    else:
        raise EweaError(f"household: found {household[:20]!r}; write a household id, or 'any'.")
    base = _at(desk, resolution, seed, start, until)
    other = base.fork(base.state.settings, world)
    about = _about(base, wanted)
    months = []
    while not base.finished:
        one, two = _look(base, wanted), _look(other, wanted)
        if one is None and two is None:
            continue
        differs = one is None or two is None or one.row != two.row
        sums_differ = one is not None and two is not None and one.return_sums != two.return_sums
        tell = differs or sums_differ
        months.append(
            {
                "month": (one or two).row["month"],  # type: ignore[union-attr]
                "base": None if one is None else one.row,
                "other": None if two is None else two.row,
                "differs": differs,
                "return": _pairs(one, two, "return_sums") if tell else {},
                "onward": _pairs(one, two, "onward_sums") if tell else {},
            }
        )
    if not months:
        raise EweaError(f"household {wanted}: there is none of this id. Ask for 'any'.")
    others = [number for number in apart if number != wanted][:MOST_SUGGESTED]
    return {
        "household": wanted, "place": place, "seed": seed, "others": others, "about": about, "months": months,
    }  # fmt: skip


def _at(desk: "Desk", resolution: Resolution, seed: int, start: int, until: int) -> "Simulation":
    """Return the baseline of a seed in the month the choice begins to act."""
    ready = desk.prepare(resolution, seed)
    if start >= desk.fork:
        base = ready.fork(desk.settings(resolution, until))
    else:
        from abm.simulation import Simulation

        base = Simulation(desk.world, desk.settings(resolution, until), seed)
    while base.state.month < start:
        base.step()
    return base


def _living_differently(
    desk: "Desk", world: Any, resolution: Resolution, seed: int, start: int, until: int, place: str
) -> list[int]:
    """Return ids of households in a place whose place, or else whose title, differs at the end."""
    base = _at(desk, resolution, seed, start, until)
    hosts = base.state.world.hosts.ids
    here = hosts_of(place, base.state.world.hosts)
    then = base.state.households
    at = then["place"].astype(int)
    inside = (at >= 0) & (at < len(hosts))
    known = then["household_id"][inside][here[at[inside]]].copy()
    other = base.fork(base.state.settings, world)
    for run in (base, other):
        while not run.finished:
            run.step()
    one, two = base.state.households, other.state.households
    ids, a, b = np.intersect1d(one["household_id"], two["household_id"], return_indices=True)
    mine = np.isin(ids, known)
    found: list[int] = []
    for column in ("place", "status"):
        found += [int(i) for i in ids[mine & (one[column][a] != two[column][b])] if int(i) not in found]
        if len(found) > MOST_SUGGESTED:
            break
    return found[: MOST_SUGGESTED + 1]


def _about(simulation: "Simulation", household: int) -> dict[str, Any]:
    """Return who lives in a household, from where, and how long abroad."""
    from abm.codes import PersonKind
    from experiments.comparison.history import _codes, _row_of

    row = _row_of(simulation, household)
    if row is None:
        return {}
    from abm.reference.household import household_of

    state = simulation.state
    columns = state.households
    persons = {
        kind.name.lower(): int(n) for kind, n in zip(PersonKind, columns["persons"][row], strict=True) if n
    }
    h = household_of(columns.columns(), row)
    return {
        "persons": persons,
        "origin": state.world.origins.ids[int(columns["origin"][row])],
        "stands_for": int(columns["stands_for"][row]),
        **_codes(h, state.world.hosts.ids),
    }
