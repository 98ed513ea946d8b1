"""What a change for everybody replaces of rules in force for some: their terms end there."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from abm.arrays import Booleans, Integers
from abm.places import UKRAINE, HostAxis, hosts_of
from abm.policy.change import LeverChange
from abm.policy.lever import NO_END, Lever


def overruled(
    law: Sequence[LeverChange],
    changes: Sequence[LeverChange],
    levers: Mapping[str, Lever],
    hosts: HostAxis,
    n_months: int,
) -> tuple[list[LeverChange], dict[str, Integers]]:
    """Return the law without what changes for everybody replace, and the terms of entry that end with it.

    The second holds, by mechanism and month and host, int64[T, H], the month of entry from which terms still
    hold: newcomers keep theirs only until the rule is made anew for all.
    """
    kept = list(law)
    renewed: dict[str, Integers] = {}
    for change in changes:
        who = change.who or (levers[change.lever].who if change.lever in levers else None)
        if who is None or who.selectors() or change.place == UKRAINE:
            continue
        touched = np.zeros(len(hosts.ids), np.bool_)
        remaining: list[LeverChange] = []
        for rule in kept:
            shared = _shared(rule, change, hosts)
            touched |= shared
            remaining += _cut(rule, change, shared, hosts) if shared.any() else [rule]
        kept = remaining
        if touched.any():
            span = slice(change.start_month, change.until_month)
            for mechanism in (action.mechanism for action in levers[change.lever].acts_on):
                first = renewed.setdefault(mechanism, np.zeros((n_months, len(hosts.ids)), np.int64))
                first[span, touched] = change.start_month
    return kept, renewed


def _shared(rule: LeverChange, change: LeverChange, hosts: HostAxis) -> Booleans:
    """Return the hosts in which a change for everybody meets a rule for some, bool[H]."""
    nowhere = np.zeros(len(hosts.ids), np.bool_)
    if rule.lever != change.lever or rule.who is None or not rule.who.selectors():
        return nowhere
    ends = [NO_END if one.until_month is None else one.until_month for one in (rule, change)]
    if max(rule.start_month, change.start_month) >= min(ends):
        return nowhere
    return hosts_of(rule.place, hosts) & hosts_of(change.place, hosts)


def _cut(rule: LeverChange, change: LeverChange, shared: Booleans, hosts: HostAxis) -> Iterator[LeverChange]:
    """Yield a rule host by host, where shared only before the change begins and after it ends."""
    for host in np.flatnonzero(hosts_of(rule.place, hosts)).tolist():
        here = rule.model_copy(update={"place": hosts.ids[host]})
        if not shared[host]:
            yield here
            continue
        if rule.start_month < change.start_month:
            yield here.model_copy(update={"until": change.start})
        after = change.until_month
        if after is not None and (rule.until_month is None or after < rule.until_month):
            yield here.model_copy(update={"start": change.until, "announced": None})
