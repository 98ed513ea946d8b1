"""The five tables of a run: as Arrow and Parquet, the same bytes every time, and as time series per seed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from abm.band import LEVEL
from abm.errors import EweaError
from abm.months import month_label
from abm.places import UKRAINE
from experiments.ensemble.worker import note_step

if TYPE_CHECKING:
    from abm.data.settings import RunSettings
    from abm.data.world import World
    from abm.policy.change import Changes
    from experiments.run_folder import Checkpoints

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

UNITS = {
    name: {"value": "see column unit"} if name == "indicators" else {"persons": "persons"} for name in SCHEMAS
}
"""Units of the columns that hold figures."""


def to_arrow(name: str, frame: Any) -> pa.Table:
    """Return a data frame of the engine in the schema of the run folder, its rows in their order."""
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


def run_tables(
    world: "World",
    settings: "RunSettings",
    changes: "Changes",
    checkpoints: "Checkpoints | None",
    seed: int,
) -> RunTables:
    """Run one seed, noting every month; ``changes`` are set on top of what is in force.

    With checkpoints the run goes on from the newest one of its seed; the past that is kept is left alone.
    """
    from abm.results import tables_of
    from experiments.ensemble.pasts import branches_of, present

    if checkpoints is None:
        past = min(present(world), settings.until)
        run = branches_of(world, settings, seed, changes).leave(past).run
    else:
        run = checkpoints.newest(world, settings, seed)
    for _ in range(run.state.index):
        note_step()
    while not run.finished:
        run.step()
        if checkpoints is not None:
            checkpoints.keep(run)
        note_step()
    tables = tables_of(run.state)
    return {name: to_arrow(name, tables[name]) for name in SCHEMAS}


def joined_tables(parts: Sequence[Mapping[str, pa.Table]]) -> RunTables:
    """Return the tables of several seeds one below the other, in the order given."""
    return {name: pa.concat_tables([part[name] for part in parts]).unify_dictionaries() for name in SCHEMAS}


METADATA = "ewea"
"""Key of what a Parquet file of ours says about itself: what a row is, units, and the run it comes from."""


def about_table(meaning: str, units: Mapping[str, str], provenance: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a Parquet file says about itself; of the run only what decides its bytes."""
    return {"meaning": meaning, "units": dict(units), "provenance": dict(provenance)}


def write_run_table(table: pa.Table, path: Path, about: Mapping[str, Any]) -> None:
    """Write a table as Parquet; equal tables give equal files (with one version of pyarrow).

    One row group per seed, so that a reader can fetch one seed alone. The Arrow schema is left out:
    every reader sees plain text and 64-bit numbers. ``about`` is kept in the file as JSON.
    """
    with pq.ParquetWriter(path, table.schema, compression="zstd", store_schema=False) as writer:
        for part in _by_seed(table):
            writer.write_table(part)
        writer.add_key_value_metadata({METADATA: json.dumps(about, sort_keys=True, ensure_ascii=False)})


def read_run_table(path: Path) -> tuple[pa.Table, dict[str, Any]]:
    """Return a table that :func:`write_run_table` wrote, and what it says about itself."""
    table = pq.read_table(path)
    text = (table.schema.metadata or {}).get(METADATA.encode())
    if text is None:
        raise EweaError(f"{path}: does not say what it is (no metadata {METADATA!r}). Make it anew.")
    return table.replace_schema_metadata(None), json.loads(text)


def _by_seed(table: pa.Table) -> list[pa.Table]:
    """Return one slice per run of equal seeds; the rows of a seed stand together."""
    if table.num_rows == 0:
        return [table]
    ends = pc.run_end_encode(table["seed"].combine_chunks()).run_ends.to_pylist()
    return [
        table.slice(start, end - start).combine_chunks()
        for start, end in zip([0, *ends[:-1]], ends, strict=True)
    ]


