"""The store of sweeps: values bit for bit, damage named, nothing half-written, no mixing of models."""

import json
import resource
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
import sweep_tasks
from hypothesis import given
from hypothesis import strategies as st
from sweep_tasks import FUNCTION

from abm.errors import EweaError
from experiments.ensemble import store as stores
from experiments.ensemble.files import write_whole
from experiments.ensemble.identity import canonical, first_difference, source_digest, task_key
from experiments.ensemble.rows import CORRUPT
from experiments.ensemble.store import FORMAT, MANIFEST, ROWS, Store
from experiments.ensemble.tasks import TaskResult

CONTEXT = {"model": "a1", "settings": {"scale": 100, "until": "2026-03"}}
DOCUMENTS = st.recursive(
    st.integers(0, 1), lambda inside: st.dictionaries(st.sampled_from("ab"), inside, max_size=2), max_leaves=6
)


@given(DOCUMENTS, DOCUMENTS)
def test_the_first_difference_is_a_place_where_two_documents_differ(before, now):
    found = first_difference(before, now)
    assert (found is None) == (before == now)
    for key in filter(None, found.split(": ")[0].split(".") if found else ()):
        before, now = before.get(key), now.get(key)
    assert found is None or before != now


def row(store, number, error=None):
    task = {"row": number, "seed": 1}
    values = None if error else sweep_tasks.numbers({}, task)
    return canonical(task), TaskResult(store.key(task), values, error, 0.5)


@pytest.fixture
def filled(tmp_path):
    """A store of rows 0 to 5; row 5 has failed."""
    folder = tmp_path / "store"
    with Store.open(folder, FUNCTION, CONTEXT) as store:
        store.append([row(store, number) for number in range(5)])
        store.append([row(store, 5, "it broke")])
    return folder


def reopened(folder, **more):
    return Store.open(folder, FUNCTION, CONTEXT, **more)


def test_a_reader_knows_the_columns_of_rows_that_came_while_it_opened(tmp_path, monkeypatch):
    with Store.open(tmp_path, FUNCTION, CONTEXT) as writer:
        coming, read = [row(writer, 1)], stores.read_store_manifest

        def read_before_rows_come(folder):
            manifest = read(folder)
            if coming:
                writer.append([coming.pop()])
            return manifest

        monkeypatch.setattr(stores, "read_store_manifest", read_before_rows_come)
        assert Store.reading(tmp_path).columns == writer.columns != {}


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_values_come_back_bit_for_bit_in_the_order_asked(filled):
    """The kinds of not-a-number and the signs of zero are among them."""
    tasks = [{"row": number, "seed": 1} for number in (4, 0, 3, 0)]
    store = Store.reading(filled)
    found = store.read(keys=[store.key(task) for task in tasks])
    for place, task in enumerate(tasks):
        sent = sweep_tasks.numbers({}, task)
        assert found.keys() == sent.keys()
        assert [found["word"][place], sent.pop("word")] == [f"row {task['row']} — Kraków"] * 2
        for name, value in sent.items():
            got, wanted = found[name][place], np.asarray(value)
            assert (got.dtype, got.shape, got.tobytes()) == (wanted.dtype, wanted.shape, wanted.tobytes())


def test_keys_are_those_of_results_and_failures_stand_apart(filled):
    store = Store.reading(filled)
    failed = store.key({"row": 5, "seed": 1})
    assert store.keys() == sorted(store.keys())
    assert store.failures() == {failed: "it broke"}
    assert store.has(failed)
    found = store.read(["task", "seconds", "count"])
    assert [json.loads(text)["row"] for text in found["task"]] == found["count"].tolist()
    assert (found["seconds"] == 0.5).all()
    for names, keys, said in (
        (None, [failed], "it broke"),
        (None, [store.key({"row": 99, "seed": 1})], "has no result yet"),
        (["nonsense"], None, r"no column nonsense; there are count, .*word"),
    ):
        with pytest.raises(EweaError, match=said):
            store.read(names, keys=keys)


def test_tables_hold_every_row_and_lists_of_fixed_length(filled):
    results, failures = Store.reading(filled).tables()
    assert results.column_names[:3] == ["key", "task", "seconds"]
    assert results["key"].to_pylist() == sorted(results["key"].to_pylist())
    small = dict(zip(results["count"].to_pylist(), results["small"].to_pylist(), strict=True))
    assert small[2] == sweep_tasks.numbers({}, {"row": 2, "seed": 1})["small"].ravel().tolist()
    assert failures.to_pylist()[0]["error"] == "it broke"


def flipped(content):
    """Return content with one bit changed within the JSON of a task."""
    place = content.index(b'{"row":3,') + 3
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


