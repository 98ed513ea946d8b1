"""What governments have set, month by month: the values of all mechanisms of a scenario.

A mechanism has a part for everybody present and a part that a household keeps from the month it
entered its host (newcomers' terms; who was there before keeps the old ones). What was announced
but is not yet in force counts, partly, for those who still choose where to go.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from abm.policy.mechanism import MECHANISMS, UNSAID

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Selection:
    """Persons a protection rule excludes in one host, from a month on, until another.

    Attributes
    ----------
    host, start, until : int
        Host number; months ``start <= month < until``.
    units : bool[U]
        Origin units concerned.
    kinds : bool[8]
        Kinds of persons concerned.
    vulnerable_exempt : bool
        Households with minors or people of 65 and over are left out.
    """

    host: int
    start: int
    until: int
    units: Mask
    kinds: Mask
    vulnerable_exempt: bool = False


@dataclass(frozen=True)
class Policy:
    """Values of all mechanisms; ``T`` months, ``H`` hosts, ``U`` origin units.

    Attributes
    ----------
    n_months, n_hosts, n_units : int
        Sizes.
    everyone, newcomers, expected : mapping of str to float64[T, H]
        Value for everybody present, for those who enter in the month, and the newcomers' value
        with what is announced; only mechanisms that some lever moves are held.
    routes : mapping of str to float64[T, H]
        The same for ``route_open:<route>`` and ``income_test:<route>``.
    country : mapping of str to float64[T]
        Mechanisms of the Ukrainian side.
    exempt : mapping of str to bool[T, H]
        Where vulnerable households are exempt from a mechanism.
    refused_new, refused_holders : tuple of Selection
        Who gets no protection, and who loses it.
    known_end : int64[T, H], optional
        First month without protection as it is known in a month.
    digest : str
        Names what was set, for the record of a run.
    """

    n_months: int
    n_hosts: int
    n_units: int
    everyone: Mapping[str, Array] = field(default_factory=dict)
    newcomers: Mapping[str, Array] = field(default_factory=dict)
    expected: Mapping[str, Array] = field(default_factory=dict)
    routes: Mapping[str, Array] = field(default_factory=dict)
    country: Mapping[str, Array] = field(default_factory=dict)
    exempt: Mapping[str, Mask] = field(default_factory=dict)
    refused_new: tuple[Selection, ...] = ()
    refused_holders: tuple[Selection, ...] = ()
    known_end: NDArray[np.int64] | None = None
    digest: str = ""

    @classmethod
    def neutral(cls, n_months: int, n_hosts: int, n_units: int) -> "Policy":
        """Return a policy that changes nothing."""
        return cls(n_months, n_hosts, n_units)

    def _plain(self, mechanism: str) -> Array:
        return np.full(self.n_hosts, MECHANISMS[mechanism].neutral)

    def now(self, mechanism: str, month: int) -> Array:
        """Return the value in force for everybody present, float64[H]."""
        series = self.everyone.get(mechanism)
        return self._plain(mechanism) if series is None else series[month]

    def entry(self, mechanism: str, month: int) -> Array:
        """Return the value of those who enter in the month, float64[H]."""
        return self._joined(mechanism, month, self.newcomers.get(mechanism))

    def seen(self, mechanism: str, month: int) -> Array:
        """Return the newcomers' value with what is announced for the coming months, float64[H]."""
        return self._joined(mechanism, month, self.expected.get(mechanism, self.newcomers.get(mechanism)))

    def _joined(self, mechanism: str, month: int, own: Array | None) -> Array:
        both = self.now(mechanism, month)
        return both if own is None else combined(mechanism, both, own[month])

    def by_stay(self, mechanism: str, month: int, most: int) -> Array:
        """Return the value by completed months in the host, float64[H, most + 1].

        Column ``s`` joins what holds for everybody in ``month`` with the terms of entry of
        ``month - s``.
        """
        both = np.repeat(self.now(mechanism, month)[:, None], most + 1, axis=1)
        own = self.newcomers.get(mechanism)
        if own is None:
            return both
        entered = np.maximum(month - np.arange(most + 1), 0)
        return combined(mechanism, both, own[entered].T)

    def moves(self, mechanism: str) -> bool:
        """Return whether any lever moves a mechanism."""
        return mechanism in self.everyone or mechanism in self.newcomers

    def ukraine(self, mechanism: str, month: int) -> float:
        """Return a value of the Ukrainian side."""
        series = self.country.get(mechanism)
        return MECHANISMS[mechanism].neutral if series is None else float(series[month])

    def is_exempt(self, mechanism: str, month: int) -> Mask:
        """Return where vulnerable households are exempt, bool[H]."""
        mask = self.exempt.get(mechanism)
        return np.zeros(self.n_hosts, np.bool_) if mask is None else mask[month]

    def route_open(self, route: str, month: int) -> Array:
        """Return 1 or 0 where a lever opens or shuts a route, NaN where none says anything, float64[H]."""
        series = self.routes.get(f"route_open:{route}")
        return np.full(self.n_hosts, np.nan) if series is None else series[month]

    def income_factor(self, route: str, month: int) -> Array:
        """Return the factor on the income a route asks for, float64[H]."""
        series = self.routes.get(f"income_test:{route}")
        return np.ones(self.n_hosts) if series is None else series[month]

    def protection_end_known(self, month: int) -> NDArray[np.int64] | None:
        """Return the first month without protection as households know it, int64[H], if levers move it."""
        return None if self.known_end is None else self.known_end[month]

    def refusing(self, month: int, *, holders: bool) -> tuple[Selection, ...]:
        """Return the exclusions in force for holders or for newcomers."""
        rules = self.refused_holders if holders else self.refused_new
        return tuple(rule for rule in rules if rule.start <= month < rule.until)

    def with_addition(self, mechanism: str, host: int, first: int, value: float) -> "Policy":
        """Return the policy with a mechanism moved in one host from a month on, for everybody."""
        series = np.array(
            self.everyone.get(
                mechanism, np.full((self.n_months, self.n_hosts), MECHANISMS[mechanism].neutral)
            )
        )
        series[first:, host] = combined(mechanism, series[first:, host], np.asarray(value))
        return replace(self, everyone={**self.everyone, mechanism: series})


def combined(mechanism: str, first: Array, second: Array) -> Array:
    """Return two values of a mechanism together: factors multiply, additions add, the second replaces."""
    kind = MECHANISMS[mechanism].kind
    if kind == "factor":
        return np.asarray(first * second)
    if kind == "addition":
        return np.asarray(first + second)
    if kind == "limit":
        return np.minimum(first, second)
    if kind == "switch":
        # A rule in force beats silence: what is off by default is switched on by any, and vice versa.
        join = np.maximum if mechanism in UNSAID else np.minimum
        return np.asarray(join(first, second))
    return np.where(np.isnan(second), first, second)