@dataclass(frozen=True)
class RunSeries:
    """The tables of a run as arrays; ``S`` seeds, ``M`` months, ``H`` hosts."""

    seeds: tuple[int, ...]  # Seeds in rising order
    hosts: tuple[str, ...]  # Host codes in code order
    first: int  # Month number of the first flow; month ``m`` of the arrays is ``first + m``
    stock: NDArray[np.int64]  # [S, M + 1, H] Persons on day 1 of the month
    # [S, M, H] Persons who came from Ukraine for the first time, and who returned there, in the month
    arrivals: NDArray[np.int64]
    returns: NDArray[np.int64]
    # [S, M, H] Persons who entered or left the stock otherwise than between hosts, births and deaths included
    from_ukraine: NDArray[np.int64]
    to_ukraine: NDArray[np.int64]
    # [S, M, H, H] Persons who moved from a host (third axis) to another (fourth) in the month
    between: NDArray[np.int64]
    # [S, M, H] Persons a register would show at the end of the month; NaN where the table has no row
    register: NDArray[np.float64]
    indicators: Mapping[str, NDArray[np.float64]]  # Indicators by name; NaN where the table has no row

    @property
    def until(self) -> int:
        """Month number of the last stock (the horizon)."""
        return self.first + int(self.stock.shape[1]) - 1


def run_series(
    tables: Mapping[str, pa.Table], hosts: Sequence[str], seeds: Sequence[int], first: int, until: int
) -> RunSeries:
    """Return the arrays of a run from its five tables; a month without a row is one without persons."""
    n_months = until - first + 1
    of_seed = {seed: number for number, seed in enumerate(seeds)}
    of_month = {month_label(first + number): number for number in range(n_months)}
    of_host = {host: number for number, host in enumerate(hosts)}
    of_place = {**of_host, UKRAINE: len(hosts)}

    def cube(table: pa.Table, *places: str, months: int = n_months) -> NDArray[np.int64]:
        """Return persons[seed, month, place ...] summed over everything else."""
        columns = ["seed", "month", *places]
        sums = table.group_by(columns).aggregate([("persons", "sum")])
        axes: list[Mapping[Any, int]] = [of_seed, of_month, *([of_place] * len(places))]
        cells = np.zeros((len(seeds), months, *([len(of_place)] * len(places))), dtype=np.int64)
        position = tuple(_numbers(sums[name], axis) for name, axis in zip(columns, axes, strict=True))
        cells[position] = sums["persons_sum"].to_numpy()  # the keys of a group are unique
        return cells

    def of_kind(kind: str, end: str) -> NDArray[np.int64]:
        """Return persons[seed, month, host] of one kind of flow by the host at its end."""
        moved = tables["flows"].filter(pc.field("kind") == kind)
        return cube(moved, end, months=n_months - 1)[:, :, :-1]

    stock = cube(tables["stocks"], "host")[:, :, :-1]
    flows = cube(tables["flows"], "from_place", "to_place", months=n_months - 1)

    def values(table: pa.Table, value: str) -> NDArray[np.float64]:
        """Return value[seed, month, host], NaN where there is no row."""
        cells = np.full((len(seeds), n_months, len(hosts)), np.nan)
        axes = (("seed", of_seed), ("month", of_month), ("host", of_host))
        cells[tuple(_numbers(table[name], axis) for name, axis in axes)] = table[value].to_numpy()
        return cells

    register = values(tables["register"], "persons")[:, :-1]
    measured = tables["indicators"]
    indicators = {
        name: values(measured.filter(pc.field("name") == name), "value")
        for name in sorted(pc.unique(measured["name"]).to_pylist())
    }
    return RunSeries(
        seeds=tuple(seeds),
        hosts=tuple(hosts),
        first=first,
        stock=stock,
        arrivals=of_kind("arrival", "to_place"),
        returns=of_kind("return", "from_place"),
        from_ukraine=flows[:, :, -1, :-1],
        to_ukraine=flows[:, :, :-1, -1],
        between=flows[:, :, :-1, :-1],
        register=register,
        indicators=indicators,
    )


def band_of_seeds(values: NDArray[np.float64] | NDArray[np.int64], axis: int = 0) -> NDArray[np.float64]:
    """Return low end, median and high end of the band over seeds, on a new first axis."""
    tail = (1 - LEVEL) / 2
    ends: NDArray[np.float64] = np.quantile(values, [tail, 0.5, 1 - tail], axis=axis)
    return ends


def _numbers(column: pa.ChunkedArray, axis: Mapping[Any, int]) -> NDArray[np.int64]:
    """Return the position of every cell on an axis; a strange label is a KeyError."""
    encoded = column.combine_chunks()
    if not isinstance(encoded, pa.DictionaryArray):
        encoded = encoded.dictionary_encode()
    table = np.array([axis[label] for label in encoded.dictionary.to_pylist()], dtype=np.int64)
    numbers: NDArray[np.int64] = table[encoded.indices.to_numpy(zero_copy_only=False)]
    return numbers
