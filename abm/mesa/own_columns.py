"""Attributes that a user hangs on households: one more column each, as free as attributes of a Mesa agent."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from abm.arrays import Integers
from abm.errors import EweaError
from abm.mesa.household_attributes import ATTRIBUTES, Array, Attribute, Rows, UnknownAttributeError
from abm.state import State

SLIP = 0.8
"""Names at least this alike (0 to 1) are taken for a typing error."""


def objects(values: Sequence[Any]) -> Array:
    """Return values as object[n], lists and tuples among them as they are."""
    found = np.empty(len(values), object)
    for position, value in enumerate(values):
        found[position] = value
    return found


def narrowed(found: Array) -> Array:
    """Return object[n] as numbers or truth values where all are."""
    return np.asarray(pd.Series(found, dtype=object).infer_objects())


class OwnColumn(Attribute):
    """A column of a user: values by row, and who has one; the others have the default, if there is one."""

    def __init__(self, name: str, default: tuple[Any, ...] = ()) -> None:
        super().__init__(name, "1", "set by the user")
        self.default = default
        # The table of households grows by itself; these follow when they are written.
        self.cells, self.has = np.empty(0, object), np.zeros(0, np.bool_)

    def write(self, rows: Integers, values: Sequence[Any], n: int) -> None:
        """Give the households ``rows`` of ``n`` a value each."""
        if (missing := n - len(self.has)) > 0:
            self.cells, self.has = np.pad(self.cells, (0, missing)), np.pad(self.has, (0, missing))
        self.cells[rows] = objects(values)
        self.has[rows] = True

    def stored(self, state: State, rows: Rows) -> Array:
        """Return the values; refused where a household has none."""
        return self.filled(np.arange(len(state.households))[rows], *self.default)

    def code(self, state: State, value: Any) -> Any:
        """Return any value as it is."""
        return value

    def value(self, state: State, row: int) -> Any:
        """Return the value of one household."""
        found = self.stored(state, slice(row, row + 1))
        return found[0] if found.dtype == object else found[0].item()

    def filled(self, rows: Integers, *default: Any) -> Array:
        """Return the values, the default where there is none."""
        known = np.zeros(len(rows), np.bool_)
        inside = rows < len(self.has)
        known[inside] = self.has[rows[inside]]
        if not known.all() and not default:
            raise UnknownAttributeError(
                f"{self.name}: {len(rows) - int(known.sum())} of {len(rows)} households have none, for "
                "example those who came later. Set it for them, give the class a default, or ask with "
                "handle_missing='default'."
            )
        found = objects([default[0] if default else None] * len(rows))
        found[known] = self.cells[rows[known]]
        return narrowed(found)


class OwnColumns(dict[str, OwnColumn]):
    """The columns of a user by name."""

    def write(self, owner: Any, name: str, rows: Integers, values: Sequence[Any], n: int) -> None:
        """Set one, a new one if need be."""
        if name not in self:
            self.check(owner, name)
            self[name] = OwnColumn(name, (owner.defaults[name],) if name in owner.defaults else ())
        self[name].write(rows, values, n)

    def check(self, owner: Any, name: str, taken: Iterable[str] = ATTRIBUTES) -> None:
        """Refuse a name that is taken or looks like a typing error of one that is."""
        if name in self or name in owner.defaults:
            return
        if not name.isidentifier() or name.startswith("_"):
            raise EweaError(f"{name!r} cannot name an attribute; use letters, digits and _, a letter first.")
        if hasattr(owner, name):
            raise EweaError(f"{name} cannot be set: {owner.__name__}.{name} follows from other attributes.")
        if close := difflib.get_close_matches(name, list(taken), n=1, cutoff=SLIP):
            raise UnknownAttributeError(
                f"households have no attribute {name!r}. Did you mean {close[0]!r}? If it is one of your "
                "own, choose a name less like that."
            )


def each(value: Any, n: int) -> list[Any]:
    """Return one value per household from one for all, or one for each."""
    is_many = isinstance(value, (list, tuple, np.ndarray, pd.Series)) and len(value) == n
    return list(value) if is_many else [value] * n
