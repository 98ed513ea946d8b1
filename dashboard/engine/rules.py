"""The rule in force for a lever at a place and month: its value, where it is written, when it was checked."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from abm.data.hosts import host_axis
from abm.months import month_label
from abm.places import UKRAINE, Members, hosts_of
from abm.policy.change import LeverChange
from abm.policy.lever import Lever, Line, load_levers


@dataclass(frozen=True)
class RuleNow:
    """What holds for a lever somewhere in a month."""

    value: float | str | None  # Neutral where no rule is written; None where the lever has no neutral value
    line: Line | None = None  # The rule it comes from
    following: Line | None = None  # The next rule that is known already
    mixed: bool = False  # Whether the countries of the place have different rules


levers_of = lru_cache(maxsize=2)(load_levers)
axis_of = lru_cache(maxsize=2)(host_axis)
"""All levers; hosts and which of them are members of the Union; read once."""


def _covers(line: Line, host: str, axis: Members) -> bool:
    if UKRAINE in (host, *line.places):
        return host in line.places
    return bool(hosts_of(line.places, axis)[axis.ids.index(host)])


def _of_host(lever: Lever, host: str, month: int, axis: Members) -> tuple[Line | None, Line | None]:
    lines = [line for line in lever.lines if line.counts and _covers(line, host, axis)]
    lines.sort(key=lambda line: line.start_month)
    begun = [line for line in lines if line.start_month <= month]
    held = [line for line in begun if lever.lasting or line.until_month is None or line.until_month > month]
    later = [line for line in lines if line.start_month > month]
    return (held[-1] if held else None), (later[0] if later else None)


@lru_cache(maxsize=4096)
def rule_now(root: Path, lever: str, place: str, month: int) -> RuleNow:
    """Return the rule in force for a lever at a place in a month, as the baseline has it."""
    about, axis = levers_of(root)[lever], axis_of(root)
    covered = [UKRAINE]
    if place != UKRAINE:
        covered = [h for h, inside in zip(axis.ids, hosts_of(place, axis), strict=True) if inside]
    found = [_of_host(about, host, month, axis) for host in covered]
    values = {rule_value(about, line) for line, _ in found}
    line, following = found[0]
    if len(values) > 1:
        return RuleNow(about.neutral, mixed=True)
    return RuleNow(values.pop(), line, following)


def rule_value(lever: Lever, line: Line | None) -> float | str | None:
    """Return the value of a rule as a control of the app has it: a month for the end of protection."""
    if line is None:
        return lever.neutral
    if isinstance(line.value, str):
        return month_label(int(LeverChange.of(lever.id, "ALL", 0, line.value).number))
    return line.value
