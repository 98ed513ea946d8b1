"""What the tests of the sweep runner share: opening a store, and what a whole one looks like."""

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sweep_tasks import FINGERPRINT, FUNCTION, rows

from experiments.ensemble.resume import run_tasks
from experiments.ensemble.store import ROWS, Store


def opened(folder, function=FUNCTION, **context):
    return Store.open(folder, function, context, FINGERPRINT)


def content(store, design):
    found = store.read(keys=[store.key(task) for task in design])
    return {name: list(a) if a.dtype == object else (a.shape, a.tobytes()) for name, a in found.items()}


@cache
def one_after_the_other(n):
    with TemporaryDirectory() as folder, opened(Path(folder)) as store:
        summary = run_tasks(store, rows(n), scheduler="serial")
        assert (summary.done, summary.skipped, summary.failed) == (n, 0, 0)
        return content(store, rows(n))


def assert_whole(folder, design):
    """Every task has one row, none has two, and the values are those of one process."""
    store = Store.reading(folder)
    assert store.keys() == sorted({store.key(task) for task in design})
    with closing(sqlite3.connect(folder / ROWS)) as rows_file:
        counted = rows_file.execute("SELECT count(*), count(DISTINCT key) FROM rows").fetchone()
    assert counted == (len(design), len(design))
    assert content(store, design) == one_after_the_other(len(design))
