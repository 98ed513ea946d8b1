"""From settings of levers to the values of mechanisms, month by month and host by host."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from abm.data.world import World
from abm.errors import ConfigError
from abm.places import UKRAINE, hosts_of
from abm.policy.lever import Action, Lever, Who, as_number, kinds_of, same
from abm.policy.mechanism import interpolated
from abm.policy.policy import Policy, Selection, combined
from abm.policy.setting import LeverSetting

Array = NDArray[np.float64]


@dataclass
class _Series:
    """A lever's value over time and host, for one group of persons: as in force, and as awaited."""

    in_force: Array
    awaited: Array


@dataclass
class _Parts:
    """What the levers set so far add up to."""

    everyone: dict[str, Array] = field(default_factory=dict)
    newcomers: dict[str, Array] = field(default_factory=dict)
    expected: dict[str, Array] = field(default_factory=dict)
    routes: dict[str, Array] = field(default_factory=dict)
    country: dict[str, Array] = field(default_factory=dict)
    exempt: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    refused_new: list[Selection] = field(default_factory=list)
    refused_holders: list[Selection] = field(default_factory=list)

    def join(self, part: str, mechanism: str, values: Array) -> None:
        """Combine values with those of the levers before."""
        store: dict[str, Array] = getattr(self, part)
        store[mechanism] = combined(mechanism, store[mechanism], values) if mechanism in store else values


def apply_settings(world: World, levers: Mapping[str, Lever], settings: Sequence[LeverSetting]) -> World:
    """Return the world with levers set; the settings replace the policy of the world.

    Within one lever, place and group of persons a later setting replaces an earlier one from its
    start on; different levers on the same mechanism combine.

    Raises
    ------
    ConfigError
        If a lever, place or unit is unknown or a value lies outside its range.
    """
    parts = _Parts()
    known_end = None
    grouped: dict[tuple[str, str], list[LeverSetting]] = {}
    for setting in settings:
        lever = _checked(world, levers, setting)
        who = setting.who if setting.who is not None else lever.who
        grouped.setdefault((lever.id, who.model_dump_json()), []).append(setting)
    for (name, _), group in grouped.items():
        lever = levers[name]
        who = group[0].who if group[0].who is not None else lever.who
        for action in lever.acts_on:
            if action.mechanism == "protection_end":
                known_end = _known_end(world, group, known_end)
            elif action.to.per == "ukraine":
                _add_country(world, parts, lever, action, group)
            elif action.mechanism in ("protection_new", "protection_kept"):
                _add_refusals(world, parts, lever, action, group, who)
            else:
                _add_series(world, parts, lever, action, group, who)
    hosts = world.hosts
    if known_end is not None:
        hosts = replace(hosts, protection_end=known_end[-1])
    policy = Policy(
        world.n_months,
        len(world.hosts.ids),
        len(world.origins.ids),
        parts.everyone,
        parts.newcomers,
        parts.expected,
        parts.routes,
        parts.country,
        parts.exempt,
        tuple(parts.refused_new),
        tuple(parts.refused_holders),
        known_end,
        hashlib.sha256(repr([(s.lever, s.place, s.start_month, s.value, s.until_month,
                              s.announced_month, s.who) for s in settings]).encode()).hexdigest(),
    )  # fmt: skip
    return replace(world, hosts=hosts, policy=policy)


def _checked(world: World, levers: Mapping[str, Lever], setting: LeverSetting) -> Lever:
    where = setting.where or f"lever {setting.lever}"
    if setting.lever not in levers:
        raise ConfigError(f"{where}: lever: found {setting.lever!r}; there are {', '.join(levers)}.")
    lever = levers[setting.lever]
    least, most = as_number(lever.range.least), as_number(lever.range.most)
    neutral = as_number(lever.neutral)
    if not least <= setting.value <= most and not same(setting.value, neutral):
        raise ConfigError(
            f"{where}: value: found {setting.value:g}; lever {lever.id} allows {lever.range.least} to "
            f"{lever.range.most} ({lever.unit})."
        )
    if setting.until_month is not None and setting.until_month <= setting.start_month:
        raise ConfigError(f"{where}: until must lie at least one month after from.")
    if setting.place != UKRAINE:
        hosts_of(setting.place, world.hosts, f"{where}: place")
    if setting.who is not None:
        try:
            lever.check_who(setting.who, "who")
        except ValueError as error:
            raise ConfigError(f"{where}: {error}.") from error
    return lever


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
    neutral = as_number(lever.neutral)
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


def _spans(world: World, setting: LeverSetting) -> slice:
    until = world.n_months if setting.until_month is None else setting.until_month
    return slice(max(setting.start_month, 0), max(until, 0))


