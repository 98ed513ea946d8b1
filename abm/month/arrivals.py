"""arrivals: new displacement from Ukraine, households that came home and leave again, and terms of entry.

What no driver explains: arrivals of a host differ from their forecast, and go on differing for a while.
A register that takes in a share ``f`` of its stock a month misses its forecast by about ``s * sqrt(f)`` of
the stock a month: errors behave like counts that come in groups, they last, and they have heavy tails.
Size, persistence and the part common to all hosts are measured on rolling forecasts of the fit window
(``configs/coefficients``). Two seeds that follow one another (1 and 2, 3 and 4 ...) get the same shock
with opposite signs, so the mean over an even number of seeds carries none of it.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from abm.arrays import Floats, Integers
from abm.codes import Status, Stream
from abm.data.world import World
from abm.kernels.draws import draw
from abm.kernels.move import redepart
from abm.kernels.status import refuse
from abm.state import Flow, State

YOUNG_MEN, MEN = 1, 2
"""Columns of the household types that count men of 18 to 22 and of 23 to 60."""


def men_who_may_leave(state: State, wanted: Floats, type_shares: Floats) -> tuple[Floats, Floats]:
    """Return arrivals [H] and type shares [H, K] with more, or fewer, men on their own.

    A wider exit rule lets men come who could not: they come alone, on top of the others (B030);
    a tighter one takes away men who would have come alone. Level and composition of the known months hold
    those who came under the rule of those months already; they are not added twice.
    """
    policy, types = state.world.policy, state.world.composition.household_types
    sizes = types.sum(axis=1)
    for column, mechanism in ((YOUNG_MEN, "young_men_leave"), (MEN, "men_leave")):
        factor = policy.ukraine(mechanism, state.month)
        months, weights = known_months(state)
        before = float(weights[:, 0] @ [policy.ukraine(mechanism, int(month)) for month in months])
        if factor == before == 1.0:
            continue
        alone = np.flatnonzero((sizes == 1) & (types[:, column] == 1))
        mean_size = type_shares @ sizes
        men = type_shares @ types[:, column]
        least = -type_shares[:, alone].sum(axis=1)
        extra, there = (np.maximum(men * (ratio - 1.0), least) for ratio in (factor, before))
        added = np.zeros_like(type_shares)
        added[:, alone[0]] = extra - there
        type_shares = np.maximum(type_shares + added, 0.0)
        type_shares = type_shares / type_shares.sum(axis=1, keepdims=True)
        wanted = wanted * (mean_size + extra) / (mean_size + there)
    return wanted, type_shares


def _is_recorded(state: State) -> bool:
    last = min(state.last_known_month, state.world.registers.last_month)
    return state.settings.arrivals == "recorded" and state.month <= last


def _new_displacement(state: State) -> tuple[Floats, Floats]:
    """Return persons newly displaced to each host this month [H] and their household types [H, K]."""
    if _is_recorded(state):
        # Recorded registrations hold whoever could leave then; only predicted ones follow the exit rule.
        return recorded_arrivals(state, state.month), state.type_shares[state.month]
    return men_who_may_leave(state, modelled_arrivals(state), state.type_shares[state.month])


def registrations(state: State, fresh: Floats) -> Floats:
    """Return all registrations of the month, persons, float64[H]: as recorded, or what ``fresh`` implies."""
    registers, month = state.world.registers, state.month
    if _is_recorded(state):
        return np.asarray(registers.arrivals[month])
    first = 1.0 - registers.again_share[month] - registers.late_share[month]
    others = registered_otherwise(state, state.index - 1)
    return np.asarray((np.maximum(fresh, 0.0) + others) / np.maximum(first, LEAST_FIRST))


LEAST_FIRST = 0.05
"""Least share of registrations that are first arrivals, when all of them follow from the first ones."""


def late_cohorts(state: State, late: Floats) -> Floats:
    """Return the month of departure of this month's households, shares float64[H, month + 1].

    ``late`` float64[H] of them registered late: abroad before the war (month 0), or arrived like those who
    registered in earlier months. The others leave now.
    """
    registers, month = state.world.registers, state.month
    shares = np.zeros((state.n_hosts, month + 1))
    earlier = np.nan_to_num(registers.arrivals[registers.first_month : month]).T
    total = earlier.sum(axis=1, keepdims=True)
    since = (1.0 - registers.before_war_share) * (total[:, 0] > 0.0)
    shares[:, registers.first_month : month] = since[:, None] * earlier / np.maximum(total, 1.0)
    shares[:, 0] += 1.0 - since
    shares *= late[:, None]
    shares[:, month] += 1.0 - late
    return shares


def redeparture_hazard(state: State) -> Floats:
    """Return the monthly probability that a returnee leaves again, by unit of residence, float64[U].

    The base rate, raised and lowered by the same drivers as flight, but not by the shock of the
    invasion: that hit those who had never left.
    """
    base = state.world.coefficients["redeparture_hazard"]
    return np.minimum(base * push(state.world, state.month, first_flight=False), 0.5)


def refuse_newcomers(state: State, moved: bool = False, since: int = 0) -> None:
    """Apply the rules on regions and groups to this month's newcomers: to all so far, or to who ``moved``.

    ``since`` is the first row looked at.
    """
    policy, month = state.world.policy, state.month
    rules = policy.refusing(month, holders=False)
    if not rules:
        return
    asylum = policy.now("asylum_open", month)
    columns = state.households.columns()
    before = columns.status.copy()
    for rule in rules:
        status = Status.ASYLUM_PENDING if asylum[rule.host] >= 0.5 else Status.NONE
        refuse(
            columns, state.key(Stream.COMPLIANCE, 0), rule.host, rule.units, rule.kinds,
            rule.vulnerable_exempt, rule.share, int(status), moved, since, len(state.households),
        )  # fmt: skip
    rows = np.flatnonzero(before != columns.status)
    persons = columns.persons[rows].sum(axis=1, dtype=np.int64) * columns.stands_for[rows]
    np.add.at(state.refused, columns.place[rows].astype(np.int64), persons)


def forgive_what_moves_exceeded(state: State, types: Floats) -> None:
    """Let no host start its forecast with a debt of more than a household.

    Where a run moves more people to a host than registered there, arrivals stay out until registrations have
    caught up. A forecast has no registrations: the debt would keep newcomers away for years, although the
    level it predicts already leaves out who moves.
    """
    creator = state.creator
    household = types @ state.world.composition.household_types.sum(axis=1) * creator.weights
    creator.owed = np.maximum(creator.owed, -household)


def arrivals(state: State) -> None:
    """Create arrivals and late registrations, move returnees who leave again, apply terms of entry."""
    environment, registers, month = state.environment, state.world.registers, state.month
    fresh, types = _new_displacement(state)
    registered = registrations(state, fresh)
    state.history.again[state.index] = registers.again_share[month] * registered
    wanted = fresh + registers.late_share[month] * registered
    late = np.clip(1.0 - fresh / np.maximum(wanted, 1.0), 0.0, 1.0) * (wanted > 0.0)
    if state.month == state.last_known_month + 1:
        forgive_what_moves_exceeded(state, types)
    begun = len(state.households)
    state.creator.add(
        state.households,
        month,
        wanted,
        types,
        environment.protected,
        np.zeros(state.n_hosts),
        late_cohorts(state, late),
    )
    new = slice(begun, len(state.households))
    columns = state.households.columns()
    # Who registers late asks for a place only now.
    columns.months_collective[new] = 0
    persons = columns.persons[new].sum(axis=1, dtype=np.int64) * columns.stands_for[new]
    for kind, chosen in ((Flow.ARRIVAL, True), (Flow.LATE, False)):
        rows = (columns.cohort[new] == month) == chosen
        booked = np.zeros(state.n_hosts, np.int64)
        np.add.at(booked, columns.place[new][rows].astype(np.int64), persons[rows])
        state.book(kind, booked)
    left = np.zeros(state.n_hosts, np.int64)
    state.sweep(
        redepart,
        state.key(Stream.REDEPARTURE),
        redeparture_hazard(state),
        newcomer_attraction(state),
        state.world.coefficients["redeparture_loyalty"],
        environment.protected,
        environment.collective_share,
        state.n_hosts,
        totals=(left,),
    )
    state.book(Flow.REDEPARTURE, left)
    refuse_newcomers(state)


COMMON = 255
"""Owner of the shock shared by all hosts; beyond any host number."""

TAIL = 4.0
"""Degrees of freedom of Student's t, the law whose quantiles fit those of the errors; 4 has a closed form."""

