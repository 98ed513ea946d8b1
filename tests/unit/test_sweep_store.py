"""The store of sweeps: values bit for bit, damage named, nothing half-written, no mixing of models."""

import json
import resource

import duckdb
import numpy as np
import pandas as pd
import pytest
import sweep_tasks
from sweep_tasks import FUNCTION

from abm.errors import EweaError
from experiments.sweeps.keys import canonical, task_key
from experiments.sweeps.store import Store
from experiments.sweeps.task_calls import Outcome

CONTEXT = {"model": "a1", "settings": {"scale": 100, "until": "2026-03"}}


def row(store, number, error=None):
    """Return a row as the runner would append it."""
    task = {"row": number, "seed": 1}
    values = None if error else sweep_tasks.numbers({}, task)
    return canonical(task), Outcome(store.key(task), values, error, 0.5)


@pytest.fixture
def filled(tmp_path):
    """A store of three parts; rows 0 to 5, row 5 has failed."""
    folder = tmp_path / "store"
    with Store.open(folder, FUNCTION, CONTEXT) as store:
        store.append([row(store, 0), row(store, 1)])
        store.append([row(store, 2), row(store, 3)])
        store.append([row(store, 4), row(store, 5, "it broke")])
    return folder


def reopened(folder, **more):
    return Store.open(folder, FUNCTION, CONTEXT, **more)


def parts(folder):
    return sorted((folder / "parts").glob("*.parquet"))


def bits(value):
    return value.tobytes() if isinstance(value, np.ndarray) else value


def test_values_come_back_bit_for_bit_in_the_order_asked(filled):
    order = [4, 0, 3, 0]
    store = Store.reading(filled)
    found = store.read(keys=[store.key({"row": number, "seed": 1}) for number in order])
    for place, number in enumerate(order):
        sent = sweep_tasks.numbers({}, {"row": number, "seed": 1})
        assert found.keys() == sent.keys()
        for name, value in sent.items():
            got = found[name][place]
            if isinstance(value, str):
                assert got == value
            else:
                assert got.dtype == np.asarray(value).dtype
                assert got.shape == np.shape(value)
                assert got.tobytes() == np.asarray(value).tobytes(), name


def test_kinds_of_not_a_number_and_signs_of_zero_are_kept(filled):
    store = Store.reading(filled)
    table = store.read(["table"], [store.key({"row": 3, "seed": 1})])["table"][0]
    assert np.signbit(table[0, 0])
    assert (table[1].view(np.uint64) == 0x7FF8_0000_0000_0003).all()


def test_keys_are_those_of_results_and_failures_stand_apart(filled):
    store = Store.reading(filled)
    failed = store.key({"row": 5, "seed": 1})
    assert len(store.keys()) == 5
    assert store.keys() == sorted(store.keys())
    assert store.failures() == {failed: "it broke"}
    assert store.has(failed)
    assert store.read(["count"])["count"].shape == (5,)
    with pytest.raises(EweaError, match="it broke"):
        store.read(keys=[failed])
    with pytest.raises(EweaError, match="has no result yet"):
        store.read(keys=[store.key({"row": 99, "seed": 1})])
    with pytest.raises(EweaError, match=r"no column nonsense; there are count, .*word"):
        store.read(["nonsense"])


def test_task_and_seconds_can_be_read(filled):
    found = Store.reading(filled).read(["task", "seconds", "count"])
    assert [json.loads(text)["row"] for text in found["task"]] == found["count"].tolist()
    assert (found["seconds"] == 0.5).all()


def test_duckdb_and_pandas_read_the_parts(filled):
    pattern = str(filled / "parts" / "*.parquet")
    sql = (
        f"SELECT count, word, small FROM read_parquet('{pattern}', union_by_name = true) WHERE error IS NULL"
    )
    found = duckdb.sql(sql + " ORDER BY count").fetchall()
    assert [number for number, _, _ in found] == [0, 1, 2, 3, 4]
    assert found[2][1] == "row 2 — Kraków"
    assert list(found[2][2]) == sweep_tasks.numbers({}, {"row": 2, "seed": 1})["small"].ravel().tolist()
    assert len(pd.read_parquet(parts(filled)[0])) == 2


