"""``ewea sweep`` and ``ewea results`` as a user meets them: run, kill, resume, ask, hand on."""

import json
import shutil

import pandas as pd
import pytest
from small_design import RUNS, written

from experiments.command_line import main
from experiments.designs import files
from experiments.ensemble.store import ROWS


def ewea(*arguments):
    return main(list(map(str, arguments)))


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Return the folder of a design that was run with two workers, and its rows."""
    folder = tmp_path_factory.mktemp("done")
    assert ewea("sweep", written(folder), "--workers", 2, "--out", folder / "store") == 0
    return folder, rows(folder)


def rows(folder):
    """Return the rows of a store without times, sorted, through a CSV file."""
    query = "SELECT * EXCLUDE (seconds, task) FROM results ORDER BY key"
    target = folder / "rows.csv"
    assert ewea("results", folder / "small.yaml", query, "--out", folder / "store", "--export", target) == 0
    return pd.read_csv(target)


def test_a_damaged_store_is_repaired_and_another_number_of_workers_gives_the_same_rows(
    done, tmp_path, capsys
):
    design = written(tmp_path, ("count: 2", "count: 1"), ("[0.004, 0.02]", "[0.02]"))
    store = tmp_path / "store"
    assert ewea("sweep", design, "--workers", 1, "--out", store) == 0
    assert ewea("sweep", design, "--out", store) == 0
    assert "0 completed" in capsys.readouterr().out.splitlines()[-2]
    path = store / ROWS
    content = path.read_bytes()
    place = content.index(b'"seed":1')
    path.write_bytes(content[:place] + b"'" + content[place + 1 :])
    assert ewea("sweep", design, "--out", store) == 2
    assert ROWS in capsys.readouterr().err
    assert ewea("sweep", design, "--out", store, "--repair", "--workers", 1) == 0
    assert "1 completed" in capsys.readouterr().out
    whole = done[1]
    assert len(whole) == RUNS
    part = whole[(whole.seed == 1) & (whole.hazard == 0.02)].reset_index(drop=True)
    pd.testing.assert_frame_equal(rows(tmp_path), part, check_exact=True)


def test_a_design_that_changed_is_refused_and_the_difference_named(done, tmp_path, capsys):
    design = written(tmp_path, ("[null, 0.2]", "[null, 0.3]"))
    for command in (("sweep", design, "--resume"), ("results", design)):
        assert ewea(*command, "--out", done[0] / "store") == 2
        said = capsys.readouterr().err
        assert "the design has changed since the sweep was started" in said
        assert "design.levers.cash.values: the store has [None, 0.2], now it is [None, 0.3]" in said


def test_a_store_of_another_version_is_refused(done, tmp_path, capsys):
    copy = shutil.copytree(done[0], tmp_path / "copy")
    manifest = copy / "store" / "manifest.json"
    content = json.loads(manifest.read_text())
    said = {"model": "the model has another version", "configs": "the configuration has changed"}
    for name, words in said.items():
        changed = {**content, "context": {**content["context"], name: "0" * 16}}
        manifest.write_text(json.dumps(changed))
        assert ewea("sweep", copy / "small.yaml", "--resume", "--out", manifest.parent) == 2
        assert words in capsys.readouterr().err


def test_questions_in_sql(done, capsys):
    folder, _ = done
    design, store = folder / "small.yaml", folder / "store"
    query = "SELECT law, count(*) AS n, avg(stock_NL) AS mean FROM results GROUP BY law ORDER BY law"
    assert ewea("results", design, query, "--out", store, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [(row["law"], row["n"]) for row in found] == [("none", 8), ("rtb_end", 8)]
    assert ewea("results", design, "--out", store) == 0
    assert "stock_NL_change" in capsys.readouterr().out
    files = ("SELECT * FROM read_csv('small.yaml')", "COPY results TO 'stolen.csv'")
    for wrong in ("SELECT stok FROM results", *files, "SELEC", "", "/* nothing */"):
        assert ewea("results", design, wrong, "--out", store) == 2
        empty = "the query: found" if wrong in ("", "/* nothing */") else "not understood"
        words = "columns key, task" if "stok" in wrong else empty
        assert words in capsys.readouterr().err


def test_rows_are_handed_on_as_excel_and_parquet(done, tmp_path, capsys):
    folder, _ = done
    design, store = folder / "small.yaml", folder / "store"
    for suffix in ("xlsx", "parquet"):
        target = tmp_path / f"rows.{suffix}"
        query = "SELECT cash, law, hazard, seed, stock_NL FROM results ORDER BY key"
        assert ewea("results", design, query, "--out", store, "--export", target) == 0
        found = pd.read_excel(target) if suffix == "xlsx" else pd.read_parquet(target)
        assert len(found) == RUNS
        assert list(found) == ["cash", "law", "hazard", "seed", "stock_NL"]
    about = pd.read_excel(tmp_path / "rows.xlsx", sheet_name="about")
    assert "Does it work?" in set(about.meaning)
    for target, words in (
        (tmp_path / "rows.doc", "allowed are .csv"),
        (tmp_path / "no" / "rows.csv", "no such"),
    ):
        assert ewea("results", design, "--out", store, "--export", target) == 2
        assert words in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.parquet", "rows.xlsx"]


def test_no_results_yet(tmp_path, capsys):
    assert ewea("results", written(tmp_path), "--out", tmp_path / "store") == 2
    assert "Run 'ewea sweep small' first" in capsys.readouterr().err


def test_ready_designs_are_listed(done, capsys, monkeypatch):
    monkeypatch.setattr(files, "FOLDER", done[0])
    assert ewea("sweep", "--json") == 0
    [listed] = json.loads(capsys.readouterr().out)
    assert (listed["id"], listed["worlds"], listed["runs"]) == ("small", RUNS / 2, RUNS)
    assert ewea("sweep") == 0
    assert "Does it work?" in capsys.readouterr().out
