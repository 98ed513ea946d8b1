"""The named factors of the decision, one file each.

A factor contributes numbers to one or more named tables; the tables of all factors are added up
by :mod:`abm.decision`. A new file here is found by itself;
CONTRIBUTING.md lists what else a factor needs (coefficients, name, sign, heading in the ODD).

The first line of a module says what the factor is. Each has ``META`` (a :class:`Factor`) and
``contribute(view)``, which returns a mapping of table name to an array that broadcasts to the table's shape
(:func:`abm.decision.table_shapes`).
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

import numpy as np

from abm.arrays import Floats
from abm.codes import AgeBand, FamilyInUkraine, Income
from abm.data.world import World
from abm.errors import EweaError

Tables = Mapping[str, Floats | float]


@dataclass(frozen=True)
class Factor:
    """Where a factor acts and which evidence gives its sign; its id is the name of its file."""

    tables: tuple[str, ...]  # Tables it contributes to
    parameters: tuple[str, ...]  # Coefficients it reads
    sign: str  # Direction of the effect in words
    source: str  # Rows of the evidence, by their ids in docs/sources.md


class MonthView:
    """What a factor may look at: the world, the month, and who is where.

    ``base`` is the world that defines "one standard deviation", the run's own if absent. ``of_the_month``
    says whether anything was looked at that another month may have otherwise.
    """

    def __init__(
        self, world: World, month: int, stock: Floats, safe: bool = False, base: World | None = None
    ) -> None:
        self.world, self.base, self.of_the_month = world, base, False
        self._month, self._stock, self._safe = month, stock, safe

    @property
    def month(self) -> int:
        """The month."""
        self.of_the_month = True
        return self._month

    @property
    def stock(self) -> Floats:
        """Displaced persons by host on the first day of the month, float64[H]."""
        self.of_the_month = True
        return self._stock

    @property
    def safe(self) -> bool:
        """Whether the stated condition "when it is safe" holds: no attacks, power and heat restored."""
        self.of_the_month = True
        return self._safe

    @property
    def reference_world(self) -> World:
        """World that units such as "one standard deviation over hosts" are taken from."""
        return self.world if self.base is None else self.base

    def __getitem__(self, parameter: str) -> float:
        found = self.world.coefficients.get(parameter)
        if found is None:
            raise EweaError(
                f"{parameter}: a factor reads it, but coefficients/priors.csv has no such row. Add it, with "
                "value 0 if a fit is to find it."
            )
        return found


@cache
def factors() -> dict[str, tuple[Factor, Callable[[MonthView], Tables]]]:
    """Return every factor by id, in alphabetical order."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    loaded = {name: importlib.import_module(f"{__name__}.{name}") for name in names}
    return {name: (module.META, module.contribute) for name, module in loaded.items()}


# --- what factor files share

AXES = (len(AgeBand), len(FamilyInUkraine), len(Income), 2, 2, 2)
"""Axes of the joint code of slow attributes, one look-up for the decision: age of the head, family in
Ukraine, income before the war, remote work for Ukraine, an adult woman, a man of draft age."""

N_PROFILES = int(np.prod(AXES))


def by_code(codes: type[IntEnum], **values: float) -> Floats:
    """Return one value per code, float64[code]; 0 where none is given."""
    found = np.zeros(len(codes))
    for name, value in values.items():
        found[codes[name]] = value
    return found


def profile_table(
    age_band: Floats | float = 0.0,
    family: Floats | float = 0.0,
    income: Floats | float = 0.0,
    remote: Floats | float = 0.0,
    woman: Floats | float = 0.0,
    draft_age_man: Floats | float = 0.0,
) -> Floats:
    """Return float64[N_PROFILES]: the sum of one value per level of each axis."""
    total = np.zeros(AXES)
    for axis, values in enumerate((age_band, family, income, remote, woman, draft_age_man)):
        shape = [1] * len(AXES)
        if np.ndim(values):
            shape[axis] = AXES[axis]
            total = total + np.asarray(values, np.float64).reshape(shape)
        elif values:
            raise ValueError("a profile axis needs one value per level")
    return total.ravel()


def in_sds(values: Floats, over_hosts: Floats) -> Floats:
    """Return values in standard deviations from the mean, both of ``over_hosts`` float64[H].

    Effects measured "per SD" in surveys keep their unit when the hosts are those of the reference month,
    which no policy moves.
    """
    return np.asarray((values - float(over_hosts.mean())) / float(max(over_hosts.std(), 1e-9)))


def over_people(world: World, values: Floats) -> float:
    """Return the mean of origin units, float64[U], by the people who lived there before the war."""
    weights = world.origins.population
    return float(values @ weights / weights.sum())


def calm(world: World, reference_world: World, month: int) -> float:
    """Return how far attacks have stopped against the reference month, weighted by people, 0 to 1."""
    people = world.origins.population
    attacks = world.drivers["attack_intensity"][month]
    usual = reference_world.drivers["attack_intensity"][reference_world.reference_month]
    return max(1.0 - float(attacks @ people / (usual @ people)), 0.0)


def integrity(world: World, month: int) -> float:
    """Return the share of the pre-war population that lives where no occupation is, 0 to 1."""
    return 1.0 - over_people(world, world.drivers["occupied_share"][month])


def regained(view: MonthView) -> float:
    """Return territory regained against the reference month: 1 is all of it, below 0 more is lost."""
    then = integrity(view.reference_world, view.world.reference_month)
    return (integrity(view.world, view.month) - then) / max(1.0 - then, 1e-6)


def settled_peace(view: MonthView) -> float:
    """Return the joint part of territory and security, 0 to 1.

    Conjoint surveys find effects of single conditions of peace (R2, R3) far smaller than those of whole
    scenarios (R4): territory and security work together (R7, B115). Each counts in full once enough of it is
    there (the middle scenario of R4: most land back, guarantees by some states); alone it adds nothing.
    """
    guarantee = float(view.world.drivers["security_guarantee"][view.month])
    if guarantee == 0.0:
        return 0.0
    land = min(max(regained(view), 0.0) / view["peace_land_enough"], 1.0)
    return land * min(guarantee / view["peace_guarantee_enough"], 1.0)
