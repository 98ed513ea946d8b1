"""How many arrive: recorded registrations, the level a forecast carries on, what moves it, and shocks.

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
from abm.codes import Stream
from abm.data.world import World
from abm.kernels.draws import draw
from abm.month.pool import depletes, movers_left, released_men
from abm.state import Flow, State

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
    settings, c, known = state.settings, state.world.coefficients, jump_off(state)
    if not settings.shocks or known is None:
        return np.zeros(state.n_hosts)
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


def push(world: World, month: int, first_flight: bool = True, movers: Floats | float = 1.0) -> Floats:
    """Return the push out of every origin unit relative to a calm month of a long war, float64[U].

    ``exp(drivers) * (movers * (1 + onset) + advance + fallout)``: attacks and a poor economy multiply;
    the first shock of the invasion, an advance that occupies part of the unit within the month and a
    nuclear accident add to the base. The shock of the invasion does not count for people who have been
    abroad and came home; a shortage of power counts for them alone: the season of first flights holds
    ordinary winters, and no winter so far added to it (L30). ``movers`` float64[U] is what is left of those
    whom the war as it goes on makes leave; the others leave in a shock alone.
    """
    c, drivers = world.coefficients, world.drivers
    before = drivers["occupied_share"][max(month - 1, 0)]
    newly = np.maximum(drivers["occupied_share"][month] - before, 0.0)
    fallout = drivers["contamination"]
    spread = np.maximum(fallout[month] - fallout[max(month - 1, 0)], 0.0)
    log = (
        c["flight_intensity"] * drivers["attack_intensity"][month]
        + c["flight_economy"] * drivers["economy"][month]
    )
    if not first_flight:
        log += c["flight_energy"] * drivers["energy_deficit"][month]
    sudden = c["flight_newly_occupied"] * newly + c["flight_contamination"] * spread
    shock = onset(world, month) if first_flight else 0.0
    return np.asarray(np.exp(log) * (movers * (1.0 + shock) + sudden))


def onset(world: World, month: int) -> float:
    """Return the extra displacement since the invasion, which fades as those who would leave have left.

    It fades for ``flight_onset_fades_months``; then movers run out (:mod:`abm.month.pool`).
    """
    c = world.coefficients
    elapsed = min(month - world.registers.first_month, c["flight_onset_fades_months"])
    return float(np.expm1(c["flight_onset"]) * np.exp(-elapsed / c["flight_onset_months"]))


@lru_cache(maxsize=64)
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
    known = jump_off(state)
    if known is None:
        return np.ones(12)
    return season(state.world, min(known, state.world.registers.last_month))


def host_push(world: World, month: int, movers: Floats | float = 1.0) -> Floats:
    """Return the push on the arrivals of every host, weighted by where its people come from."""
    return np.asarray(world.composition.origin @ push(world, month, movers=movers))


def by_unit(state: State, fresh: Floats) -> Floats:
    """Return arrivals by host and the unit they leave, persons float64[H, U], from those by host."""
    pushed = push(state.world, state.month, movers=movers_left(state))
    pulled = state.world.composition.origin * pushed
    return np.asarray(pulled * (fresh / np.maximum(pulled.sum(axis=1), 1e-12))[:, None])


@lru_cache(maxsize=256)
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


def jump_off(state: State) -> int | None:
    """Return the last month whose arrivals a run knows; None where all months are modelled."""
    settings = state.settings
    everything = settings.arrivals == "modelled" and settings.known_until is None
    return None if everything else state.last_known_month


@lru_cache(maxsize=64)
def known_months(world: World, known: int | None) -> tuple[Integers, Floats]:
    """Return the months whose arrivals fix the modelled level, int64[m], and their weights, float64[m, 1].

    The weight halves every ``arrivals_memory_months`` back from the last known month: arrivals follow
    their latest level far more than their mean of half a year. Where all months are modelled there is
    no last known one, and all months of the registers count the same.
    """
    registers, c = world.registers, world.coefficients
    if known is None:
        months = np.arange(registers.first_month, registers.last_month + 1)
        return months, np.full((len(months), 1), 1.0 / len(months))
    first = max(known - int(c["arrivals_window_months"]) + 1, registers.first_month)
    months = np.arange(first, known + 1)
    weights = 2.0 ** ((months - known) / c["arrivals_memory_months"])
    return months, (weights / weights.sum())[:, None]


OTHERS = (Flow.ONWARD, Flow.REDEPARTURE, Flow.REUNIFICATION, Flow.BIRTH)
"""Flows of people who register without being new from Ukraine."""


def registered_otherwise(state: State, indices: Integers) -> Floats:
    """Return persons registered in simulated months who were not new from Ukraine, float64[m, H].

    Decisions count everybody who registers: people from other hosts, people who came back, partners who
    joined and children born here are in the recorded total and must not be created again. ``indices``
    int64[m] rise; before the first month (-1) nobody was registered.
    """
    first, end = max(int(indices[0]), 0), int(indices[-1]) + 1
    found = np.zeros((len(indices), state.n_hosts))
    if end > first:
        months = state.history.flows[first:end, :, :, : state.n_hosts]
        into = np.array([months[:, kind].sum(axis=1) for kind in OTHERS]).sum(axis=0)
        found[indices >= 0] = into[indices[indices >= 0] - first]
    return found


def recorded_arrivals(state: State, months: Integers) -> Floats:
    """Return new displacement of months with recorded registrations, persons, float64[m, H].

    Registrations less grants again and late ones (:mod:`abm.data.account`), less those who registered the
    month before without being new (where the run simulated it).
    """
    registers, indices = state.world.registers, np.minimum(months - state.settings.start, state.index)
    first = 1.0 - registers.again_share[months] - registers.late_share[months]
    return np.asarray(registers.arrivals[months] * first - registered_otherwise(state, indices - 1))


def usual_arrivals(state: State, months: Integers) -> Floats:
    """Return recorded new displacement without the men whom the exit rule let go, persons float64[m, H].

    What was recorded, not the households this run rounded it to: with a short memory the rounding of
    one month would stay in every month after. The released men are a pool that runs dry, not a level; they
    registered where men did.
    """
    recorded = recorded_arrivals(state, months)
    return np.asarray(recorded - _released_then(state.world, int(months[0]), int(months[-1])))


@lru_cache(maxsize=64)
def _released_then(world: World, first: int, last: int) -> Floats:
    """Return men let go by month and host, persons float64[m, H], as they registered for the first time."""
    registers, months = world.registers, slice(first, last + 1)
    men = registers.arrivals[months] * world.composition.arrivals[months, :, MEN_OF_COMPOSITION]
    new = 1.0 - registers.again_share[months] - registers.late_share[months]
    released = released_men(world).sum(axis=1)[months, None]
    return np.asarray(released * new * men / np.maximum(men.sum(axis=1, keepdims=True), 1.0))


MEN_OF_COMPOSITION = 1
"""Column of men of 18 to 64 in the shares of the composition."""


def movers_then(state: State, months: Integers, arrived: Floats) -> Floats:
    """Return the movers of known months over those of the jump-off, float64[m]: who has left since was there.

    ``arrived`` float64[m, H] are the arrivals of those months.
    """
    begun = state.movers[0].sum()
    counted = [depletes(state, int(month)) for month in months]
    persons = np.where(counted, np.maximum(arrived.sum(axis=1), 0.0), 0.0)
    since = persons[::-1].cumsum()[::-1]
    return np.asarray(1.0 + (since / begun if begun > 0.0 else 0.0 * since))


def anchored_level(usual: Floats, weights: Floats) -> Floats:
    """Return mean usual displacement of the known months, float64[m, H], by host, persons a month."""
    return np.asarray(np.maximum((weights * usual).sum(axis=0), 0.0))


@lru_cache(maxsize=64)
def _pushed_then(world: World, first: int, last: int) -> Floats:
    """Return the push on the arrivals of every host in known months, float64[m, H]."""
    return np.array([host_push(world, month) for month in range(first, last + 1)])


def modelled_arrivals(state: State) -> Floats:
    """Return predicted new displacement of the month by host, persons, float64[H].

    Without those whom a change lets go or drives out (:mod:`abm.month.pool`).
    """
    world, month = state.world, state.month
    months, weights = known_months(world, jump_off(state))
    usually = usual_arrivals(state, months)
    level = anchored_level(usually, weights)
    drawn_by_month = np.exp([host_draw(world, m) for m in months.tolist()])
    by_calendar = season_of(state)
    drawn_by_month *= by_calendar[months % 12][:, None]
    movers = movers_then(state, months, usually)[:, None]
    pushed_then = _pushed_then(world, int(months[0]), int(months[-1])) * movers
    past = (weights * pushed_then * drawn_by_month).sum(axis=0)
    pushed = level * host_push(world, month, movers_left(state)) / past
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