@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty"])
def test_a_damaged_part_is_named_and_repaired(filled, damage):
    part = parts(filled)[1]
    content = part.read_bytes()
    middle = len(content) // 2
    changed = {
        "truncated": content[:-100],
        "flipped": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
        "empty": b"",
    }
    part.write_bytes(changed[damage])
    for attempt in (reopened, Store.reading):
        with pytest.raises(EweaError, match=rf"{part.name}: damaged.*--repair"):
            attempt(filled)
    assert part.exists()
    with reopened(filled, repair=True) as store:
        assert len(store.keys()) + len(store.failures()) == 4
    assert part.with_name(part.name + ".corrupt").read_bytes() == changed[damage]
    with reopened(filled) as store:
        assert len(parts(filled)) == 2


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"settings": {"scale": 50, "until": "2026-03"}}, "settings.scale: the store has 100, now it is 50"),
        ({"settings": {"scale": 100}}, "settings.until: the store has '2026-03', now there is no such key"),
        ({"model": "b2"}, "model: the store has 'a1', now it is 'b2'"),
        ({"more": None}, "more: the store has no such key, now it is None"),
    ],
)
def test_a_store_of_something_else_is_refused_and_the_difference_named(filled, change, difference):
    before = sorted(filled.rglob("*"))
    with pytest.raises(EweaError) as caught:
        Store.open(filled, FUNCTION, {**CONTEXT, **change})
    assert f"context.{difference}" in str(caught.value)
    assert "manifest.json" in str(caught.value)
    assert sorted(filled.rglob("*")) == before


def test_another_function_or_fingerprint_is_refused(filled):
    with pytest.raises(EweaError, match="function: the store has 'sweep_tasks:numbers'"):
        Store.open(filled, "sweep_tasks:plain", CONTEXT)
    with pytest.raises(EweaError, match="fingerprint: the store has"):
        Store.open(filled, FUNCTION, CONTEXT, "another model")


def test_a_context_may_differ_when_the_fingerprint_says_it_does_not_matter(tmp_path):
    with Store.open(tmp_path, FUNCTION, {"folder": "here"}, "same") as store:
        store.append([row(store, 1)])
    with Store.open(tmp_path, FUNCTION, {"folder": "there"}, "same") as store:
        assert store.context == {"folder": "there"}
        assert len(store.keys()) == 1


def test_two_drivers_are_refused(filled):
    with reopened(filled), pytest.raises(EweaError, match=r"process \d+ on .* is writing to this store"):
        reopened(filled)
    with reopened(filled):
        assert len(Store.reading(filled).keys()) == 5  # readers need no right to write
    reopened(filled).close()


def test_a_reader_cannot_write(filled):
    store = Store.reading(filled)
    with pytest.raises(EweaError, match="reading only"):
        store.append([row(store, 7)])


def test_leftovers_of_a_killed_driver_are_removed(filled):
    left = [filled / ".manifest.json.part", filled / "parts" / ".abc.parquet.part"]
    for path in left:
        path.write_bytes(b"half")
    with reopened(filled) as store:
        assert len(store.keys()) == 5
    assert not any(path.exists() for path in left)


def test_a_disk_without_room_leaves_nothing_half_written(tmp_path):
    with Store.open(tmp_path / "store", FUNCTION, CONTEXT) as store:
        store.append([row(store, 0)])
        many = [row(store, number) for number in range(1, 200)]
        before = sorted((tmp_path / "store").rglob("*"))
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))  # the system refuses, as a full disk does
        try:
            with pytest.raises(EweaError, match=r"no room left .* only what is missing is run"):
                store.append(many)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert sorted((tmp_path / "store").rglob("*")) == before
        assert len(store.keys()) == 1
        store.append(many)
    assert len(Store.reading(tmp_path / "store").keys()) == 200


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(EweaError, match=r"not the store of a sweep .* thesis.txt"):
        Store.open(tmp_path, FUNCTION, CONTEXT)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(EweaError, match=r"thesis.txt.*: (Not a directory|File exists)\. Check that"):
        Store.open(tmp_path / "thesis.txt", FUNCTION, CONTEXT)
    with pytest.raises(EweaError, match="no store of a sweep"):
        Store.reading(tmp_path / "nothing")