_normal = NormalDist()


def persistent_error(seed: int, owner: int, months: Sequence[int], persistence: float) -> float:
    """Return the error of one owner in the last of ``months``: Student's t, correlated over months.

    A stationary autoregression of standard normal errors, divided by the root of a chi-square over its
    degrees of freedom that the owner (a host, or :data:`COMMON`) draws once. ``months`` are those since the
    last known one; ``persistence`` is the correlation of two that follow one another; an odd seed and the
    even one after it give opposite signs.
    """
    pair, sign = (seed + 1) // 2, 1.0 if seed % 2 else -1.0
    stream, first = int(Stream.ARRIVAL_SHOCK), months[0]
    value = _normal_error(pair, owner, first, months[-1], persistence)
    # The sum of two exponentials is half a chi-square with four degrees of freedom.
    chi_square = -2.0 * math.log(draw(pair, stream, first, owner, 1) * draw(pair, stream, first, owner, 2))
    return sign * value / math.sqrt(chi_square / TAIL)


@lru_cache(maxsize=16_384)
def _normal_error(pair: int, owner: int, first: int, month: int, persistence: float) -> float:
    """Return the autoregression of a month; a run asks for one month after the other."""
    fresh = _normal.inv_cdf(draw(pair, int(Stream.ARRIVAL_SHOCK), month, owner, 0))
    if month == first:
        return fresh
    before = _normal_error(pair, owner, first, month - 1, persistence)
    return persistence * before + math.sqrt(1.0 - persistence**2) * fresh


