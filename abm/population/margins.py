"""Targets of a cross-section against what was built: every margin, by host and in total."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from abm.arrays import Floats, Integers
from abm.codes import AgeBand, FamilyInUkraine, Home, Housing, Income, Schooling
from abm.data.world import World
from abm.households import Households
from abm.months import month_label
from abm.population.creation import AttributeShares, home_shares
from abm.population.cross_section import cohort_shares, stock_before
from abm.population.household_types import fit_type_shares


@dataclass(frozen=True)
class Margin:
    """One margin: shares of some categories, wanted and built."""

    name: str  # What is shared out
    among: str  # What shares are counted in: persons, adults, minors or households
    categories: tuple[str, ...]
    target: Floats  # [H, C] Shares; NaN in hosts without anybody to count
    achieved: Floats
    target_base: Floats  # [H] Number the shares are taken of
    achieved_base: Floats

    def total(self) -> tuple[Floats, Floats]:
        """Return target and achieved shares of all hosts together, float64[C] each."""
        return _weighted(self.target, self.target_base), _weighted(self.achieved, self.achieved_base)

    def error_pp(self) -> Floats:
        """Return achieved less target in percentage points, float64[H, C]."""
        return 100.0 * (self.achieved - self.target)

    def worst(self) -> tuple[float, int, int]:
        """Return the largest absolute error in percentage points, its host and its category."""
        error = np.nan_to_num(np.abs(self.error_pp()))
        host, category = np.unravel_index(int(error.argmax()), error.shape)
        return float(error[host, category]), int(host), int(category)


def _weighted(shares: Floats, base: Floats) -> Floats:
    known = np.isfinite(shares).all(axis=1) & (base > 0)
    return np.asarray(base[known] @ shares[known] / base[known].sum())


@dataclass(frozen=True)
class Persons:
    """Persons wanted and built by host, float64[H] each."""

    target: Floats
    achieved: Floats

    def relative_error(self) -> Floats:
        """Return achieved over target, less 1; 0 where nobody is wanted and nobody was built."""
        some = (self.target > 0) | (self.achieved > 0)
        return np.where(some, self.achieved / np.where(self.target > 0, self.target, np.nan) - 1.0, 0.0)


class CrossSection:
    """A cross-section with the targets it should meet."""

    def __init__(self, world: World, households: Households, month: int) -> None:
        self.world, self.month, self.before = world, month, month - 1
        # The fields of the table of columns are data, so a type checker cannot know them.
        self.c = cast(Any, households.columns())
        self.hosts = len(world.hosts.ids)
        self.weight: Floats = self.c.stands_for.astype(float)
        members: Floats = self.c.persons.astype(float)
        self.kinds = members
        self.n = members.sum(axis=1)
        self.adults = members[:, :4].sum(axis=1)
        self.minors = members[:, 4:6].sum(axis=1)
        self.attributes = AttributeShares.of(world)
        composition = world.composition
        self.stock = stock_before(world, month)
        self.kind_target = composition.stock[self.before]
        self.types = composition.household_types
        self.type_shares = fit_type_shares(composition, self.kind_target)
        self.households_target = self.stock / (self.type_shares @ self.types.sum(axis=1))

    def persons(self) -> Persons:
        """Return persons wanted and built."""
        return Persons(self.stock, self._by_host(self.n))

    def margins(self) -> list[Margin]:
        """Return every margin."""
        return [
            *self._composition(),
            self._origin("origin group"),
            self._origin("origin unit"),
            self._home(),
            self._sizes(),
            self._heads(),
            self._family(),
            *self._kin(),
            *self._background(),
            self._work(),
            self._housing(),
            self._schooling(),
            self._cohort(),
        ]

    def _by_host(self, values: Floats) -> Floats:
        """Return the sum over households of a value, real households counted, float64[H]."""
        return np.bincount(self.c.place, weights=values * self.weight, minlength=self.hosts)

    def _margin(
        self,
        name: str,
        among: str,
        categories: tuple[str, ...],
        counted: Floats,
        parts: Floats,
        target: Floats,
    ) -> Margin:
        """Return a margin; ``counted`` float64[n] is what shares are of, ``parts`` float64[H, C]."""
        base = self._by_host(counted)
        achieved = np.divide(parts, base[:, None], out=np.full_like(parts, np.nan), where=base[:, None] > 0)
        bases = {
            "persons": self.stock,
            "households": self.households_target,
            "minors": self.stock * self.kind_target[:, 2],
            "adults": self.stock * self.kind_target[:, :2].sum(axis=1),
        }
        target = np.broadcast_to(target, achieved.shape)
        return Margin(name, among, categories, target, achieved, bases[among], base)

    def _codes(self, codes: NDArray[np.integer], n: int, counted: Floats) -> Floats:
        """Return ``counted`` by host and code, float64[H, n]; other codes are left out."""
        inside = (codes >= 0) & (codes < n)
        cells = self.c.place[inside].astype(np.int64) * n + codes[inside]
        found = np.bincount(cells, weights=(counted * self.weight)[inside], minlength=self.hosts * n)
        return np.asarray(found.reshape(self.hosts, n))

    def _columns(self, *values: Floats) -> Floats:
        """Return the sums by host of some values per household, float64[H, value]."""
        return np.stack([self._by_host(each) for each in values], axis=1)

    def _composition(self) -> list[Margin]:
        k, target, c = self.kinds, self.kind_target, self.world.coefficients
        names = ("women 18-64", "men 18-64", "minors", "65 and over")
        shown = self._columns(k[:, 0], k[:, 1:4].sum(axis=1), self.minors, k[:, 6] + k[:, 7])
        weight, types = self.world.composition.household_weight, self.types
        ages = weight @ types[:, 1:4] / (weight @ types[:, 1:4].sum(axis=1))
        female = self._columns(k[:, 0] + k[:, 4] + k[:, 6])
        wanted = (
            target[:, 0] + target[:, 2] * (1 - c["boys_share"]) + target[:, 3] * (1 - c["older_men_share"])
        )
        return [
            self._margin("women, men, minors, 65+", "persons", names, self.n, shown, target),
            self._margin("sex, all ages", "persons", ("female",), self.n, female, wanted[:, None]),
            self._margin(
                "age of men",
                "persons",
                ("men 18-22", "men 23-60", "men 61-64"),
                self.n,
                self._columns(*k[:, 1:4].T),
                target[:, 1:2] * ages,
            ),
        ]

    def _origin(self, name: str) -> Margin:
        origins, target = self.world.origins, self.world.composition.origin
        if name == "origin unit":
            parts = self._codes(self.c.origin, len(origins.ids), self.n)
            names = tuple(origins.labels[unit] for unit in origins.ids)
            return self._margin(name, "persons", names, self.n, parts, target)
        groups = len(origins.groups)
        merged = target @ (origins.group_of_unit[:, None] == np.arange(groups))
        parts = self._codes(origins.group_of_unit[self.c.origin], groups, self.n)
        return self._margin(name, "persons", origins.groups, self.n, parts, merged)

    def _home(self) -> Margin:
        shares = np.diff(home_shares(self.world, self.before), axis=1, prepend=0.0)
        parts = self._codes(self.c.home, len(Home), self.n)
        names = tuple(home.name.lower() for home in Home)
        return self._margin("home", "persons", names, self.n, parts, self.world.composition.origin @ shares)

    def _sizes(self) -> Margin:
        one = np.ones(len(self.n))
        parts = self._codes(np.minimum(self.n, 5).astype(int) - 1, 5, one)
        names = ("1 person", "2 persons", "3 persons", "4 persons", "5 and more")
        target = self.world.composition.household_size
        return self._margin("household size", "households", names, one, parts, target)

    def _shares_by_class(self, classes: Integers, cumulative: Floats) -> Floats:
        """Return shares by host of an attribute whose shares hold by class of type, float64[H, C]."""
        shares = np.diff(cumulative, axis=1, prepend=0.0)
        return np.asarray(self.type_shares @ shares[classes])

    def _heads(self) -> Margin:
        one, types = np.ones(len(self.n)), self.types
        classes = np.where(types[:, :4].sum(axis=1) == 0, 2, np.where(types[:, 4] > 0, 0, 1))
        names = ("head 18-34", "head 35-49", "head 50-64", "head 65 and over")
        parts = self._codes(self.c.age_band, len(AgeBand), one)
        target = self._shares_by_class(classes, self.attributes.age)
        return self._margin("age of the head", "households", names, one, parts, target)

    def _family(self) -> Margin:
        one, types = np.ones(len(self.n)), self.types
        women = (types[:, 0] > 0) & (types[:, 1:4].sum(axis=1) == 0)
        classes = np.where(women, np.where(types[:, 4] > 0, 0, 1), 2)
        parts = self._codes(self.c.family, len(FamilyInUkraine), one)
        names = ("nobody in Ukraine", "parent in Ukraine", "partner in Ukraine")
        target = self._shares_by_class(classes, self.attributes.family)
        return self._margin("family in Ukraine", "households", names, one, parts, target)

    def _kin(self) -> list[Margin]:
        one, hosts, c = np.ones(len(self.n)), self.world.hosts, self.world.coefficients
        first = self.c.kin_hosts[:, 0]
        some = (first >= 0).astype(float)
        share = np.array([[c["kin_one_share"]]])
        return [
            self._margin("close kin", "households", ("kin in a host",), one, self._columns(some), share),
            self._margin(
                "host of kin, by diaspora",
                "households",
                hosts.ids,
                one,
                self._codes(first, self.hosts, one),
                share * hosts.diaspora / hosts.diaspora.sum(),
            ),
        ]

    def _background(self) -> list[Margin]:
        one, c = np.ones(len(self.n)), self.world.coefficients
        able = (self.adults > 0).astype(float)
        income = np.diff(self.attributes.income, prepend=0.0)[None, :]
        names = ("low income", "middle income", "high income")
        remote = self.c.works_remotely.astype(float)
        return [
            self._margin(
                "income before the war", "households", names, one,
                self._codes(self.c.income, len(Income), one), income,
            ),
            self._margin(
                "remote work for Ukraine", "households", ("works remotely",), able, self._columns(remote),
                np.array([[c["remote_share"]]]),
            ),
        ]  # fmt: skip

    def _work(self) -> Margin:
        jobs = self._columns(self.c.employed.astype(float))
        target = self.world.hosts.employment_share[self.before][:, None]
        return self._margin("work", "adults", ("employed",), self.adults, jobs, target)

    def _housing(self) -> Margin:
        parts = self._columns((self.c.housing == Housing.COLLECTIVE) * self.n)
        target = self.world.hosts.collective_share[self.before][:, None]
        return self._margin("housing", "persons", ("collective",), self.n, parts, target)

    def _schooling(self) -> Margin:
        cohorts = cohort_shares(self.world, self.before)
        cohorts = cohorts / cohorts.sum(axis=1, keepdims=True)
        months = self.before - np.arange(cohorts.shape[1])
        settled = (months / (months + self.world.coefficients["school_half_months"]))[:, None]
        start, later = np.diff(self.attributes.schooling, axis=1, prepend=0.0)
        target = cohorts @ ((1.0 - settled) * start + settled * later)
        names = ("host school", "host and Ukrainian", "Ukrainian only")
        parts = self._codes(self.c.schooling.astype(int) - 1, len(Schooling) - 1, self.minors)
        return self._margin("schooling", "minors", names, self.minors, parts, target)

    def _cohort(self) -> Margin:
        cohorts = cohort_shares(self.world, self.before)
        first = self.world.registers.first_month
        names = tuple(month_label(month) for month in range(first, cohorts.shape[1]))
        parts = self._codes(self.c.cohort, cohorts.shape[1], self.n)[:, first:]
        target = (cohorts / cohorts.sum(axis=1, keepdims=True))[:, first:]
        return self._margin("month of arrival", "persons", names, self.n, parts, target)
