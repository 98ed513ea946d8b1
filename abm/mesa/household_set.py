"""A Mesa agent set of households that is backed by columns instead of objects.

Everything Mesa's agent sets promise works; what names an attribute (``get``, ``set``, ``agg``,
``select(place="NL")``, ``groupby``, ``sort``) reads and writes whole columns and makes no objects.
What calls a Python function per household (``do``, ``map``, ``select(function)``) makes one
:class:`~abm.mesa.agents.Household` view at a time, some 100 000 a second; wrap a function that takes a
whole set in :func:`vectorised` to hand it the set instead.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from mesa.agentset import GroupBy

from abm.arrays import Booleans, Integers
from abm.errors import EweaError, nearest
from abm.mesa.agents import Household
from abm.mesa.household_attributes import ATTRIBUTES, Array, UnknownAttributeError, attribute
from abm.mesa.household_edits import set_attribute
from abm.mesa.household_rows import HouseholdRows

FAST: Mapping[Any, Callable[[Array], Any]] = {sum: np.sum, min: np.min, max: np.max}
"""Built-in functions and the same for arrays; a loop over two million numbers takes a second."""


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


class HouseholdGroups(GroupBy):  # type: ignore[misc]
    """Groups of households; as Mesa's ``GroupBy``, with ``agg`` on columns."""

    def agg(self, attr_name: str, func: Callable[[Any], Any]) -> dict[Any, Any]:
        """Return one aggregated value per group."""
        return {
            key: group.agg(attr_name, func)
            if isinstance(group, HouseholdSet)
            else func([getattr(household, attr_name) for household in group])
            for key, group in self.groups.items()
        }