def arrival_shock(state: State, level: Floats, expected: Floats) -> Floats:
    """Return persons to add to the predicted arrivals of the month by host, float64[H].

    ``level`` float64[H] is what the forecast starts from and ``expected`` float64[H] what is predicted,
    persons a month. A shock takes away all of those expected at most, and adds no more than as many
    again, so that the mean of a pair of seeds stays what is expected. Nothing is added where
    ``settings.shocks`` is off or all arrivals are modelled.
    """
    settings = state.settings
    if not settings.shocks or (settings.arrivals == "modelled" and settings.known_until is None):
        return np.zeros(state.n_hosts)
    c, known = state.world.coefficients, state.last_known_month
    months = range(known + 1, state.month + 1)
    share = c["arrival_shock_common"]
    errors = [
        persistent_error(state.seed, owner, months, c["arrival_shock_persistence"])
        for owner in (*range(state.n_hosts), COMMON)
    ]
    own = np.array(errors[:-1])
    there = state.history.stock[known + 1 - settings.start].sum(axis=(1, 2, 3))
    size = c["arrival_shock_size"] * np.sqrt(np.maximum(level, 0.0) * there)
    shock = size * (math.sqrt(share) * errors[-1] + math.sqrt(1.0 - share) * own)
    return np.asarray(np.clip(shock, -np.maximum(expected, 0.0), np.maximum(expected, 0.0)))


