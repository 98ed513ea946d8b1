"""Routes to another title for the Mesa households: plain numbers and lists, one household at a time."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.codes import MINORS, WORKING_AGE, Employment, Intention, PersonKind, Status
from abm.month.status import interest_of
from abm.policy.eligibility import OLDER
from abm.policy.route import CODED, Condition

if TYPE_CHECKING:
    from abm.state import State

AT_LEVEL = int(Employment.AT_LEVEL)
MAY_APPLY = (int(Status.TEMPORARY_PROTECTION), int(Status.NONE))
PROTECTED = int(Status.TEMPORARY_PROTECTION)
GROUPS = {"adults": WORKING_AGE, "minors": MINORS, "older": OLDER, "persons": tuple(PersonKind)}


@dataclass(frozen=True)
class OpenRoute:
    """A route that is open in one host.

    Attributes
    ----------
    interest : float
        Monthly probability that a household which means to stay applies.
    title : int
        Title it leads to.
    pass_share : float
        Share who meet what no attribute shows.
    income_factor : float
        Factor on the income asked for.
    conditions : tuple of Condition
        Tests of a household.
    """

    interest: float
    title: int
    pass_share: float
    income_factor: float
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class TitleOffers:
    """What holders can apply for this month.

    Attributes
    ----------
    routes : list of list of OpenRoute
        By host.
    rush : list of float
        Probability to apply at all where protection ends this month, by host.
    willing : list of float
        Factor by intention.
    wage : list of float
        Pay of a typical job, EUR a month, by host.
    """

    routes: list[list[OpenRoute]]
    rush: list[float]
    willing: list[float]
    wage: list[float]


def title_offers(state: State) -> TitleOffers:
    """Return the routes open in the month a run stands at."""
    world, month, c = state.world, state.month, state.world.coefficients
    interest = interest_of(world, month)
    routes: list[list[OpenRoute]] = [[] for _ in world.hosts.ids]
    for number, route in enumerate(world.routes):
        factor = world.policy.income_factor(route.id, month)
        for host in np.flatnonzero(interest[number] > 0):
            routes[host].append(
                OpenRoute(
                    float(interest[number, host]),
                    int(route.title),
                    route.unobserved_pass_share.value,
                    float(factor[host]),
                    tuple(route.conditions),
                )
            )
    willing = [1.0] * len(Intention)
    willing[Intention.UNDECIDED] = c["route_interest_undecided"]
    willing[Intention.RETURN] = willing[Intention.ONWARD] = c["route_interest_leaving"]
    ends = world.hosts.protection_end == month
    return TitleOffers(
        routes,
        np.where(ends, c["expiry_apply_share"], 0.0).tolist(),
        willing,
        world.hosts.wage_eur_month.tolist(),
    )


def income_of(household: Any, wage: float, c: dict[str, float]) -> float:
    """Return the monthly income, EUR; its personal factor is drawn once and kept."""
    if not hasattr(household, "earning_power"):
        spread = c["income_dispersion"]
        household.earning_power = exp(household.random.gauss(-0.5 * spread**2, spread))
    level = 1.0 if household.employment == AT_LEVEL else c["income_below_level"]
    remote = c["remote_income_eur"] * household.works_remotely
    return household.employed * wage * level * household.earning_power + remote


def meets(household: Any, condition: Condition, income: float, income_factor: float) -> bool:
    """Return whether a household meets one condition."""
    column, factor, persons = condition.column, 1.0, household.persons
    if condition.one_of is not None:
        return getattr(household, column) in [CODED[column][name.upper()] for name in condition.one_of]
    if column == "income_eur_month":
        value, factor = income, income_factor
    elif column in GROUPS:
        value = sum(persons[kind] for kind in GROUPS[column])
    else:
        value = getattr(household, column)
    if condition.at_least is not None:
        asked = condition.at_least + condition.per_further_member * max(sum(persons) - 1, 0)
        if value < asked * factor:
            return False
    return condition.at_most is None or value <= condition.at_most * factor


def apply_for_title(household: Any, offers: TitleOffers, c: dict[str, float]) -> None:
    """Let a household apply for an open route, and change its title if it passes."""
    here, status = household.place, household.status
    routes = offers.routes[here]
    if not routes or status not in MAY_APPLY:
        return
    total = sum(route.interest for route in routes)
    scale = offers.willing[household.intention]
    if status == PROTECTED and offers.rush[here] > total:
        scale *= offers.rush[here] / total
    u = household.random.random()
    for route in routes:
        u -= route.interest * scale
        if u < 0.0:
            income = income_of(household, offers.wage[here], c)
            fit = all(meets(household, test, income, route.income_factor) for test in route.conditions)
            if fit and household.random.random() < route.pass_share:
                household.status = route.title
            return