class HouseholdSet(HouseholdRows):
    """Households in an order, without duplicates, that can be asked, chosen, grouped, sorted and changed.

    Parameters are those of :class:`~abm.mesa.household_rows.HouseholdRows`.
    """

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
                return attribute(attr_names).values(self._state, self._look_up)
            except UnknownAttributeError:
                if handle_missing == "error":
                    raise
                return np.full(len(self), default_value)
        columns = [self.get(name, handle_missing, default_value).tolist() for name in attr_names]
        return [list(row) for row in zip(*columns, strict=True)]

    def set(self, attr_name: str, value: Any) -> Self:
        """Set an attribute: one value for all households, or one for each; a refusal changes nothing."""
        set_attribute(self._state, attr_name, self.rows, value)
        return self

    def agg(self, attribute: str, func: Callable[[Any], Any] | Iterable[Callable[[Any], Any]]) -> Any:
        """Return an attribute aggregated by one function, or a list for several."""
        values = self.get(attribute)

        def apply(function: Callable[[Any], Any]) -> Any:
            numeric = values.dtype != object and values.ndim == 1
            found = FAST[function](values) if numeric and function in FAST else function(values)
            return found.item() if isinstance(found, np.generic) else found

        return apply(func) if callable(func) else [apply(each) for each in func]

    def to_frame(self, attr_names: Iterable[str] | None = None) -> pd.DataFrame:
        """Return attributes as a table, one row per household; places and units as categories.

        Without names, all attributes that have one value per household.
        """
        names = list(ATTRIBUTES) if attr_names is None else list(attr_names)
        columns = {name: attribute(name).values(self._state, self._look_up) for name in names}
        if attr_names is not None:
            for name, values in columns.items():
                self._single(name, values, "ask for it with get()")
        return pd.DataFrame(
            {
                name: pd.Categorical(values) if values.dtype == object else values
                for name, values in columns.items()
                if values.ndim == 1
            }
        )

    def mask(self, where: Any = None, **equal: Any) -> Booleans:
        """Return which households meet every condition, bool[n]; see :meth:`select`."""
        state, rows = self._state, self._look_up
        chosen = np.ones(len(self), dtype=bool)
        if where is not None:
            given = np.asarray(where(self) if callable(where) else where)
            if given.shape != chosen.shape or given.dtype != bool:
                raise EweaError(
                    f"where: found {given.dtype} of shape {given.shape}; one True or False for each of the "
                    f"{len(self)} households is needed."
                )
            chosen &= given
        for name, wanted in equal.items():
            found = attribute(name)
            stored = self._single(name, found.stored(state, rows), f"use where= with get({name!r})")
            if isinstance(wanted, Iterable) and not isinstance(wanted, str):
                chosen &= np.isin(stored, [found.code(state, each) for each in wanted])
            else:
                chosen &= np.asarray(stored == found.code(state, wanted))
        return chosen

    def select(
        self,
        filter_func: Callable[[Household], bool] | None = None,
        at_most: float = math.inf,
        inplace: bool = False,
        agent_type: type | None = None,
        *,
        where: Any = None,
        **equal: Any,
    ) -> Self:
        """Return the households that meet every condition, in the order of the set.

        Parameters
        ----------
        filter_func : callable, optional
            Takes a view, or with :func:`vectorised` the set and returns bool[n].
        at_most : int or float
            Largest number of households, or, as a float up to 1.0, largest share of this set,
            rounded down. The first are taken; shuffle before for a random sample.
        inplace : bool
            Whether to change this set instead of returning another.
        agent_type : type, optional
            Nothing is left if households are not of this type.
        where : bool[n] or callable, optional
            Which to take, or a function of the set that says so.
        **equal : object
            Attributes and the value, or list of values, they must have:
            ``select(place=["NL", "DE"], employment=0)``.

        """
        if math.isnan(at_most) or at_most < 0:
            raise EweaError(f"at_most: found {at_most}; a number of households, or a share from 0.0 to 1.0.")
        if isinstance(at_most, float) and at_most <= 1.0:
            at_most = int(len(self) * at_most)
        is_whole = filter_func is None and agent_type is None and where is None and not equal
        if is_whole and at_most >= len(self):
            return self if inplace else copy.copy(self)
        limit = None if at_most == math.inf else math.ceil(at_most)
        chosen = self.mask(where, **equal)
        if agent_type is not None and not issubclass(Household, agent_type):
            chosen[:] = False
        if isinstance(filter_func, vectorised):
            chosen &= self.mask(filter_func)
            filter_func = None
        rows = self.rows[chosen]
        if filter_func is not None:
            passing = (row for row in rows if filter_func(Household(self.model, row)))
            rows = np.array(list(islice(passing, limit)), np.int64)
        return self._with(rows[:limit], inplace)

    def count(self, where: Any = None, **equal: Any) -> int:
        """Return how many households meet every condition; see :meth:`select`."""
        return int(np.count_nonzero(self.mask(where, **equal)))

    def groupby(
        self,
        by: str | Callable[..., Any],
        result_type: Literal["agentset", "list"] = "agentset",
    ) -> HouseholdGroups:
        """Return groups by an attribute or by what a function returns.

        Parameters
        ----------
        by : str or callable
            Attribute; function of a view; or :func:`vectorised` function of the set that returns
            one key per household.
        result_type : str
            ``agentset`` for sets, ``list`` for lists of views.

        Returns
        -------
        HouseholdGroups
            Keys in the order in which they first occur, as a view would show them.
        """
        if result_type not in ("agentset", "list"):
            raise ValueError(f"result_type: found {result_type!r}; allowed are 'agentset' and 'list'.")
        keys, member = self._keys(by)
        order = np.argsort(member, kind="stable")
        pieces = np.split(self.rows[order], np.cumsum(np.bincount(member, minlength=len(keys)))[:-1])
        sets = {key: self._with(piece) for key, piece in zip(keys, pieces, strict=True)} if keys else {}
        if result_type == "list":
            return HouseholdGroups({key: group.to_list() for key, group in sets.items()})
        return HouseholdGroups(sets)

    def _keys(self, by: str | Callable[..., Any]) -> tuple[list[Any], Integers]:
        """Return the keys of the groups and the group number of every household."""
        if isinstance(by, str):
            state, found = self._state, attribute(by)
            stored = self._single(by, found.stored(state, self._look_up), "they cannot be grouped by it")
            if stored.dtype != object:
                values, first, member = np.unique(stored, return_index=True, return_inverse=True)
                order = np.argsort(first)
                rank = np.argsort(order)
                return [found.key(state, value) for value in values[order]], rank[member]
            answers: Iterable[Any] = stored
        elif isinstance(by, vectorised):
            answers = np.asarray(by(self)).tolist()
        else:
            answers = (by(household) for household in self)
        numbers: dict[Any, int] = {}
        member = np.array([numbers.setdefault(answer, len(numbers)) for answer in answers], np.int64)
        return list(numbers), member

    def sort(self, key: str | Callable[..., Any], ascending: bool = False, inplace: bool = False) -> Self:
        """Return the households sorted by an attribute or by what a function returns; ties keep order."""
        if isinstance(key, str):
            values = self._single(key, self.get(key), "they cannot be sorted by it")
        elif isinstance(key, vectorised):
            values = np.asarray(key(self))
        else:
            values = np.array([key(household) for household in self])
        if values.dtype == object:
            # Ranks of the few different names; a missing one stands before all others.
            names = sorted({str(value or "") for value in values})
            rank = {name: position for position, name in enumerate(names)}
            values = np.array([rank[str(value or "")] for value in values], np.int64)
        if ascending:
            order = np.argsort(values, kind="stable")
        else:
            order = len(values) - 1 - np.argsort(values[::-1], kind="stable")[::-1]
        return self._with(self.rows[order], inplace)

    def map(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Call a method of every household, or a function with every household; return the answers."""
        if isinstance(method, vectorised):
            return list(method(self, *args, **kwargs))
        if isinstance(method, str):
            if not callable(getattr(Household, method, None)):
                public = [name for name in dir(Household) if not name.startswith("_")]
                known = [name for name in public if callable(getattr(Household, name))]
                raise UnknownAttributeError(f"households have no method {method!r}. {nearest(method, known)}")
            return [getattr(household, method)(*args, **kwargs) for household in self]
        return [method(household, *args, **kwargs) for household in self]

    def do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """Call a method of every household, or a function with every household; return this set."""
        if method == "move_to":
            return self.set("place", *args, **kwargs)
        if isinstance(method, vectorised):
            method(self, *args, **kwargs)
        else:
            self.map(method, *args, **kwargs)
        return self

    def shuffle_do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """Do the same in random order; this set keeps its own."""
        self.shuffle().do(method, *args, **kwargs)
        return self
