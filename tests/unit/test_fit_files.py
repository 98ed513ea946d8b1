"""The files of a fit: names, central values, draws and thresholds, read strictly and written to be read."""

import numpy as np
import pandas as pd
import pytest

from abm.data.folder import default_configs, digest, load_world
from abm.data.parameters import PRIORS, draws_path, fit_in_use, load_coefficients, load_fit
from abm.errors import ConfigError, EweaError
from abm.months import month_index
from calibration.fit.predictive import NEVER, read_thresholds, thresholds_path, thresholds_table
from calibration.fit.prior import hindcast_prior
from calibration.fit.virtual_survey import AnswerThresholds
from experiments.calibrate.run import Posterior, check_name, fresh_store
from experiments.calibrate.tables import central_text, draws_text, write_csv
from experiments.ensemble.files import write_whole

HEADER = "parameter,value,unit,distribution,low,high,status,source,meaning"
ROW = "return_hazard,0.006,1/month,normal,0.004,0.008,fitted,fit,what it does"
SHARE = "register.deregistration_share.NL,0.4,share,normal,0.3,0.5,fitted,fit,register"
DRAWS = "return_hazard,register.deregistration_share.NL\n0.005,0.3\n0.007,0.5\n"
KNOWN = {"return_hazard": None, "onward_hazard": None}
AGAIN = "Run 'ewea calibrate baseline' again."
N = 7


def made_up():
    """Return thresholds of two families, one of which does not offer moving on; names may hold dots."""
    draws = np.random.default_rng(1).standard_normal((2, 3, N))
    own = AnswerThresholds(draws[0, 0], draws[0, 0] - np.abs(draws[0, 1]), draws[0, 2] + 2.0)
    model = AnswerThresholds(draws[1, 0], draws[1, 0] - 1.0, np.full(N, np.inf))
    return {"survey.v2": own, "unhcr_hope": model}


def with_fit(root):
    place = root / "coefficients"
    place.mkdir(exist_ok=True)
    (place / "mine.csv").write_text(f"{HEADER}\n{ROW}\n{SHARE}\n", encoding="utf-8")
    (place / "mine_draws.csv").write_text("# a comment\n" + DRAWS, encoding="utf-8")
    write_csv(thresholds_path(root, "mine"), thresholds_table(made_up()), "%.5g")
    return root


@pytest.fixture
def root(tmp_path):
    """A folder with a fit of two parameters and nothing else."""
    return with_fit(tmp_path)


@pytest.fixture
def configs(spoiled):
    return with_fit(spoiled)


# --- names


GOOD = ("baseline", "draws", "cuts_2", "cuts", "redraws", "baseline_draws_2")
BAD = (
    "priors",
    "priors_draws",
    "My Fit",
    "",
    "../x",
    "fit.csv",
    "1a",
    "a-b",
    "baseline_cuts",
    "a_draws_cuts",
)


@pytest.mark.parametrize("name", BAD)
def test_names_that_no_fit_can_have(name):
    """``a_draws.csv`` would be the draws of the fit ``a`` and the central values of the fit ``a_draws``."""
    said = "a word in small letters is needed, not 'priors' and not ending in _draws"
    with pytest.raises(EweaError, match=f"^--name: found '{name}'; {said}"):
        check_name(name)
    for good in GOOD:
        check_name(good)


# --- central values and draws


def test_central_values_and_draws_are_read_and_the_priors_are_no_fit(root):
    central, draws = load_fit(root, "mine", KNOWN)
    assert central == {"return_hazard": 0.006, "register.deregistration_share.NL": 0.4}
    assert (draws.fit, draws.names) == ("mine", tuple(central))
    np.testing.assert_array_equal(draws.values, [[0.005, 0.3], [0.007, 0.5]])
    assert load_fit(root, "priors", KNOWN) == ({}, None)


