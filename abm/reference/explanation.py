"""Why a household decided as it did: the factor sums of its utilities, by name of the factor.

The inclusive value of a nest is exactly ``sum(p V) - mu sum(p log p)``. A factor therefore
contributes its mean over the places the household would pick, and what is left is the worth of
having a choice of places. All contributions are measured against a reference household, whose own
sum is the base rate, so a factor that is as usual contributes about nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from abm.codes import Employment
from abm.decision import raw_tables
from abm.factors import MonthView, factors
from abm.reference.household import HouseholdRecord
from abm.reference.surroundings import MonthUtility, destinations, looked_up, nest_shares, return_places

BASE_RATE = "base_rate"
"""Name of the log odds of the reference household."""

CHOICE_OF_PLACE = "choice_of_place"
"""Name of the worth of having several places to choose from."""


@dataclass(frozen=True)
class Explanation:
    """Log odds against staying contributed by every factor, by ``base_rate`` and by ``choice_of_place``."""

    of_return: dict[str, float]
    of_onward: dict[str, float]


def choice_worth(shares: Sequence[float], dissimilarity: float) -> float:
    """Return ``-mu sum(p log p)``.

    >>> choice_worth([1.0, 0.0], 0.5)
    -0.0
    """
    return -dissimilarity * sum(p * math.log(p) for p in shares if p > 0.0)


def weighted(shares: Sequence[float], values: Sequence[float]) -> float:
    """Return the mean of values under choice probabilities."""
    return sum(p * v for p, v in zip(shares, values, strict=True))


def explain(h: HouseholdRecord, utility: MonthUtility) -> Explanation:
    """Return the factor sums of a household as it decides, after ``intention`` and before ``move``.

    They add up to ``utility.of_return(h)`` and ``utility.of_onward(h)``. The reference of the factors of
    destination is the last register month; it moves contributions between a factor and the base rate only.
    """
    return Explanation(_of_return(h, utility), _of_onward(h, utility))


def _of_return(h: HouseholdRecord, utility: MonthUtility) -> dict[str, float]:
    mu = utility.mu_return
    refusal = float(utility.builder.world.coefficients["relocation"])
    usual = nest_shares([0.0, refusal], mu)
    shares = nest_shares(return_places(utility.tables, h), mu)
    parts = {}
    base = utility.builder.constants[0] - utility.centre + choice_worth(usual, mu)
    for name, tables in utility.by_factor.items():
        centre = float(tables["row_return"] @ utility.tables["row_reference"])
        if name == "relocation":
            centre += usual[1] * refusal
        nest = weighted(shares, return_places(tables, h))
        parts[name] = looked_up(tables, h, "return") + nest - centre
        base += centre
    worth = choice_worth(shares, mu) - choice_worth(usual, mu)
    return {BASE_RATE: base, **parts, CHOICE_OF_PLACE: worth}


def _of_onward(h: HouseholdRecord, utility: MonthUtility) -> dict[str, float]:
    mu = utility.mu_onward
    hosts = destinations(utility.tables, h)
    shares = nest_shares(list(hosts.values()), mu)
    usual, usual_worth = _usual_destinations(utility)
    parts = {}
    base = utility.builder.constants[1] + usual_worth
    for name, tables in utility.by_factor.items():
        centre = usual[name] + float(tables["row_onward"] @ utility.tables["row_reference"])
        nest = weighted(shares, list(destinations(tables, h).values()))
        parts[name] = looked_up(tables, h, "onward") + nest - centre
        base += centre
    return {BASE_RATE: base, **parts, CHOICE_OF_PLACE: choice_worth(shares, mu) - usual_worth}


@lru_cache(maxsize=2)
def _usual_destinations(utility: MonthUtility) -> tuple[dict[str, float], float]:
    """Return every factor's mean over destinations, and the worth of the choice, as usual.

    Usual is the mean over the displaced without a job in the last register month.
    """
    world = utility.builder.world
    month = min(world.registers.last_month, world.n_months - 1)
    stock = np.nan_to_num(world.registers.stock_by(month))
    view = MonthView(world, month, stock, base=utility.builder.base)
    hosts = range(len(stock))
    people = stock / stock.sum() if stock.sum() > 0 else np.full(len(stock), 1.0 / len(stock))
    others = [[there for there in hosts if there != here] for here in hosts]
    total = raw_tables(view, utility.builder.without)["destination"][:, Employment.NONE]
    shares = [nest_shares(list(total[here, others[here]]), utility.mu_onward) for here in hosts]
    names = set(factors())
    usual = {}
    for name in utility.by_factor:
        table = raw_tables(view, names - {name})["destination"][:, Employment.NONE]
        usual[name] = float(sum(people[i] * weighted(shares[i], list(table[i, others[i]])) for i in hosts))
    worth = float(sum(people[i] * choice_worth(shares[i], utility.mu_onward) for i in hosts))
    return usual, worth
