"""The command line as a user meets it; where files or signals matter, in a process of its own."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from importlib.metadata import version

import pytest

from experiments.command_line import all_commands, main
from experiments.options import print_json

EWEA = [sys.executable, "-c", "import sys; from experiments.command_line import main; sys.exit(main())"]
SMALL = ("--scale", "3000", "--until", "2022-09")


def test_every_command_has_a_help(capsys):
    words = set(all_commands())
    assert {"run", "validate", "data check", "data update"} <= words
    for command in words:
        assert main([*command.split(), "--help"]) == 0
        assert "Usage:" in capsys.readouterr().out


def test_version_is_that_of_the_package(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"ewea {version('ewea-displacement')}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "nosuch"], ["'nosuch' is not a scenario", "baseline"]),
        (["run", "../baseline"], ["is not a scenario"]),
        (["run", "--scale", "0"], ["scale", "found 0", "1 to 30000"]),
        (["run", "--scale", "1.5"], ["--scale", "1.5"]),
        (["run", "--seeds", "0"], ["--seeds", "found 0", "1 and more"]),
        (["run", "--seed", "-1"], ["--seed", "found -1"]),
        (["run", "--threads", "-1"], ["--threads", "found -1"]),
        (["run", "--until", "2022-03"], ["2022-03", "not after the start"]),
        (["run", "--until", "9999-01"], ["9999-01", "the latest is"]),
        (["run", "--until", "2024-13"], ["2024-13", "YYYY-MM"]),
        (["run", "--arrivals", "guessed"], ["guessed", "recorded", "modelled"]),
        (["run", "--out", "occupied"], ["occupied", "not the folder of a run"]),
        (["--configs", "nowhere", "run"], ["nowhere", "no such folder"]),
        (["run", "--nosuch"], ["--nosuch"]),
        (["validate", "--scale", "0"], ["found 0; allowed are 1 and more"]),
        (["validate", "--seeds", "0"], ["found 0; allowed are 1 and more"]),
        (["validate", "--scale", "99999"], ["allowed are 1 to 30000"]),
        (["validate", "--figure", "scores.txt"], ["must end in .png"]),
        (["validate", "--figure", "nowhere/at/all.png"], ["there is no folder nowhere/at"]),
        (["bench-sweep", "--seeds", "0"], ["--seeds", "found 0; allowed are 1 and more"]),
        (["population", "report", "--month", "2031-10"], ["--month: found 2031-10"]),
        (["population", "report", "--month", "2022-02"], ["--month: found 2022-02"]),
        (["population", "report", "--month", "soon"], ["--month"]),
        (["population", "report", "--scale", "0"], ["--scale", "found 0"]),
        (["population", "report", "--seed", "-1"], ["--seed", "found -1"]),
        (["nosuch"], ["nosuch"]),
    ],
)
def test_a_mistake_gets_one_clear_message_and_exit_code_2(tmp_path, monkeypatch, capsys, words, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "occupied").mkdir()
    (tmp_path / "occupied" / "thesis.txt").write_text("mine")
    assert main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    error = " ".join(printed.err.replace("│", " ").split())
    assert [word for word in said if word not in error] == [], error
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["occupied", "thesis.txt"]


def test_a_reader_that_leaves_is_no_error():
    script = "from experiments.command_line import main; raise SystemExit(main(['levers']))"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        run.stdout.close()
        assert run.stderr.read() == b""
    assert run.returncode == 0


def test_json_is_whole_and_what_is_no_number_is_null(capsys):
    print_json({"worst": [float("inf"), (float("nan"), 1.5)]})
    assert json.loads(capsys.readouterr().out) == {"worst": [None, [None, 1.5]]}


def test_a_broken_configuration_names_file_and_line(tmp_path, monkeypatch, capsys, spoil):
    monkeypatch.chdir(tmp_path)
    spoil("countries/NL.yaml", "capital:", "capitol:")
    assert main(["--configs", "configs", "run", *SMALL]) == 2
    said = capsys.readouterr().err
    assert re.search(r"NL\.yaml:\d+: .*capitol", said)
    assert not (tmp_path / "results").exists()


def test_a_run_shows_and_keeps_its_result_and_json_is_pure(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert main(["run", *SMALL, "--seeds", "2", "--threads", "2", "--json", "--out", "two"]) == 0
    figures = json.loads(capfd.readouterr().out)
    assert figures["seeds"] == [1, 2]
    assert figures["groups"]["NL"]["stock_horizon"]["value"] > 0
    assert main(["run", *SMALL, "--seeds", "2", "--threads", "1", "--out", "one"]) == 0
    assert "Netherlands" in capfd.readouterr().out
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    tables = [f"{name}.parquet" for name in ("flows", "indicators", "intentions", "register", "stocks")]
    figures = [f"{name}.{ending}" for name in ("flow_map", "stock_nl_eu") for ending in ("png", "svg")]
    assert names == sorted([*tables, *figures, "manifest.json", "summary.json"])
    for table in [*tables, "summary.json"]:
        assert (tmp_path / "one" / table).read_bytes() == (tmp_path / "two" / table).read_bytes(), table


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing(tmp_path, wish):
    words = ["run", "--scale", "50", "--seeds", "40", "--threads", "2"]
    with subprocess.Popen(
        [*EWEA, *words], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as run:  # fmt: skip
        deadline = time.monotonic() + 120
        while not list(tmp_path.glob("results/.baseline-*.part-*")):
            assert run.poll() is None, run.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.killpg(run.pid, wish) if wish == signal.SIGINT else run.send_signal(wish)
        out, said = run.communicate(timeout=60)
    assert run.returncode == 130
    assert out == ""
    assert "no partial output" in said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_reported_and_cleaned_up(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, hard))  # refuses in the middle of a table
    try:
        assert main(["run", *SMALL, "--seeds", "1"]) == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "too large" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_named_folder_reaches_whoever_reads_it_by_itself(tmp_path, monkeypatch):
    monkeypatch.delenv("EWEA_CONFIGS", raising=False)
    (tmp_path / "mine").mkdir()
    seen = []
    monkeypatch.setattr("experiments.catalogue.scenario_catalogue", lambda root: [])
    monkeypatch.setattr(
        "experiments.catalogue.lever_catalogue", lambda root: seen.append(os.environ["EWEA_CONFIGS"]) or []
    )
    assert main(["--configs", str(tmp_path / "mine"), "levers", "--json"]) == 0
    assert seen == [str(tmp_path / "mine")]
    assert "EWEA_CONFIGS" not in os.environ