def push(world: World, month: int, first_flight: bool = True) -> Floats:
    """Return the push out of every origin unit relative to a calm month of a long war, float64[U].

    ``exp(drivers) * (1 + onset + advance + fallout)``: attacks, cold and a poor economy multiply; the
    first shock of the invasion, an advance that occupies part of the unit within the month and a
    nuclear accident add to the base, so that together they cannot empty a unit more than once. The shock of
    the invasion does not count for people who have been abroad and came home (``first_flight``).
    """
    c, drivers = world.coefficients, world.drivers
    before = drivers["occupied_share"][max(month - 1, 0)]
    newly = np.maximum(drivers["occupied_share"][month] - before, 0.0)
    fallout = drivers["contamination"]
    spread = np.maximum(fallout[month] - fallout[max(month - 1, 0)], 0.0)
    log = (
        c["flight_intensity"] * drivers["attack_intensity"][month]
        + c["flight_energy"] * drivers["energy_deficit"][month]
        + c["flight_economy"] * drivers["economy"][month]
    )
    sudden = c["flight_newly_occupied"] * newly + c["flight_contamination"] * spread
    shock = onset(world, month) if first_flight else 0.0
    return np.asarray(np.exp(log) * (1.0 + shock + sudden))


def onset(world: World, month: int) -> float:
    """Return the extra displacement since the invasion, which fades as those who would leave have left.

    It fades for ``flight_onset_fades_months``; arrivals have followed other things since.
    """
    c = world.coefficients
    elapsed = min(month - world.registers.first_month, c["flight_onset_fades_months"])
    return float(np.expm1(c["flight_onset"]) * np.exp(-elapsed / c["flight_onset_months"]))


def season(world: World, known: int) -> Floats:
    """Return the factor of every calendar month on arrivals in all hosts, float64[12]; January first.

    Registrations over their mean of the twelve months around them, to six months before ``known``; a year
    or two of them are not yet a season, so ``arrivals_season_years`` years without one are added.
    """
    registers = world.registers
    total = np.nan_to_num(registers.arrivals).sum(axis=1)
    logs, years = np.zeros(12), np.full(12, world.coefficients["arrivals_season_years"])
    for month in range(registers.first_month + FIRST_YEAR_MONTHS, known - HALF_YEAR + 1):
        around = total[month - HALF_YEAR : month + HALF_YEAR + 1].copy()
        around[[0, -1]] *= 0.5
        if total[month] > 0.0:
            logs[month % 12] += np.log(12.0 * total[month] / around.sum())
            years[month % 12] += 1.0
    return np.asarray(np.exp(logs / np.maximum(years, 1.0)))


FIRST_YEAR_MONTHS, HALF_YEAR = 10, 6
"""Months after the invasion that say nothing of a season; half of the span of a moving mean."""


def season_of(state: State) -> Floats:
    """Return the season a forecast knows, float64[12]; none where all arrivals are modelled."""
    settings = state.settings
    if settings.arrivals == "modelled" and settings.known_until is None:
        return np.ones(12)
    return season(state.world, min(state.last_known_month, state.world.registers.last_month))


def host_push(world: World, month: int) -> Floats:
    """Return the push on the arrivals of every host, weighted by where its people come from."""
    return np.asarray(world.composition.origin @ push(world, month))


def host_draw(world: World, month: int) -> Floats:
    """Return the log attraction of every host that changes over time, float64[H].

    Cash support of newcomers with the elasticity of new arrivals (N1, O9-O12), and what levers add;
    both as people who flee see them, so an announced change counts before it starts.
    """
    c, policy = world.coefficients, world.policy
    cash = world.hosts.benefit_eur_month[month] * policy.seen("benefit", month)
    # Bed and board count too: a cut of the whole cash support leaves them.
    support = np.log(cash + c["in_kind_support_eur"])
    return np.asarray(c["benefit_arrival_elasticity"] * support + policy.seen("arrival_draw", month))


