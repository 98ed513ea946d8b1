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
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Literal, Self

import numpy as np
from mesa.agentset import GroupBy

from abm.arrays import Booleans, Integers
from abm.errors import EweaError, nearest
from abm.mesa.agents import Household
from abm.mesa.household_attributes import UnknownAttributeError
from abm.mesa.household_columns import HouseholdColumns, vectorised
from abm.mesa.own_columns import narrowed, objects

__all__ = ["HouseholdGroups", "HouseholdSet", "vectorised"]


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


class HouseholdSet(HouseholdColumns):
    """Households in an order, without duplicates, that can be asked, chosen, grouped, sorted and changed.

    Parameters are those of :class:`~abm.mesa.household_rows.HouseholdRows`.
    """

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
            found = self._attribute(name)
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
        if agent_type is not None and not issubclass(self.model.household_type, agent_type):
            chosen[:] = False
        if isinstance(filter_func, vectorised):
            chosen &= self.mask(filter_func)
            filter_func = None
        rows = self.rows[chosen]
        if filter_func is not None:
            passing = (row for row in rows if filter_func(self._view(row)))
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
            state, found = self._state, self._attribute(by)
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
            values = narrowed(objects([key(household) for household in self]))
        if values.dtype == object:
            # Ranks of the few different names; a missing one stands before all others.
            names = sorted(set(values), key=lambda value: (value is not None, value))
            rank = {name: position for position, name in enumerate(names)}
            values = np.array([rank[value] for value in values], np.int64)
        if ascending:
            order = np.argsort(values, kind="stable")
        else:
            order = len(values) - 1 - np.argsort(values[::-1], kind="stable")[::-1]
        return self._with(self.rows[order], inplace)

    def map(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Call a method of every household, or a function with every household; return the answers.

        Who is taken out of this set meanwhile is left out.
        """
        if isinstance(method, vectorised):
            return list(method(self, *args, **kwargs))
        return list(self._answers(self.rows, method, args, kwargs))

    def _answers(
        self, rows: Integers, method: str | Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Iterator[Any]:
        owner = self.model.household_type
        if isinstance(method, str):
            public = [name for name in dir(owner) if not name.startswith("_")]
            known = [name for name in public if callable(getattr(owner, name))]
            if method not in known:
                raise UnknownAttributeError(f"households have no method {method!r}. {nearest(method, known)}")
        call = getattr(owner, method) if isinstance(method, str) else method
        held = self._rows
        for row in rows:
            household = self._view(row)
            if self._rows is held or household in self:
                yield call(household, *args, **kwargs)

    def do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """Call a method of every household, or a function with every household; return this set."""
        if method == "move_to" and self.model.household_type.move_to is Household.move_to:
            return self.set("place", *args, **kwargs)
        if isinstance(method, vectorised):
            method(self, *args, **kwargs)
        else:
            self.map(method, *args, **kwargs)
        return self

    def shuffle_do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """Do the same in random order; this set keeps its own."""
        if isinstance(method, vectorised):
            self.shuffle().do(method, *args, **kwargs)
        else:
            list(self._answers(self.shuffle().rows, method, args, kwargs))
        return self
