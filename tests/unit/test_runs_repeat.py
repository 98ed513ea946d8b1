"""Runs that repeat: from their manifest, from checkpoints after a kill, and a Mesa model from its file."""

import json
import shutil
import signal
import subprocess
import sys
import time

import pytest

import ewea
from abm.errors import EweaError
from abm.mesa import saving
from abm.mesa.model import DisplacementModel
from experiments.command_line import main
from experiments.run_folder import MANIFEST

SMALL = ["--scale", "30000", "--seeds", "2", "--until", "2026-03", "--threads", "1"]
EWEA = [sys.executable, "-c", "import sys; from experiments.command_line import main; sys.exit(main())"]


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    """A run that nothing interrupted."""
    place = tmp_path_factory.mktemp("whole") / "run"
    assert main(["run", "baseline", *SMALL, "--out", str(place)]) == 0
    return place


def same_tables(one, other):
    names = sorted(path.name for path in one.glob("*.parquet"))
    assert len(names) == 5
    assert [name for name in names if (one / name).read_bytes() != (other / name).read_bytes()] == []


def test_a_manifest_repeats_its_run_byte_for_byte(whole_run, tmp_path, capfd):
    manifest = tmp_path / "kept.json"
    shutil.copy(whole_run / MANIFEST, manifest)
    assert (
        main(["run", "--from-manifest", str(manifest), "--threads", "2", "--out", str(tmp_path / "again")])
        == 0
    )
    same_tables(whole_run, tmp_path / "again")
    assert ewea.load_results(whole_run).provenance == ewea.load_results(tmp_path / "again").provenance


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (("model_digest",), "0" * 64, ["model_digest: found", "check out the commit"]),
        (("tables_digest",), "0" * 64, ["tables_digest: found"]),
        (("config_digest",), "0" * 64, ["config_digest: found", "--configs"]),
        (("libraries", "numpy"), "0.1", ["libraries.numpy: found '0.1'", "install that version"]),
        (("settings", "shocks"), False, ["settings.shocks: found False; allowed is True"]),
        (("settings", "households_per_host"), 1, ["settings.households_per_host: found 1"]),
        (("settings", "seeds"), [1, 3], ["settings.seeds: found [1, 3]"]),
        (("settings", "scale"), "many", ["many", "this version"]),
        (("settings",), {}, ["seeds", "this version"]),
        (("format",), 1, ["format: found 1; allowed is 2"]),
        (("compared",), ["a", "b"], ["compared: found a, b"]),
        (("kind",), "else", ["not the manifest of a run"]),
    ],
)
def test_a_manifest_of_something_else_is_refused_by_key(
    whole_run, tmp_path, monkeypatch, capsys, key, value, said
):
    monkeypatch.chdir(tmp_path)
    content = json.loads((whole_run / MANIFEST).read_text())
    place = content
    for name in key[:-1]:
        place = place[name]
    place[key[-1]] = value
    (tmp_path / "edited.json").write_text(json.dumps(content))
    words = ["--from-manifest", str(tmp_path / "edited.json"), "--out", str(tmp_path / "run")]
    assert main(["run", *words]) == 2
    error = capsys.readouterr().err
    assert [words for words in ("edited.json: ", *said) if words not in error] == [], error
    assert [path.name for path in tmp_path.iterdir()] == ["edited.json"]


READ = """
import os, sys
from pathlib import Path
from abm.data.folder import config_files, default_configs
root, read = default_configs().resolve(), set()
def listen(event, found):
    if event == "open" and isinstance(found[0], (str, os.PathLike)):
        read.add(Path(os.path.abspath(found[0])))
sys.addaudithook(listen)
from abm.data.settings import RunSettings
from abm.policy.scenario import asked, scenario_world
from experiments.run_tables import run_tables
changes, world = asked(root, "rtb_end", 80), scenario_world(root, 80, "rtb_end")
settings = RunSettings(scenario="rtb_end", scale=30_000, until=5, parameters="posterior", shocks=True)
run_tables(world, settings, changes, None, 1)
known = {path.resolve() for path in config_files(root)}
strange = {path.relative_to(root).as_posix() for path in read - known if path.is_relative_to(root)}
print(len(read & known), *sorted(strange))
"""


def test_every_file_a_run_reads_is_part_of_its_identity():
    done = subprocess.run([sys.executable, "-c", READ], capture_output=True, text=True, check=True)
    number, *strange = done.stdout.split()
    assert int(number) > 100
    # What people counted beside the registers: whether the controls are older than it decides a notice only.
    assert strange == ["account/observed.csv"]


