"""The closed set of ways in which a lever may act; a lever file names one or more of them.

A mechanism is one monthly series per host (or one for Ukraine) with a neutral value that changes
nothing, bit for bit. Adding a lever on a mechanism of this list is one YAML file; adding a
mechanism is a line here and the place in the month that reads it.
"""

from dataclasses import dataclass
from typing import Literal

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
    """One way to act.

    Parameters
    ----------
    id : str
        Name used in lever files.
    kind : str
        How values combine: factors multiply, additions add up, the others replace.
    per : str
        ``host`` or ``ukraine``.
    acts_in : str
        Process or factor that reads it.
    unit, meaning : str
        For catalogues.
    selectors : frozenset of str
        What a line may say about who is concerned.
    per_route : bool
        The mechanism belongs to one route, which the lever must name.
    """

    id: str
    kind: Kind
    per: Literal["host", "ukraine"]
    acts_in: str
    unit: str
    meaning: str
    selectors: frozenset[str] = NOBODY
    per_route: bool = False

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
    _host("protection_new", "switch", "arrivals, move", "0 or 1", "newcomers receive protection", PERSONS),
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
