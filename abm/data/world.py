"""Everything the model knows about the world, as arrays: hosts, origin units, drivers, registers.

A ``World`` is immutable and holds no random number. It is built from ``configs/`` by
:func:`abm.data.folder.load_world`; the axes are always month, host, origin unit, in that order.

A world, and its composition, equals itself only. So ``functools.lru_cache`` on a function of a world is
how anything computed from one is remembered, as many worlds as its ``maxsize`` says.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from abm.arrays import Booleans, Floats, Integers
from abm.policy.policy import Policy
from abm.policy.route import Route


@dataclass(frozen=True)
class Hosts:
    """The host countries; ``H`` of them, ``T`` months (month 0 is January 2022).

    Attributes
    ----------
    ids : tuple of str
        Eurostat-style codes in code order, ``elsewhere`` last.
    labels : mapping of str to mapping
        ``labels["NL"]["nl"]`` is the Dutch name.
    population : float64[H]
        Inhabitants, persons.
    km_to_kyiv : float64[H]
        Great-circle distance from the capital, km.
    km_between : float64[H, H]
        Great-circle distance between capitals, km (0 on the diagonal).
    is_neighbour : bool[H]
        Shares a land border with Ukraine.
    is_eu : bool[H]
        Member of the EU in the whole period.
    wage_eur_month : float64[H]
        Pay of a typical job open to the displaced, EUR a month gross, 2025.
    benefit_eur_month : float64[T, H]
        Cash support of one adult without income in force on the first day, EUR a month.
    unemployment_share : float64[T, H]
        Unemployed persons per person of the labour force, 15-74.
    employment_share : float64[T, H]
        Employed among displaced adults of working age, interpolated between observations.
    collective_share : float64[T, H]
        Displaced persons who live in collective or state-provided places.
    collective_places : float64[T, H]
        Places in collective reception; infinite where no limit is known.
    diaspora : float64[H]
        Ukrainian citizens or permit holders before the war, persons.
    admission : float64[H]
        Ease of entry and registration for a household that comes from another host, 0 to 1.
    protection_end : int64[H]
        First month in which temporary protection is no longer in force.
    """

    ids: tuple[str, ...]
    labels: Mapping[str, Mapping[str, str]]
    population: Floats
    km_to_kyiv: Floats
    km_between: Floats
    is_neighbour: Booleans
    is_eu: Booleans
    wage_eur_month: Floats
    benefit_eur_month: Floats
    unemployment_share: Floats
    employment_share: Floats
    collective_share: Floats
    collective_places: Floats
    diaspora: Floats
    admission: Floats
    protection_end: Integers


@dataclass(frozen=True)
class Origins:
    """The 27 origin units of Ukraine (``U``), their people and their drivers.

    Attributes
    ----------
    ids : tuple of str
        COD-AB pcodes in code order.
    labels : mapping of str to str
        English names.
    groups : tuple of str
        Names of the origin groups (``G``).
    group_of_unit : int64[U]
        Group number of every unit.
    population : float64[U]
        Residents on 1 January 2022, persons.
    age_sex : float64[U, A, 2]
        The same by five-year age band and sex (male, female), persons.
    age_bands : tuple of str
        Labels of the ``A`` bands.
    intensity : float64[T, U]
        Attack intensity, index 0 to 1.
    occupied_share : float64[T, U]
        Share of the unit under occupation, 0 to 1.
    energy_deficit : float64[T, U]
        Shortage of power and heat, index 0 to 1.
    economy : float64[T]
        Livelihood prospects in Ukraine, index; 0 is the average of 2022-03 to 2024-08.
    """

    ids: tuple[str, ...]
    labels: Mapping[str, str]
    groups: tuple[str, ...]
    group_of_unit: Integers
    population: Floats
    age_sex: Floats
    age_bands: tuple[str, ...]
    intensity: Floats
    occupied_share: Floats
    energy_deficit: Floats
    economy: Floats


@dataclass(frozen=True)
class Registers:
    """What the registers of temporary protection show, and how they err.

    Attributes
    ----------
    first_month, last_month : int
        First and last month with register data.
    stock : float64[T, H]
        Beneficiaries at the end of the month, persons; NaN where nothing was published.
    decisions : float64[T, H]
        Decisions granting protection in the month, persons; NaN where nothing was published.
    arrivals : float64[T, H]
        New registrations in the month, persons: published decisions, completed by derived values;
        no NaN from ``first_month`` to ``last_month``.
    arrivals_derived : bool[T, H]
        Where ``arrivals`` is derived and not published.
    break_completeness : float64[T, H]
        0, or the share of unseen leavers that a clean-up in this month removed (prior).
    is_break : bool[T, H]
        A month in which a clean-up or a change of counting moved the register.
    deregistration_share : float64[H]
        Share of leavers who deregister as they go (prior).
    deregistration_lag : float64[H]
        Mean months until such a leaver is taken off the register.
    double_share : float64[H]
        Share of decisions given to persons already counted elsewhere (prior).
    """

    first_month: int
    last_month: int
    stock: Floats
    decisions: Floats
    arrivals: Floats
    arrivals_derived: Booleans
    break_completeness: Floats
    is_break: Booleans
    deregistration_share: Floats
    deregistration_lag: Floats
    double_share: Floats


@dataclass(frozen=True, eq=False)
class Composition:
    """Who the displaced are: targets of the synthetic population.

    Attributes
    ----------
    stock : float64[T, H, 4]
        Shares of women 18-64, men 18-64, minors and 65+ among the displaced, sum 1.
    arrivals : float64[T, H, 4]
        The same among new arrivals.
    origin : float64[H, U]
        Shares of origin units among the displaced of a host, sum 1 (fitted, see its file).
    household_types : int64[K, 6]
        Persons per type: women 18-64, men 18-22, men 23-60, men 61-64, minors, 65+.
    household_weight : float64[K]
        Share of households of each type before fitting, sum 1.
    household_size : float64[5]
        Target shares of households of 1, 2, 3, 4 and 5 or more persons.
    """

    stock: Floats
    arrivals: Floats
    origin: Floats
    household_types: Integers
    household_weight: Floats
    household_size: Floats


@dataclass(frozen=True)
class Outlook:
    """What Ukraine may become, and what its people expect: all but weariness neutral in the recorded past.

    Attributes
    ----------
    security_guarantee : float64[T]
        Strength of security guarantees, 0 (none) to 1 (an alliance).
    eu_accession : float64[T]
        Progress towards EU membership against today, 0 to 1 (member).
    reform : float64[T]
        Rule of law against today, -1 to 1.
    contamination : float64[T, U]
        Share of a unit made unfit to live in by radiation, 0 to 1.
    war_weariness : float64[T]
        Adults in Ukraine who want the war negotiated to an end as soon as possible, share; recorded.
    """

    security_guarantee: Floats
    eu_accession: Floats
    reform: Floats
    contamination: Floats
    war_weariness: Floats

    @classmethod
    def neutral(cls, n_months: int, n_units: int) -> "Outlook":
        """Return an outlook that is as today."""
        blank = np.zeros(n_months)
        return cls(blank, blank.copy(), blank.copy(), np.zeros((n_months, n_units)), blank.copy())


@dataclass(frozen=True)
class Draws:
    """Equally likely sets of parameters.

    Attributes
    ----------
    names : tuple of str
        Parameters, in the names of :mod:`abm.data.parameters`.
    values : float64[draw, parameter]
        Natural units of ``configs/coefficients``.
    """

    fit: str
    names: tuple[str, ...]
    values: Floats

    def of_seed(self, seed: int) -> dict[str, float]:
        """Return the parameters that belong to a seed; seeds walk through the draws in order."""
        row = self.values[(seed - 1) % len(self.values)]
        return dict(zip(self.names, row.tolist(), strict=True))


@dataclass(frozen=True, eq=False)
class World:
    """All data of a run.

    Attributes
    ----------
    coefficients : mapping of str to float
        Central value of every parameter of ``configs/coefficients/<fit>.csv``.
    digest : str
        SHA-256 of every configuration file read, in a fixed order.
    data_date : str
        Last month of the register data, ``YYYY-MM``.
    reference_month : int
        Month in which "one standard deviation over hosts" and the mean hazards are taken; never
        later than the months that may be used for fitting, so that nothing held out enters.
    policy : Policy
        What governments have set; neutral in a world read from the data alone.
    outlook : Outlook
        What Ukraine may become.
    routes : tuple of Route
        Ways to another title.
    draws : Draws, optional
        Posterior of the fit the coefficients come from.
    base : World, optional
        The baseline a scenario world was made from: yardsticks and constants are taken from it.
    """

    hosts: Hosts
    origins: Origins
    registers: Registers
    composition: Composition
    coefficients: Mapping[str, float]
    n_months: int
    digest: str
    data_date: str
    reference_month: int
    policy: Policy
    outlook: Outlook
    routes: tuple[Route, ...] = ()
    draws: Draws | None = None
    base: "World | None" = None