def test_what_a_manifest_says_cannot_be_said_twice(capsys):
    assert main(["run", "baseline", "--scale", "7", "--from-manifest", "x"]) == 2
    assert "--from-manifest: says scenario, --scale already" in capsys.readouterr().err
    assert main(["run", "--resume", "x", "--checkpoint", "3"]) == 2
    assert "--resume: says --checkpoint already" in capsys.readouterr().err


@pytest.fixture(scope="module")
def killed_run(tmp_path_factory):
    """Checkpoints of a run that was killed when it had kept its first state."""
    home = tmp_path_factory.mktemp("killed")
    words = [*EWEA, "run", "baseline", *SMALL, "--checkpoint", "5", "--out", "run"]
    with subprocess.Popen(words, cwd=home, stderr=subprocess.PIPE, text=True) as run:
        deadline = time.monotonic() + 240
        while not (home / "run.checkpoints" / "seed-1.state").exists():
            assert run.poll() is None, run.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.002)
        run.send_signal(signal.SIGKILL)
        run.wait()
    assert not (home / "run").exists()
    return home / "run.checkpoints"


def test_a_killed_run_is_continued_bit_for_bit(whole_run, killed_run, tmp_path, capfd):
    shutil.copytree(killed_run, tmp_path / "run.checkpoints")
    assert main(["run", "--resume", str(tmp_path / "run"), "--threads", "2"]) == 0
    same_tables(whole_run, tmp_path / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]  # the checkpoints have gone
    assert main(["run", "--resume", str(tmp_path / "run")]) == 2
    assert "no checkpoints" in capfd.readouterr().err


@pytest.mark.parametrize("at", [0, 20, 100, -1])
def test_a_damaged_checkpoint_is_named_and_nothing_is_lost(whole_run, killed_run, tmp_path, capfd, at):
    folder = tmp_path / "run.checkpoints"
    shutil.copytree(killed_run, folder)
    content = bytearray((folder / "seed-1.state").read_bytes())
    content[at] ^= 1
    (folder / "seed-1.state").write_bytes(content)
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".lock"}
    assert main(["run", "--resume", str(folder), "--threads", "1"]) == 2
    error = capfd.readouterr().err
    assert "seed-1.state: " in error
    assert "Remove this file" in error
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".lock"} == before
    assert not (tmp_path / "run").exists()
    if at == -1:
        (folder / "seed-1.state").unlink()
        assert main(["run", "--resume", str(folder)]) == 0
        same_tables(whole_run, tmp_path / "run")


def test_checkpoints_of_another_run_are_not_continued(killed_run, tmp_path, capfd, spoiled, spoil):
    shutil.copytree(killed_run, tmp_path / "run.checkpoints")
    assert main(["run", "baseline", *SMALL, "--checkpoint", "5", "--out", str(tmp_path / "run")]) == 2
    assert "--resume" in capfd.readouterr().err
    spoil("household_types.csv", "0.14815\n", "0.14815\n\n")
    assert main(["--configs", str(spoiled), "run", "--resume", str(tmp_path / "run")]) == 2
    assert "config_digest: found" in capfd.readouterr().err


def on_with(model):
    while model.running:
        model.step()
    return model


def test_a_model_from_its_file_goes_on_bit_for_bit(tmp_path):
    model = DisplacementModel(scale=30_000, until="2023-03", rng=3, return_hazard=0.004)
    model.run_for(5)
    model.save(tmp_path / "model")
    twin = DisplacementModel.load(tmp_path / "model")
    assert twin.rng.random() == model.rng.random()
    one, other = on_with(model), on_with(twin)
    for name, table in one.results().tables.items():
        assert table.equals(other.results().tables[name]), name
    assert one.datacollector.model_vars == other.datacollector.model_vars
    assert len(other.datacollector.model_vars["NL"]) == 13


def test_a_saved_model_is_refused_where_it_would_not_go_on_the_same(tmp_path, monkeypatch):
    path = tmp_path / "model"
    model = DisplacementModel(scale=30_000, until="2022-06", rng=3)
    model.save(path)
    kept = path.read_bytes()
    model.extra = lambda: None
    with pytest.raises(EweaError, match=r"model: the model cannot be saved: .*lambda"):
        model.save(path)
    assert path.read_bytes() == kept
    for at in (0, 40, len(kept) - 1):
        path.write_bytes(kept[:at] + bytes([kept[at] ^ 1]) + kept[at + 1 :])
        with pytest.raises(EweaError, match=r"model: (first bytes|damaged)"):
            DisplacementModel.load(path)
    path.write_bytes(kept)
    monkeypatch.setattr(saving, "model_digest", lambda: "another")
    with pytest.raises(EweaError, match=r"model_digest: found '[0-9a-f]{64}'; allowed is 'another'"):
        DisplacementModel.load(path)
