"""Who is abroad in a run, set against every share we know: by host and in total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from abm.arrays import Floats, Integers
from abm.codes import Home, Housing
from abm.households import Columns
from abm.population.creation import AttributeShares, home_shares
from abm.population.type_shares import fit_type_shares
from abm.state import State


@dataclass(frozen=True)
class Margin:
    """One margin: shares of some categories, known and simulated."""

    name: str  # What is shared out
    among: str  # What shares are counted in: persons, adults, minors or households
    categories: tuple[str, ...]
    target: Floats  # [H, C] Shares; NaN in hosts without anybody to count
    achieved: Floats
    base: Floats  # [H] Number in the run that the shares are taken of

    def total(self) -> tuple[Floats, Floats]:
        """Return target and achieved shares of all hosts together, float64[C] each."""
        return _weighted(self.target, self.base), _weighted(self.achieved, self.base)

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
    """Persons in the register (NaN where none was published) and abroad in the run, float64[H] each."""

    target: Floats
    achieved: Floats

    def total(self) -> tuple[float, float]:
        """Return both sums over the hosts whose register was published."""
        known = np.isfinite(self.target)
        return float(self.target[known].sum()), float(self.achieved[known].sum())

    def relative_error(self) -> Floats:
        """Return achieved over target, less 1; NaN where no register says anything."""
        return np.asarray(self.achieved / np.where(self.target > 0, self.target, np.nan) - 1.0)


class Abroad:
    """The households abroad on the first day of a month of a run, and what is known of them."""

    def __init__(self, state: State) -> None:
        world = state.world
        self.world, self.before = world, state.month - 1
        here = state.households["place"] < state.n_hosts
        # The fields of the table of columns are data, so a type checker cannot know them.
        self.c = cast(Any, Columns(*(column[here] for column in state.households.columns())))
        self.hosts = len(world.hosts.ids)
        self.weight: Floats = self.c.stands_for.astype(float)
        members: Floats = self.c.persons.astype(float)
        self.kinds = members
        self.n = members.sum(axis=1)
        self.adults = members[:, :4].sum(axis=1)
        self.minors = members[:, 4:6].sum(axis=1)
        self.attributes = AttributeShares.of(world)
        composition = world.composition
        self.kind_target = composition.stock[self.before]
        self.types = composition.household_types
        self.type_shares = fit_type_shares(composition, self.kind_target)
        self.counted = {
            "persons": self.n,
            "households": np.ones(len(self.n)),
            "minors": self.minors,
            "adults": self.adults,
        }

    def persons(self) -> Persons:
        """Return persons in the registers and abroad."""
        return Persons(self.world.registers.stock[self.before], self._by_host(self.n))

    def margins(self) -> list[Margin]:
        """Return every margin."""
        hosts, employed = self.world.hosts, self.c.employed.astype(float)
        collective = (self.c.housing == Housing.COLLECTIVE) * self.n
        jobs, places = hosts.employment_share[self.before], hosts.collective_share[self.before]
        return [
            *self._composition(),
            *self._origin(),
            *self._households(),
            *self._kin(),
            *self._background(),
            self._sums("work", "adults", ("employed",), [employed], jobs[:, None]),
            self._sums("housing", "persons", ("collective",), [collective], places[:, None]),
        ]

    def _by_host(self, values: Floats) -> Floats:
        """Return the sum over households of a value, real households counted, float64[H]."""
        return np.bincount(self.c.place, weights=values * self.weight, minlength=self.hosts)

    def _margin(
        self,
        name: str,
        among: str,
        categories: tuple[str, ...],
        parts: Floats,
        target: Floats,
        counted: Floats | None = None,
    ) -> Margin:
        """Return a margin; ``parts`` float64[H, C]; shares are of ``counted`` float64[n], if given."""
        base = self._by_host(self.counted[among] if counted is None else counted)
        achieved = np.divide(parts, base[:, None], out=np.full_like(parts, np.nan), where=base[:, None] > 0)
        target = np.broadcast_to(target, achieved.shape)
        return Margin(name, among, categories, target, achieved, base)

    def _codes(
        self, name: str, among: str, categories: tuple[str, ...], codes: NDArray[np.integer], target: Floats
    ) -> Margin:
        """Return the margin of one code per household, int[n]; codes without a category are left out."""
        n = len(categories)
        inside = (codes >= 0) & (codes < n)
        cells = self.c.place[inside].astype(np.int64) * n + codes[inside]
        weights = (self.counted[among] * self.weight)[inside]
        found = np.bincount(cells, weights=weights, minlength=self.hosts * n)
        return self._margin(name, among, categories, found.reshape(self.hosts, n), target)

    def _sums(
        self,
        name: str,
        among: str,
        categories: tuple[str, ...],
        values: Sequence[Floats],
        target: Floats,
        counted: Floats | None = None,
    ) -> Margin:
        """Return the margin of one value per household and category, float64[n] each."""
        parts = np.stack([self._by_host(each) for each in values], axis=1)
        return self._margin(name, among, categories, parts, target, counted)

    def _composition(self) -> list[Margin]:
        k, target, c = self.kinds, self.kind_target, self.world.coefficients
        names = ("women 18-64", "men 18-64", "minors", "65 and over")
        shown = [k[:, 0], k[:, 1:4].sum(axis=1), self.minors, k[:, 6] + k[:, 7]]
        weight, types = self.world.composition.household_weight, self.types
        ages = weight @ types[:, 1:4] / (weight @ types[:, 1:4].sum(axis=1))
        female = [k[:, 0] + k[:, 4] + k[:, 6]]
        wanted = (
            target[:, 0] + target[:, 2] * (1 - c["boys_share"]) + target[:, 3] * (1 - c["older_men_share"])
        )
        men = ("men 18-22", "men 23-60", "men 61-64")
        return [
            self._sums("women, men, minors, 65+", "persons", names, shown, target),
            self._sums("sex, all ages", "persons", ("female",), female, wanted[:, None]),
            self._sums("age of men", "persons", men, list(k[:, 1:4].T), target[:, 1:2] * ages),
        ]

    def _origin(self) -> list[Margin]:
        origins, target = self.world.origins, self.world.composition.origin
        merged = target @ (origins.group_of_unit[:, None] == np.arange(len(origins.groups)))
        units = tuple(origins.labels[unit] for unit in origins.ids)
        homes = np.diff(home_shares(self.world, self.before), axis=1, prepend=0.0)
        names = tuple(home.name.lower() for home in Home)
        groups = origins.group_of_unit[self.c.origin]
        return [
            self._codes("origin group", "persons", origins.groups, groups, merged),
            self._codes("origin unit", "persons", units, self.c.origin, target),
            self._codes("home", "persons", names, self.c.home, target @ homes),
        ]

    def _shares_by_class(self, classes: Integers, cumulative: Floats) -> Floats:
        """Return shares by host of an attribute whose shares hold by class of type, float64[H, C]."""
        shares = np.diff(cumulative, axis=1, prepend=0.0)
        return np.asarray(self.type_shares @ shares[classes])

    def _households(self) -> list[Margin]:
        types = self.types
        sizes = ("1 person", "2 persons", "3 persons", "4 persons", "5 and more")
        ages = np.where(types[:, :4].sum(axis=1) == 0, 2, np.where(types[:, 4] > 0, 0, 1))
        heads = ("head 18-34", "head 35-49", "head 50-64", "head 65 and over")
        women = (types[:, 0] > 0) & (types[:, 1:4].sum(axis=1) == 0)
        classes = np.where(women, np.where(types[:, 4] > 0, 0, 1), 2)
        left = ("nobody in Ukraine", "parent in Ukraine", "partner in Ukraine")
        return [
            self._codes("household size", "households", sizes, np.minimum(self.n, 5).astype(int) - 1,
                        self.world.composition.household_size),
            self._codes("age of the head", "households", heads, self.c.age_band,
                        self._shares_by_class(ages, self.attributes.age)),
            self._codes("family in Ukraine", "households", left, self.c.family,
                        self._shares_by_class(classes, self.attributes.family)),
        ]  # fmt: skip

    def _kin(self) -> list[Margin]:
        hosts = self.world.hosts
        first = self.c.kin_hosts[:, 0]
        share = np.array([[self.world.coefficients["kin_one_share"]]])
        by_diaspora = share * hosts.diaspora / hosts.diaspora.sum()
        return [
            self._sums("close kin", "households", ("kin in a host",), [(first >= 0).astype(float)], share),
            self._codes("host of kin, by diaspora", "households", hosts.ids, first, by_diaspora),
        ]

    def _background(self) -> list[Margin]:
        income = np.diff(self.attributes.income, prepend=0.0)[None, :]
        names = ("low income", "middle income", "high income")
        remote, share = self.c.works_remotely.astype(float), self.world.coefficients["remote_share"]
        able = (self.adults > 0).astype(float)
        return [
            self._codes("income before the war", "households", names, self.c.income, income),
            self._sums("remote work for Ukraine", "households", ("works remotely",), [remote],
                       np.array([[share]]), able),
        ]  # fmt: skip
