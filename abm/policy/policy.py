"""What governments have set, month by month and for whom: the mechanisms levers act on, and their values.

A mechanism is one monthly series per host (or one for Ukraine) with a neutral value that changes nothing, bit
for bit. Their set is closed: a lever on a mechanism of this list is one YAML file; a new mechanism is a line
here and the place in the month that reads it.

A mechanism has a part for everybody present and a part that a household keeps from the month it entered its
host (newcomers' terms; who was there before keeps the old ones). What was announced but is not yet in force
counts, partly, for those who still choose where to go.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, Protocol, Self

import numpy as np
from pydantic import model_validator

from abm.arrays import Booleans, Floats, Integers
from abm.codes import N_KINDS, SEX_OF_KIND, PersonKind
from abm.data.config import Strict

Kind = Literal["factor", "addition", "level", "limit", "switch", "month"]

NEUTRAL: dict[Kind, float] = {
    "factor": 1.0,
    "addition": 0.0,
    "level": float("nan"),
    "limit": float("inf"),
    "switch": 1.0,
    "month": float("nan"),
}
"""Value of every kind of mechanism that changes nothing; NaN keeps what the data say."""

ARRIVED = frozenset({"arrived"})
STAYS = frozenset({"arrived", "vulnerable_exempt"})
PERSONS = frozenset({"origins", "sex", "ages", "vulnerable_exempt"})
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Mechanism:
    """One way to act."""

    id: str  # Name used in lever files
    kind: Kind  # How values combine: factors multiply, additions add up, the others replace
    per: Literal["host", "ukraine"]
    acts_in: str  # Process or factor that reads it
    unit: str
    meaning: str
    selectors: frozenset[str] = NOBODY  # What a line may say about who is concerned
    per_route: bool = False  # It belongs to one route, which the lever must name

    @property
    def neutral(self) -> float:
        """Value that changes nothing."""
        return 0.0 if self.id in UNSAID else NEUTRAL[self.kind]


UNSAID = ("place_duty", "priority_vulnerable")
"""Switches that are off where nothing is said."""


def _host(
    name: str, kind: Kind, acts_in: str, unit: str, meaning: str, who: frozenset[str] = NOBODY
) -> Mechanism:
    return Mechanism(name, kind, "host", acts_in, unit, meaning, who)


_ALL = (
    _host("benefit", "factor", "arrivals, decide", "ratio", "cash support of those without a job", ARRIVED),
    _host("arrival_draw", "addition", "arrivals", "log odds", "choice of the host by people who flee"),
    _host("return_utility", "addition", "decide", "log odds", "return to Ukraine"),
    _host("onward_utility", "addition", "decide", "log odds", "moves to another host"),
    _host("find_work", "factor", "work", "ratio", "rate of finding a job", ARRIVED),
    _host("job_level", "factor", "work", "ratio", "rise to the worker's own level"),
    _host("language", "factor", "schooling", "ratio", "language and other capital gained a month"),
    _host("collective_places", "level", "housing", "persons", "places in collective reception"),
    _host("place_duty", "switch", "housing", "0 or 1", "all who ask are placed, if need be in an emergency"),
    _host("priority_vulnerable", "switch", "housing", "0 or 1", "minors and older people are placed first"),
    _host("collective_stay_limit", "limit", "housing", "months", "longest stay in collective places", STAYS),
    _host("own_contribution", "factor", "housing", "ratio", "workers' rate of leaving collective reception"),
    _host("leave_collective", "factor", "housing", "ratio", "rate of leaving collective reception"),
    _host("rent_subsidy", "addition", "housing", "share", "leavers of collective places with rent subsidy"),
    _host("admission", "factor", "decide", "ratio", "ease of admission from another host"),
    _host("visits", "factor", "ties", "ratio", "visits to Ukraine"),
    _host("family_reunion", "factor", "ties", "ratio", "partners who join from Ukraine"),
    _host("protection_end", "month", "status", "month", "first month without temporary protection"),
    _host("protection_new", "switch", "arrivals, move", "share", "newcomers who receive protection", PERSONS),
    _host("protection_kept", "switch", "status", "0 or 1", "holders keep protection", PERSONS),
    _host("asylum_open", "switch", "status", "0 or 1", "an asylum claim is possible"),
    _host("asylum_claim", "factor", "status", "ratio", "asylum claims of holders of protection"),
    _host("asylum_ruling", "factor", "status", "ratio", "rulings on asylum claims a month"),
    _host("asylum_grant", "factor", "status", "ratio", "share of asylum claims granted"),
    Mechanism("route_open", "switch", "host", "status", "0 or 1", "a route is open", per_route=True),
    Mechanism("income_test", "factor", "host", "status", "ratio", "income a route asks for", per_route=True),
    _host("permit_moves", "factor", "decide", "ratio", "odds that permit holders move to another host"),
    _host("enforced_return", "addition", "decide", "log odds", "return where it is safe, without a title"),
    _host("legal_uncertainty", "addition", "decide", "0 to 1", "certainty of stay lost by announcements"),
    Mechanism("young_men_leave", "factor", "ukraine", "arrivals", "ratio", "men of 18 to 22 who leave"),
    Mechanism("men_leave", "factor", "ukraine", "arrivals, ties", "ratio", "men of 23 to 60 who leave"),
    Mechanism("mobilisation", "factor", "ukraine", "decide", "ratio", "weight of mobilisation for men"),
    Mechanism("remote_work", "factor", "ukraine", "decide", "ratio", "weight of a remote job for Ukraine"),
    Mechanism("homecoming", "addition", "ukraine", "decide", "log odds", "return to Ukraine from all hosts"),
)  # fmt: skip

MECHANISMS: dict[str, Mechanism] = {m.id: m for m in _ALL}
"""All mechanisms by id."""


def interpolated(mechanism: Mechanism, share: float, full: float) -> float:
    """Return the value of a mechanism part of the way from neutral to ``full``.

    Factors go geometrically, so that half a step twice is one step; additions and switches linearly.
    At share 0 the neutral value is returned exactly.

    >>> interpolated(MECHANISMS["find_work"], 0.5, 0.81)
    0.9
    """
    if share == 0.0:
        return mechanism.neutral
    if mechanism.kind == "factor" and full > 0:
        return float(full**share)
    return float(mechanism.neutral + share * (full - mechanism.neutral))


AGES = {
    PersonKind.WOMEN_18_64: (18, 64),
    PersonKind.MEN_18_22: (18, 22),
    PersonKind.MEN_23_60: (23, 60),
    PersonKind.MEN_61_64: (61, 64),
    PersonKind.GIRLS: (0, 17),
    PersonKind.BOYS: (0, 17),
    PersonKind.WOMEN_65: (65, 120),
    PersonKind.MEN_65: (65, 120),
}
"""Youngest and oldest of every kind, years."""


class Who(Strict):
    """Who is concerned; a key that is absent selects everybody."""

    # ``newcomers`` keep the terms of their month of entry; holders keep the old ones
    arrived: Literal["everyone", "newcomers"] = "everyone"
    origins: list[str] | None = None  # Pcodes of origin units
    sex: Literal["male", "female"] | None = None  # Persons concerned; ``ages`` is [youngest, oldest]
    ages: list[int] | None = None
    vulnerable_exempt: bool = False  # Households with minors or people of 65 and over are left out

    @model_validator(mode="after")
    def _ages_rise(self) -> Self:
        if self.ages is not None and (len(self.ages) != 2 or not 0 <= self.ages[0] < self.ages[1]):
            raise ValueError("ages must be [youngest, oldest], for example [18, 60]")
        return self

    def selectors(self) -> set[str]:
        """Return the selectors that narrow the choice."""
        return set(self.model_dump(exclude_defaults=True))

    def kinds(self) -> Booleans:
        """Return the kinds of persons concerned, bool[8]; ValueError if the ages cut through one."""
        chosen = np.zeros(N_KINDS, np.bool_)
        for kind, (youngest, oldest) in AGES.items():
            if self.sex is not None and SEX_OF_KIND[kind] != self.sex:
                continue
            if self.ages is None:
                chosen[kind] = True
                continue
            low, high = self.ages
            inside = low <= youngest and oldest <= high
            if not inside and not (oldest < low or high < youngest):
                raise ValueError(
                    f"these ages cut through the group of {youngest} to {oldest}; include it or not"
                )
            chosen[kind] = inside
        return chosen


@dataclass(frozen=True, eq=False)
class Selection:
    """Persons a protection rule excludes in one host, from a month on, until another."""

    host: int  # Host number; months ``start <= month < until``
    start: int
    until: int
    units: Booleans  # [U] Origin units concerned
    kinds: Booleans  # [8] Kinds of persons concerned
    vulnerable_exempt: bool = False  # Households with minors or people of 65 and over are left out
    share: float = 0.0  # Newcomers concerned who comply and receive protection all the same; 0 for holders


type Selected = tuple[Integers, Booleans, Booleans, Booleans, Floats]


@lru_cache(maxsize=64)
@lru_cache(maxsize=64)
def selected(rules: tuple[Selection, ...]) -> Selected:
    """Return rules as arrays: host[R], units[R, U], kinds[R, 8], vulnerable exempt[R], share[R]."""
    return (
        np.array([rule.host for rule in rules], np.int64),
        np.array([rule.units for rule in rules], np.bool_),
        np.array([rule.kinds for rule in rules], np.bool_),
        np.array([rule.vulnerable_exempt for rule in rules], np.bool_),
        np.array([rule.share for rule in rules], float),
    )


class DatedRules(Protocol):
    """The dated rules a policy was made from."""

    def as_known_at(self, world: Any, month: int) -> Any:
        """Return the world under what was known of them at the end of a month."""


@dataclass(frozen=True)
class Policy:
    """Values of all mechanisms; ``T`` months, ``H`` hosts, ``U`` origin units."""

    n_months: int  # Sizes
    n_hosts: int
    n_units: int
    # Value for everybody present, for those who enter in the month, and the newcomers' value with what is
    # announced; only mechanisms that some lever moves are held
    everyone: Mapping[str, Floats] = field(default_factory=dict)
    newcomers: Mapping[str, Floats] = field(default_factory=dict)
    expected: Mapping[str, Floats] = field(default_factory=dict)
    # The same for ``route_open:<route>`` and ``income_test:<route>``
    routes: Mapping[str, Floats] = field(default_factory=dict)
    country: Mapping[str, Floats] = field(default_factory=dict)  # Mechanisms of the Ukrainian side
    # Where vulnerable households are exempt from a mechanism
    exempt: Mapping[str, Booleans] = field(default_factory=dict)
    refused_new: tuple[Selection, ...] = ()  # Who gets no protection, and who loses it
    refused_holders: tuple[Selection, ...] = ()
    # [T, H] First month without protection as it is known in a month
    known_end: Integers | None = None
    # [T, H] What controls add to an addition for everybody present, by mechanism; no rule, so no forecast
    # holds it and no scenario replaces it (abm/data/controls.py)
    fitted: Mapping[str, Floats] = field(default_factory=dict)
    # [T, H] Month of entry from which terms still hold, by mechanism: before it they were replaced for all
    renewed: Mapping[str, Integers] = field(default_factory=dict)
    digest: str = ""  # Names what was set, for the record of a run
    law: "DatedRules | None" = None  # What it was made from; absent where nothing was set

    @classmethod
    def neutral(cls, n_months: int, n_hosts: int, n_units: int) -> "Policy":
        """Return a policy that changes nothing."""
        return cls(n_months, n_hosts, n_units)

    def _plain(self, mechanism: str) -> Floats:
        return np.full(self.n_hosts, MECHANISMS[mechanism].neutral)

    def now(self, mechanism: str, month: int) -> Floats:
        """Return the value in force for everybody present, float64[H]."""
        series = self.everyone.get(mechanism)
        value = self._plain(mechanism) if series is None else series[month]
        fitted = self.fitted.get(mechanism)
        return value if fitted is None else np.asarray(value + fitted[month])

    def acts_on(self, mechanism: str) -> bool:
        """Return whether anything changes the value in force for those present, in any month."""
        return mechanism in self.everyone or mechanism in self.fitted

    def entry(self, mechanism: str, month: int) -> Floats:
        """Return the value of those who enter in the month, float64[H]."""
        return self._joined(mechanism, month, self.newcomers.get(mechanism))

    def seen(self, mechanism: str, month: int) -> Floats:
        """Return the newcomers' value with what is announced for the coming months, float64[H]."""
        return self._joined(mechanism, month, self.expected.get(mechanism, self.newcomers.get(mechanism)))

    def _joined(self, mechanism: str, month: int, own: Floats | None) -> Floats:
        both = self.now(mechanism, month)
        return both if own is None else combined(mechanism, both, own[month])

    def by_stay(self, mechanism: str, month: int, most: int) -> Floats:
        """Return the value by completed months in the host, float64[H, most + 1].

        Column ``s`` joins what holds for everybody in ``month`` with the terms of entry of
        ``month - s``.
        """
        both = np.repeat(self.now(mechanism, month)[:, None], most + 1, axis=1)
        own = self.newcomers.get(mechanism)
        if own is None:
            return both
        entered = np.maximum(month - np.arange(most + 1), 0)
        terms = own[entered].T
        if mechanism in self.renewed:
            ended = entered < self.renewed[mechanism][month][:, None]
            terms = np.where(ended, MECHANISMS[mechanism].neutral, terms)
        return combined(mechanism, both, terms)

    def moves(self, mechanism: str) -> bool:
        """Return whether any lever moves a mechanism."""
        return mechanism in self.everyone or mechanism in self.newcomers

    def ukraine(self, mechanism: str, month: int) -> float:
        """Return a value of the Ukrainian side."""
        series = self.country.get(mechanism)
        return MECHANISMS[mechanism].neutral if series is None else float(series[month])

    def is_exempt(self, mechanism: str, month: int) -> Booleans:
        """Return where vulnerable households are exempt, bool[H]."""
        mask = self.exempt.get(mechanism)
        return np.zeros(self.n_hosts, np.bool_) if mask is None else mask[month]

    def route_open(self, route: str, month: int) -> Floats:
        """Return 1 or 0 where a lever opens or shuts a route, NaN where none says anything, float64[H]."""
        series = self.routes.get(f"route_open:{route}")
        return np.full(self.n_hosts, np.nan) if series is None else series[month]

    def income_factor(self, route: str, month: int) -> Floats:
        """Return the factor on the income a route asks for, float64[H]."""
        series = self.routes.get(f"income_test:{route}")
        return np.ones(self.n_hosts) if series is None else series[month]

    def protection_end_known(self, month: int) -> Integers | None:
        """Return the first month without protection as households know it, int64[H], if levers move it."""
        return None if self.known_end is None else self.known_end[month]

    def refusing(self, month: int, *, holders: bool) -> tuple[Selection, ...]:
        """Return the exclusions in force for holders or for newcomers."""
        rules = self.refused_holders if holders else self.refused_new
        return tuple(rule for rule in rules if rule.start <= month < rule.until)


def combined(mechanism: str, first: Floats, second: Floats) -> Floats:
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
