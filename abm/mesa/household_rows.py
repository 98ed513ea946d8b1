"""Which households a set holds: rows of the table, their order, membership and the algebra of sets."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Set
from random import Random
from typing import Any, Self

import mesa
import numpy as np
from mesa.agentset import AbstractAgentSet

from abm.arrays import Integers
from abm.errors import EweaError
from abm.mesa.agents import Household
from abm.mesa.household_attributes import Rows
from abm.state import State


class HouseholdRows(AbstractAgentSet):  # type: ignore[misc]
    """Rows of households in an order, without duplicates.

    ``model.agents`` is the set of all: it grows with the model, keeps the order of the table, and nothing can
    be taken out of it. Every other set, a copy of it included, holds the households it was made of,
    wherever they live later.

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
        model: mesa.Model | None = None,
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
        if self._rows is None:
            raise EweaError(
                "model.agents holds all households in the order of the table; leave out inplace=True, or "
                "work on model.agents.copy()."
            )
        self._rows = rows
        return self

    def _view(self, row: int) -> Household:
        view: Household = self.model.household_type(self.model, int(row))
        return view

    def _update(self, agents: Iterable[Household]) -> Self:
        return self._with(self._row_numbers(dict.fromkeys(agents)), inplace=True)

    def _generator(self) -> np.random.Generator:
        return np.random.default_rng(self.random.getrandbits(64))

    def __len__(self) -> int:
        return len(self._state.households) if self._rows is None else len(self._rows)

    def __iter__(self) -> Iterator[Household]:
        return (self._view(row) for row in self.rows)

    def __contains__(self, agent: object) -> bool:
        if not isinstance(agent, Household) or agent.model is not self.model:
            return False
        return self._rows is None or bool(np.any(self._rows == agent.row))

    def __getitem__(self, item: int | slice) -> Household | list[Household]:
        if isinstance(item, slice):
            return [self._view(row) for row in self.rows[item]]
        return self._view(self.rows[item])

    def __copy__(self) -> Self:
        return self._with(self.rows.copy())

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return a copy; of the same model, unless that is being copied."""
        twin = copy.copy(self)
        twin.model = memo.get(id(self.model), self.model)
        if twin.model is not self.model:
            twin.random, twin._rows = copy.deepcopy(self.random, memo), copy.copy(self._rows)
        return twin

    def copy(self) -> Self:
        """Return a set of the same households."""
        return copy.copy(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)} households>"

    def to_list(self) -> list[Household]:
        """Return a view on every household; costs one object for each."""
        return list(self)

    @property
    def _state(self) -> State:
        state: State = self.model.simulation.state
        return state

    def shuffle(self, inplace: bool = False) -> Self:
        """Return the households in random order."""
        return self._with(self._generator().permutation(self.rows), inplace)

    def add(self, agent: Household) -> None:
        """Add a household of the model."""
        row = self._row_numbers([agent])
        if agent not in self:
            self._rows = np.concatenate([self.rows, row])

    def discard(self, agent: Household) -> None:
        """Take a household out of this set, if it is there; the household itself stays in the model."""
        if self._rows is None:
            raise EweaError(
                "a household cannot be taken out of the model; send it home with household.move_to('UA'), "
                "or work on model.agents.copy()."
            )
        if agent in self:
            self._rows = self._rows[self._rows != agent.row]

    def remove(self, agent: Household) -> None:
        """Take a household out of this set; a ``KeyError`` if it is not there."""
        if self._rows is not None and agent not in self:
            raise KeyError(agent)
        self.discard(agent)

    def _rows_of(self, other: Any) -> Integers | None:
        """Return the rows of another set of this model; ``None`` if it is anything else."""
        if isinstance(other, HouseholdRows) and other.model is self.model:
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
        if not isinstance(other, HouseholdRows):
            if not isinstance(other, Set):
                return NotImplemented
            return len(self) == len(other) and all(one in self for one in other)
        same = other.model is self.model and len(self) == len(other)
        return same and bool(np.isin(self.rows, other.rows).all())

    __hash__ = None  # type: ignore[assignment]