def test_a_world_of_a_fit_has_its_central_values_and_its_draws(configs):
    (configs / "coefficients" / "fit.yaml").write_text("fit: mine\nreason: a test\n", encoding="utf-8")
    assert fit_in_use(configs) == "mine"
    world = load_world(configs, month_index("2024-09"))
    assert world.coefficients["return_hazard"] == 0.006
    # the fit says the share of the country file; from May 2024 on the register takes people off as they go
    in_nl = world.registers.deregistration_share[:, world.hosts.ids.index("NL")]
    regime = month_index("2024-05")
    assert set(in_nl[:regime]) == {0.4}
    assert in_nl[regime:].min() > 0.4
    assert world.draws.of_seed(2)["return_hazard"] == 0.007
    priors = load_coefficients(configs / "coefficients" / "priors.csv")
    assert world.coefficients["onward_hazard"] == priors["onward_hazard"].value
    before = digest(configs)
    draws_path(configs, "mine").write_text(DRAWS.replace("0.005", "0.006"), encoding="utf-8")
    assert digest(configs) != before
    # a calibration starts from the priors, whatever fit is in use
    before = load_world(configs, month_index("2024-09"), PRIORS)
    assert before.draws is None
    assert before.coefficients["return_hazard"] == priors["return_hazard"].value


PAIR = "return_hazard,onward_hazard\n"
WRONG_DRAWS = [
    (None, "no such file"),
    ("return_hazard,return_hazard\n0.1,0.2\n", "a parameter stands twice"),
    (PAIR + "0.1\n0.1,0.2\n", "draw 1: found 1 cells; 2 numbers are needed"),
    (PAIR + "0.1,0.2\n0.1,0.2,0.3\n", "draw 2: found 3 cells; 2 numbers"),
    (PAIR + "0.1,0.2\n0.1,x\n", rf"draws\.csv:3: onward_hazard: found 'x'.*{AGAIN}"),
    (PAIR + "0.1,\n", r"draws\.csv:2: onward_hazard: found ''"),
    (PAIR + "0.1,nan\n", r"draws\.csv:2: onward_hazard: found 'nan'"),
    (PAIR + "0.1,-inf\n", r"draws\.csv:2: onward_hazard: found '-inf'"),
    (PAIR, "no draw in the file"),
    ("# only a comment\n", "no draw in the file"),
    ("return_hazard,nonsense\n0.1,0.2\n", "nonsense: not in coefficients/priors.csv"),
    ("", "the file is empty"),
]
UNKNOWN = f"{HEADER}\n{ROW.replace('return_hazard', 'nonsense')}\n"
WRONG_CHOICES = ("fit: My Fit\nreason: x\n", "fit: mine\n", "fit: mine\nreason: x\nother: 1\n")


@pytest.mark.parametrize(
    ("file", "text", "fault"),
    [
        *(("mine_draws.csv", text, fault) for text, fault in WRONG_DRAWS),
        ("mine.csv", None, "no such file"),
        ("mine.csv", UNKNOWN, "nonsense: not in .*set fit in coefficients/fit.yaml to priors"),
        *(("fit.yaml", text, "") for text in WRONG_CHOICES),
    ],
)
def test_a_wrong_file_is_named(root, file, text, fault):
    path = root / "coefficients" / file
    path.unlink() if text is None else path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"(?=.*{file}).*{fault}") as raised:
        fit_in_use(root) if file == "fit.yaml" else load_fit(root, "mine", KNOWN)
    assert "\n" not in str(raised.value)


def test_what_is_written_can_be_read(root):
    known = load_coefficients(default_configs() / "coefficients" / "priors.csv")
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
            "sd_ratio": 0.5, "central": middle, "low_90": low, "high_90": high,
        }
    )  # fmt: skip
    path = root / "coefficients" / "mine.csv"
    write_whole(path, central_text(table, known, "mine"))
    write_whole(draws_path(root, "mine"), draws_text(names, values, "Posterior, in one line."))
    central, draws = load_fit(root, "mine", known)
    assert tuple(central) == names == draws.names
    np.testing.assert_allclose(list(central.values()), middle, rtol=1e-5)
    np.testing.assert_allclose(draws.values, values, rtol=1e-4)
    rows = load_coefficients(path)
    assert (rows[names[0]].status, rows[names[1]].status) == ("fitted", known[names[1]].status)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "table.csv"
    write_whole(path, "old\n")
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("no space left")))
    with pytest.raises(EweaError, match=r"table\.csv: no space left"):
        write_whole(path, "new\n")
    assert [file.name for file in tmp_path.iterdir()] == ["table.csv"]
    assert path.read_text(encoding="utf-8") == "old\n"


