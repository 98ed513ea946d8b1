"""Plans which households to create and has the kernel fill their rows."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from abm.arrays import Booleans, Floats, Integers
from abm.codes import AgeBand, FamilyInUkraine, Home, Income, Schooling, Stream
from abm.data.world import World
from abm.households import Households
from abm.kernels.create import N_ATTRIBUTES, Creation, create, persons_created
from abm.kernels.draws import draw, month_key

STEP_PRIMES = (2, 5, 11, 23, 29, 31, 61, 71, 109, 127, 131, 139, 157, 181, 3)
"""One prime per attribute. Those below 200 whose square roots spread 5 to 2000 points most evenly, alone
and in pairs; powers of the generalised golden ratio of 15 dimensions begin at 0.96, so that a
handful of households who arrive together would all come from one unit."""


def sequence_steps(dimensions: int) -> Floats:
    """Return the additive-recurrence steps, fractional parts of square roots (Richtmyer 1951).

    >>> np.round(sequence_steps(2), 6)
    array([0.414214, 0.236068])
    """
    return np.asarray(np.sqrt(np.array(STEP_PRIMES[:dimensions], float)) % 1.0)


CONDITIONS = (
    ("boys", "number of minors", "households"),
    ("older_men", "number of persons of 65 and over", "households"),
    ("age", "minors, no minors, only 65 and over", "households"),
    ("origin", "host", "households"),
    ("home", "origin unit", "households"),
    ("family", "women with minors and no man, other women without a man, others", "households"),
    ("income", "", "households"),
    ("remote", "an adult of working age", "households"),
    ("kin_1", "", "households"),
    ("kin_2", "kin in a first host", "households"),
    ("cohort", "host", "households"),
    ("housing", "host", "households"),
    ("employed", "host and number of adults", "households"),
    ("job_level", "a job", "households"),
    ("schooling", "months abroad", "households"),
)
"""What each attribute of :data:`abm.kernels.create.ATTRIBUTES` depends on, and among whom it is drawn."""


def cumulative(shares: Floats) -> Floats:
    """Return cumulative shares along the last axis, ending at exactly 1."""
    running = np.cumsum(shares, axis=-1)
    running = running / running[..., -1:]
    running[..., -1] = 1.0
    return np.asarray(running)


@lru_cache(maxsize=64)
def cumulative_of(world: World) -> tuple[Floats, Floats]:
    """Return cumulative shares of origin units, float64[H, U], and of hosts where kin live, float64[H]."""
    return cumulative(world.composition.origin), cumulative(world.hosts.diaspora)


@dataclass(frozen=True)
class AttributeShares:
    """Shares of the attributes that do not depend on host or month, from the coefficients."""

    age: Floats
    family: Floats
    income: Floats
    schooling: Floats

    @classmethod
    def of(cls, world: World) -> AttributeShares:
        """Build from the coefficients of a world."""
        c = world.coefficients
        age = np.zeros((3, len(AgeBand)))
        for row, name in enumerate(("with_minors", "without_minors")):
            young, middle = c[f"age_{name}_18_34"], c[f"age_{name}_35_49"]
            age[row, :3] = young, middle, 1.0 - young - middle
        age[2, AgeBand.AGE_65_PLUS] = 1.0
        family = np.zeros((3, len(FamilyInUkraine)))
        for row, partner in enumerate(
            (c["partner_share_with_minors"], c["partner_share_without_minors"], 0.0)
        ):
            parent = (1.0 - partner) * c["parent_share"]
            family[row] = 1.0 - partner - parent, parent, partner
        income = np.empty(len(Income))
        income[:] = (
            c["income_low_share"],
            1.0 - c["income_low_share"] - c["income_high_share"],
            c["income_high_share"],
        )
        schooling = np.ones((2, len(Schooling) - 1))
        for row, when in enumerate(("start", "settled")):
            both, online = c[f"school_both_{when}"], c[f"school_online_{when}"]
            # Cumulative over host school, both, Ukrainian only; the code 0 (no minors) is not drawn.
            schooling[row] = 1.0 - both - online, 1.0 - online, 1.0
        return cls(cumulative(age), cumulative(family), cumulative(income), schooling)


def home_shares(world: World, month: int) -> Floats:
    """Return cumulative shares of the state of the home by unit in a month, float64[U, home]."""
    c = world.coefficients
    occupied = world.drivers["occupied_share"][month]
    intensity = world.drivers["attack_intensity"][month]
    shares = np.zeros((len(occupied), len(Home)))
    shares[:, Home.DESTROYED] = c["home_destroyed_base"] + c["home_destroyed_intensity"] * intensity
    shares[:, Home.DAMAGED] = c["home_damaged_intensity"] * intensity
    shares[:, Home.INTACT] = 1.0 - shares[:, Home.DESTROYED] - shares[:, Home.DAMAGED]
    shares *= (1.0 - occupied)[:, None]
    shares[:, Home.OCCUPIED] = occupied
    return cumulative(shares)


def stands_for(world: World, scale: int, households_per_host: int) -> Integers:
    """Return the real households one simulated household represents, by host, int64[H].

    It is ``scale``, or less in hosts so small that they would keep fewer than ``households_per_host`` rows at
    their largest recorded stock (recorded arrivals where there is none).
    """
    arrived = np.nan_to_num(world.registers.arrivals).sum(axis=0)
    largest = np.nan_to_num(world.registers.stock).max(axis=0)
    largest = np.where(largest > 0, largest, arrived)
    sizes = world.composition.household_types.sum(axis=1)
    mean_size = float(world.composition.household_weight @ sizes)
    enough = np.floor(largest / mean_size / households_per_host)
    return np.clip(enough, 1, scale).astype(np.int64)


MONTHS_AHEAD = 48
"""Months for which a creator makes room at a time."""


@dataclass
class Creator:
    """Creates households (``weights``: real ones per row) and remembers where those of a host begin."""

    world: World
    seed: int
    weights: Integers
    shares: AttributeShares = field(init=False)
    ordinal: Integers = field(init=False)
    owed: Floats = field(init=False)
    offset: Floats = field(init=False)
    steps: Floats = field(init=False)
    luck: Floats = field(init=False)
    blocks_start: Integers = field(init=False)
    blocks_cumulative: Integers = field(init=False)
    n_blocks: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Draw the start of every low-discrepancy sequence."""
        H = len(self.world.hosts.ids)
        self.shares = AttributeShares.of(self.world)
        self.ordinal = np.zeros(H, np.int64)
        self.owed = np.zeros(H)
        self.offset = np.array(
            [
                [draw(self.seed, int(Stream.ATTRIBUTE), 0, host, a) for a in range(N_ATTRIBUTES)]
                for host in range(H)
            ]
        )
        self.steps = sequence_steps(N_ATTRIBUTES)
        # Whether a host's first household stands for less than a whole one
        self.luck = np.array([draw(self.seed, int(Stream.ARRIVAL), 0, host, 0) for host in range(H)])
        self.blocks_start = np.zeros((H, MONTHS_AHEAD), np.int64)
        self.blocks_cumulative = np.zeros((H, MONTHS_AHEAD + 1), np.int64)

    def copy(self) -> Creator:
        """Return an independent copy."""
        twin = copy.copy(self)
        for name in ("ordinal", "owed", "blocks_start", "blocks_cumulative"):
            setattr(twin, name, getattr(self, name).copy())
        return twin

    def add(
        self,
        households: Households,
        month: int,
        persons: Floats,
        type_shares: Floats,
        protected: Booleans,
        employment_share: Floats,
        cohort_shares: Floats,
    ) -> Integers:
        """Create households; return the real persons they represent by host, int64[H].

        ``persons`` float64[H] are real ones; what rounding leaves over is carried to the next call.
        ``type_shares`` float64[H, K] are fitted; rows are a systematic sample of them.
        ``protected`` bool[H] says whether newcomers receive temporary protection; ``employment_share``
        float64[H] is that of working-age adults, ``cohort_shares`` float64[H, month] those of the month of
        first arrival.
        """
        world = self.world
        H = len(world.hosts.ids)
        mean_size = type_shares @ world.composition.household_types.sum(axis=1)
        self.owed += persons
        expected = self.owed / (mean_size * self.weights)
        n_rows = np.maximum(np.floor(expected + self.luck), 0).astype(np.int64)
        type_offset = np.array([draw(self.seed, int(Stream.ARRIVAL), month, host, 1) for host in range(H)])
        types = (world.composition.household_types, type_shares, type_offset)
        first = self.fill(households, month, n_rows, types, protected, employment_share, cohort_shares)
        created = persons_created(households.columns(), first, n_rows)
        self.owed -= created
        return np.asarray(created)

    def fill(
        self,
        households: Households,
        month: int,
        n_rows: Integers,
        types: tuple[Integers, Floats, Floats],
        protected: Booleans,
        employment_share: Floats,
        cohort_shares: Floats,
        origin: Floats | None = None,
        taste: int = 0,
    ) -> Integers:
        """Append ``n_rows`` int64[H] households by host; return the first row of each, int64[H].

        ``types`` are the compositions int64[K, 6], their shares float64[H, K] and the start of the systematic
        sample float64[H]; ``origin`` float64[H, U] shares of units (those of the data if absent); ``taste``
        tells apart the keys of tastes where households have ids of another kind.
        """
        world, c = self.world, self.world.coefficients
        H = len(world.hosts.ids)
        if self.n_blocks == self.blocks_start.shape[1]:
            room = ((0, 0), (0, MONTHS_AHEAD))
            self.blocks_start = np.pad(self.blocks_start, room)
            self.blocks_cumulative = np.pad(self.blocks_cumulative, room)
        first = households.extend(int(n_rows.sum())) + np.concatenate([[0], np.cumsum(n_rows)[:-1]])
        plan = Creation(
            month=month,
            first_row=first,
            n_rows=n_rows,
            ordinal=self.ordinal.copy(),
            type_offset=types[2],
            offset=self.offset,
            alpha=self.steps,
            stands_for=self.weights,
            types=types[0],
            type_cumulative=cumulative(types[1]),
            origin_cumulative=cumulative_of(world)[0] if origin is None else cumulative(origin),
            age_cumulative=self.shares.age,
            boys_share=c["boys_share"],
            older_men_share=c["older_men_share"],
            home_cumulative=home_shares(world, month),
            family_cumulative=self.shares.family,
            income_cumulative=self.shares.income,
            remote_share=c["remote_share"],
            kin_cumulative=cumulative_of(world)[1],
            kin_shares=np.array([c["kin_one_share"], c["kin_two_share"]]),
            collective_share=np.ascontiguousarray(world.hosts.collective_share[month]),
            schooling_cumulative=self.shares.schooling,
            schooling_months=c["school_half_months"],
            employment_share=employment_share,
            at_level_share=c["job_at_level_share"],
            cohort_cumulative=cumulative(cohort_shares),
            learn=c["integration_gain"],
            fade=c["ties_fade"],
            protected=protected,
            blocks_start=self.blocks_start,
            blocks_cumulative=self.blocks_cumulative,
            n_blocks=self.n_blocks,
            row_of=households.row_of,
            kin_contact_share=c["kin_contact_share"],
        )
        create(households.columns(), plan, np.uint64(month_key(self.seed, int(Stream.TASTE), taste)), 0, H)
        self.ordinal += n_rows
        self.blocks_start[:, self.n_blocks] = first
        self.blocks_cumulative[:, self.n_blocks + 1] = self.blocks_cumulative[:, self.n_blocks] + n_rows
        self.n_blocks += 1
        return np.asarray(first)
