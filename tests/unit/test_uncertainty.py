"""What is said of a band: what it covers, what it leaves out, and where the coefficients come from."""

from dataclasses import replace

import numpy as np
import pytest

from abm.data.settings import RunSettings
from abm.data.world import Draws
from experiments.uncertainty import band_in_short, covered, how_it_was_fitted, what_the_band_covers

CENTRAL, POSTERIOR = {"parameters": "central"}, {"parameters": "posterior"}
SHOCKS, CALM = {"shocks": True}, {"shocks": False}


@pytest.fixture
def fitted(world):
    return replace(world, draws=Draws("baseline", ("a",), np.ones((1, 1))))


@pytest.fixture
def unfitted(world):
    return replace(world, draws=None)


def test_seeds_differ_by_everything_known_to_be_uncertain(fitted, unfitted):
    assert covered(fitted) == covered(fitted, 10) == POSTERIOR | SHOCKS
    assert covered(unfitted) == covered(unfitted, 10) == CENTRAL | SHOCKS


def test_a_single_seed_is_a_draw_of_nothing(fitted, unfitted):
    assert covered(fitted, 1) == covered(unfitted, 1) == CENTRAL | CALM


@pytest.mark.parametrize("n_seeds", [1, 2, 10])
@pytest.mark.parametrize("wanted", ["central", "posterior"])
def test_the_parameters_asked_for_are_taken(fitted, n_seeds, wanted):
    """Shocks are not asked for: they go with the number of seeds."""
    assert covered(fitted, n_seeds, wanted) == {"parameters": wanted, "shocks": n_seeds > 1}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (CENTRAL | CALM, "chance"),
        (CENTRAL | SHOCKS, "chance and arrivals that no driver explains"),
        (POSTERIOR | CALM, "chance and what the data leave open about the parameters"),
        (
            POSTERIOR | SHOCKS,
            "chance, arrivals that no driver explains and what the data leave open about the parameters",
        ),
    ],
)
def test_a_band_names_what_it_covers_and_nothing_else(settings, words):
    given = RunSettings(**settings)
    assert band_in_short(given) == words
    assert what_the_band_covers(given, 10) == (
        f"The band holds 80 % of 10 runs: it covers {words}. What the war or governments will do is not in "
        "it: compare scenarios for that."
    )


@pytest.mark.parametrize("settings", [CENTRAL | CALM, POSTERIOR | SHOCKS])
def test_one_seed_has_no_band(settings):
    assert what_the_band_covers(RunSettings(**settings), 1) == (
        "One seed: no band. Run several seeds (--seeds 10) to see how much is uncertain."
    )


def test_a_run_without_a_fit_says_so(unfitted):
    for settings in (CENTRAL, POSTERIOR):
        found = how_it_was_fitted(RunSettings(**settings), unfitted)
        assert found.startswith("The coefficients are central values from the literature, not fitted")
        assert "'ewea validate' before anything else" in found


def test_a_run_with_a_fit_names_it_and_what_it_takes_of_it(fitted):
    central, draws = (how_it_was_fitted(RunSettings(**settings), fitted) for settings in (CENTRAL, POSTERIOR))
    assert "of the fit 'baseline' to surveys and registers" in central
    assert "(its central values)" in central
    assert draws == central.replace("its central values", "draws of its posterior")
    assert "months it never saw" in draws
