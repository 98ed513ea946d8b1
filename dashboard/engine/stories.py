"""One simulated household with and without a choice: what ``ewea why`` tells, for choices."""

from typing import TYPE_CHECKING, Any

from abm.codes import PersonKind
from abm.errors import EweaError
from abm.months import month_index
from abm.places import hosts_of
from abm.reference.household import household_of
from dashboard.engine.choice import Choices
from dashboard.engine.limits import Resolution
from dashboard.messages.words import user_message
from experiments.ensemble.households import (
    ANY,
    Follower,
    life_in_words,
    living_apart,
    months_of,
    row_of_household,
)

if TYPE_CHECKING:
    from abm.branches import Branch
    from abm.state import State
    from dashboard.engine.branches import BaselineBranches

MOST_SUGGESTED = 8
"""Households named besides the one told."""


def story(
    branches: "BaselineBranches",
    choice: Choices,
    resolution: Resolution,
    seed: int,
    household: str,
    place: str,
) -> dict[str, Any]:
    """Return a household's months under the baseline and the choice, who it is, and further households."""
    changes, until = branches.changes_of(choice), month_index(choice.until)
    if changes.first_month is None:
        raise EweaError(user_message("story_needs_choice"))
    start = min(max(changes.first_month, branches.start), until - 1)
    base, world = branches.leave(resolution, seed, start, until).to(start), branches.world_of(changes)
    ends = [base.fork().to_the_end().state, base.fork(world=world).to_the_end().state]
    apart = living_apart(*ends, _living_in(place, base), MOST_SUGGESTED + 1)[: MOST_SUGGESTED + 1]
    if household == ANY:
        if not apart:
            raise EweaError(user_message("no_story"))
        wanted = apart[0]
    elif household.isascii() and household.isdigit() and len(household) < 19:
        wanted = int(household)
    else:
        raise EweaError(f"household: found {household[:20]!r}; write a household id, or 'any'.")
    about = _about(base.state, wanted)
    with_it, without = Follower(wanted), Follower(wanted)
    base.fork(world=world).run.run_to_end(with_it)
    base.run.run_to_end(without)
    months = months_of(without, with_it)
    if not months:
        raise EweaError(f"household {wanted}: there is none of this id. Ask for 'any'.")
    others = [number for number in apart if number != wanted][:MOST_SUGGESTED]
    return {
        "household": wanted, "place": place, "seed": seed, "others": others, "about": about, "months": months,
    }  # fmt: skip


def _living_in(place: str, base: "Branch") -> Any:
    """Return ids of the households that live in a place, int64[n]."""
    hosts, then = base.state.world.hosts, base.state.households
    here, at = hosts_of(place, hosts), then["place"].astype(int)
    inside = (at >= 0) & (at < len(hosts.ids))
    return then["household_id"][inside][here[at[inside]]].copy()


def _about(state: "State", household: int) -> dict[str, Any]:
    row = row_of_household(state, household)
    if row is None:
        return {}
    columns = state.households
    persons = {
        kind.name.lower(): int(n) for kind, n in zip(PersonKind, columns["persons"][row], strict=True) if n
    }
    return {
        "persons": persons,
        "origin": state.world.origins.ids[int(columns["origin"][row])],
        "stands_for": int(columns["stands_for"][row]),
        **life_in_words(household_of(columns.columns(), row), state.world.hosts.ids),
    }
