"""Rows of a store as stacked arrays, in the order asked for."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from abm.errors import EweaError
from experiments.sweeps import parts
from experiments.sweeps.columns import TEXT, Column, empty, from_arrow

OWN_COLUMNS = {"task": Column(TEXT), "seconds": Column("float64")}


def read_columns(
    folder: Path,
    known: Mapping[str, Column],
    part_of: Mapping[str, str],
    columns: Sequence[str] | None,
    keys: Sequence[str],
) -> dict[str, np.ndarray]:
    """Return one array [key, *shape] per column; one part is in memory at a time.

    Parameters
    ----------
    folder : Path
        The store.
    known : mapping
        Type and shape of the results.
    part_of : mapping
        Name of the part that holds a key.
    columns : sequence of str or None
        Names of results, ``task`` or ``seconds``; None for all results.
    keys : sequence of str
        Keys of tasks with a result.

    Raises
    ------
    EweaError
        If a column does not exist.
    """
    allowed = {**known, **OWN_COLUMNS}
    names = list(known) if columns is None else list(columns)
    if unknown := [name for name in names if name not in allowed]:
        raise EweaError(
            f"{folder}: no column {', '.join(unknown)}; there are {', '.join(sorted(allowed))}. "
            "Name one of these."
        )
    found = {name: empty(allowed[name], len(keys)) for name in names}
    rows_of: dict[str, dict[str, list[int]]] = {}
    for row, key in enumerate(keys):
        rows_of.setdefault(part_of[key], {}).setdefault(key, []).append(row)
    for part, wanted in rows_of.items():
        with pq.ParquetFile(folder / parts.FOLDER / part) as file:
            table = file.read(columns=["key", *names])
        here, there = [], []
        for row, key in enumerate(table["key"].to_pylist()):
            for target in wanted.get(key, ()):
                here.append(row)
                there.append(target)
        chosen = table.take(pa.array(here, pa.int64()))
        for name in names:
            found[name][there] = from_arrow(allowed[name], chosen[name].combine_chunks())
    return found
