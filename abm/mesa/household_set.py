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
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from random import Random
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import pandas as pd
from mesa.agentset import AbstractAgentSet, GroupBy
from numpy.typing import NDArray

from abm.errors import EweaError, nearest
from abm.mesa.agents import Household
from abm.mesa.household_attributes import ATTRIBUTES, Array, Rows, UnknownAttributeError, attribute
from abm.mesa.household_edits import write

if TYPE_CHECKING:
    from abm.mesa.model import DisplacementModel

Integers = NDArray[np.int64]

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


class HouseholdSet(AbstractAgentSet):  # type: ignore[misc]
    """Households in an order, without duplicates.

    ``model.agents`` is the set of all: it grows with the model, and nothing can be taken out of it.
    Every other set holds the households it was made of, wherever they live later.

    Parameters
    ----------
    agents : iterable of Household
        Views to start from.
    random : random.Random, optional
        Source of shuffles; the model's if absent. Shuffles never touch the draws of a run.
    model : DisplacementModel, optional
        The model; needed if ``agents`` is empty.
    rows : int64[n], optional
        Rows instead of views, without duplicates; all households, present and future, if
        neither is given.
    """

    def __init__(
        self,
        agents: Iterable[Household] | None = None,
        random: Random | None = None,
        *,
        model: DisplacementModel | None = None,
        rows: Integers | None = None,
    ) -> None:
        views = None if agents is None else list(dict.fromkeys(agents))
        if views:
            model = views[0].model
        if model is None:
            raise EweaError("an empty set of households needs its model: HouseholdSet(model=model, rows=[]).")
        self.model = model
        self.random = model.random if random is None else random
        self._rows: Integers | None = None if rows is None else np.asarray(rows, np.int64)
        if views is not None:
            self._rows = self._row_numbers(views)

    # ---- rows -------------------------------------------------------------------------------

    def _row_numbers(self, agents: Iterable[Household]) -> Integers:
        """Return the rows of views on households of this model."""
        found = []
        for agent in agents:
            if not isinstance(agent, Household) or agent.model is not self.model:
                raise EweaError(f"found {agent!r}; a set holds households of one model only.")
            found.append(agent.row)
        return np.array(found, np.int64)

    @property
    def rows(self) -> Integers:
        """Row numbers in the order of the set, int64[n]."""
        return np.arange(len(self)) if self._rows is None else self._rows

    @property
    def _look_up(self) -> Rows:
        """What indexes the columns; a slice for all households, which copies nothing."""
        return slice(0, len(self)) if self._rows is None else self._rows

    def _with(self, rows: Integers, inplace: bool = False) -> Self:
        """Return a set of other rows, or this one with other rows."""
        if not inplace:
            return type(self)(random=self.random, model=self.model, rows=rows)
        self._rows = rows
        return self

    def _update(self, agents: Iterable[Household]) -> Self:
        """Hold other households from now on (Mesa calls this)."""
        return self._with(self._row_numbers(dict.fromkeys(agents)), inplace=True)

    def _generator(self) -> np.random.Generator:
        return np.random.default_rng(self.random.getrandbits(64))

    def __len__(self) -> int:
        return len(self.model.simulation.state.households) if self._rows is None else len(self._rows)

    def __iter__(self) -> Iterator[Household]:
        return (Household(self.model, row) for row in self.rows)

    def __contains__(self, agent: object) -> bool:
        if not isinstance(agent, Household) or agent.model is not self.model:
            return False
        return self._rows is None or bool(np.any(self._rows == agent.row))

    def __getitem__(self, item: int | slice) -> Household | list[Household]:
        if isinstance(item, slice):
            return [Household(self.model, row) for row in self.rows[item]]
        return Household(self.model, int(self.rows[item]))

    def __copy__(self) -> Self:
        twin = self._with(self.rows)
        twin._rows = None if self._rows is None else self._rows.copy()
        return twin

    def copy(self) -> Self:
        """Return a set of the same households."""
        return copy.copy(self)

    def __repr__(self) -> str:
        return f"<HouseholdSet of {len(self)} households>"

    def to_list(self) -> list[Household]:
        """Return a view on every household; costs one object for each."""
        return list(self)

    # ---- reading and setting ----------------------------------------------------------------

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

        Raises
        ------
        UnknownAttributeError
            If an attribute is unknown.
        ValueError
            If ``handle_missing`` is neither ``error`` nor ``default``.
        """
        if handle_missing not in ("error", "default"):
            raise ValueError(f"handle_missing: found {handle_missing!r}; allowed are 'error' and 'default'.")
        if isinstance(attr_names, str):
            try:
                return attribute(attr_names).values(self.model.simulation.state, self._look_up)
            except UnknownAttributeError:
                if handle_missing == "error":
                    raise
                return np.full(len(self), default_value)
        columns = [self.get(name, handle_missing, default_value).tolist() for name in attr_names]
        return [list(row) for row in zip(*columns, strict=True)]

    def set(self, attr_name: str, value: Any) -> Self:
        """Set an attribute: one value for all households, or one for each.

        Raises
        ------
        EweaError
            If a value is not allowed; nothing has been changed then.
        """
        write(self.model.simulation.state, attr_name, self.rows, value)
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
        state, rows = self.model.simulation.state, self._look_up
        names = list(ATTRIBUTES) if attr_names is None else list(attr_names)
        columns = {name: attribute(name).values(state, rows) for name in names}
        several = [name for name, values in columns.items() if values.ndim > 1]
        if several and attr_names is not None:
            raise EweaError(f"{several[0]} has several values per household; ask for it with get().")
        return pd.DataFrame(
            {
                name: pd.Categorical(values) if values.dtype == object else values
                for name, values in columns.items()
                if values.ndim == 1
            }
        )

    # ---- choosing ---------------------------------------------------------------------------

    def mask(self, where: Any = None, **equal: Any) -> NDArray[np.bool_]:
        """Return which households meet every condition, bool[n]; see :meth:`select`."""
        state, rows = self.model.simulation.state, self._look_up
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
            stored = found.stored(state, rows)
            if stored.ndim > 1:
                raise EweaError(f"{name} has several values per household; use where= with get({name!r}).")
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

        Raises
        ------
        EweaError
            If an attribute, a value or ``at_most`` is not allowed.
        """
        if math.isnan(at_most) or at_most < 0:
            raise EweaError(f"at_most: found {at_most}; a number of households, or a share from 0.0 to 1.0.")
        if isinstance(at_most, float) and at_most <= 1.0:
            at_most = int(len(self) * at_most)
        is_whole = filter_func is None and agent_type is None and where is None and not equal
        if is_whole and at_most >= len(self):
            return self if inplace else copy.copy(self)
        chosen = self.mask(where, **equal)
        if agent_type is not None and not issubclass(Household, agent_type):
            chosen[:] = False
        if isinstance(filter_func, vectorised):
            chosen &= self.mask(filter_func)
            filter_func = None
        rows = self.rows[chosen]
        if filter_func is not None:
            rows = self._first_that(filter_func, rows, at_most)
        limit = len(rows) if at_most == math.inf else math.ceil(at_most)
        return self._with(rows[:limit], inplace)

    def _first_that(
        self, filter_func: Callable[[Household], bool], rows: Integers, at_most: float
    ) -> Integers:
        """Return the first rows whose view passes, looking no further than needed."""
        found: list[int] = []
        for row in rows:
            if len(found) >= at_most:
                break
            if filter_func(Household(self.model, row)):
                found.append(row)
        return np.array(found, np.int64)

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
            state, found = self.model.simulation.state, attribute(by)
            stored = found.stored(state, self._look_up)
            if stored.ndim > 1:
                raise EweaError(f"{by} has several values per household, so they cannot be grouped by it.")
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

    # ---- order ------------------------------------------------------------------------------

    def shuffle(self, inplace: bool = False) -> Self:
        """Return the households in random order."""
        return self._with(self._generator().permutation(self.rows), inplace)

    def sort(self, key: str | Callable[..., Any], ascending: bool = False, inplace: bool = False) -> Self:
        """Return the households sorted by an attribute or by what a function returns; ties keep order."""
        if isinstance(key, str):
            values = self.get(key)
            if values.ndim > 1:
                raise EweaError(f"{key} has several values per household, so they cannot be sorted by it.")
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

    # ---- calling ----------------------------------------------------------------------------

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

    # ---- membership -------------------------------------------------------------------------

    def add(self, agent: Household) -> None:
        """Add a household of the model.

        Raises
        ------
        EweaError
            If it is none: only the model creates households.
        """
        row = self._row_numbers([agent])
        if agent not in self:
            self._rows = np.concatenate([self.rows, row])

    def discard(self, agent: Household) -> None:
        """Take a household out of this set, if it is there; the household itself stays.

        Raises
        ------
        EweaError
            If this is the set of all households.
        """
        if self._rows is None:
            raise EweaError(
                "a household cannot be taken out of the model; send it home with household.move_to('UA'), "
                "or work on model.agents.select(...)."
            )
        if agent in self:
            self._rows = self._rows[self._rows != agent.row]

    def remove(self, agent: Household) -> None:
        """Take a household out of this set; the household itself stays.

        Raises
        ------
        KeyError
            If it is not in the set.
        EweaError
            If this is the set of all households.
        """
        if self._rows is not None and agent not in self:
            raise KeyError(agent)
        self.discard(agent)

    def _rows_of(self, other: Any) -> Integers | None:
        """Return the rows of another set of this model; ``None`` if it is anything else."""
        if isinstance(other, HouseholdSet) and other.model is self.model:
            return other.rows
        return self._row_numbers(other) if isinstance(other, Set) else None

    def __and__(self, other: Any) -> Self:
        rows = self._rows_of(other)
        return NotImplemented if rows is None else self._with(self.rows[np.isin(self.rows, rows)])

    def __sub__(self, other: Any) -> Self:
        rows = self._rows_of(other)
        return NotImplemented if rows is None else self._with(self.rows[~np.isin(self.rows, rows)])

    def __or__(self, other: Any) -> Self:
        rows = self._rows_of(other)
        if rows is None:
            return NotImplemented
        return self._with(np.concatenate([self.rows, rows[~np.isin(rows, self.rows)]]))

    def __xor__(self, other: Any) -> Self:
        found = self | other
        return found if found is NotImplemented else found - (self & other)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, HouseholdSet) or other.model is not self.model:
            return NotImplemented
        return len(self) == len(other) and bool(np.isin(self.rows, other.rows).all())

    __hash__ = None  # type: ignore[assignment]
