"""The two files of a fit: read strictly, written so that they can be read again."""

import shutil

import numpy as np
import pandas as pd
import pytest

from abm.data.folder import BEFORE_FIT, default_configs, digest, load_world
from abm.data.parameters import PRIORS, draws_path, fit_in_use, load_coefficients, load_fit
from abm.errors import ConfigError, EweaError
from abm.months import month_index
from calibration.fit.prior import hindcast_prior
from experiments.calibrate.tables import central_text, draws_text
from experiments.ensemble.files import write_whole

HEADER = "parameter,value,unit,distribution,low,high,status,source,meaning"
ROW = "return_hazard,0.006,1/month,normal,0.004,0.008,fitted,fit,what it does"
SHARE = "register.deregistration_share.NL,0.4,share,normal,0.3,0.5,fitted,fit,register"
DRAWS = "return_hazard,register.deregistration_share.NL\n0.005,0.3\n0.007,0.5\n"
KNOWN = {"return_hazard": None, "onward_hazard": None}


@pytest.fixture
def root(tmp_path):
    """A configs folder with a fit of two parameters."""
    folder = tmp_path / "configs"
    shutil.copytree(default_configs(), folder, ignore=shutil.ignore_patterns("geo"))
    place = folder / "coefficients"
    (place / "mine.csv").write_text(f"{HEADER}\n{ROW}\n{SHARE}\n", encoding="utf-8")
    (place / "mine_draws.csv").write_text("# a comment\n" + DRAWS, encoding="utf-8")
    return folder


def refuse(root, match):
    with pytest.raises(ConfigError, match=match) as raised:
        load_fit(root, "mine", KNOWN)
    return str(raised.value)


def test_the_priors_are_no_fit(root):
    assert load_fit(root, "priors", KNOWN) == ({}, None)


def test_central_values_and_draws_are_read(root):
    central, draws = load_fit(root, "mine", KNOWN)
    assert central == {"return_hazard": 0.006, "register.deregistration_share.NL": 0.4}
    assert (draws.fit, draws.names) == ("mine", tuple(central))
    np.testing.assert_array_equal(draws.values, [[0.005, 0.3], [0.007, 0.5]])


def test_a_world_of_a_fit_has_its_central_values_and_its_draws(root):
    (root / "coefficients" / "fit.yaml").write_text("fit: mine\nreason: a test\n", encoding="utf-8")
    assert fit_in_use(root) == "mine"
    world = load_world(root, month_index("2024-09"))
    assert world.coefficients["return_hazard"] == 0.006
    assert world.registers.deregistration_share[world.hosts.ids.index("NL")] == 0.4
    assert world.draws.of_seed(2)["return_hazard"] == 0.007
    priors = load_coefficients(root / "coefficients" / "priors.csv")
    assert world.coefficients["onward_hazard"] == priors["onward_hazard"].value
    # a calibration starts from the priors, whatever fit is in use
    before = load_world(root, month_index("2024-09"), PRIORS)
    assert before.draws is None
    assert before.coefficients["return_hazard"] == priors["return_hazard"].value


@pytest.mark.parametrize("file", ["mine.csv", "mine_draws.csv"])
def test_an_absent_file_is_named(root, file):
    (root / "coefficients" / file).unlink()
    refuse(root, rf"{file}: no such file")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("return_hazard,return_hazard\n0.1,0.2\n", "a parameter stands twice"),
        ("return_hazard,onward_hazard\n0.1\n0.1,0.2\n", "draw 1: found 1 cells; 2 numbers are needed"),
        ("return_hazard,onward_hazard\n0.1,0.2\n0.1,0.2,0.3\n", "draw 2: found 3 cells; 2 numbers"),
        ("return_hazard,onward_hazard\n0.1,x\n", "could not convert string 'x'"),
        ("return_hazard,onward_hazard\n0.1,\n", "could not convert string ''"),
        ("return_hazard,onward_hazard\n0.1,nan\n", "a value is not a finite number"),
        ("return_hazard,onward_hazard\n0.1,-inf\n", "a value is not a finite number"),
        ("return_hazard,onward_hazard\n", "no draw in the file"),
        ("# only a comment\n", "no draw in the file"),
        ("return_hazard,nonsense\n0.1,0.2\n", "nonsense: not in coefficients/priors.csv"),
        ("", "the file is empty"),
    ],
)
def test_a_wrong_file_of_draws_is_named(root, text, fault):
    draws_path(root, "mine").write_text(text, encoding="utf-8")
    message = refuse(root, rf"mine_draws\.csv:?.*{fault}")
    assert "\n" not in message


