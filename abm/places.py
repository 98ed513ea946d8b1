"""Places: the words that stand for hosts, and the one function that turns a word into hosts.

A place is a host by its id, or a group of hosts in capitals. Ukraine is no host: what is set at ``UA``
reaches the origin units.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from abm.arrays import Booleans
from abm.errors import ConfigError

EU, ALL, UKRAINE = "EU", "ALL", "UA"
"""Members of the Union, every host, and the country of origin."""

ELSEWHERE = "elsewhere"
"""The residual host outside Europe."""

EUROPE, NEIGHBOURS, OTHERS = "EUROPE", "NEIGHBOURS", "OTHERS"
"""All hosts but the residual one; those that share a land border with Ukraine; Europe without those."""

FIRST_CHOICE = ("NL", EU, ALL)
"""What is offered before the single hosts."""

GROUPS: dict[str, Callable[[Any, NDArray[np.str_]], Booleans]] = {
    EU: lambda hosts, ids: np.array(hosts.is_eu, np.bool_),
    ALL: lambda hosts, ids: np.ones(len(ids), np.bool_),
    EUROPE: lambda hosts, ids: ids != ELSEWHERE,
    NEIGHBOURS: lambda hosts, ids: np.array(hosts.is_neighbour, np.bool_),
    OTHERS: lambda hosts, ids: (ids != ELSEWHERE) & ~hosts.is_neighbour,
}


class HostAxis(Protocol):
    """What is asked of hosts: their ids in code order, and who is a member of the Union."""

    @property
    def ids(self) -> Sequence[str]:
        """Ids in code order."""

    @property
    def is_eu(self) -> Sequence[bool] | Booleans:
        """Whether each is a member of the Union."""


class Members(NamedTuple):
    """A host axis for whoever keeps no world."""

    ids: Sequence[str]
    is_eu: Sequence[bool]


def hosts_of(
    place: str | Iterable[str],
    hosts: HostAxis,
    where: str = "place",
    groups: Sequence[str] = (EU, ALL),
) -> Booleans:
    """Return the hosts of a place, or of several together, bool[H].

    Raises
    ------
    ConfigError
        ``where: found ...; allowed are ...`` for a word that is neither a host nor one of ``groups``.

    >>> hosts_of(["EU", "UK"], Members(("DE", "MD", "UK"), (True, False, False))).tolist()
    [True, False, True]
    """
    ids = np.array(hosts.ids)
    chosen = np.zeros(len(ids), np.bool_)
    for name in [place] if isinstance(place, str) else place:
        if name in groups:
            chosen |= GROUPS[name](hosts, ids)
        elif name in hosts.ids:
            chosen |= ids == name
        else:
            raise ConfigError(f"{where}: {unknown(name, hosts.ids, groups)}")
    return chosen


def unknown(found: str, ids: Iterable[str], groups: Sequence[str] = (EU, ALL)) -> str:
    """Return what is wrong with a word that is no place: found, allowed, and the new word for an old one."""
    new = {"EU27": EU}.get(found, found.upper())
    now = f" {found} is called {new} now." if new in groups else ""
    return f"found {str(found)[:40]!r}; allowed are {', '.join((*groups, *ids))}.{now}"


def places(ids: Iterable[str]) -> tuple[str, ...]:
    """Return every place, in the order offered: NL, EU, ALL, the other hosts."""
    return (*FIRST_CHOICE, *(host for host in ids if host not in FIRST_CHOICE))
