"""What is said of a band: what it covers, what it leaves out, and where the coefficients come from."""

from dataclasses import replace

import numpy as np
import pytest

from abm.band import IN_WORDS
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


def test_seeds_differ_by_everything_known_to_be_uncertain(fitted, unfitted, caplog):
    assert covered(fitted) == covered(fitted, "posterior") == POSTERIOR | SHOCKS
    assert caplog.text.count("ewea assimilate") == 1
    assert covered(unfitted) == covered(fitted, "central") == CENTRAL | SHOCKS


@pytest.mark.parametrize("settings", [p | s for p in (CENTRAL, POSTERIOR) for s in (CALM, SHOCKS)])
def test_a_band_names_its_level_and_what_it_covers_and_nothing_else(settings):
    given = RunSettings(**settings)
    said, of_one = what_the_band_covers(given, 10), what_the_band_covers(given, 1)
    assert band_in_short(given).startswith("chance")
    assert band_in_short(given) in said
    assert f"{IN_WORDS} of 10 runs" in said
    assert ("no driver explains" in said) is given.shocks
    assert ("the data leave open" in said) is (given.parameters == "posterior")
    assert "no band" in of_one
    assert IN_WORDS not in of_one


def test_a_run_says_where_its_coefficients_come_from(fitted, unfitted):
    without = {how_it_was_fitted(RunSettings(**settings), unfitted) for settings in (CENTRAL, POSTERIOR)}
    assert len(without) == 1
    assert "not fitted" in without.pop()
    central, draws = (how_it_was_fitted(RunSettings(**settings), fitted) for settings in (CENTRAL, POSTERIOR))
    assert central != draws
    assert "ewea assimilate" in draws  # this fit has no controls: said in every summary of a run with draws
    assert "ewea assimilate" not in central
    assert all("fit 'baseline'" in text and "ewea validate" in text for text in (central, draws))
