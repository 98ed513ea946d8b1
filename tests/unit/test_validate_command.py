"""``ewea validate`` from the command line: JSON and figure."""

import json
import re
import shutil

import pytest

from abm.data.folder import default_configs
from experiments.command_line import main

KEYS = {"mase_persistence", "wape", "coverage_80", "skill_ets", "crps_skill_auto_arima"}


@pytest.mark.slow
def test_json_text_and_figure(capsys, tmp_path):
    """With ARIMA models of one term, because larger ones take minutes."""
    configs = shutil.copytree(default_configs(), tmp_path / "configs", ignore=shutil.ignore_patterns("geo"))
    text = (configs / "validation.yaml").read_text(encoding="utf-8")
    fewer, n = re.subn(r"(most_terms_together:\n +value: )\d", r"\g<1>1", text)
    assert n == 1
    (configs / "validation.yaml").write_text(fewer, encoding="utf-8")
    figure = tmp_path / "validation.png"
    arguments = ["--configs", str(configs), "validate", "--scale", "5000", "--seeds", "1", "--threads", "1"]
    assert main([*arguments, "--json", "--figure", str(figure)]) == 0
    scores = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)  # no NaN, no Infinity
    rolling = {
        "rolling",
        "rolling_break_free",
        "hosts",
        "from_first_origin",
        "rolling_levels",
        "half_year_by_knowledge",
        "age_and_sex",
        "half_year_2025h2",
    }
    assert set(scores) == {"fit", "held_out", "intentions", "surveys", *rolling}
    assert set(scores["rolling"]) == {"3", "6", "9", "12", "15"}
    # the rivals do not depend on the model: a damped trend is the strongest of them, breaks included
    for part in scores["rolling"].values():
        assert set(part["model"]) == {"median", "mae", "crps", "coverage_80", "pairs"}
        assert part["damped_trend"]["mae"] == min(part[name]["mae"] for name in part if name != "model")
    assert scores["rolling"]["12"]["damped_trend"]["median"] == pytest.approx(3.41, abs=0.1)
    assert {"NL", "DE", "PL", "CZ", "EU"} <= set(scores["hosts"])
    assert scores["from_first_origin"]["origin"] == "2024-08"
    half_year = scores["half_year_2025h2"]
    assert set(half_year) == {"model", *(name for name in scores["rolling"]["6"] if name != "model")}
    assert half_year["persistence"] > half_year["damped_trend"] > 0
    groups = [row["host"] for row in scores["age_and_sex"]]
    assert groups == [host for host in ("NL", "DE", "PL", "CZ") for _ in range(4)]
    given = scores["half_year_by_knowledge"]
    assert given["known_then"]["grants"]["men"]["recorded"] == 200_725
    assert given["known_then"]["median_error_pct"] == pytest.approx(half_year["model"])
    assert scores["surveys"]["next_wave_rmse_pp"] <= 6.0
    assert {"10", "16"} <= set(scores["from_first_origin"]["NL"])
    for window in (scores["fit"], scores["held_out"]):
        assert len(window["hosts"]) == 31
        assert not {"UK", "MD", "elsewhere"} & set(window["hosts"])
        assert all(set(m) >= KEYS for m in (*window["hosts"].values(), window["median"]))
        assert 0 < window["ard_stock"] < 2
        assert 0 < window["ard_change_12m"] < 10
    # the rivals do not depend on the model: their published errors must come out here too
    rivals = scores["held_out"]["horizons"]["6"]["median_error_pct"]
    assert rivals["persistence"] == pytest.approx(7.2, abs=0.056)
    assert rivals["constant_inflow"] == pytest.approx(2.6, abs=0.056)
    assert 2.0 < rivals["ets"] < 5.0
    assert 2.0 < rivals["auto_arima"] < 5.0
    assert [round(row["error_pct"]["published"], 1) for row in scores["fit"]["published"]] == [16.8, 30.3] * 2
    fits = scores["held_out"]["rival_fits"]["auto_arima"]
    assert fits["fitted"] > 10 * (fits.get("damped_trend", 0) + fits.get("persistence", 0))
    assert {level["id"] for level in scores["held_out"]["levels"]} >= {
        "median_error_6_months",
        "better_in_NL",
        "break_ratio_6_months",
        "coverage_80_pooled",
        "ard_change_12m",
    }
    assert figure.stat().st_size > 20_000
    assert set(tmp_path.iterdir()) == {configs, figure}
