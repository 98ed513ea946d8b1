"""What a worker keeps and answers with: the past of the baseline by seed, and what choices make of it."""

from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.branches import Branch, Branches
from abm.codes import PersonKind
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.errors import EweaError
from abm.kernels.end_month import COUNTS
from abm.months import month_index, month_label
from abm.places import hosts_of
from abm.policy.change import Changes, joined
from abm.policy.scenario import scenario_world
from abm.reference.household import household_of
from abm.state import ACROSS_BORDERS, State
from dashboard.engine.bundle import Axes, Measured
from dashboard.engine.changes import (
    changes_of_choice,
    components_of_choice,
    drivers_of,
    first_projected_month,
    fork_month,
    indicators_of,
    others_of,
)
from dashboard.engine.choice import Choices
from dashboard.engine.limits import Limits, Resolution
from dashboard.engine.rules import levers_of
from dashboard.messages.words import user_message
from experiments.ensemble.counts import group_totals, outcomes_of, totals
from experiments.ensemble.households import (
    ANY,
    Follower,
    life_in_words,
    living_apart,
    months_of,
    row_of_household,
)
from experiments.ensemble.outcomes import CHANNELS, OUTCOMES, STOCKS
from experiments.ensemble.paired import world_of
from experiments.ensemble.pasts import branches_of
from experiments.ensemble.shapley import parts_of
from experiments.scorecard import NETHERLANDS, moving
from experiments.uncertainty import covered

AHEAD = 12
"""Months over which a step of an indicator works, as in ``ewea scorecard``."""

MOST_SUGGESTED = 8
"""Households named besides the one told."""

REGISTER = "register"
"""Persons a register would show at the end of the month: to be laid beside recorded points."""

OF_COUNTS = {
    ("work", "employed"): "employed",
    **{
        ("housing", kind): f"housing_{kind}" for kind in ("collective", "hosted", "subsidised", "independent")
    },
    **{("intention", kind): f"intention_{kind}" for kind in ("stay", "undecided", "return", "onward")},
    ("schooling", "minors"): "minors",
    ("schooling", "host_school"): "minors_in_host_school",
    ("schooling", "both"): "minors_in_both",
    ("schooling", "online_only"): "minors_online_only",
    ("family", "in_ukraine"): "family_in_ukraine",
    **{
        ("return_type", kind): f"return_{kind}"
        for kind in ("energetic", "exhausted", "virtual", "disconnected")
    },
}
"""Attributes and values that stand in the second array of the model's counts."""


class BaselineBranches:
    """Pasts of the baseline at :attr:`fork`, one per resolution and seed, and what leaves them."""

    def __init__(self, root: Path, limits: Limits) -> None:
        self.root = root
        self.start, self.fork = first_projected_month(root), fork_month(root)
        self.longest = month_index(limits.latest_until)
        # One world to the latest horizon serves every horizon: a run to an earlier month is its beginning.
        self.world = scenario_world(root, self.longest)
        self.changes_of = lru_cache(maxsize=4)(partial(changes_of_choice, root))
        self._pasts: dict[tuple[Resolution, int], Branches] = {}
        self.axes: Axes | None = None
        self._usual: tuple[object, float] | None = None

    def settings(self, resolution: Resolution, until: int) -> RunSettings:
        """Return the settings of every run: the seeds differ by all that is known to be uncertain."""
        return RunSettings(
            scale=resolution.scale,
            households_per_host=resolution.households_per_host,
            until=until,
            **covered(self.world),
        )

    def prepare(self, resolution: Resolution, seed: int) -> None:
        """Keep the baseline of a seed ready at the fork month."""
        self._past(resolution, seed, self.fork).at(self.fork)

    def _past(self, resolution: Resolution, seed: int, month: int) -> Branches:
        """Return the past of a seed; in memory only what waits at the fork month is kept."""
        key = resolution, seed
        if month == self.fork and key in self._pasts:
            return self._pasts[key]
        # A short horizon keeps the history small; a fork makes room for the months after.
        found = branches_of(self.world, self.settings(resolution, max(month, self.start + 1)), seed)
        if month == self.fork:
            self._pasts[key] = found
        return found

    def world_of(self, changes: Changes) -> World | None:
        """Return the world of what a choice sets; None for the baseline."""
        return world_of(self.root, self.longest, changes) if changes else None

    def leave(
        self, resolution: Resolution, seed: int, month: int, until: int, world: World | None = None
    ) -> Branch:
        """Return a continuation of the baseline that leaves it in a month at the latest."""
        month = min(month, self.fork)
        return self._past(resolution, seed, month).leave(month, world, self.settings(resolution, until))

    def finished(self, changes: Changes, resolution: Resolution, seed: int, until: int) -> Branch:
        """Return a run to the horizon with everything that changes set."""
        first = until if changes.first_month is None else min(changes.first_month, until)
        if first < self.start:
            raise EweaError(
                f"a lever acts in {month_label(first)}; registers cover that month already. Choose "
                f"{month_label(self.start)} or later."
            )
        return self.leave(resolution, seed, first, until, self.world_of(changes)).to_the_end()

    def answer(self, choice: Choices, resolution: Resolution, seed: int) -> Measured:
        """Return what one seed gives for a choice."""
        run = self.finished(self.changes_of(choice), resolution, seed, month_index(choice.until))
        if self.axes is None:
            self.axes = axes_of(run.state, self.start, self.fork)
        return measure(run.state, self.start, self.fork)

    def pair(
        self, choice: Choices, resolution: Resolution, seed: int, with_baseline: bool
    ) -> tuple[Axes | None, Measured, Measured | None]:
        """Return axes, what one seed gives for a choice, and for the baseline where that is not known yet."""
        mine = self.answer(choice, resolution, seed)
        baseline = Choices(until=choice.until)
        return self.axes, mine, self.answer(baseline, resolution, seed) if with_baseline else None

    def parts(
        self, choice: Choices, resolution: Resolution, seed: int
    ) -> tuple[Axes, tuple[str, ...], NDArray[np.float64]]:
        """Return axes, outcomes, and the part of every lever on one seed, float64[component, outcome, H]."""
        everything, until = self.changes_of(choice), month_index(choice.until)
        components = components_of_choice(self.root, choice)
        first = everything.first_month
        since = self.start if first is not None and first < self.fork else self.fork

        def level(subset: frozenset[int]) -> NDArray[np.float64]:
            chosen = everything.only([components[i].changes for i in subset])
            state = self.finished(chosen, resolution, seed, until).state
            return totals(outcomes_of(state, since - state.settings.start))

        found = np.array(parts_of(len(components), level))
        self.answer(Choices(until=choice.until), resolution, seed)  # makes the axes known
        assert self.axes is not None
        return self.axes, OUTCOMES, found

    def effect(self, choice: Choices, resolution: Resolution, seed: int, indicator: str, steps: int) -> float:
        """Return what moving an indicator changes in the Netherlands after a year, displaced people."""
        item, usual = indicators_of(self.root)[indicator], self.changes_of(choice)
        known = levers_of(self.root), drivers_of(self.root), others_of(self.root)
        step = moving(item, item.step * steps, self.fork, *known)
        key = choice, resolution, seed
        if self._usual is None or self._usual[0] != key:  # the tasks of one question come together
            self._usual = key, self._people(usual, resolution, seed)
        return self._people(joined([usual, step]), resolution, seed) - self._usual[1]

    def _people(self, changes: Changes, resolution: Resolution, seed: int) -> float:
        state = self.finished(changes, resolution, seed, self.fork + AHEAD).state
        return float(state.history.stock[state.index, self.world.hosts.ids.index(NETHERLANDS)].sum())

    def story(
        self, choice: Choices, resolution: Resolution, seed: int, household: str, place: str
    ) -> dict[str, Any]:
        """Return a household's months with and without the choice, who it is, and further households."""
        changes, until = self.changes_of(choice), month_index(choice.until)
        if changes.first_month is None:
            raise EweaError(user_message("story_needs_choice"))
        start = min(max(changes.first_month, self.start), until - 1)
        base, world = self.leave(resolution, seed, start, until).to(start), self.world_of(changes)
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
        told = {"others": others, "about": about, "months": months}
        return {"household": wanted, "place": place, "seed": seed, **told}