def _series_of(
    world: World, lever: Lever, action: Action, group: Sequence[LeverSetting], width: int
) -> _Series:
    """Return the mechanism's values [T, width] as in force, and as people who choose await them."""
    neutral = action.to.neutral
    if action.mechanism == "route_open":
        neutral = float("nan")
    now = np.full((world.n_months, width), neutral)
    for setting in group:
        columns = slice(0, 1) if setting.place == UKRAINE else hosts_of(setting.place, world.hosts)
        now[_spans(world, setting), columns] = mechanism_value(world, lever, action, setting.value)
    awaited = now.copy()
    if lever.announcement and width > 1 and action.to.kind in ("factor", "addition"):
        lead = world.coefficients["announcement_lead_months"]
        trust = world.coefficients["announcement_credibility"]
        for setting in group:
            if setting.announced_month is None:
                continue
            columns = hosts_of(setting.place, world.hosts)
            future = mechanism_value(world, lever, action, setting.value)
            for month in range(max(setting.announced_month, 0), min(setting.start_month, world.n_months)):
                weight = trust * max(1.0 - (setting.start_month - month) / (lead + 1.0), 0.0)
                before = now[month, columns]
                if action.to.kind == "factor":
                    awaited[month, columns] = before ** (1.0 - weight) * future**weight
                else:
                    awaited[month, columns] = (1.0 - weight) * before + weight * future
    return _Series(now, awaited)


def _add_series(
    world: World, parts: _Parts, lever: Lever, action: Action, group: Sequence[LeverSetting], who: Who
) -> None:
    series = _series_of(world, lever, action, group, len(world.hosts.ids))
    if action.to.per_route:
        key = f"{action.mechanism}:{action.route}"
        if key in parts.routes:
            old = parts.routes[key]
            joined = old * series.in_force if action.mechanism == "income_test" else series.in_force
            parts.routes[key] = np.where(np.isnan(series.in_force), old, joined)
        else:
            parts.routes[key] = series.in_force
        return
    name = action.mechanism
    own = who.arrived == "newcomers" and "arrived" in action.to.selectors
    parts.join("newcomers" if own else "everyone", name, series.in_force)
    if lever.announcement and action.to.kind in ("factor", "addition"):
        if own:
            parts.join("expected", name, series.awaited)
        else:
            # What everybody gets later is seen by newcomers as a step on top of what is in force.
            step = (
                series.awaited / np.where(series.in_force == 0.0, 1.0, series.in_force)
                if action.to.kind == "factor"
                else series.awaited - series.in_force
            )
            parts.join("expected", name, step)
    elif own:
        parts.join("expected", name, series.in_force)
    if who.vulnerable_exempt:
        mask = parts.exempt.setdefault(name, np.zeros(series.in_force.shape, np.bool_))
        for setting in group:
            mask[_spans(world, setting), hosts_of(setting.place, world.hosts)] = True


def _add_country(
    world: World, parts: _Parts, lever: Lever, action: Action, group: Sequence[LeverSetting]
) -> None:
    parts.join("country", action.mechanism, _series_of(world, lever, action, group, 1).in_force[:, 0])


def _add_refusals(
    world: World, parts: _Parts, lever: Lever, action: Action, group: Sequence[LeverSetting], who: Who
) -> None:
    """Turn a protection rule into exclusions: where the mechanism falls below one half it bites."""
    units = np.ones(len(world.origins.ids), np.bool_)
    if who.origins is not None:
        if unknown := sorted(set(who.origins) - set(world.origins.ids)):
            raise ConfigError(
                f"{group[0].where or lever.id}: who.origins: found {', '.join(unknown)}; origin units are "
                f"{', '.join(world.origins.ids)}."
            )
        units = np.isin(np.array(world.origins.ids), who.origins)
    try:
        kinds = kinds_of(who)
    except ValueError as error:
        raise ConfigError(f"{group[0].where or lever.id}: who.ages: {error}.") from error
    values = _series_of(world, lever, action, group, len(world.hosts.ids)).in_force
    found = parts.refused_new if action.mechanism == "protection_new" else parts.refused_holders
    for host in range(values.shape[1]):
        bites = np.concatenate([[False], values[:, host] < 0.5, [False]])
        edges = np.flatnonzero(bites[1:] != bites[:-1])
        for start, until in zip(edges[::2], edges[1::2], strict=True):
            end = int(until) if until < world.n_months else 10**6
            found.append(Selection(host, int(start), end, units, kinds, who.vulnerable_exempt))


def _known_end(
    world: World, group: Sequence[LeverSetting], before: NDArray[np.int64] | None
) -> NDArray[np.int64]:
    """Return the first month without protection as known in every month, int64[T, H]."""
    known = np.tile(world.hosts.protection_end, (world.n_months, 1)) if before is None else before.copy()
    for setting in group:
        hosts = hosts_of(setting.place, world.hosts)
        made = setting.start_month if setting.announced_month is None else setting.announced_month
        known[max(min(made, world.n_months - 1), 0) :, hosts] = int(setting.value)
        # A decision from before the simulated months holds throughout.
    return known
