"""The EWEA scorecard: files, scores, early warning."""

import numpy as np
import pytest

from abm.data.folder import default_configs
from abm.errors import ConfigError, EweaError
from experiments.scorecard import Thresholds, load_indicators, load_scorecard, monitor, score_of, scorecard

ROOT = default_configs()


def test_both_reports_cover_all_indicators():
    assert len(load_indicators(ROOT).indicators) == 37
    for name in ("2024-03", "2025-11"):
        assert len(load_scorecard(ROOT, name).scores) == 37
    scored = [s for s in load_scorecard(ROOT, "2025-11").scores.values() if s.score != "not_scored"]
    assert 10 < len(scored) < 37
    with pytest.raises(EweaError, match=r"2024-03, 2025-11"):
        load_scorecard(ROOT, "1999-01")


def test_scores_follow_the_thresholds():
    limits = Thresholds(moderate=200, considerable=2000)
    assert [score_of(e, limits) for e in (-2500, -300, -100, 0, 300, 2000)] == [2, 1, 0, 0, -1, -2]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("AX1-01: {score: 0", "AX1-01: {score: 3", "less than or equal to 2"),
        ("AX1-01:", "AX1-" + "99:", "unknown indicator"),
        ('  AX1-01: {score: 0, source: "AX1-01"}\n', "", "missing AX1-01"),
    ],
)
def test_a_faulty_scorecard_is_refused(spoiled, spoil, old, new, expected):
    spoil("scorecards/2024-03.yaml", old, new)
    with pytest.raises(ConfigError, match=expected):
        load_scorecard(spoiled, "2024-03")


def test_the_model_scores_every_indicator_with_a_driver():
    found = scorecard(ROOT, "baseline", "2024-03", seeds=2, scale=2000)
    scored = [row for row in found["rows"] if row["model"] is not None]
    assert len(found["rows"]) == 37
    assert len(scored) >= 20
    assert all(-2 <= row["model"] <= 2 for row in scored)
    assert all(row["reason"] for row in found["rows"] if row["model"] is None)
    by_id = {row["indicator"]: row for row in found["rows"]}
    # land lost keeps people here, an economy that grows takes them home; two seeds of few households show
    # which way, and not by how many persons
    assert by_id["AX1-13"]["effect_persons"] < 0 < by_id["AX1-10"]["effect_persons"]
    assert {np.sign(row["model"]) for row in scored} == {-1, 0, 1}
    for row in scored:
        assert row["model"] in (0, -np.sign(row["effect_persons"]), -2 * np.sign(row["effect_persons"]))


def test_early_warning_ranks_indicators_and_gives_probabilities(monkeypatch):
    monkeypatch.setattr("experiments.scorecard.DRAWS", 6)
    found = monitor(ROOT, "baseline", seeds=1, scale=2000)
    assert found["places"] > 0
    assert set(found["probability"]) == {"6", "12"}
    assert all(0 <= p <= 1 for p in found["probability"].values())
    needed = [row["needed_12"] for row in found["indicators"]]
    assert needed == sorted(needed, reverse=True)
