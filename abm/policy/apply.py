"""From changes of levers and drivers to a world: values of mechanisms by month and host, and series."""

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from abm.arrays import Booleans, Floats
from abm.data.world import NEVER, World, held_after
from abm.errors import ConfigError
from abm.months import month_index
from abm.places import UKRAINE, hosts_of
from abm.policy.allowed import lever_of_change, range_of_change
from abm.policy.change import NO_END, DriverChange, LeverChange, as_number
from abm.policy.lever import Action, Lever, same
from abm.policy.policy import MECHANISMS, Policy, Selection, Who, combined, interpolated


def apply_levers(world: World, levers: Mapping[str, Lever], changes: Sequence[LeverChange]) -> World:
    """Return the world with levers set; the changes replace the policy of the world.

    Within one lever, place and group of persons a later change replaces an earlier one from its
    start on; different levers on the same mechanism combine.
    """
    changes = [one for change in changes for one in change.each_place()]
    effects = _Effects(world)
    grouped: dict[tuple[str, str], list[LeverChange]] = {}
    for change in changes:
        lever = lever_of_change(world.hosts, levers, change)
        who = change.who if change.who is not None else lever.who
        grouped.setdefault((lever.id, who.model_dump_json()), []).append(change)
    for (name, _), group in grouped.items():
        for action in levers[name].acts_on:
            effects.add(levers[name], action, group)
    hosts, policy = world.hosts, effects.policy
    if policy.known_end is not None:
        hosts = replace(hosts, protection_end=policy.known_end[-1])
    digest = hashlib.sha256(repr([*changes]).encode()).hexdigest()
    policy = replace(policy, digest=digest, law=Law(dict(levers), tuple(changes)))
    return replace(world, hosts=hosts, policy=policy)


@dataclass(frozen=True)
class Law:
    """What was set, with the days it was made known on: what a policy was made from."""

    levers: Mapping[str, Lever]
    changes: tuple[LeverChange, ...]

    def as_known_at(self, world: World, month: int) -> World:
        """Return the world under the law that was known at the end of a month.

        What was announced later is left out; a rule that a later act replaced goes on.
        """
        known = [change for change in self.changes if change.first_month <= month]
        later = {(c.lever, c.place, c.start_month) for c in self.changes if c.first_month > month}
        kept = [
            change.model_copy(update={"until": None})
            if (change.lever, change.place, change.until_month) in later
            else change
            for change in known
        ]
        hosts = world.hosts
        if any(self.levers[change.lever].lasting for change in self.changes):
            hosts = replace(hosts, protection_end=np.full_like(hosts.protection_end, NEVER))
        made = apply_levers(replace(world, hosts=hosts), self.levers, self.changes).policy
        told = apply_levers(replace(world, hosts=hosts), self.levers, kept)
        # What was added to the law since, such as the controls of an ensemble, stays, with its last value.
        everyone = dict(told.policy.everyone)
        for name, series in world.policy.everyone.items():
            before = made.everyone.get(name, MECHANISMS[name].neutral)
            if MECHANISMS[name].kind == "addition" and not np.array_equal(series, before):
                added = held_after(np.asarray(series - before), month)
                everyone[name] = everyone.get(name, MECHANISMS[name].neutral) + added
        return replace(told, policy=replace(told.policy, everyone=everyone))


def full_value(world: World, lever: Lever, action: Action) -> float:
    """Return the mechanism's value at the lever's example."""
    at = action.at_example
    if isinstance(at, str):
        if at not in world.coefficients:
            raise ConfigError(
                f"configs/levers/{lever.id}.yaml: at_example: no coefficient {at!r} in configs/coefficients."
            )
        return float(world.coefficients[at])
    assert at is not None
    return float(at)


