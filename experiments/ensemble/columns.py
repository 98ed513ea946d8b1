"""The result of a task as bytes of a row, and rows as stacked arrays, bit for bit."""

import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from abm.errors import EweaError
from experiments.ensemble.identity import first_difference

type Values = Mapping[str, Any]
"""What a task returns: arrays, numbers or text by name."""

OWN = ("key", "task", "seconds", "error")
"""Columns that every table of results has: key and JSON of the task, its time in seconds, its failure."""

TEXT = "text"

NUMBERS = frozenset(
    {"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"}
)
"""Types that every tool for tables knows."""

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
"""A dot would mean a nested column to Parquet, a space needs quotes in SQL."""


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """Type and shape of one value of a task; ``shape`` is ``()`` for a number or a text."""

    dtype: str
    shape: tuple[int, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the entry of the manifest."""
        return {"dtype": self.dtype, "shape": list(self.shape)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "StoredColumn":
        """Return the column of an entry of the manifest."""
        return cls(content["dtype"], tuple(content["shape"]))

    def empty(self, length: int) -> np.ndarray:
        """Return a zeroed array [length, *shape] to be filled."""
        return np.zeros((length, *self.shape), dtype=object if self.dtype == TEXT else self.dtype)


def columns_in(values: Values) -> dict[str, StoredColumn]:
    """Return the columns that hold a result, by name."""
    found = {}
    for name, value in sorted(values.items()):
        if not isinstance(name, str) or not NAME.fullmatch(name) or name in OWN:
            raise EweaError(
                f"result {name!r}: not a name for a column; allowed are letters, digits and _, and none of "
                f"{', '.join(OWN)}. Rename it."
            )
        if isinstance(value, str):
            found[name] = StoredColumn(TEXT)
            continue
        array = np.asarray(value)
        if array.dtype.name not in NUMBERS:
            raise EweaError(
                f"result {name}: found {type(value).__name__} of type {array.dtype}; allowed are text and "
                f"{', '.join(sorted(NUMBERS))}. Convert it in the function."
            )
        if array.size == 0:
            raise EweaError(f"result {name}: an array without elements cannot be stored. Leave it out.")
        found[name] = StoredColumn(array.dtype.name, array.shape)
    return found


def refuse_change(before: Mapping[str, StoredColumn], now: Mapping[str, StoredColumn]) -> None:
    """Refuse a result whose columns are not those of the store; the message names the first difference."""
    there, here = ({name: column.as_json() for name, column in side.items()} for side in (before, now))
    if there != here:
        raise EweaError(
            f"a task returned other columns than the first: {first_difference(there, here)}. Every task has "
            "to return the same names, types and shapes."
        )


def packed(columns: Mapping[str, StoredColumn], values: Values) -> tuple[str, bytes]:
    """Return a result as JSON of its texts, and its numbers one after the other, compressed."""
    record = np.zeros(1, _record(columns))
    for name in record.dtype.names or ():
        record[name][0] = values[name]
    texts = {name: values[name] for name, column in columns.items() if column.dtype == TEXT}
    return json.dumps(texts, ensure_ascii=False), zlib.compress(record.tobytes(), level=1)


def unpack(
    into: Mapping[str, np.ndarray],
    rows: Sequence[int],
    columns: Mapping[str, StoredColumn],
    texts: str,
    numbers: bytes,
) -> None:
    """Put a packed result into ``rows`` of the stacked arrays that ask for it."""
    words, kind = json.loads(texts), _record(columns)
    record = np.frombuffer(zlib.decompress(numbers), kind) if kind.names else None
    for name in columns.keys() & into.keys():
        if columns[name].dtype == TEXT:
            into[name][list(rows)] = words[name]
        elif record is not None:
            into[name][list(rows)] = record[name][0]


def _record(columns: Mapping[str, StoredColumn]) -> np.dtype[Any]:
    return np.dtype([(name, c.dtype, c.shape) for name, c in sorted(columns.items()) if c.dtype != TEXT])
