"""Builds the tables of a month's decision from the factor files, and upper bounds of the odds of leaving.

By its bound most households decide without an exponential. The bound of a household is the product of a
host and status entry, which covers every table and row factor not named here, and of the exponentials of
its own profile, duration, events and tastes. It is rounded up by ``SAFETY``, far more than floating-point
error, so it never settles wrongly.

The two constants of the decision give the base hazards their meaning, which are shares of a population: the
mean monthly probability over the displaced in the EU hosts that do not border Ukraine, in the reference
month, equals ``return_hazard`` and ``onward_hazard``, for households ``duration_reference_months`` after
their departure (the hazards of the literature are those of 2024 and later, and hazards fall with time
abroad). Every other coefficient shifts people around that mean and can be changed without moving it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache, lru_cache

import numpy as np

from abm.arrays import Floats
from abm.codes import N_STATUS, Choice, Employment, Home, Housing, Intention, Schooling
from abm.data.world import World
from abm.errors import EweaError
from abm.factors import N_PROFILES, MonthView, Tables, factors
from abm.households import Households
from abm.kernels.decide import log_odds
from abm.kernels.intention import answer
from abm.kernels.layout import (
    MOST_MONTHS,
    N_TRIGGER_SETS,
    ROW_FACTORS,
    TASTE_RANGE,
    TASTE_STEPS,
    DecisionTables,
)
from abm.population.creation import Creator
from abm.population.type_shares import fit_type_shares

SEED = 0
HOUSEHOLDS_PER_HOST = 800
"""The reference population is the same for all runs of a world, so that it adds no noise of its own."""

TOLERANCE = 1e-10


def reference_population(world: World) -> Households:
    """Return about 6,000 fixed households with the shares of the reference month; for means only."""
    month, registers = world.reference_month, world.registers
    known = slice(registers.first_month, month + 1)
    arrived = np.nan_to_num(registers.arrivals[known])
    published = np.nan_to_num(registers.stock[known])
    here = np.where(published[-1] > 0, published[-1], arrived.sum(axis=0))
    largest = np.maximum(published.max(axis=0), here)
    weights = np.clip(np.floor(largest / 2.4 / HOUSEHOLDS_PER_HOST), 1, 30_000).astype(np.int64)
    cohorts = np.zeros((len(here), month + 1))
    cohorts[:, known] = arrived.T
    cohorts[cohorts.sum(axis=1) <= 0, registers.first_month] = 1.0
    households = Households(8 * HOUSEHOLDS_PER_HOST * len(here))
    Creator(world, SEED, weights).add(
        households,
        month,
        here,
        fit_type_shares(world.composition, world.composition.stock[month]),
        world.hosts.protection_end > month,
        np.ascontiguousarray(world.hosts.employment_share[month]),
        cohorts,
    )
    households["months_displaced"][:] = world.coefficients["duration_reference_months"]
    households["months_here"][:] = world.coefficients["duration_reference_months"]
    return households


def odds_of_leaving(households: Households, tables: DecisionTables, n_hosts: int) -> Floats:
    """Return the odds of return and onward against staying, float64[n, 2]."""
    columns = households.columns()
    answer(columns, tables, n_hosts, 0, len(households))
    odds = np.zeros((len(households), 2))
    log_odds(columns, tables, odds, 0, len(households))
    return np.asarray(np.exp(odds))


def constants_for(world: World, households: Households, tables: DecisionTables) -> tuple[float, float]:
    """Return what to add to the log odds of return and onward so that the mean hazards hold."""
    n_hosts = len(world.hosts.ids)
    odds = odds_of_leaving(households, tables, n_hosts)
    hosts = world.hosts.is_eu & ~world.hosts.is_neighbour
    persons = households.persons() * hosts[households["place"].astype(np.int64)]
    weights = persons / persons.sum()
    wanted = np.array([world.coefficients["return_hazard"], world.coefficients["onward_hazard"]])
    constants = np.log(wanted) - np.log(weights @ odds)
    for _ in range(100):
        leaving = odds * np.exp(constants)
        found = weights @ (leaving / (1.0 + leaving.sum(axis=1, keepdims=True)))
        gap = np.log(wanted) - np.log(found)
        constants += gap
        if np.abs(gap).max() < TOLERANCE:
            break
    return float(constants[int(Choice.RETURN) - 1]), float(constants[int(Choice.ONWARD) - 1])


WAYS = ("return", "onward")


def table_shapes(world: World) -> dict[str, tuple[int, ...]]:
    """Return the shape of every table a factor may contribute to."""
    H, U = len(world.hosts.ids), len(world.origins.ids)
    both_ways = {
        "host": (H, N_STATUS, len(Employment), len(Housing)),
        "entry": (H, len(Employment), MOST_MONTHS + 1),
        "profile": (N_PROFILES,),
        "duration": (MOST_MONTHS + 1,),
        "schooling": (len(Schooling),),
        "trigger": (N_TRIGGER_SETS,),
        "intention": (len(Intention),),
        "row": (len(ROW_FACTORS),),
    }
    return {
        **{f"{name}_{way}": shape for name, shape in both_ways.items() for way in WAYS},
        "return_origin": (U, len(Home)),
        "return_elsewhere": (),
        "row_reference": (len(ROW_FACTORS),),
        "destination": (H, len(Employment), H),
        "kin": (),
        "intent_host": (H,),
        "intent_deed": (H, N_STATUS),
        "intent_onward": (H,),
        "intent_duration": (MOST_MONTHS + 1,),
        "intent_row": (len(ROW_FACTORS),),
        "intent_cuts": (3,),
    }


def raw_tables(
    view: MonthView,
    without: Collection[str] = (),
    only: Collection[str] | None = None,
    kept: dict[str, Tables] | None = None,
) -> dict[str, Floats]:
    """Return the sum of all factors' contributions (but ``without``) by table, or to tables ``only``.

    ``kept`` are contributions to every month of the world of the view; those found are added to it.
    """
    if unknown := sorted(set(without) - set(factors())):
        raise EweaError(f"without: {', '.join(unknown)} is no factor; there are {', '.join(factors())}.")
    shapes = table_shapes(view.world)
    tables = {name: np.zeros(shape) for name, shape in shapes.items() if only is None or name in only}
    for name, (meta, contribute) in factors().items():
        if name in without or tables.keys().isdisjoint(meta.tables):
            continue
        written = None if kept is None else kept.get(name)
        if written is None:
            view.of_the_month = False
            written = contribute(view)
            if kept is not None and not view.of_the_month:
                kept[name] = written
        for table, values in written.items():
            if table not in meta.tables:
                raise ValueError(f"factor {name} writes to {table!r}, which its META does not name")
            if table in tables:
                tables[table] += values
    return tables


def log_sum_exp(values: Floats) -> Floats:
    """Return log(sum(exp(values))) along the last axis, without overflow."""
    top = values.max(axis=-1, keepdims=True)
    return np.asarray(np.log(np.exp(values - top).sum(axis=-1)) + top[..., 0])


SAFETY = 1.0 + 1e-5
RANGES = dict.fromkeys(ROW_FACTORS[2:], (0.0, 1.0))
"""Range of the row factors that are shares or indices; tastes have a table of their own."""


@cache
def taste_table() -> Floats:
    """Return exp at the upper end of every step, float64[step]; no bound beyond the range."""
    steps = np.arange(int(2 * TASTE_RANGE * TASTE_STEPS) + 1)
    table = np.exp((steps + 1) / TASTE_STEPS - TASTE_RANGE) * SAFETY
    # Terms beyond the range share the last step; with large coefficients they are decided exactly.
    table[-1] = np.inf
    return np.asarray(table)


def host_bound(host: Floats, entry: Floats, rest: Floats, weights: Floats) -> Floats:
    """Return the bound of everything but profile, duration, events and tastes, float64[place, status].

    Nobody in Ukraine decides, so the last place has a bound of zero.

    ``host`` float64[host, status, employment, housing] and ``entry`` float64[host, employment, months
    here] are log odds, of which the most favourable dwelling and stay count; ``rest`` float64[n] the
    largest value of every other table.
    """
    spread = sum(
        max(low * weight, high * weight)
        for weight, (low, high) in zip(weights[2:], RANGES.values(), strict=True)
    )
    most = host.max(axis=3) + entry.max(axis=2)[:, None, :]
    bound = np.exp(most.max(axis=2) + rest.sum() + spread) * SAFETY
    return np.concatenate([bound, np.zeros((1, bound.shape[1]))])


def event_odds(raw: Mapping[str, Floats]) -> Floats:
    """Return exp(trigger + intention), float64[return and onward, trigger set, intention]."""
    both = [raw[f"trigger_{way}"][:, None] + raw[f"intention_{way}"][None, :] for way in WAYS]
    return np.asarray(np.exp(np.stack(both)) * SAFETY)


class DecisionBuilder:
    """Turns a month into :class:`~abm.kernels.layout.DecisionTables`.

    The two base hazards are tied to a reference population (:mod:`abm.decision`) in
    the reference month of ``base``; a scenario uses the constants of the baseline, so its
    difference is the effect of the policy. The factors in ``without`` are switched off (ablation); the
    constants, what is added to the log odds of return and onward, stay those of the full model.
    """

    def __init__(
        self,
        world: World,
        base: World | None = None,
        without: Collection[str] = (),
        constants: tuple[float, float] | None = None,
    ) -> None:
        self.world = world
        self.base = world if base is None else base
        self.without = tuple(without)
        self._of_all_months: dict[str, Tables] = {}
        self.constants = reference_constants(self.base) if constants is None else constants

    def for_world(self, world: World) -> DecisionBuilder:
        """Return a builder for another world, centred on the same reference."""
        return DecisionBuilder(world, self.base, self.without, self.constants)

    def build(self, month: int, stock: Floats) -> DecisionTables:
        """Return the tables of a month on whose first day ``stock`` persons (float64[H]) are abroad."""
        c, origins, drivers = self.world.coefficients, self.world.origins, self.world.drivers
        kept = self._of_all_months
        raw = raw_tables(MonthView(self.world, month, stock, base=self.base), self.without, kept=kept)
        when_safe = MonthView(self.world, month, stock, safe=True, base=self.base)
        safe = raw_tables(when_safe, self.without, ("return_origin", "return_elsewhere"), kept)
        mu, scale = c["return_dissimilarity"], c["onward_dissimilarity"]
        value, share = self._return_nest(raw, mu)
        wish, _ = self._return_nest(safe, mu)
        danger = c["settle_intensity"] * drivers["attack_intensity"][month]
        unfit = drivers["occupied_share"][month] + drivers["contamination"][month]
        danger = danger + c["settle_occupied"] * unfit
        calm = origins.population * np.exp(-danger)
        destination = raw["destination"] / scale
        hosts = np.arange(len(destination))
        destination[hosts, :, hosts] = -np.inf
        logs = log_sum_exp(destination)
        offset = float(raw["intent_row"] @ raw["row_reference"])
        host_return = raw["host_return"] + self.constants[0]
        host_onward = raw["host_onward"] + self.constants[1] + (scale * logs)[:, None, :, None]
        kin = float(raw["kin"])
        made = {
            "bound_return": host_bound(
                host_return,
                raw["entry_return"],
                np.array([value.max(), raw["schooling_return"].max()]),
                raw["row_return"],
            ),
            "bound_onward": host_bound(
                host_onward,
                raw["entry_onward"],
                np.array([max(kin, 0.0), raw["schooling_onward"].max()]),
                raw["row_onward"],
            ),
            "odds_profile": np.exp(np.stack([raw[f"profile_{way}"] for way in WAYS])) * SAFETY,
            "odds_duration": np.exp(np.stack([raw[f"duration_{way}"] for way in WAYS])) * SAFETY,
            "odds_event": event_odds(raw),
            "odds_taste": taste_table(),
            "return_value": value,
            "return_origin_share": share,
            "elsewhere_cumulative": np.cumsum(calm) / calm.sum(),
            "host_return": host_return,
            "host_onward": host_onward,
            "destination": destination,
            "destination_share": np.exp(destination - logs[..., None]),
            "kin_boost": np.array([np.exp(kin / scale) - 1.0]),
            "onward_dissimilarity": np.array([scale]),
            "intent_return": wish,
            "intent_host": raw["intent_host"] - offset,
        }
        return DecisionTables(**{name: made.get(name, raw.get(name)) for name in DecisionTables._fields})

    def _return_nest(self, raw: dict[str, Floats], mu: float) -> tuple[Floats, Floats]:
        """Return the centred inclusive value and the share of the origin, both [unit, home]."""
        both = np.stack(
            [raw["return_origin"], np.broadcast_to(raw["return_elsewhere"], raw["return_origin"].shape)],
            axis=-1,
        )
        value = mu * log_sum_exp(both / mu)
        share = np.exp(both[..., 0] / mu - value / mu)
        # Centred where nothing but the refusal of another place counts (fixed, so effects show).
        relocation = self.world.coefficients["relocation"]
        return value - mu * np.log(1.0 + np.exp(relocation / mu)), share


@lru_cache(maxsize=4)
def reference_constants(world: World) -> tuple[float, float]:
    """Return the two constants of a world (computed once), without levels of half-years."""
    month = world.reference_month
    plain = replace(world, registers=replace(world.registers, return_level=None, onward_level=None))
    tables = DecisionBuilder(plain, constants=(0.0, 0.0)).build(
        month, np.nan_to_num(world.registers.stock_by(month))
    )
    return constants_for(world, reference_population(world), tables)
