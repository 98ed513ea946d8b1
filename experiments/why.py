"""The months of one household under two scenarios: ``ewea why``."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from abm.data.settings import RunSettings
from abm.errors import EweaError
from abm.policy.scenario import changes_of
from abm.simulation import Simulation
from experiments.ensemble.households import ANY, Follower, living_apart, months_of
from experiments.ensemble.paired import contrast_of, world_of
from experiments.ensemble.pasts import branches_of, check_ahead, present
from experiments.uncertainty import covered


def history(
    root: Path, household: str, base: str, other: str, settings: RunSettings, seed: int
) -> dict[str, Any]:
    """Return a household's months under two scenarios, as ``ewea why --json`` prints them.

    ``household`` is an id, or ``any`` for the first one (by id) whose place differs at the end. Months are
    those from the present on, or from an earlier one in which the scenarios begin to differ. ``return`` and
    ``onward`` of a month that differs are ``{factor: [base, other]}`` in log odds against staying.
    """
    before = changes_of(root, base)
    world = world_of(root, settings.until, before)
    check_ahead(settings.until, present(world))
    settings = replace(settings, **covered(world))
    contrast = contrast_of(root, before, other, changes_of(root, other), settings)
    month = min(contrast.month, present(world))
    past = branches_of(world, settings, seed, before)

    def runs() -> Iterator[Simulation]:
        yield past.leave(month).run
        yield past.leave(month, world_of(root, settings.until, contrast.changes)).run

    if household == ANY:
        one, two = (run.run_to_end().state for run in runs())
        apart = living_apart(one, two)
        if not apart:
            raise EweaError("household any: no household lives differently under the two scenarios.")
        wanted = apart[0]
    else:
        try:
            wanted = int(household)
        except ValueError as error:
            raise EweaError(f"household: found {household!r}; write a household id, or 'any'.") from error
    followers = [Follower(wanted), Follower(wanted)]
    ends = [run.run_to_end(follower) for run, follower in zip(runs(), followers, strict=True)]
    months = months_of(*followers)
    if not months:
        ids = ends[0].state.households["household_id"]
        raise EweaError(
            f"household {household}: none of this id lives in these runs. Write 'any' for one whose path "
            f"differs, or an id such as {int(ids[0])}."
        )
    return {"household": wanted, "base": base, "other": other, "seed": seed, "months": months}
