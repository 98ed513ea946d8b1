"""Utilities of one household, as sums over the factors: stay is 0, return and onward are nests.

    V(return) = level + looked-up terms + mu log(exp(V(origin) / mu) + exp(V(elsewhere) / mu)) - centre
    V(onward) = level + looked-up terms + mu' log(sum over hosts of exp(V(host) / mu'))

The two levels give the base hazards their meaning (:mod:`abm.decision`).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from abm.arrays import Floats
from abm.codes import Stream
from abm.data.world import World
from abm.decision import DecisionBuilder, raw_tables
from abm.factors import MonthView, factors
from abm.kernels.layout import MOST_MONTHS, ROW_FACTORS
from abm.month.family import TieRates, tie_rates
from abm.month.housing import HousingRules, housing_rules
from abm.month.status import TitleRates, title_rates
from abm.month.work import WorkRates, work_rates
from abm.reference import draws
from abm.reference.household import HouseholdRecord
from abm.state import Environment

Tables = Mapping[str, Floats]


def inclusive_value(utilities: Sequence[float], dissimilarity: float) -> float:
    """Return ``mu log(sum exp(V / mu))``, the value of a nest (McFadden 1978).

    >>> round(inclusive_value([0.0, 0.0], 1.0), 6) == round(math.log(2.0), 6)
    True
    """
    top = max(utilities)
    return top + dissimilarity * math.log(sum(math.exp((v - top) / dissimilarity) for v in utilities))


def nest_shares(utilities: Sequence[float], dissimilarity: float) -> list[float]:
    """Return the choice probabilities inside a nest."""
    value = inclusive_value(utilities, dissimilarity)
    return [math.exp((v - value) / dissimilarity) for v in utilities]


def row_factors(h: HouseholdRecord) -> Floats:
    """Return the columns that enter with one coefficient each, float64[row factor]."""
    return np.array([getattr(h, name) for name in ROW_FACTORS], np.float64)


def looked_up(tables: Tables, h: HouseholdRecord, way: str) -> float:
    """Return the part of the utility of ``way`` (return or onward) that needs no nest.

    ``tables`` are those of all factors or of one.
    """
    months = h.months_displaced if way == "return" else h.months_here
    return float(
        tables[f"host_{way}"][h.place, h.status, h.employment, h.housing]
        + tables[f"entry_{way}"][h.place, h.employment, min(h.months_here, MOST_MONTHS)]
        + tables[f"profile_{way}"][h.profile]
        + tables[f"duration_{way}"][min(months, MOST_MONTHS)]
        + tables[f"schooling_{way}"][h.schooling]
        + tables[f"trigger_{way}"][h.triggers]
        + tables[f"intention_{way}"][h.aim]
        + tables[f"row_{way}"] @ row_factors(h)
    )


def return_places(tables: Tables, h: HouseholdRecord) -> list[float]:
    """Return the utilities of the origin and of another place in Ukraine."""
    return [float(tables["return_origin"][h.origin, h.home]), float(tables["return_elsewhere"])]


def destinations(tables: Tables, h: HouseholdRecord) -> dict[int, float]:
    """Return the utility of every other host, with the bonus of close kin."""
    utilities = tables["destination"][h.place, h.employment]
    return {
        host: float(value) + (float(tables["kin"]) if host in h.kin_hosts else 0.0)
        for host, value in enumerate(utilities)
        if host != h.place
    }


@dataclass(frozen=True, eq=False)
class MonthUtility:
    """What the factors say in one month; ``stock`` float64[H] are the displaced by host on its first day.

    The builder of the run holds the references and the factors switched off.
    """

    builder: DecisionBuilder
    month: int
    stock: Floats

    def view(self, safe: bool = False) -> MonthView:
        """Return what a factor may look at."""
        return MonthView(self.builder.world, self.month, self.stock, safe, self.builder.base)

    @cached_property
    def tables(self) -> dict[str, Floats]:
        """Tables of all factors."""
        return raw_tables(self.view(), self.builder.without)

    @cached_property
    def safe(self) -> dict[str, Floats]:
        """Tables under the condition of the survey question, "when it is safe"."""
        return raw_tables(self.view(safe=True), self.builder.without)

    @cached_property
    def by_factor(self) -> dict[str, dict[str, Floats]]:
        """Tables of every factor on its own."""
        names = set(factors())
        used = [name for name in factors() if name not in self.builder.without]
        return {name: raw_tables(self.view(), names - {name}) for name in used}

    @cached_property
    def elsewhere_cumulative(self) -> Floats:
        """Where returners settle when not at their origin, cumulative over the units."""
        return np.asarray(self.builder.build(self.month, self.stock).elsewhere_cumulative)

    @property
    def mu_return(self) -> float:
        """Dissimilarity of the two places of return."""
        return float(self.builder.world.coefficients["return_dissimilarity"])

    @property
    def mu_onward(self) -> float:
        """Dissimilarity of the hosts inside onward."""
        return float(self.builder.world.coefficients["onward_dissimilarity"])

    @property
    def centre(self) -> float:
        """Value of the return nest where nothing but the refusal of another place counts."""
        refusal = float(self.builder.world.coefficients["relocation"])
        return inclusive_value([0.0, refusal], self.mu_return)

    def of_return(self, h: HouseholdRecord) -> float:
        """Return V(return) - V(stay): the log odds of return against stay."""
        nest = inclusive_value(return_places(self.tables, h), self.mu_return) - self.centre
        return self.builder.constants[0] + looked_up(self.tables, h, "return") + nest

    def of_onward(self, h: HouseholdRecord) -> float:
        """Return V(onward) - V(stay): the log odds of moving onward against stay."""
        nest = inclusive_value(list(destinations(self.tables, h).values()), self.mu_onward)
        return self.builder.constants[1] + looked_up(self.tables, h, "onward") + nest

    def of_wish(self, h: HouseholdRecord) -> float:
        """Return the wish to return "when it is safe", before the personal error."""
        nest = inclusive_value(return_places(self.safe, h), self.mu_return) - self.centre
        t = self.tables
        return nest + float(
            t["intent_host"][h.place]
            + t["profile_return"][h.profile]
            + t["intent_duration"][min(h.months_displaced, MOST_MONTHS)]
            + t["schooling_return"][h.schooling]
            + t["intent_row"] @ (row_factors(h) - t["row_reference"])
        )

    def of_onward_wish(self, h: HouseholdRecord) -> float:
        """Return the wish to move onward of those who do not wish to return, without its error."""
        readiness = self.tables["row_onward"][ROW_FACTORS.index("readiness")] * h.readiness
        return float(self.tables["intent_cuts"][2] + self.tables["intent_onward"][h.place] + readiness)

    def origin_share(self, h: HouseholdRecord) -> float:
        """Return the probability of the own origin given a return."""
        return nest_shares(return_places(self.tables, h), self.mu_return)[0]


@dataclass(frozen=True)
class Surroundings:
    """The month around a household: data, seed of all draws, what is in force, what the factors say."""

    world: World
    month: int
    seed: int
    environment: Environment
    utility: MonthUtility

    @property
    def work(self) -> WorkRates:
        """Hazards of work by host, as the month solved them."""
        solved: WorkRates | None = self.environment.work
        return work_rates(self.world, self.month) if solved is None else solved

    @property
    def housing(self) -> HousingRules:
        """Rates and rules of housing by host, as the month solved them."""
        solved: HousingRules | None = self.environment.housing
        return housing_rules(self.world, self.month) if solved is None else solved

    @cached_property
    def ties(self) -> TieRates:
        """Rates of ties by host."""
        return tie_rates(self.world, self.month)

    @cached_property
    def titles(self) -> TitleRates:
        """Rates of titles by host."""
        return title_rates(self.world, self.month, self.environment.expired, self.environment.ahead)

    @property
    def ukraine(self) -> int:
        """Place number of Ukraine: one after the last host."""
        return len(self.world.hosts.ids)

    def coefficient(self, name: str) -> float:
        """Return a coefficient of the world."""
        return float(self.world.coefficients[name])

    def key(self, stream: Stream, household_id: int) -> int:
        """Return the key of a household's draws in a stream this month."""
        return draws.household_key(draws.month_key(self.seed, int(stream), self.month), household_id)

    def plan(self, household_id: int, question: int) -> float:
        """Return the U(0, 1) number that says what a household does without protection, in every month."""
        return draws.draw(self.seed, Stream.PLAN, 0, household_id, question)

    def draw(self, stream: Stream, household_id: int, alternative: int) -> float:
        """Return the U(0, 1) number of one question."""
        return draws.unit_interval(self.key(stream, household_id), alternative)