def known_months(state: State) -> tuple[Integers, Floats]:
    """Return the months whose arrivals fix the modelled level, int64[m], and their weights, float64[m, 1].

    The weight halves every ``arrivals_memory_months`` back from the last known month: arrivals follow
    their latest level far more than their mean of half a year. Where all months are modelled there is
    no last known one, and all months of the registers count the same.
    """
    registers, settings = state.world.registers, state.settings
    if settings.arrivals == "modelled" and settings.known_until is None:
        months = np.arange(registers.first_month, registers.last_month + 1)
        return months, np.full((len(months), 1), 1.0 / len(months))
    c, known = state.world.coefficients, state.last_known_month
    first = max(known - int(c["arrivals_window_months"]) + 1, registers.first_month)
    months = np.arange(first, known + 1)
    weights = 2.0 ** ((months - known) / c["arrivals_memory_months"])
    return months, (weights / weights.sum())[:, None]


def registered_otherwise(state: State, index: int) -> Floats:
    """Return persons registered in a simulated month who were not new from Ukraine, float64[H].

    Decisions count everybody who registers: people from other hosts, people who came back, partners who
    joined and children born here are in the recorded total and must not be created again.
    """
    if index < 0:
        return np.zeros(state.n_hosts)
    flows = state.history.flows[index][:, :, : state.n_hosts]
    others = (Flow.ONWARD, Flow.REDEPARTURE, Flow.REUNIFICATION, Flow.BIRTH)
    return np.asarray(flows[list(others)].sum(axis=(0, 1)), float)


def recorded_arrivals(state: State, month: int) -> Floats:
    """Return new displacement of a month with recorded registrations, persons, float64[H].

    Registrations less grants again and late ones (:mod:`abm.data.account`), less those who registered the
    month before without being new (where the run simulated it).
    """
    registers, index = state.world.registers, month - state.settings.start
    first = 1.0 - registers.again_share[month] - registers.late_share[month]
    fresh = registers.arrivals[month] * first
    return np.asarray(fresh - registered_otherwise(state, min(index, state.index) - 1))


def anchored_level(state: State, months: Integers, weights: Floats) -> Floats:
    """Return mean new displacement of the known months by host, persons a month, float64[H].

    What was recorded, not the households this run rounded it to: with a short memory the rounding of
    one month would stay in every month after.
    """
    recorded = np.array([recorded_arrivals(state, int(month)) for month in months])
    return np.asarray(np.maximum((weights * recorded).sum(axis=0), 0.0))


def modelled_arrivals(state: State) -> Floats:
    """Return predicted new displacement of the month by host, persons, float64[H]."""
    world, month = state.world, state.month
    months, weights = known_months(state)
    level = anchored_level(state, months, weights)
    drawn_by_month = np.exp([host_draw(world, m) for m in months])
    by_calendar = season_of(state)
    drawn_by_month *= by_calendar[months % 12][:, None]
    past = (weights * np.array([host_push(world, m) for m in months]) * drawn_by_month).sum(axis=0)
    pushed = level * host_push(world, month) / past
    usual = float((weights[:, 0] * by_calendar[months % 12]).sum())
    drawn = pushed * np.exp(host_draw(world, month)) * by_calendar[month % 12]
    # A host that becomes less attractive loses arrivals to the others, not to staying at home,
    # in the proportion of the diversion share.
    undrawn = pushed * (weights * drawn_by_month).sum(axis=0) * by_calendar[month % 12] / usual
    total = drawn.sum()
    if total > 0:
        drawn = drawn * (undrawn.sum() / total) ** world.coefficients["flight_diversion"]
    return np.asarray(drawn + arrival_shock(state, level, np.asarray(drawn)))


def newcomer_attraction(state: State) -> Floats:
    """Return the utility of every host for a household from Ukraine without ties, float64[H].

    The log of the recorded arrivals of the last known months (what those who came chose), moved by
    what has changed in the hosts since.
    """
    registers = state.world.registers
    last = min(state.month, registers.last_month, state.last_known_month)
    first = max(last - 5, registers.first_month)
    recent = registers.arrivals[first : last + 1].mean(axis=0)
    then = np.mean([host_draw(state.world, month) for month in range(first, last + 1)], axis=0)
    return np.asarray(np.log(np.maximum(recent, 1.0)) + host_draw(state.world, state.month) - then)
