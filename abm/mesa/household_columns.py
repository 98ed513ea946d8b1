"""Attributes of a set of households as whole columns: asked for, set, aggregated, as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, Self

import numpy as np
import pandas as pd

from abm.errors import EweaError
from abm.mesa.household_attributes import (
    ATTRIBUTES,
    Array,
    Attribute,
    Code,
    Name,
    Rows,
    UnknownAttributeError,
    attribute,
)
from abm.mesa.household_edits import set_attribute
from abm.mesa.household_rows import HouseholdRows
from abm.mesa.own_columns import OwnColumn, each, narrowed, objects
from abm.state import State

FAST: Mapping[Any, Callable[[Array], Any]] = {sum: np.sum, min: np.min, max: np.max}
"""Built-in functions and the same for arrays; a loop over two million numbers takes a second."""


def takes_arrays(function: Callable[..., Any]) -> bool:
    """Return whether a function is NumPy's or marked; the others get a list of plain numbers, as in Mesa."""
    is_numpy = str(getattr(function, "__module__", "")).split(".")[0] == "numpy"
    return is_numpy or isinstance(function, (vectorised, np.ufunc))


class vectorised:  # noqa: N801
    """Marks a function that takes a whole :class:`HouseholdSet`; use it as a decorator.

    >>> @vectorised
    ... def large(households):
    ...     return households.get("members") >= 5
    >>> large.function.__name__
    'large'
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function."""
        return self.function(*args, **kwargs)


class HouseholdColumns(HouseholdRows):
    """Households of which one asks and sets attributes."""

    def _attribute(self, name: Any) -> Attribute:
        """Return what a name stands for: a column, one of the user's own, or what views compute or do."""
        owner = self.model.household_type
        if name in self.model.own:
            found: Attribute = self.model.own[name]
            return found
        if name in ATTRIBUTES or not isinstance(name, str) or name.startswith("_"):
            return attribute(name)
        if name not in ("model", "row") and not hasattr(owner, name):
            return attribute(name)

        def of_views(state: State, rows: Rows) -> Array:
            looked_at = np.arange(len(state.households))[rows]
            return narrowed(objects([getattr(self._view(row), name) for row in looked_at]))

        return Attribute(name, "1", "as views have it", "", of_views)

    def _single(self, name: str, values: Array, instead: str) -> Array:
        """Return values that have one entry per household, or refuse the attribute they belong to."""
        if values.ndim > 1:
            raise EweaError(f"{name} has several values per household; {instead}.")
        return values

    def get(
        self,
        attr_names: str | list[str],
        handle_missing: Literal["error", "default"] = "error",
        default_value: Any = None,
    ) -> Any:
        """Return attributes of all households.

        Parameters
        ----------
        attr_names : str or list of str
            Names; see :data:`abm.mesa.household_attributes.ATTRIBUTES`.
        handle_missing : str
            ``error``, or ``default`` to fill an unknown attribute.
        default_value : object
            What to fill it with.

        Returns
        -------
        ndarray[n] or list of list
            An array for one name (Mesa returns a list): int64, float64, bool or, for places and
            units, object; for several names a list per household. ``to_frame`` is faster.

        """
        if handle_missing not in ("error", "default"):
            raise ValueError(f"handle_missing: found {handle_missing!r}; allowed are 'error' and 'default'.")
        if isinstance(attr_names, str):
            try:
                found = self._attribute(attr_names)
                if handle_missing == "default" and isinstance(found, OwnColumn):
                    return found.filled(self.rows, default_value)
                return found.values(self._state, self._look_up)
            except UnknownAttributeError:
                if handle_missing == "error":
                    raise
                return np.full(len(self), default_value)
        columns = [self.get(name, handle_missing, default_value).tolist() for name in attr_names]
        return [list(row) for row in zip(*columns, strict=True)]

    def set(self, attr_name: str, value: Any) -> Self:
        """Set an attribute: one value for all households, or one for each; a refusal changes nothing.

        A name that households do not have becomes a column of the user's own, unless it looks like a
        typing error.
        """
        if attr_name in ATTRIBUTES:
            set_attribute(self._state, attr_name, self.rows, value)
        else:
            owner, n = self.model.household_type, len(self._state.households)
            self.model.own.write(owner, attr_name, self.rows, each(value, len(self)), n)
        return self

    def agg(self, attribute: str, func: Callable[[Any], Any] | Iterable[Callable[[Any], Any]]) -> Any:
        """Return an attribute aggregated by one function, or a list for several.

        A function gets a list of plain values, as in Mesa; one of NumPy's, or one that is
        :class:`vectorised`, the array.
        """
        values = self.get(attribute)

        def apply(function: Callable[[Any], Any]) -> Any:
            numeric = values.dtype != object and values.ndim == 1 and len(values) > 0
            fast = FAST.get(function, function) if numeric else function
            found = fast(values if takes_arrays(fast) else values.tolist())
            return found.item() if isinstance(found, np.generic) else found

        return apply(func) if callable(func) else [apply(each) for each in func]

    def to_frame(self, attr_names: Iterable[str] | None = None) -> pd.DataFrame:
        """Return attributes as a table, one row per household; codes, places and units as categories.

        Without names, all attributes that have one value per household.
        """
        names = [*ATTRIBUTES, *self.model.own] if attr_names is None else list(attr_names)
        table: dict[str, Any] = {}
        for name in names:
            found = self._attribute(name)
            is_own = isinstance(found, OwnColumn) and attr_names is None
            values = self.get(name, "default") if is_own else found.values(self._state, self._look_up)
            if attr_names is not None:
                self._single(name, values, "ask for it with get()")
            if isinstance(found, Code):
                table[name] = pd.Categorical.from_codes(
                    values, pd.Index([one.name.lower() for one in found.kind])
                )
            elif values.ndim == 1:
                table[name] = pd.Categorical(values) if isinstance(found, Name) else values
        return pd.DataFrame(table)