def axes_of(state: State, first: int, since: int) -> Axes:
    """Return the axes of everything measured on runs of this kind, from a month on."""
    world = state.world
    return Axes(
        hosts=tuple(world.hosts.ids),
        in_eu=tuple(bool(eu) for eu in world.hosts.is_eu),
        units=tuple(world.origins.ids),
        outcomes=(*OUTCOMES, REGISTER),
        stocks=(*STOCKS, REGISTER),
        channels=dict(CHANNELS),
        groups=tuple(_groups(state)),
        first=first,
        since=since,
    )


def _groups(state: State) -> dict[tuple[str, str], NDArray[np.float64]]:
    found = group_totals(state)
    counts = state.history.counts[state.index].astype(float)

    def column(name: str) -> NDArray[np.float64]:
        return np.asarray(counts[:, COUNTS.index(name)])

    for group, name in OF_COUNTS.items():
        found[group] = column(name)
    found["work", "working_age_without_job"] = np.maximum(column("working_age") - column("employed"), 0.0)
    return found


def measure(state: State, first: int, since: int) -> Measured:
    """Return what is kept of a finished run from a month on; flows before and after ``since`` apart."""
    begin, done = first - state.settings.start, state.index
    outcomes = outcomes_of(state, begin)
    # Whole persons lose nothing anyone could see and keep the files small.
    outcomes[REGISTER] = np.rint(state.history.register[begin:done])
    flows = state.history.flows[begin:done, list(ACROSS_BORDERS)]
    cut = max(since - first, 0)
    moved = np.stack([flows[:cut].sum(axis=(0, 1)), flows[cut:].sum(axis=(0, 1))])
    return Measured(
        np.array([outcomes[name] for name in (*OUTCOMES, REGISTER)], np.float32),
        np.array(list(_groups(state).values()), np.float32),
        moved.astype(np.float32),
        _origins(state),
    )


def _origins(state: State) -> NDArray[np.float32]:
    """Return persons abroad by origin unit and host, float32[U, H]."""
    households, H = state.households, state.n_hosts
    n = len(households)
    place, origin = households["place"][:n].astype(int), households["origin"][:n].astype(int)
    people = households["persons"][:n].astype(np.int64).sum(axis=1) * households["stands_for"][:n]
    abroad = (place >= 0) & (place < H)
    U = len(state.world.origins.ids)
    cells = origin[abroad] * H + place[abroad]
    return np.bincount(cells, people[abroad], U * H).reshape(U, H).astype(np.float32)


def _living_in(place: str, base: Branch) -> Any:
    """Return ids of the households that live in a place, int64[n]."""
    hosts, then = base.state.world.hosts, base.state.households
    here, at = hosts_of(place, hosts), then["place"].astype(int)
    inside = (at >= 0) & (at < len(hosts.ids))
    return then["household_id"][inside][here[at[inside]]].copy()


def _about(state: State, household: int) -> dict[str, Any]:
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