DAMAGES = {
    "truncated": lambda content: content[:-100],
    "flipped": flipped,
    "empty": lambda content: b"",
    "no_head": lambda content: b"\0" * 512 + content[512:],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damage_is_named_and_repaired_and_whole_rows_are_kept(filled, damage):
    path = filled / ROWS
    changed = damage(path.read_bytes())
    path.write_bytes(changed)
    for attempt in (reopened, Store.reading):
        with pytest.raises(EweaError, match=rf"{ROWS}: damaged.*--repair"):
            attempt(filled)
    assert path.read_bytes() == changed
    with reopened(filled, repair=True) as store:
        kept = len(store.keys()) + len(store.failures())
        assert (kept == 5) if damage is flipped else (kept <= 6)
        store.append([row(store, number) for number in range(5)])
    assert (filled / (ROWS + CORRUPT)).read_bytes() == changed
    assert len(Store.reading(filled).keys()) == 5


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
    before = names_in(filled)
    with pytest.raises(EweaError) as caught:
        Store.open(filled, FUNCTION, {**CONTEXT, **change})
    assert f"context.{difference}" in str(caught.value)
    assert MANIFEST in str(caught.value)
    with pytest.raises(EweaError, match="function: the store has 'sweep_tasks:numbers'"):
        Store.open(filled, "sweep_tasks:plain", CONTEXT)
    with pytest.raises(EweaError, match="fingerprint: the store has"):
        Store.open(filled, FUNCTION, CONTEXT, "another model")
    assert names_in(filled) == before


def test_a_context_may_differ_when_the_fingerprint_says_so_and_failures_can_come_first(tmp_path):
    with Store.open(tmp_path, FUNCTION, {"folder": "here"}, "same") as store:
        store.append([row(store, 0, "no")])
        assert store.read() == {}
    with Store.open(tmp_path, FUNCTION, {"folder": "there"}, "same") as store:
        assert store.context == {"folder": "there"}
        store.append([row(store, 1)])
    assert Store.reading(tmp_path).read(["count"])["count"].tolist() == [1]


def test_one_writes_and_others_read(filled):
    with reopened(filled) as store:
        with pytest.raises(EweaError, match=r"process \d+ on .* is writing to this store"):
            reopened(filled)
        reader = Store.reading(filled)
        store.append([row(store, 7)])
        assert len(reader.read(["count"])["count"]) == 5  # as it was when it was opened
        assert len(Store.reading(filled).keys()) == 6
        with pytest.raises(EweaError, match="reading only"):
            reader.append([row(store, 8)])
    reopened(filled).close()


def test_a_disk_without_room_leaves_nothing_half_written(tmp_path):
    with Store.open(tmp_path / "store", FUNCTION, CONTEXT) as store:
        store.append([row(store, 0)])
        many = [row(store, number) for number in range(1, 200)]
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))  # the system refuses, as a full disk does
        try:
            with pytest.raises(EweaError, match=r"no room left .* only what is missing is run"):
                store.append(many)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert len(store.keys()) == len(Store.reading(tmp_path / "store").keys()) == 1
        store.append(many)
    assert len(Store.reading(tmp_path / "store").keys()) == 200


def test_a_folder_of_something_else_is_left_alone(tmp_path, filled):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("mine")
    (filled / MANIFEST).unlink()  # rows without their manifest are no new store
    for opening, place, said in (
        (reopened, mine, "not the store of a sweep .* thesis.txt"),
        (reopened, mine / "thesis.txt", r"thesis.txt.*: (Not a directory|File exists)\. Check that"),
        (Store.reading, tmp_path / "nothing", "no store of a sweep"),
        (reopened, filled, "manifest.json is missing"),
    ):
        with pytest.raises(EweaError, match=said):
            opening(place)
    assert names_in(mine) == ["thesis.txt"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"kind": "ewea-run"}', {"format": 99}])
def test_a_damaged_manifest_and_one_of_another_format_are_named(filled, content):
    path = filled / MANIFEST
    changed = content if isinstance(content, str) else json.dumps({**json.loads(path.read_text()), **content})
    path.write_text(changed)
    other = f"format: found 99; this version reads {FORMAT}"
    said = "not the manifest of a sweep, or damaged" if changed is content else other
    with pytest.raises(EweaError, match=f"manifest.json: {said}"):
        reopened(filled)


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
        store.append([("{}", TaskResult("f" * 64, values, None, 0.0))])


def test_keys_depend_on_content_only():
    task = {"row": 1, "theta": {"b": 0.1, "a": 2}}
    key = task_key(FUNCTION, "f", canonical(task))
    assert key == task_key(FUNCTION, "f", canonical({"theta": {"a": 2, "b": 0.1}, "row": 1}))
    # written down, so that a change of the rule (which would orphan every store) is noticed
    assert key == "9da2d1486949c16f883b33569b99e4dd1ccbc44e00a52434f247d3e597a8a0db"
    others = [(FUNCTION + "s", "f", task), (FUNCTION, "g", task), (FUNCTION, "f", {**task, "row": 2})]
    assert len({key, *(task_key(name, mark, canonical(one)) for name, mark, one in others)}) == 4


@pytest.mark.parametrize(
    "task",
    [{"a": float("nan")}, {"a": (1, 2)}, {1: "a"}, {"a": {1, 2}}, {"a": np.int64(3)}, {"a": np.zeros(2)}],
)
def test_a_task_that_is_not_plain_json_is_refused(task):
    with pytest.raises(EweaError, match=r"task: .*; allowed are text, finite numbers"):
        canonical(task)


def test_source_that_decides_a_result_changes_its_digest(tmp_path, monkeypatch):
    """What a module imports through others counts too, what nobody imports does not."""
    files = {"one": "from abm import two\n", "two": "import abm.three\n", "three": "", "other": ""}
    (tmp_path / "abm").mkdir()
    monkeypatch.setattr("experiments.ensemble.identity.ROOT", tmp_path)
    for name, text in files.items():
        (tmp_path / "abm" / f"{name}.py").write_text(text)
    before = source_digest("abm.one"), source_digest("abm")
    (tmp_path / "abm" / "other.py").write_text("# edited\n")
    assert source_digest("abm.one") == before[0]
    assert source_digest("abm") != before[1]
    (tmp_path / "abm" / "three.py").write_text("# edited\n")
    assert source_digest("abm.one") != before[0]


def test_threads_that_write_one_file_leave_one_of_their_contents(tmp_path):
    path = tmp_path / "file.txt"
    texts = [str(number) * 10_000 for number in range(4)]
    with ThreadPoolExecutor(len(texts)) as threads:
        assert len([*threads.map(partial(write_whole, path), texts)]) == len(texts)
    assert path.read_text() in texts
    assert names_in(tmp_path) == ["file.txt"]
