"""The withdrawal question: shares are shares, and moving on is not far from the survey."""

from abm.data.folder import default_configs
from experiments.withdrawal_survey import withdrawal_survey


def test_answers_stand_beside_the_survey():
    found = withdrawal_survey(default_configs(), scale=3000)
    for simulated, observed, note in found.values():
        assert 0 <= simulated <= 1
        assert 0 <= observed <= 1
        assert note
    simulated, observed, _ = found["onward among those who would leave"]
    # Fixed seed; the survey's own sampling error with 1,000 asked is about 2 points, options overlap.
    assert abs(simulated - observed) < 0.15
