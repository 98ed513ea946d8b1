"""How much of a comparison is judgement: worlds with priors held, and what made-up runs say of them."""

import numpy as np
import pytest
from small_runs import real_world

from abm.data.folder import default_configs
from abm.data.judged import load_judged, medians, of_member
from experiments.ensemble.judgement import JudgedShare, holding
from experiments.ensemble.outcomes import OUTCOMES

JUDGED = load_judged(default_configs())
HOSTS = np.array([True, False])
N_SEEDS = 4


def level(stock: float, without: float) -> np.ndarray:
    """Return made-up levels of base and one contrast, which has 10 people more without a right to stay."""
    found = np.zeros((2, len(OUTCOMES), 2))
    found[:, OUTCOMES.index("stock"), 0] = stock
    found[:, OUTCOMES.index("without_title"), 0] = without, without + 10.0
    return found


def test_held_priors_are_the_same_for_every_member_and_the_others_draw_on():
    world = holding(real_world(), medians(JUDGED))
    assert of_member(world.judged, 1) == of_member(world.judged, 2) == pytest.approx(medians(JUDGED))
    assert holding(real_world(), None).judged == real_world().judged
    assert of_member(JUDGED, 1) != of_member(JUDGED, 2)


def test_a_prior_that_alone_moves_an_outcome_is_all_of_the_band_and_its_swing_is_told():
    runs = []
    for seed in range(N_SEEDS):
        runs += [level(1000.0, 100.0 + 10.0 * seed), level(1000.0, 100.0)]
    for _ in range(2):
        for number, _ in enumerate(JUDGED):
            runs += [level(1000.0, 100.0 - 50.0 * (number == 1)), level(1000.0, 100.0 + 20.0 * (number == 1))]
    found = JudgedShare.of(JUDGED, runs, N_SEEDS)
    assert found.part_of_band("without_title_share", HOSTS, 0) == pytest.approx(1.0)
    assert found.part_of_band("stock", HOSTS, 1) == 0.0
    swings = found.swings("without_title_share", HOSTS, 1)
    assert swings[1] == pytest.approx([-0.05, 0.02])
    assert not np.delete(swings, 1, axis=0).any()
    told = found.to_dict(["base", "other"], {"NL": HOSTS})["without_title_share"]["NL"]["other"]
    assert told["priors"][JUDGED[1].parameter] == pytest.approx([-0.05, 0.02])


def test_a_band_that_stays_with_the_priors_held_is_no_judgement():
    noise = [level(1000.0, 100.0 + 10.0 * seed) for seed in range(N_SEEDS) for _ in range(2)]
    ends = [level(1000.0, 100.0)] * (2 * 2 * len(JUDGED))
    assert (
        JudgedShare.of(JUDGED, [*noise, *ends], N_SEEDS).part_of_band("without_title_share", HOSTS, 0) == 0.0
    )
