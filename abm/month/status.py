"""routes and status: other titles for holders who apply; protection that expires or is lost; asylum."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.arrays import Booleans, Floats
from abm.codes import MINORS, WORKING_AGE, Employment, Intention, PersonKind, Status, Stream
from abm.data.world import World
from abm.factors import calm
from abm.households import COLUMNS
from abm.kernels.status import choose_route, keyed_uniform, lapse, update_status
from abm.places import hosts_of
from abm.policy.change import month_of
from abm.policy.route import CODED, Condition
from abm.state import State


@lru_cache(maxsize=8)
def open_in(world: World, month: int) -> Booleans:
    """Return where routes are open in a month: by their own dates, or as a lever says, bool[route, H]."""
    offered, dated = _openings(world)
    said = np.array([world.policy.route_open(route.id, month) for route in world.routes])
    return offered & np.where(np.isnan(said), dated[:, month, None], said >= 0.5)


@lru_cache(maxsize=8)
def _openings(world: World) -> tuple[Booleans, Booleans]:
    """Return where routes are offered, bool[route, H], and when by their own dates, bool[route, T]."""
    offered = np.zeros((len(world.routes), len(world.hosts.ids)), np.bool_)
    dated = np.zeros((len(world.routes), world.n_months), np.bool_)
    for number, route in enumerate(world.routes):
        offered[number] = hosts_of(route.hosts, world.hosts) & ~hosts_of(route.except_hosts, world.hosts)
        for line in route.openings:
            until = world.n_months if line.until is None else month_of(line.until)
            dated[number, max(month_of(line.start), 0) : max(until, 0)] |= line.status == "in_force"
    return offered, dated


def interest_of(world: World, month: int) -> Floats:
    """Return the monthly probability to apply by route and host, float64[route, H]."""
    doubt = world.policy.now("legal_uncertainty", month)
    more = 1.0 + world.coefficients["uncertainty_interest_gain"] * doubt
    usual = np.array([route.interest.value for route in world.routes])
    return np.asarray(usual[:, None] * more * open_in(world, month))


type Rows = Mapping[str, NDArray[Any]]
"""Columns of some households, by name."""

OLDER = (PersonKind.WOMEN_65, PersonKind.MEN_65)


def household_income(
    columns: Rows, wage: Floats, key: np.uint64, coefficients: Mapping[str, float]
) -> Floats:
    """Return the monthly income of households, EUR gross, float64[n].

    Jobs times the pay of the displaced in the host, less below the worker's own level, times a
    personal factor that a household keeps (log-normal, mean 1), plus remote work for Ukraine. ``wage``
    float64[n] is the pay in the household's host, EUR a month; ``key`` that of the stream INCOME in month 0.
    """
    spread = coefficients["income_dispersion"]
    ids = np.ascontiguousarray(columns["household_id"])
    radius = np.sqrt(-2.0 * np.log(keyed_uniform(ids, key, 0)))
    normal = radius * np.cos(2.0 * np.pi * keyed_uniform(ids, key, 1))
    personal = np.exp(spread * normal - 0.5 * spread**2)
    level = np.where(columns["employment"] == Employment.AT_LEVEL, 1.0, coefficients["income_below_level"])
    remote = coefficients["remote_income_eur"] * columns["works_remotely"]
    pay = coefficients["income_pay_ratio"] * wage
    return np.asarray(columns["employed"] * pay * level * personal + remote)


def value_of(column: str, columns: Rows, income: Floats) -> Floats:
    """Return a column or derived value as numbers, float64[n]."""
    if column == "income_eur_month":
        return income
    groups: dict[str, Sequence[int]] = {
        "adults": WORKING_AGE,
        "minors": MINORS,
        "older": OLDER,
        "persons": tuple(PersonKind),
    }
    if column in groups:
        return np.asarray(columns["persons"][:, list(groups[column])].sum(axis=1), float)
    return np.asarray(columns[column], float)


def meets(condition: Condition, columns: Rows, income: Floats, income_factor: Floats) -> Booleans:
    """Return which households meet one condition, bool[n].

    ``income_factor`` scales what is asked for of ``income_eur_month``.
    """
    if condition.one_of is not None:
        codes = [CODED[condition.column][name.upper()] for name in condition.one_of]
        return np.asarray(np.isin(columns[condition.column], codes))
    value = value_of(condition.column, columns, income)
    met = np.ones(len(value), np.bool_)
    factor = income_factor if condition.column == "income_eur_month" else 1.0
    if condition.at_least is not None:
        asked: Floats | float = condition.at_least
        if condition.per_further_member:
            members = columns["persons"].sum(axis=1, dtype=np.int64)
            asked = asked + condition.per_further_member * np.maximum(members - 1, 0)
        met &= value >= asked * factor
    if condition.at_most is not None:
        met &= value <= condition.at_most * factor
    return met


def eligible(
    conditions: Sequence[Condition],
    columns: Rows,
    income: Floats,
    income_factor: Floats,
) -> Booleans:
    """Return which households meet every condition, bool[n]."""
    met = np.ones(len(income), np.bool_)
    for condition in conditions:
        met &= meets(condition, columns, income, income_factor)
    return met


@lru_cache(maxsize=8)
def _columns_read(world: World) -> tuple[str, ...]:
    """Return the columns of households that the conditions of routes read, and those of their income."""
    of_income = {"household_id", "place", "persons", "stands_for", "employed", "employment", "works_remotely"}
    named = {condition.column for route in world.routes for condition in route.conditions}
    return tuple(sorted(of_income | named & set(COLUMNS)))


def routes(state: State) -> None:
    """Let holders apply; write the new title of those who pass and count everybody."""
    world, month, c = state.world, state.month, state.world.coefficients
    if not world.routes:
        return
    interest = interest_of(world, month)
    ends_now = world.hosts.protection_end == month
    # Whoever applied by the last day of protection is looked at, even where the route shuts with it.
    now_open = open_in(world, month)
    for number, shuts in enumerate(ends_now & open_in(world, month - 1) & ~now_open):
        interest[number, shuts] = world.routes[number].interest.value
    if not interest.any():
        return
    willing = np.ones(len(Intention))
    willing[Intention.UNDECIDED] = c["route_interest_undecided"]
    willing[[Intention.RETURN, Intention.ONWARD]] = c["route_interest_leaving"]
    chosen = np.empty(len(state.households), np.int8)
    rush = np.where(ends_now, c["after_apply"], 0.0)
    state.sweep(choose_route, state.key(Stream.ROUTE), state.n_hosts, interest, rush, willing, chosen)
    table = state.households.columns()
    for number, route in enumerate(world.routes):
        given = ends_now & now_open[number]
        if route.of_its_own_accord and given.any():
            # Nobody applies: whoever holds protection on its last day is looked at.
            holders = (table.status == Status.TEMPORARY_PROTECTION) & (table.place < state.n_hosts)
            chosen[holders & np.append(given, False)[table.place]] = number
    rows = np.flatnonzero(chosen >= 0)
    if not len(rows):
        return
    asked_for = chosen[rows]
    columns = {name: getattr(table, name)[rows] for name in _columns_read(world)}
    place = columns["place"].astype(np.int64)
    income = household_income(columns, world.hosts.wage_eur_month[place], state.key(Stream.INCOME, 0), c)
    luck = keyed_uniform(np.ascontiguousarray(columns["household_id"]), state.key(Stream.ROUTE, 0), 1)
    people = columns["persons"].astype(np.int64).sum(axis=1) * columns["stands_for"]
    for number in np.unique(asked_for).tolist():
        route, asked = world.routes[number], asked_for == number
        factor = world.policy.income_factor(route.id, month)[place]
        passed = asked & eligible(route.conditions, columns, income, factor)
        passed &= luck < route.unobserved_pass_share.value
        table.status[rows[passed]] = route.title
        counts = state.history.applications[state.index, number]
        np.add.at(counts[:, 0], place[asked], people[asked])
        np.add.at(counts[:, 1], place[passed], people[passed])


@dataclass(frozen=True)
class TitleRates:
    """What happens to those without a lasting title in a month; float64[H] where nothing else is said."""

    claims: Floats  # Monthly probability that a holder of protection claims asylum
    at_end: Floats  # Share of those who lose protection who claim
    refused: Floats  # Share of newcomers refused protection who claim
    rulings: Floats
    grants: Floats
    departure: float  # Monthly probability that who means to leave without a title leaves now
    home: Floats  # Of those without a title: shares who go back to Ukraine, who move to another country
    onward: Floats


def title_rates(world: World, month: int, expired: Booleans, ahead: bool) -> TitleRates:
    """Return the rates of a month; ``expired`` bool[H]."""
    return _title_rates(world, month, expired.tobytes(), ahead)


@lru_cache(maxsize=8)
def _title_rates(world: World, month: int, expired_bytes: bytes, ahead: bool) -> TitleRates:
    """Return the rates of a month, worked out once for the steps that ask.

    Doubt about the future of protection raises claims (B042, B103, B130); where it has ended a ruling takes
    as long as so many claims, and appeals, take. In months on record whoever was refused claimed asylum.
    """
    c, policy = world.coefficients, world.policy
    expired = np.frombuffer(expired_bytes, np.bool_)
    allowed = policy.now("asylum_open", month) >= 0.5
    doubt = 1.0 + c["uncertainty_asylum_gain"] * policy.now("legal_uncertainty", month)
    claims = c["asylum_claim_hazard"] * policy.now("asylum_claim", month) * doubt * allowed
    war = 1.0 - calm(world, world.base or world, month)
    usual = c["asylum_ruling_hazard"]
    slow = min(usual, 1.0 / c["after_ruling_months"])
    rulings = np.where(expired, slow, usual) * policy.now("asylum_ruling", month)
    grants = c["asylum_grant_share"] * policy.now("asylum_grant", month)
    # Plans are those of a war that goes on; as it stops, the monthly decision takes over. Enforcement makes
    # more of them go back: log odds on the share who do.
    odds = c["after_return"] / (1.0 - c["after_return"]) * np.exp(policy.now("enforced_return", month))
    home = odds / (1.0 + odds)
    return TitleRates(
        claims=np.clip(claims, 0.0, 0.9),
        at_end=np.where(allowed, c["after_asylum"], 0.0),
        refused=np.where(allowed, c["refused_asylum"] if ahead else 1.0, 0.0),
        rulings=np.clip(rulings, 0.0, 1.0),
        grants=np.clip(grants, 0.0, 1.0),
        departure=war / max(c["after_departure_months"], 1.0) if ahead else 0.0,
        home=home,
        onward=np.minimum(c["after_move"], 1.0 - home),
    )


def status(state: State) -> None:
    """Update the legal status of every household abroad."""
    environment, plan = state.environment, state.key(Stream.PLAN, 0)
    r = title_rates(state.world, state.month, environment.expired, environment.ahead)
    keys = np.array([state.key(Stream.STATUS), plan], np.uint64)
    state.sweep(
        update_status, keys, state.n_hosts, environment.expired, r.claims, r.at_end, r.rulings, r.grants,
        r.departure, r.home, r.onward,
    )  # fmt: skip
    for rule in state.world.policy.refusing(state.month, holders=True):
        claim_share = float(r.at_end[rule.host])
        state.sweep(lapse, plan, rule.host, rule.units, rule.kinds, rule.vulnerable_exempt, claim_share)