def test_parts_without_their_manifest_are_not_taken_for_a_new_store(filled):
    (filled / "manifest.json").unlink()
    with pytest.raises(EweaError, match=r"manifest.json is missing"):
        reopened(filled)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"kind": "ewea-run"}', "{}"])
def test_a_damaged_manifest_is_named(filled, content):
    (filled / "manifest.json").write_text(content)
    with pytest.raises(EweaError, match=r"manifest.json: not the manifest of a sweep, or damaged"):
        reopened(filled)


def test_a_store_of_another_format_is_refused(filled):
    path = filled / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    with pytest.raises(EweaError, match="format: found 99; this version reads 1"):
        reopened(filled)


def test_forgotten_failures_leave_the_results_of_their_part(filled):
    with reopened(filled) as store:
        good = store.read(["table"])["table"].tobytes()
        store.forget_failures(store.failures())
        assert store.failures() == {}
        assert store.read(["table"])["table"].tobytes() == good
    store = Store.reading(filled)
    assert store.failures() == {}
    assert len(parts(filled)) == 3
    assert store.read(["table"])["table"].tobytes() == good


def test_a_kill_between_new_and_old_part_leaves_no_row_twice(filled):
    old = {path: path.read_bytes() for path in parts(filled)}
    with reopened(filled) as store:
        store.forget_failures(store.failures())
    for path, content in old.items():  # as if the kill had come before the old part went
        path.write_bytes(content)
    assert len(parts(filled)) == 4
    with reopened(filled) as store:
        assert len(store.keys()) == 5
        assert len(store.failures()) == 1
    assert len(parts(filled)) == 3


def test_a_part_of_failures_only_can_come_first(tmp_path):
    with Store.open(tmp_path, FUNCTION, CONTEXT) as store:
        store.append([row(store, 0, "no")])
        assert store.read() == {}
        store.append([row(store, 1)])
    assert Store.reading(tmp_path).read(["count"])["count"].tolist() == [1]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"key": 1.0}, "result 'key': not a name for a column"),
        ({"a.b": 1.0}, "result 'a.b': not a name for a column"),
        ({"a": np.array([1j])}, "result a: found ndarray of type complex128"),
        ({"a": [None]}, "result a: found list of type object"),
        ({"a": np.zeros(0)}, "without elements"),
        ({"count": 1}, "large: the store has .* now there is no such key"),
    ],
)
def test_a_result_that_cannot_be_stored_is_named(filled, values, message):
    with reopened(filled) as store, pytest.raises(EweaError, match=message):
        store.append([("{}", Outcome("f" * 64, values, None, 0.0))])


def test_keys_depend_on_content_only():
    task = {"row": 1, "theta": {"b": 0.1, "a": 2}}
    key = task_key(FUNCTION, "f", task)
    assert key == task_key(FUNCTION, "f", {"theta": {"a": 2, "b": 0.1}, "row": 1})
    # written down, so that a change of the rule (which would orphan every store) is noticed
    assert key == "9da2d1486949c16f883b33569b99e4dd1ccbc44e00a52434f247d3e597a8a0db"
    others = [(FUNCTION + "s", "f", task), (FUNCTION, "g", task), (FUNCTION, "f", {**task, "row": 2})]
    assert len({key, *(task_key(*other) for other in others)}) == 4


@pytest.mark.parametrize(
    "task",
    [{"a": float("nan")}, {"a": (1, 2)}, {1: "a"}, {"a": {1, 2}}, {"a": np.int64(3)}, {"a": np.zeros(2)}],
)
def test_a_task_that_is_not_plain_json_is_refused(task):
    with pytest.raises(EweaError, match=r"task: .*; allowed are text, finite numbers"):
        task_key(FUNCTION, "f", task)
