"""CONTRIBUTING.md is true: what its table says is enough to add something that everything knows."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch

import pytest
from additions import CODE, DATA, ROOT, copied

from abm.data.folder import load_settings
from abm.policy.lever import load_levers
from abm.policy.scenario import asked, scenario_world
from calibration.targets.targets import load_targets
from experiments.data.check import check_data

TABLE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")

DESIGN = """\
id: mine_sweep
label: "What is new"
question: "Does what is new reach a sweep?"
constants: {scale: 30000, households_per_host: 1, until: 2026-05}
levers:
  course: {lever: mine_course, place: NL, from: 2026-03-01, values: [null, 1]}
uncertainties:
  effect: {parameter: mine_return, low: -0.4, high: 0.4}
  index: {driver: mine_driver, from: 2026-03, values: [0.2, 0.9]}
sampling: {method: latin_hypercube, size: 2, seed: 1}
seeds: {first: 1, count: 1}
outcomes:
  - {outcome: mine_minors, place: RS}
  - {outcome: stock, place: EU}
"""
KNOWN = """\
import json
from abm.data.folder import default_configs
from abm.factors import factors
from abm.policy.scenario import scenario_world
from calibration.targets.targets import load_targets
from dashboard.engine.catalogue import Catalogue
from dashboard.engine.limits import load_limits
from dashboard.messages.words import Words
from dashboard.pages import all_pages

LANGUAGES = ("en", "nl", "uk")
root = default_configs()
world = scenario_world(root, 60)
catalogue = Catalogue(root, load_limits())
print(json.dumps({
    "host": "RS" in world.hosts.ids,
    "driver": float(world.drivers["mine_driver"][40]),
    "factor": "mine" in factors(),
    "survey": "mine_poll" in load_targets(root, world).families(),
    "page": [Words(one).t(page.title) for page in all_pages() if page.id == "mine" for one in LANGUAGES],
    "lever": "mine_course" in {lever["id"] for lever in catalogue.levers},
}))
"""


def named_in(row):
    """Return the file patterns that a row of the table names."""
    line = next(one for one in TABLE.splitlines() if one.startswith(f"| {row} |"))
    names = re.findall(r"`([\w./<>*-]+)`", line.split("|")[2])
    return [re.sub(r"<\w+>", "*", name) for name in names]


def digests(root):
    """Return the digest of every file of a copy."""
    files = (path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).digest() for path in files}


def test_a_row_names_every_file_that_its_errand_touches(tmp_path):
    root = copied(tmp_path)
    before = digests(root)
    for row, add in {**DATA, **CODE}.items():
        add(root)
        after = digests(root)
        touched = {name for name in {*before, *after} if before.get(name) != after.get(name)}
        before = after
        patterns = [f"*{name}{'*' if name.endswith('/') else ''}" for name in named_in(row)]
        # Words lie beside their page, a table beside the card that is named.
        assert touched, row
        missing = [name for name in touched if not any(fnmatch(name, one) for one in patterns)]
        assert missing == [], f"{row}: {missing} stand in no pattern of {patterns}"


def test_what_is_data_alone_needs_no_code(tmp_path):
    root = tmp_path / "configs"
    shutil.copytree(ROOT / "configs", root, ignore=shutil.ignore_patterns("geo"))
    for add in DATA.values():
        add(tmp_path)
    assert check_data(root).errors == ()
    until = load_settings(root).default_until
    assert "mine_course" in load_levers(root)
    assert [one.lever for one in asked(root, "mine", until).levers] == ["mine_course"]
    world = scenario_world(root, until, "mine")
    assert {float(value) for value in world.drivers["mine_driver"]} == {0.5, 0.9}
    assert "mine_poll" in load_targets(root, world).families()


@pytest.mark.slow
def test_everything_runs_with_all_that_is_new(tmp_path):
    root = copied(tmp_path / "tree")
    for add in {**DATA, **CODE}.values():
        add(root)
    (root / "mine_sweep.yaml").write_text(DESIGN, "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(root)}
    environment.pop("EWEA_CONFIGS", None)
    environment.pop("NUMBA_CACHE_DIR", None)

    def run(*arguments):
        found = subprocess.run(
            [sys.executable, *arguments],
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert found.returncode == 0, f"{arguments}: {found.stdout[-2000:]}{found.stderr[-2000:]}"
        return found.stdout

    def ewea(*arguments):
        command = "import sys; from experiments.command_line import main; sys.exit(main(sys.argv[1:]))"
        return run("-c", command, *arguments)

    for module in ("experiments.data.origin_mix", "experiments.data.derive", "experiments.docs.odd"):
        run("-m", module)
    assert json.loads(ewea("data", "check", "--json"))["errors"] == []
    assert "`mine_return`" in (root / "abm" / "ODD.md").read_text("utf-8")
    small = ("--scale", "30000", "--seeds", "1", "--until", "2026-05")
    said = json.loads(ewea("run", "mine", *small, "--out", "run", "--json"))
    assert said["scenario"] == "mine"
    ewea("sweep", "mine_sweep.yaml", "--workers", "1", "--out", "store")
    asked_for = ("--minimise", "mine_minors_RS", "--maximise", "stock_EU")
    assert "People of mine in Serbia" in ewea(
        "robust", "mine_sweep.yaml", "--store", "store", "--out", "robust", *asked_for
    )
    assert json.loads(run("-c", KNOWN)) == {
        "host": True,
        "driver": 0.5,
        "factor": True,
        "survey": True,
        "page": ["Mine", "Mijn", "Моє"],
        "lever": True,
    }
