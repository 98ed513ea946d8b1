"""The population as a growing table of columns: one row per household, all columns in step."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.columns import COLUMNS, Columns
from abm.errors import EweaError

GROWTH = 1.3
"""Factor by which the table grows when it is full."""


class Households:
    """All simulated households.

    Rows are only ever appended. ``columns()`` returns NumPy views of the rows in use, so a kernel
    that writes to them writes to the population.

    Parameters
    ----------
    capacity : int
        Rows to reserve.

    Attributes
    ----------
    row_of : int64[m]
        Present row of the first ``m`` households created; later ones stand where they were created.
        Empty until rows are put in another order.
    """

    def __init__(self, capacity: int = 1024) -> None:
        self._n = 0
        self._arrays = {name: self._blank(name, max(capacity, 1)) for name in COLUMNS}
        self.row_of: NDArray[np.int64] = np.zeros(0, np.int64)

    @staticmethod
    def _blank(name: str, rows: int) -> NDArray[Any]:
        column = COLUMNS[name]
        shape = (rows,) if column.width == 1 else (rows, column.width)
        return np.full(shape, column.blank, dtype=column.dtype)

    def __len__(self) -> int:
        """Return the number of households."""
        return self._n

    @property
    def capacity(self) -> int:
        """Rows reserved."""
        return len(self._arrays["household_id"])

    def columns(self) -> Any:
        """Return views of all columns as :class:`abm.columns.Columns`."""
        return Columns(*(array[: self._n] for array in self._arrays.values()))

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return a view of one column."""
        return self._arrays[name][: self._n]

    def extend(self, rows: int) -> int:
        """Append blank rows; return the number of the first of them."""
        first, needed = self._n, self._n + rows
        if needed > self.capacity:
            capacity = max(needed, int(self.capacity * GROWTH) + 1)
            for name, array in self._arrays.items():
                grown = self._blank(name, capacity)
                grown[: self._n] = array[: self._n]
                self._arrays[name] = grown
        self._n = needed
        return first

    def copy(self) -> Households:
        """Return an independent copy with room to grow."""
        twin = Households(1)
        twin._n = self._n
        twin._arrays = {name: array.copy() for name, array in self._arrays.items()}
        twin.row_of = self.row_of.copy()
        return twin

    def reorder(self, order: NDArray[np.int64]) -> Households:
        """Return the same population with its rows in another order; contacts follow.

        Raises
        ------
        EweaError
            If ``order`` is not a permutation of the rows.
        """
        if len(order) != self._n or not np.array_equal(np.sort(order), np.arange(self._n)):
            raise EweaError(f"order must be a permutation of {self._n} rows.")
        twin = Households(max(self._n, 1))
        twin._n = self._n
        for name in COLUMNS:
            twin._arrays[name][: self._n] = self._arrays[name][: self._n][order]
        new_row = np.empty(self._n + 1, np.int64)
        new_row[order] = np.arange(self._n)
        new_row[self._n] = -1
        before = np.arange(self._n)
        before[: len(self.row_of)] = self.row_of
        twin.row_of = new_row[before]
        contacts = twin._arrays["contacts"][: self._n]
        contacts[:] = new_row[np.where(contacts < 0, self._n, contacts)]
        return twin

    def persons(self) -> NDArray[np.int64]:
        """Return persons represented per row, int64[n]."""
        members = self["persons"].sum(axis=1, dtype=np.int64)
        return np.asarray(members * self["stands_for"].astype(np.int64))

    def bytes_per_household(self) -> float:
        """Return the bytes of state per row in use (every column, without spare capacity)."""
        return sum(array[: self._n].nbytes for array in self._arrays.values()) / max(self._n, 1)
