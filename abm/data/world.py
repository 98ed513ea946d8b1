"""Everything the model knows about the world, as arrays: hosts, origin units, drivers, registers.

A ``World`` is immutable and holds no random number. It is built from ``configs/`` by
:func:`abm.data.folder.load_world`; the axes are always month, host, origin unit, in that order.

:func:`as_known_at` makes the world of an honest forecast, whose later series are held.
A world, and its composition, equals itself only. So ``functools.lru_cache`` on a function of a world is
how anything computed from one is remembered, as many worlds as its ``maxsize`` says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from abm.arrays import Booleans, Floats, Integers
from abm.data.control_draws import ControlDraws
from abm.data.judged import Judged
from abm.data.tables import DriverCard
from abm.policy.policy import Policy
from abm.policy.route import Route

NEVER = 1_000_000
"""Month number that no horizon reaches: protection without an end."""


@dataclass(frozen=True)
class Hosts:
    """The host countries; ``H`` of them, ``T`` months (month 0 is January 2022)."""

    ids: tuple[str, ...]  # Eurostat-style codes in code order, ``elsewhere`` last
    labels: Mapping[str, Mapping[str, str]]  # ``labels["NL"]["nl"]`` is the Dutch name
    population: Floats  # [H] Inhabitants, persons
    km_to_kyiv: Floats  # [H] Great-circle distance from the capital, km
    km_between: Floats  # [H, H] Great-circle distance between capitals, km (0 on the diagonal)
    is_neighbour: Booleans  # [H] Shares a land border with Ukraine
    is_eu: Booleans  # [H] Member of the EU in the whole period
    wage_eur_month: Floats  # [H] Pay of a typical job open to the displaced, EUR a month gross, 2025
    # [T, H] Cash support of one adult without income in force on the first day, EUR a month
    benefit_eur_month: Floats
    unemployment_share: Floats  # [T, H] Unemployed persons per person of the labour force, 15-74
    # [T, H] Employed among displaced adults of working age, interpolated between observations
    employment_share: Floats
    collective_share: Floats  # [T, H] Displaced persons who live in collective or state-provided places
    collective_places: Floats  # [T, H] Places in collective reception; infinite where no limit is known
    diaspora: Floats  # [H] Ukrainian citizens or permit holders before the war, persons
    # [H] Ease of entry and registration for a household that comes from another host, 0 to 1
    admission: Floats
    protection_end: Integers  # [H] First month in which temporary protection is no longer in force


@dataclass(frozen=True)
class Origins:
    """The 27 origin units of Ukraine (``U``) and their people."""

    ids: tuple[str, ...]  # COD-AB pcodes in code order
    labels: Mapping[str, str]  # English names
    groups: tuple[str, ...]  # Names of the origin groups (``G``)
    group_of_unit: Integers  # [U] Group number of every unit
    population: Floats  # [U] Residents on 1 January 2022, persons
    age_sex: Floats  # [U, A, 2] The same by five-year age band and sex (male, female), persons
    age_bands: tuple[str, ...]  # Labels of the ``A`` bands
    # [T, U, K] Persons by kind who would live there had nobody left since the invasion, outside the areas
    # occupied before it
    residents: Floats = field(default_factory=lambda: np.zeros((0, 0, 0)))


@dataclass(frozen=True)
class Renewal:
    """When a register may be cleaned up after its last published month, and by how much."""

    host: int  # Host number; -1 for any host
    calendar_month: int  # 1 to 12; 0 for any month
    known: int  # From this month on the rule could be known
    probability: float  # That it happens in its month
    size: float  # Median share of the register taken off
    spread: float  # Standard deviation of its logarithm


@dataclass(frozen=True)
class Registers:
    """What the registers of temporary protection show, and how they err."""

    first_month: int  # First month with register data, and the newest month of any host: hosts end earlier
    last_month: int
    # [T, H] Beneficiaries at the end of the month, persons; NaN where nothing was published, also between two
    # quarter ends
    stock: Floats
    # [T, H] Decisions granting protection in the month, persons; NaN where nothing was published
    decisions: Floats
    eu_decisions: Floats  # [T] The same of the whole EU, citizens of Ukraine; goes on where hosts stop
    # [T, H] New registrations in the month, persons: published decisions, else derived from records, else
    # estimated from the EU total; no NaN from ``first_month`` to ``last_month``
    arrivals: Floats
    arrivals_derived: Booleans  # [T, H] Where ``arrivals`` is derived or estimated and not published
    # [T, H] 0, or the share of unseen leavers that a clean-up in this month removed (prior)
    break_completeness: Floats
    is_break: Booleans  # [T, H] A month in which a clean-up or a change of counting moved the register
    deregistration_share: Floats  # [T, H] Share of leavers who deregister as they go (prior)
    deregistration_lag: Floats  # [H] Mean months until such a leaver is taken off the register
    # [T, H] Shares of registrations that are no first arrivals (priors): grants again after a lapse or a stay
    # in Ukraine, which change the register and not who is there, and late ones of people abroad already
    again_share: Floats
    late_share: Floats
    # [T, H] Of those with protection, the share a register counts after recounts (controls); None: everybody
    count_share: Floats | None = None
    lapse_lag: int = 3  # Months between a lapse and the grant that follows it
    before_war_share: float = 0.5  # Of late registrations: people who were abroad before the invasion
    renewals: tuple[Renewal, ...] = ()  # Clean-ups a projection draws
    # [T, H] Log odds of return and of moves onward that half-years and hosts ask for beyond every named
    # factor (prior); none without them
    return_level: Floats | None = None
    onward_level: Floats | None = None

    @cached_property
    def last_stock_month(self) -> Integers:
        """Last month with a published stock by host, int64[H]; -1 where there is none."""
        known = np.isfinite(self.stock)
        last = len(known) - 1 - np.argmax(known[::-1], axis=0)
        return np.where(known.any(axis=0), last, -1).astype(np.int64)

    def stock_by(self, month: int) -> Floats:
        """Return the last stock published to the end of a month, persons, float64[H]; NaN where none was."""
        found = np.full(self.stock.shape[1], np.nan)
        for row in self.stock[: month + 1]:
            found = np.where(np.isfinite(row), row, found)
        return found


@dataclass(frozen=True, eq=False)
class Composition:
    """Who the displaced are: targets of the synthetic population."""

    stock: Floats  # [T, H, 4] Shares of women 18-64, men 18-64, minors and 65+ among the displaced, sum 1
    arrivals: Floats  # [T, H, 4] The same among new arrivals
    # [H, U] Shares of origin units among the displaced of a host, sum 1 (fitted, see its file)
    origin: Floats
    # [K, 6] Persons per type: women 18-64, men 18-22, men 23-60, men 61-64, minors, 65+
    household_types: Integers
    household_weight: Floats  # [K] Share of households of each type before fitting, sum 1
    household_size: Floats  # [5] Target shares of households of 1, 2, 3, 4 and 5 or more persons


@dataclass(frozen=True)
class Draws:
    """Equally likely sets of parameters."""

    fit: str
    names: tuple[str, ...]  # Parameters, in the names of :mod:`abm.data.parameters`
    values: Floats  # [draw, parameter] Natural units of ``configs/coefficients``

    def number(self, seed: int) -> int:
        """Return which draw belongs to a seed."""
        return (seed - 1) % len(self.values)

    def of_seed(self, seed: int) -> dict[str, float]:
        """Return the parameters that belong to a seed; seeds walk through the draws in order."""
        row = self.values[self.number(seed)]
        return dict(zip(self.names, row.tolist(), strict=True))


@dataclass(frozen=True, eq=False)
class World:
    """All data of a run."""

    hosts: Hosts
    origins: Origins
    registers: Registers
    composition: Composition
    # Central value of every parameter of ``configs/coefficients/<fit>.csv``
    coefficients: Mapping[str, float]
    n_months: int
    digest: str  # SHA-256 of every configuration file read, in a fixed order
    data_date: str  # Last month of the register data, ``YYYY-MM``
    # Month in which "one standard deviation over hosts" and the mean hazards are taken; never later than the
    # months that may be used for fitting, so that nothing held out enters
    reference_month: int
    today: int  # Month of the day on which the question is asked (``as_of`` of the settings)
    policy: Policy  # What governments have set; neutral in a world read from the data alone
    # Series by id of ``configs/drivers``, float64[T, U] or, for Ukraine as a whole, [T]
    drivers: Mapping[str, Floats]
    driver_cards: Mapping[str, DriverCard]  # What each is, and how far a scenario may change it
    routes: tuple[Route, ...] = ()  # Ways to another title
    draws: Draws | None = None  # Posterior of the fit the coefficients come from
    judged: tuple[Judged, ...] = ()  # Priors that every seed draws from, whatever the fit
    controls: ControlDraws | None = None  # Controls of the ensemble of that fit
    member: int = 0  # Member of the ensemble whose draw and controls this world has; 0 for none
    # The baseline a scenario world was made from: reference values and constants are taken from it
    base: "World | None" = None

    def places_available(self, month: int) -> Floats:
        """Return places in collective reception, float64[H]: those the law sets, else those recorded.

        Infinite where no limit is known.
        """
        month = min(month, self.n_months - 1)
        set_places = self.policy.now("collective_places", month)
        return np.where(np.isnan(set_places), self.hosts.collective_places[month], set_places)


BY_HALF = ("deregistration_share", "again_share", "late_share", "return_level", "onward_level")
"""Series of the registers that a later half-year may have other values of."""

HALF_YEAR = 6
"""Months."""

HELD_MONTHS = 12
"""Drivers are held at their mean of a year, so that a season is not mistaken for a trend."""


def held_after(series: Floats, month: int) -> Floats:
    """Return a series [T, ...] whose values after a month repeat that month."""
    known = series.copy()
    known[month + 1 :] = series[month]
    return known


def held_mean_after(series: Floats, month: int) -> Floats:
    """Return a series [T, ...] whose values after a month are the mean of the last year."""
    known = series.copy()
    known[month + 1 :] = series[max(month - HELD_MONTHS + 1, 0) : month + 1].mean(axis=0)
    return known


def _policy_known(policy: Policy, month: int) -> Policy:
    """Return a policy whose later values repeat those of a month, what was announced included."""

    def held(values: Mapping[str, Floats]) -> dict[str, Floats]:
        return {name: held_after(series, month) for name, series in values.items()}

    seen = {name: policy.expected.get(name, series) for name, series in policy.newcomers.items()}
    return replace(
        policy,
        everyone=held(policy.everyone),
        newcomers=held(policy.newcomers),
        expected=held({**policy.expected, **seen}),
        routes=held(policy.routes),
        country=held(policy.country),
        refused_new=tuple(rule for rule in policy.refused_new if rule.start <= month),
        refused_holders=tuple(rule for rule in policy.refused_holders if rule.start <= month),
    )


def as_known_at(world: World, month: int) -> World:
    """Return the world as it was known at the end of a month.

    Conditions of hosts and composition hold their last value, recorded drivers that or their mean of the
    last year, as their card says; the law is what had been announced. An end of protection still ahead is
    expected as it was announced but not reached, because all before it were put off in time.
    Registers stay in the world for scoring; the run does not look past ``known_until``.
    """

    def known[P](part: P, *names: str, until: int = month) -> P:
        series = {name: held_after(getattr(part, name), until) for name in names}
        return replace(part, **series)  # type: ignore[type-var]

    def held(name: str, series: Floats) -> Floats:
        rule = world.driver_cards[name].held
        if rule is None:
            return series
        return (held_after if rule == "last_value" else held_mean_after)(series, month)

    hosts = known(
        world.hosts, "benefit_eur_month", "unemployment_share", "employment_share", "collective_share",
        "collective_places",
    )  # fmt: skip
    # Shares and levels by half-year hold the last one that was complete: others were measured later.
    whole = max((month + 1) // HALF_YEAR * HALF_YEAR - 1, world.registers.first_month)
    by_half = [name for name in BY_HALF if getattr(world.registers, name) is not None]
    known_world = replace(
        world,
        hosts=hosts,
        registers=known(world.registers, *by_half, until=whole),
        drivers={name: held(name, series) for name, series in world.drivers.items()},
        composition=known(world.composition, "stock", "arrivals"),
    )
    law = world.policy.law
    if law is None:
        return replace(known_world, policy=_policy_known(world.policy, month))
    found: World = law.as_known_at(known_world, month)
    ends = found.hosts.protection_end
    return replace(found, hosts=replace(found.hosts, protection_end=np.where(ends > month, NEVER, ends)))
