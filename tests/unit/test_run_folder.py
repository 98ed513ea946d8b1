"""The folder of a run: it appears whole or not at all; its tables and its manifest."""

import datetime as dt
import errno
import os
import pickle
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from example_run import HOSTS, START, UNTIL, arrow_tables, example_tables, example_world

from abm.data.settings import RunSettings
from abm.errors import EweaError
from experiments.ensemble.files import write_json
from experiments.ensemble.identity import run_identity
from experiments.run_folder import MANIFEST, new_run_folder, read_run_manifest, write_manifest
from experiments.run_tables import about_table, read_run_table, run_series, to_arrow, write_run_table

SEEDS = (3, 4)
ABOUT = about_table("made up", {"persons": "persons"}, {"scenario": "baseline"})


def finished(folder, **files):
    """Put a minimal finished run into a folder."""
    for name, text in files.items():
        (folder / name).write_text(text)
    write_json(folder / MANIFEST, {"kind": "ewea-run", "files": {name: {} for name in files}})


def broken_run(place, fault):
    with new_run_folder(place) as folder:
        finished(folder, a="half")
        raise fault


def everything_in(folder):
    return sorted(str(found.relative_to(folder)) for found in folder.rglob("*"))


def test_a_run_folder_appears_whole(tmp_path):
    place = tmp_path / "results" / "run"
    with new_run_folder(place) as folder:
        finished(folder, a="1")
        assert not place.exists()
    assert everything_in(tmp_path) == ["results", "results/run", "results/run/a", "results/run/manifest.json"]
    (tmp_path / "empty").mkdir()
    with new_run_folder(tmp_path / "empty") as folder:
        finished(folder, a="1")
    assert everything_in(tmp_path / "empty") == ["a", "manifest.json"]


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), OSError(errno.ENOSPC, "full"), EweaError("no")])
def test_an_interrupted_run_leaves_nothing_not_even_new_parents(tmp_path, fault):
    with pytest.raises(type(fault)):
        broken_run(tmp_path / "a" / "b" / "run", fault)
    assert everything_in(tmp_path) == []


def test_an_older_run_is_replaced_and_kept_when_the_new_one_fails(tmp_path):
    place = tmp_path / "run"
    with new_run_folder(place) as folder:
        finished(folder, a="old", b="old")
    with pytest.raises(KeyboardInterrupt):
        broken_run(place, KeyboardInterrupt())
    assert (place / "a").read_text() == "old"
    with new_run_folder(place) as folder:
        finished(folder, a="new")
    assert everything_in(tmp_path) == ["run", "run/a", "run/manifest.json"]
    assert (place / "a").read_text() == "new"


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("there", "is not the folder of a run"),
        ("other", "is not the folder of a run"),
        ("run", r"my notes\.txt"),
        ("file", "is a file"),
        ("link", "is a link"),
    ],
)
def test_what_is_somebody_elses_is_refused_and_untouched(tmp_path, place, said):
    with new_run_folder(tmp_path / "run") as folder:
        finished(folder, a="1")
    for name in ("there/notes.txt", "other/manifest.json", "run/my notes.txt", "file"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    (tmp_path / "link").symlink_to(tmp_path / "there")
    before = everything_in(tmp_path)
    with pytest.raises(EweaError, match=said), new_run_folder(tmp_path / place):
        pass
    assert everything_in(tmp_path) == before


def test_what_a_killed_run_left_is_swept_away_and_a_live_one_is_not(tmp_path):
    script = textwrap.dedent(
        f"""
        import sys
        from pathlib import Path
        from experiments.run_folder import new_run_folder
        with new_run_folder(Path({str(tmp_path / "run")!r})) as folder:
            (folder / "half").write_text("half")
            print("writing", flush=True)
            sys.stdin.read()
        """
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", script], **pipes) as child:
        assert child.stdout.readline() == "writing\n"
        with new_run_folder(tmp_path / "other") as folder:
            finished(folder)
        assert len(list(tmp_path.glob(".run.part-*"))) == 1
        child.send_signal(signal.SIGKILL)
    with new_run_folder(tmp_path / "run") as folder:
        finished(folder)
    assert everything_in(tmp_path) == ["other", "other/manifest.json", "run", "run/manifest.json"]


def test_no_permission_is_reported_before_anything_is_computed(tmp_path):
    # Not even root may write below /proc.
    place = tmp_path / "closed" / "run" if os.geteuid() else Path("/proc/1/run")
    (tmp_path / "closed").mkdir(mode=0o500)
    reached = []
    with pytest.raises(OSError) as refusal, new_run_folder(place):  # noqa: PT011 - the number differs by system
        reached.append(place)
    assert reached == []
    assert str(place.parent) in str(refusal.value)


def test_equal_tables_give_equal_bytes_and_read_back_as_text(tmp_path):
    for name, table in arrow_tables(SEEDS).items():
        once, twice = tmp_path / f"{name}.parquet", tmp_path / "again.parquet"
        write_run_table(table, once, ABOUT)
        write_run_table(pickle.loads(pickle.dumps(table)), twice, ABOUT)  # as it comes from a worker
        assert once.read_bytes() == twice.read_bytes()
        stored = pq.ParquetFile(once)
        assert read_run_table(once)[1] == ABOUT
        groups = [set(stored.read_row_group(i)["seed"].to_pylist()) for i in range(stored.num_row_groups)]
        assert groups == [{seed} for seed in SEEDS]
        back = pd.read_parquet(once)
        expected = pd.concat([example_tables(seed)[name] for seed in SEEDS], ignore_index=True)
        pd.testing.assert_frame_equal(back, expected[list(back.columns)], check_dtype=False)
        assert not any(isinstance(kind, pd.CategoricalDtype) for kind in back.dtypes)


def test_a_table_with_other_columns_or_empty_cells_is_refused():
    frame = example_tables(1)["register"]
    with pytest.raises(ValueError, match="has columns"):
        to_arrow("register", frame.rename(columns={"host": "country"}))
    holes = frame.copy()
    holes.loc[0, "host"] = None
    with pytest.raises(ValueError, match="empty cells"):
        to_arrow("register", holes)


def test_series_keep_the_balance_of_the_tables():
    series = run_series(arrow_tables(SEEDS), HOSTS, SEEDS, START, UNTIL)
    inflow = series.from_ukraine + series.between.sum(axis=2)
    outflow = series.to_ukraine + series.between.sum(axis=3)
    assert series.stock.sum() > 0
    assert (series.stock[:, 1:] == series.stock[:, :-1] + inflow - outflow).all()


def test_the_manifest_says_how_to_repeat_the_run(tmp_path):
    started, settings = dt.datetime(2026, 11, 22, tzinfo=dt.UTC), RunSettings(scale=100, until=UNTIL)
    with new_run_folder(tmp_path / "run") as folder:
        (folder / "flows.parquet").write_bytes(b"x")
        identity = run_identity(example_world(), settings, SEEDS)
        write_manifest(folder, example_world(), settings, identity, started=started, processes=2)
    found = read_run_manifest(tmp_path / "run")
    assert found["settings"]["seeds"] == [3, 4]
    assert found["data_date"] == "2024-08"
    assert found["periods"] == {
        "hindcast": {"first": "2022-03", "last": "2024-08"},
        "projection": {"first": "2024-09", "last": "2026-02"},
    }
    assert found["files"]["flows.parquet"]["bytes"] == 1
