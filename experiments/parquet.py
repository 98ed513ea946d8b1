"""The five tables of a run as Arrow and Parquet: one schema, one row order, the same bytes every time."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from experiments.ensemble.worker import note_step

if TYPE_CHECKING:
    from abm.data.settings import RunSettings
    from abm.data.world import World

type RunTables = dict[str, pa.Table]

TEXT = pa.dictionary(pa.int32(), pa.string())
"""Text with few distinct values. In the file it is plain text, compressed by a dictionary."""


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(name, kind, nullable=False) for name, kind in columns.items()])


SCHEMAS = {
    "stocks": _schema(
        seed=pa.int64(),
        month=TEXT,
        host=TEXT,
        status=TEXT,
        sex=TEXT,
        age_group=TEXT,
        origin_group=TEXT,
        persons=pa.int64(),
    ),
    "flows": _schema(
        seed=pa.int64(), month=TEXT, kind=TEXT, from_place=TEXT, to_place=TEXT, persons=pa.int64()
    ),
    "register": _schema(seed=pa.int64(), month=TEXT, host=TEXT, persons=pa.int64()),
    "intentions": _schema(seed=pa.int64(), month=TEXT, host=TEXT, answer=TEXT, persons=pa.int64()),
    "indicators": _schema(seed=pa.int64(), month=TEXT, host=TEXT, name=TEXT, value=pa.float64(), unit=TEXT),
}


def to_arrow(name: str, frame: Any) -> pa.Table:
    """Return a table of the engine in the schema of the run folder.

    Parameters
    ----------
    name : str
        ``stocks``, ``flows``, ``register``, ``intentions`` or ``indicators``.
    frame : pandas.DataFrame
        Its rows, in the order in which they are to be written.
    """
    schema = SCHEMAS[name]
    if sorted(frame.columns) != sorted(schema.names):
        raise ValueError(f"table {name} has columns {list(frame.columns)}; the run folder has {schema.names}")
    arrays = []
    for field in schema:
        array = pa.array(frame[field.name])
        if isinstance(array, pa.ChunkedArray):
            array = array.combine_chunks()
        if pa.types.is_dictionary(field.type):
            if not pa.types.is_dictionary(array.type):
                array = array.cast(pa.string()).dictionary_encode()
            array = array.cast(TEXT)
        else:
            array = array.cast(field.type)
        if array.null_count:
            raise ValueError(f"table {name}, column {field.name}: {array.null_count} empty cells")
        arrays.append(array)
    return pa.Table.from_arrays(arrays, schema=schema)


def run_tables(world: "World", settings: "RunSettings", seed: int) -> RunTables:
    """Run one seed and return its tables; every simulated month is noted."""
    from abm.api import run

    results = run(world, settings, seed, on_month=lambda *_: note_step())
    return {name: to_arrow(name, results.tables[name]) for name in SCHEMAS}


def joined_tables(parts: Sequence[Mapping[str, pa.Table]]) -> RunTables:
    """Return the tables of several seeds one below the other, in the order given."""
    return {name: pa.concat_tables([part[name] for part in parts]).unify_dictionaries() for name in SCHEMAS}


def write_run_table(table: pa.Table, path: Path) -> None:
    """Write a table as Parquet; equal tables give equal files (with one version of pyarrow).

    One row group per seed, so that a reader can fetch one seed alone. The Arrow schema is left out:
    every reader sees plain text and 64-bit numbers.
    """
    with pq.ParquetWriter(path, table.schema, compression="zstd", store_schema=False) as writer:
        for part in _by_seed(table):
            writer.write_table(part)


def _by_seed(table: pa.Table) -> list[pa.Table]:
    """Return one slice per run of equal seeds; the rows of a seed stand together."""
    if table.num_rows == 0:
        return [table]
    ends = pc.run_end_encode(table["seed"].combine_chunks()).run_ends.to_pylist()
    return [
        table.slice(start, end - start).combine_chunks()
        for start, end in zip([0, *ends[:-1]], ends, strict=True)
    ]


def read_run_table(path: Path) -> pa.Table:
    """Return a stored table; its text columns are dictionaries."""
    names = [field.name for field in SCHEMAS[path.stem] if pa.types.is_dictionary(field.type)]
    return pq.read_table(path, read_dictionary=names)
