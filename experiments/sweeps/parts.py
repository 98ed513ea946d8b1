"""The Parquet parts of a store: each is named by a hash over its bytes, so that damage shows."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from abm.errors import EweaError
from experiments.sweeps.columns import Column, to_arrow
from experiments.sweeps.folder import plain_refusal, sync_folder, write_whole
from experiments.sweeps.task_calls import Outcome

FOLDER = "parts"
CORRUPT = ".corrupt"
NAME_DIGITS = 32

type Held = dict[str, dict[str, str | None]]
"""Per part, the failure (or None) of every key in it."""


def write(folder: Path, columns: Mapping[str, Column], rows: Sequence[tuple[str, Outcome]]) -> str:
    """Write rows as a new part and return its name.

    Parameters
    ----------
    folder : Path
        The store.
    columns : mapping
        Type and shape of the results.
    rows : sequence of (str, Outcome)
        Canonical JSON of the task, and what came of it.
    """
    outcomes = [outcome for _, outcome in rows]
    fields = [
        pa.field("key", pa.string(), nullable=False),
        pa.field("task", pa.string(), nullable=False),
        pa.field("seconds", pa.float64(), nullable=False),
        pa.field("error", pa.string()),
    ]
    arrays = [
        pa.array([outcome.key for outcome in outcomes], pa.string()),
        pa.array([text for text, _ in rows], pa.string()),
        pa.array([outcome.seconds for outcome in outcomes], pa.float64()),
        pa.array([outcome.error for outcome in outcomes], pa.string()),
    ]
    for name, column in columns.items():
        fields.append(column.field(name))
        arrays.append(
            to_arrow(column, [None if one.values is None else one.values[name] for one in outcomes])
        )
    return _write_table(folder, pa.Table.from_arrays(arrays, schema=pa.schema(fields)))


def rewrite_without(folder: Path, name: str, keys: Collection[str]) -> str | None:
    """Replace a part by one without some keys; return its name, or None if no row is left.

    The new part is on the disk before the old one goes: a kill in between leaves rows twice, never none,
    and :func:`remove_superseded` mends that.
    """
    path = folder / FOLDER / name
    with pq.ParquetFile(path) as file:
        table = file.read()
    rest = table.filter(pc.invert(pc.is_in(table["key"], pa.array(sorted(keys), pa.string()))))
    new = _write_table(folder, rest) if rest.num_rows else None
    with plain_refusal(path):
        path.unlink()
        sync_folder(path.parent)
    return new


def check_all(folder: Path, *, repair: bool) -> Held:
    """Check every part against its name and return what it holds.

    Raises
    ------
    EweaError
        If a part is damaged and ``repair`` is False; it names all of them.
    """
    held: Held = {}
    damaged = []
    for path in sorted((folder / FOLDER).glob("*.parquet")):
        rows = _rows(path)
        if rows is None:
            damaged.append(path)
        else:
            held[path.name] = rows
    if damaged and not repair:
        names = ", ".join(str(path) for path in damaged[:3])
        more = f" and {len(damaged) - 3} more" if len(damaged) > 3 else ""
        raise EweaError(
            f"{names}{more}: damaged, the content does not match the name. Give the command again with "
            "--repair: damaged parts are moved aside and their tasks are run again."
        )
    for path in damaged:
        with plain_refusal(path):
            path.replace(path.with_name(path.name + CORRUPT))
            sync_folder(path.parent)
    return held


def remove_superseded(folder: Path, held: Held) -> None:
    """Remove parts whose every row stands in another part, smallest first; ``held`` follows."""
    count: dict[str, int] = {}
    for rows in held.values():
        for key in rows:
            count[key] = count.get(key, 0) + 1
    for name in sorted(held, key=lambda part: (len(held[part]), part)):
        if all(count[key] > 1 for key in held[name]):
            with plain_refusal(folder / FOLDER / name):
                (folder / FOLDER / name).unlink()
            for key in held.pop(name):
                count[key] -= 1


def _write_table(folder: Path, table: pa.Table) -> str:
    sink = pa.BufferOutputStream()
    # A dictionary would merge the kinds of not-a-number: numbers are stored as they are. Statistics are of
    # no use with keys that are hashes, and DuckDB 2.0 takes a plain text column with one value and nulls for
    # nulls only.
    texts = [field.name for field in table.schema if pa.types.is_string(field.type)]
    repeated = [name for name in texts if name not in {"key", "task"}]
    pq.write_table(table, sink, compression="zstd", use_dictionary=repeated, write_statistics=False)
    content = sink.getvalue()
    name = f"{hashlib.sha256(content).hexdigest()[:NAME_DIGITS]}.parquet"
    write_whole(folder / FOLDER / name, content)
    return name


def _rows(path: Path) -> dict[str, str | None] | None:
    """Return keys and failures of a part, or None if it is damaged."""
    with plain_refusal(path), path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest[:NAME_DIGITS] != path.stem:
        return None
    with pq.ParquetFile(path) as file:
        table = file.read(columns=["key", "error"])
    return dict(zip(table["key"].to_pylist(), table["error"].to_pylist(), strict=True))
