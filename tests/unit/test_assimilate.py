"""An assimilation from beginning to end, small: killed and resumed it writes the same file."""

import re
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from abm.data.controls import controls_path
from abm.data.folder import CONFIGS_VARIABLE, default_configs, load_world
from abm.errors import EweaError
from abm.months import month_index
from experiments.assimilate import assimilate, misses, prepare_assimilation
from experiments.calibrate.run import Where
from experiments.ensemble.pool import SERIAL
from experiments.options import ProgressLog

UNTIL = month_index("2023-12")
HERE = Where(1, SERIAL, ProgressLog(quiet=True))


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Return a configuration whose assimilation takes seconds."""
    copy = tmp_path_factory.mktemp("assimilation") / "configs"
    shutil.copytree(default_configs(), copy)
    path = copy / "assimilation.yaml"
    text = path.read_text(encoding="utf-8")
    for name, value in {
        "members": 3,
        "rounds": 1,
        "final_rounds": 1,
        "scale": 30_000,
        "households_per_host": 6,
        "most_miss": 100,
    }.items():
        text = re.sub(rf"^{name}: {{value: [\d.]+", f"{name}: {{value: {value}", text, flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")
    return copy


@pytest.fixture(autouse=True)
def _own_configs(root, monkeypatch):
    monkeypatch.setenv(CONFIGS_VARIABLE, str(root))


def test_a_resumed_run_writes_the_same_controls_and_a_forecast_made_then_takes_them(root, tmp_path):
    fit = "baseline"
    given = prepare_assimilation(root, UNTIL, None)
    report = assimilate(given, tmp_path / "whole", HERE)
    path = controls_path(root, fit, UNTIL)
    written = path.read_bytes()
    assert report["controls"] == str(path)
    assert [row["round"] for row in report["rounds"]] == [0, 1, 2]
    path.unlink()

    def kill(row):
        if row["round"] == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        assimilate(given, tmp_path / "killed", HERE, kill)
    assert not path.exists()
    assimilate(given, tmp_path / "killed", HERE)
    assert path.read_bytes() == written
    # A world whose registers end two months later takes what was known before, and nothing from after it.
    later = load_world(root, UNTIL + 2)
    assert later.controls.until == UNTIL
    assert not later.controls.older


@pytest.mark.parametrize(
    ("until", "members", "told"),
    [
        (month_index("2040-01"), None, "--until: found 2040-01"),
        (UNTIL, 1, "--members: found 1"),
        (3, None, "--until"),
    ],
)
def test_what_cannot_be_assimilated_is_refused(root, until, members, told):
    with pytest.raises(EweaError, match=told):
        prepare_assimilation(root, until, members)


def test_a_member_that_misses_a_large_host_is_left_out_and_half_of_them_are_an_error(root):
    """Two hosts, one large: member 2 is 30 % off there, member 3 in the small one."""
    value = {name: SimpleNamespace(value=number) for name, number in (("most_miss", 0.2), ("miss_from", 1e5))}
    stock = np.array([[200_000.0, 2_000.0]])
    given = SimpleNamespace(
        root=root,
        settings=SimpleNamespace(**value),
        observer=SimpleNamespace(last=np.array([0, 0]), start=0),
        world=SimpleNamespace(registers=SimpleNamespace(stock=stock)),
    )
    register = stock * np.array([[1.0, 1.0], [0.7, 1.0], [1.0, 1.5], [1.1, 1.0]])
    assert misses(given, {"register": register[:, None]}) == (2,)
    with pytest.raises(EweaError, match=r"most_miss: found 0\.2; 3 of 4"):
        misses(given, {"register": (register * 0.75)[:, None]})