def test_a_posterior_is_read_and_one_that_did_not_end_is_named(tmp_path):
    with pytest.raises(EweaError, match=r"posterior\.csv: no posterior"):
        Posterior.read(tmp_path)
    (tmp_path / "posterior.csv").write_text("a,b\n1,2\n3,4.5\n", encoding="utf-8")
    posterior = Posterior.read(tmp_path)
    assert posterior.names == ("a", "b")
    assert posterior.of_parameter("b").tolist() == [2.0, 4.5]


# --- thresholds of survey answers


def test_thresholds_are_read_as_they_were_written_beside_the_draws(root):
    found, given = read_thresholds(root, "mine", N), made_up()
    assert thresholds_path(root, "mine") == root / "coefficients" / "mine_cuts.csv"
    assert set(found) == set(given)
    for family, own in given.items():
        for part in ("to_return", "to_stay"):
            np.testing.assert_allclose(getattr(found[family], part), getattr(own, part), rtol=1e-4)
    np.testing.assert_allclose(found["survey.v2"].onward, given["survey.v2"].onward, rtol=1e-4)
    # a question that does not offer moving on has a threshold that nobody reaches
    np.testing.assert_array_equal(found["unhcr_hope"].onward, NEVER)


def edited(change):
    return lambda path: write_csv(path, change(pd.read_csv(path)), "%.5g")


@pytest.mark.parametrize(
    ("damage", "n_draws", "said"),
    [
        (lambda path: path.unlink(), N, "no such file"),
        (lambda path: path.write_text(""), N, ""),
        (lambda path: None, N - 1, f"found {N} draws of 6 thresholds; {N - 1} draws of three"),
        (lambda path: None, N + 1, f"found {N} draws of 6 thresholds; {N + 1} draws of three"),
        (edited(lambda t: t.mask(t == t.iloc[3, 1])), N, ""),
        (edited(lambda t: t.astype(object).mask(t == t.iloc[3, 1], "x")), N, ""),
        (edited(lambda t: t.drop(columns="survey.v2.to_stay")), N, f"found {N} draws of 5 thresholds"),
        (edited(lambda t: t.drop(columns="unhcr_hope.onward")), N, f"found {N} draws of 5 thresholds"),
        (edited(lambda t: t.rename(columns={"unhcr_hope.onward": "unhcr_hope.stay"})), N, ""),
    ],
)
def test_wrong_thresholds_are_refused(root, damage, n_draws, said):
    damage(thresholds_path(root, "mine"))
    with pytest.raises(ConfigError, match=rf"mine_cuts\.csv:.*{said}") as raised:
        read_thresholds(root, "mine", n_draws)
    assert str(raised.value).endswith((AGAIN, "Restore it or delete it."))
    assert "\n" not in str(raised.value)


# --- the store of predictions


def test_predictions_of_other_data_make_room_and_the_work_of_others_is_left_alone(tmp_path):
    task, found = "calibration.fit.simulated:simulate_past", []
    folder, other = tmp_path / "predictive", tmp_path / "other"
    for context in ({"a": 1}, {"a": 1}, {"a": 2}):
        with fresh_store(folder, context, task) as store:
            found.append(store.fingerprint)
            with pytest.raises(EweaError, match="is writing to this store"):
                fresh_store(folder, {"a": 3}, task)
    assert found[0] == found[1] != found[2]
    other.mkdir()
    (other / "thesis.txt").write_text("do not lose me", encoding="utf-8")
    with pytest.raises(EweaError, match="not the store of a sweep"):
        fresh_store(other, {"a": 1}, task)
    assert (other / "thesis.txt").is_file()
