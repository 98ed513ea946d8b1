"""The named factors of the decision, one file each.

A factor contributes numbers to one or more named tables; the tables of all factors are added up
by :mod:`abm.decision.tables`. A new file here is found by itself;
CONTRIBUTING.md lists what else a factor needs (coefficients, name, sign, heading in the ODD).

The first line of a module says what the factor is. Each has ``META`` (a :class:`Factor`) and
``contribute(view)``, which returns a mapping of table name to an array that broadcasts to the table's shape
(:func:`abm.decision.tables.table_shapes`).
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from abm.arrays import Floats
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