def mechanism_value(world: World, lever: Lever, action: Action, value: float) -> float:
    """Return the value of a mechanism for a value of the lever."""
    neutral = lever.neutral_number
    if same(value, neutral):
        return (
            action.to.neutral
            if not action.to.per_route or action.mechanism == "income_test"
            else float("nan")
        )
    if action.by == "value":
        return value * action.factor
    share = (value - neutral) / (as_number(lever.example) - neutral)
    return interpolated(action.to, share, full_value(world, lever, action))


class _Effects:
    """The policy that the levers set so far add up to."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.policy = Policy.neutral(world.n_months, len(world.hosts.ids), len(world.origins.ids))

    def add(self, lever: Lever, action: Action, group: Sequence[LeverChange]) -> None:
        """Add what one action of a lever does, set for one group of persons."""
        who = group[0].who if group[0].who is not None else lever.who
        n_hosts = len(self.world.hosts.ids)
        if action.mechanism == "protection_end":
            self._move_end(group)
        elif action.to.per == "ukraine":
            series = self._in_force(lever, action, group, 1)[:, 0]
            self._join("country", action.mechanism, series)
        elif action.mechanism in ("protection_new", "protection_kept"):
            self._refuse(lever, action, group, who)
        elif action.to.per_route:
            self._set_route(action, self._in_force(lever, action, group, n_hosts))
        else:
            self._add_series(lever, action, group, who)

    def _span(self, change: LeverChange) -> slice:
        until = self.world.n_months if change.until_month is None else change.until_month
        return slice(max(change.start_month, 0), max(until, 0))

    def _hosts(self, change: LeverChange) -> Booleans:
        return hosts_of(change.place, self.world.hosts)

    def _in_force(self, lever: Lever, action: Action, group: Sequence[LeverChange], width: int) -> Floats:
        """Return the mechanism's values as in force, float64[T, width]."""
        neutral = float("nan") if action.mechanism == "route_open" else action.to.neutral
        now = np.full((self.world.n_months, width), neutral)
        for change in group:
            columns = slice(0, 1) if change.place == UKRAINE else self._hosts(change)
            now[self._span(change), columns] = mechanism_value(self.world, lever, action, change.number)
        return now

    def _awaited(self, lever: Lever, action: Action, group: Sequence[LeverChange], now: Floats) -> Floats:
        """Return values in force [T, H] with, in part, what is announced, as people who choose see it."""
        awaited = now.copy()
        lead = self.world.coefficients["announcement_lead_months"]
        trust = self.world.coefficients["announcement_credibility"]
        for change in group:
            if change.announced_month is None:
                continue
            start, columns = change.start_month, self._hosts(change)
            future = mechanism_value(self.world, lever, action, change.number)
            for month in range(max(change.announced_month, 0), min(start, self.world.n_months)):
                weight = trust * max(1.0 - (start - month) / (lead + 1.0), 0.0)
                before = now[month, columns]
                if action.to.kind == "factor":
                    awaited[month, columns] = before ** (1.0 - weight) * future**weight
                else:
                    awaited[month, columns] = (1.0 - weight) * before + weight * future
        return awaited

    def _set_route(self, action: Action, series: Floats) -> None:
        key, routes = f"{action.mechanism}:{action.route}", self.policy.routes
        if key in routes:
            both = routes[key] * series if action.mechanism == "income_test" else series
            series = np.where(np.isnan(series), routes[key], both)
        self._hold(routes={**routes, key: series})

    def _add_series(self, lever: Lever, action: Action, group: Sequence[LeverChange], who: Who) -> None:
        name = action.mechanism
        now = self._in_force(lever, action, group, len(self.world.hosts.ids))
        own = who.arrived == "newcomers" and "arrived" in action.to.selectors
        self._join("newcomers" if own else "everyone", name, now)
        if lever.announcement and action.to.kind in ("factor", "addition"):
            awaited = self._awaited(lever, action, group, now)
            if not own:
                # What everybody gets later is seen by newcomers as a step on top of what is in force.
                factor = action.to.kind == "factor"
                awaited = awaited / np.where(now == 0.0, 1.0, now) if factor else awaited - now
            self._join("expected", name, awaited)
        elif own:
            self._join("expected", name, now)
        if who.vulnerable_exempt:
            mask = np.array(self.policy.exempt.get(name, np.zeros(now.shape, np.bool_)))
            for change in group:
                mask[self._span(change), self._hosts(change)] = True
            self._hold(exempt={**self.policy.exempt, name: mask})

    def _refuse(self, lever: Lever, action: Action, group: Sequence[LeverChange], who: Who) -> None:
        """Turn a protection rule into exclusions: it bites where fewer than all keep or receive protection.

        For newcomers the mechanism is the share who can show compliance; holders keep or lose protection.
        """
        ids, where = self.world.origins.ids, group[0].where or lever.id
        units = np.ones(len(ids), np.bool_)
        if who.origins is not None:
            if unknown := sorted(set(who.origins) - set(ids)):
                raise ConfigError(
                    f"{where}: who.origins: found {', '.join(unknown)}; origin units are {', '.join(ids)}."
                )
            units = np.isin(np.array(ids), who.origins)
        try:
            kinds = who.kinds()
        except ValueError as error:
            raise ConfigError(f"{where}: who.ages: {error}.") from error
        values = self._in_force(lever, action, group, len(self.world.hosts.ids))
        newcomers = action.mechanism == "protection_new"
        shares = np.clip(values, 0.0, 1.0) if newcomers else (values >= 0.5).astype(float)
        kind = "refused_new" if newcomers else "refused_holders"
        found = [*getattr(self.policy, kind)]
        for host in range(shares.shape[1]):
            edges = [0, *(np.flatnonzero(np.diff(shares[:, host])) + 1).tolist(), self.world.n_months]
            for start, until in itertools.pairwise(edges):
                share = float(shares[start, host])
                if share < 1.0:
                    end = until if until < self.world.n_months else NO_END
                    found.append(Selection(host, start, end, units, kinds, who.vulnerable_exempt, share))
        self._hold(**{kind: tuple(found)})

    def _move_end(self, group: Sequence[LeverChange]) -> None:
        """Set the first month without protection as known in every month, int64[T, H]."""
        world, before = self.world, self.policy.known_end
        known = np.tile(world.hosts.protection_end, (world.n_months, 1)) if before is None else before.copy()
        for change in group:
            made = change.start_month if change.announced_month is None else change.announced_month
            # A decision from before the simulated months holds throughout.
            known[max(min(made, world.n_months - 1), 0) :, self._hosts(change)] = int(change.number)
        self._hold(known_end=known)

    def _join(self, part: str, mechanism: str, values: Floats) -> None:
        """Combine values with those of the levers before."""
        store: Mapping[str, Floats] = getattr(self.policy, part)
        if mechanism in store:
            values = combined(mechanism, store[mechanism], values)
        self._hold(**{part: {**store, mechanism: values}})

    def _hold(self, **parts: Any) -> None:
        self.policy = replace(self.policy, **parts)


def apply_drivers(world: World, changes: Sequence[DriverChange]) -> World:
    """Return the world with drivers changed, in order, each kept inside its range."""
    drivers = dict(world.drivers)
    for change in changes:
        least, most = range_of_change(world.driver_cards, world.origins.ids, change)
        series = drivers[change.driver] = np.array(drivers[change.driver])
        table = series[:, None] if series.ndim == 1 else series
        columns: slice | list[int] = slice(None)
        if isinstance(change.units, list):
            columns = [world.origins.ids.index(unit) for unit in change.units]
        values = change.values()
        first, last = month_index(change.start), world.n_months - 1
        if change.to is not None:
            last = min(month_index(change.to), last)
        for month in range(max(first, 0), last + 1):
            value = values[min(month - first, len(values) - 1)]
            old = table[month, columns]
            new = {"set": np.full(old.shape, value), "add": old + value, "multiply": old * value}
            table[month, columns] = np.clip(new[change.operation], least, most)
    return replace(world, drivers=drivers)