def test_a_cell_of_the_draws_that_is_no_number_comes_with_a_remedy(root):
    draws_path(root, "mine").write_text("return_hazard,onward_hazard\n0.1,0.2\n0.1,x\n", encoding="utf-8")
    message = refuse(root, r"mine_draws\.csv: could not convert string 'x' to float64 at row 1, column 2")
    assert message.endswith(". Run 'ewea calibrate baseline' again.")


def test_an_unknown_parameter_among_the_central_values_is_named(root):
    (root / "coefficients" / "mine.csv").write_text(
        f"{HEADER}\n{ROW.replace('return_hazard', 'nonsense')}\n", encoding="utf-8"
    )
    message = refuse(root, r"mine\.csv: nonsense: not in coefficients/priors\.csv")
    assert "set fit in coefficients/fit.yaml to priors" in message


def test_what_is_written_can_be_read(root):
    """Central values and draws of every kind of parameter go through the files unharmed."""
    known = load_coefficients(root / "coefficients" / "priors.csv")
    prior = hindcast_prior(known)
    names = (*prior.names, "register.deregistration_share.NL")
    z = np.random.default_rng(1).standard_normal((50, len(prior.names)))
    values = np.hstack([prior.natural(z), np.full((50, 1), 0.25)])
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95], axis=0)
    table = pd.DataFrame(
        {
            "parameter": names,
            "unit": [known[name].unit for name in prior.names] + ["share"],
            "meaning": [known[name].meaning for name in prior.names] + ["register, and how it errs"],
            "moved": [number % 2 == 0 for number in range(len(names))],
            "sd_ratio": 0.5,
            "central": middle,
            "low_90": low,
            "high_90": high,
        }
    )
    place = root / "coefficients"
    write_whole(place / "mine.csv", central_text(table, known, "mine"))
    write_whole(draws_path(root, "mine"), draws_text(names, values, "Posterior, in one line."))
    central, draws = load_fit(root, "mine", known)
    assert tuple(central) == names == draws.names
    np.testing.assert_allclose(list(central.values()), middle, rtol=1e-5)
    np.testing.assert_allclose(draws.values, values, rtol=1e-4)
    rows = load_coefficients(place / "mine.csv")
    assert (rows[names[0]].status, rows[names[1]].status) == ("fitted", known[names[1]].status)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "table.csv"
    write_whole(path, "old\n")
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("no space left")))
    with pytest.raises(EweaError, match=r"table\.csv: no space left"):
        write_whole(path, "new\n")
    assert [file.name for file in tmp_path.iterdir()] == ["table.csv"]
    assert path.read_text(encoding="utf-8") == "old\n"


def test_a_fit_changes_the_world_but_not_what_a_fit_is_made_from(root):
    """Else the bank would belong to other data as soon as its own posterior is written."""
    before, source = digest(root), digest(root, BEFORE_FIT)
    draws_path(root, "mine").write_text(DRAWS.replace("0.005", "0.006"), encoding="utf-8")
    assert digest(root) != before
    assert digest(root, BEFORE_FIT) == source
    priors = root / "coefficients" / "priors.csv"
    priors.write_text(priors.read_text(encoding="utf-8").replace("0.0045", "0.0046", 1), encoding="utf-8")
    assert digest(root, BEFORE_FIT) != source


@pytest.mark.parametrize(
    "text", ["fit: My Fit\nreason: x\n", "fit: mine\n", "fit: mine\nreason: x\nother: 1\n"]
)
def test_a_wrong_choice_of_fit_is_named(root, text):
    (root / "coefficients" / "fit.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"fit\.yaml"):
        fit_in_use(root)
