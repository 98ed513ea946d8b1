"""The result of a task as columns of a Parquet table, and back again, bit for bit."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import pyarrow as pa

from abm.errors import EweaError
from experiments.sweeps.keys import first_difference

type Values = Mapping[str, Any]
"""What a task returns: arrays, numbers or text by name."""

OWN = ("key", "task", "seconds", "error")
"""Columns that every part has: key and JSON of the task, its time in seconds, its failure or null."""

TEXT = "text"

NUMBERS = frozenset(
    {"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"}
)
"""Types that Parquet gives back unchanged."""

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
"""A dot would mean a nested column to Parquet, a space needs quotes in SQL."""


@dataclass(frozen=True, slots=True)
class Column:
    """Type and shape of one value of a task; ``shape`` is ``()`` for a number or a text."""

    dtype: str
    shape: tuple[int, ...] = ()

    @property
    def arrow(self) -> pa.DataType:
        """The type of the column in the file: an array is a list of fixed length, in C order."""
        if self.dtype == TEXT:
            return pa.string()
        number = pa.from_numpy_dtype(np.dtype(self.dtype))
        return pa.list_(number, prod(self.shape)) if self.shape else number

    def field(self, name: str) -> pa.Field:
        """Return the Arrow field; its metadata hold type and shape for other readers."""
        shape = "x".join(str(length) for length in self.shape)
        return pa.field(name, self.arrow, metadata={"dtype": self.dtype, "shape": shape})

    def as_json(self) -> dict[str, Any]:
        """Return the entry of the manifest."""
        return {"dtype": self.dtype, "shape": list(self.shape)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Column":
        """Return the column of an entry of the manifest."""
        return cls(content["dtype"], tuple(content["shape"]))


def describe(values: Values) -> dict[str, Column]:
    """Return the columns that hold a result, by name.

    Raises
    ------
    EweaError
        If a name or a type cannot be stored.
    """
    found = {}
    for name, value in sorted(values.items()):
        if not isinstance(name, str) or not NAME.fullmatch(name) or name in OWN:
            raise EweaError(
                f"result {name!r}: not a name for a column; allowed are letters, digits and _, and none of "
                f"{', '.join(OWN)}. Rename it."
            )
        if isinstance(value, str):
            found[name] = Column(TEXT)
            continue
        array = np.asarray(value)
        if array.dtype.name not in NUMBERS:
            raise EweaError(
                f"result {name}: found {type(value).__name__} of type {array.dtype}; allowed are text and "
                f"{', '.join(sorted(NUMBERS))}. Convert it in the function."
            )
        if array.size == 0:
            raise EweaError(f"result {name}: an array without elements cannot be stored. Leave it out.")
        found[name] = Column(array.dtype.name, array.shape)
    return found


def refuse_change(before: Mapping[str, Column], now: Mapping[str, Column]) -> None:
    """Refuse a result whose columns are not those of the store.

    Raises
    ------
    EweaError
        Naming the first difference.
    """
    there, here = ({name: column.as_json() for name, column in side.items()} for side in (before, now))
    if there != here:
        raise EweaError(
            f"a task returned other columns than the first: {first_difference(there, here)}. Every task has "
            "to return the same names, types and shapes."
        )


def to_arrow(column: Column, values: Sequence[Any]) -> pa.Array:
    """Return the values of one column as Arrow; None (a failed task) becomes null.

    Parameters
    ----------
    column : Column
        Type and shape.
    values : sequence
        One value, or None, per task.
    """
    if column.dtype == TEXT:
        return pa.array(values, pa.string())
    mask = np.array([value is None for value in values], dtype=bool)
    stacked = np.zeros((len(values), *column.shape), dtype=column.dtype)  # [task, *shape]
    for row, value in enumerate(values):
        if value is not None:
            stacked[row] = value
    # from_pandas=False: a result that is not a number stays one and does not become null
    flat = pa.array(stacked.reshape(-1), from_pandas=False)
    if column.shape:
        return pa.FixedSizeListArray.from_arrays(flat, prod(column.shape), mask=pa.array(mask))
    return pa.array(stacked, mask=mask, from_pandas=False)


def from_arrow(column: Column, array: pa.Array) -> np.ndarray:
    """Return a column without nulls as an array [task, *shape]; text as an array of objects."""
    if column.dtype == TEXT:
        return np.array(array.to_pylist(), dtype=object)
    if column.shape:
        flat = array.flatten().to_numpy(zero_copy_only=False)
    else:
        flat = array.to_numpy(zero_copy_only=False)
    return np.asarray(flat).reshape(len(array), *column.shape)


def empty(column: Column, length: int) -> np.ndarray:
    """Return a zeroed array [length, *shape] to be filled."""
    return np.zeros((length, *column.shape), dtype=object if column.dtype == TEXT else column.dtype)
