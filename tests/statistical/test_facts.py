"""Directions of effect, one test per row of the evidence.

Rows of the kind ``exact`` compare odds and cannot raise a false alarm. Rows of the kind ``runs``
hold when five of five seeds agree; with common draws and fixed seeds the outcome is reproducible,
and for a row without any effect five agreeing seeds come up in one case in sixteen.
"""

import pytest

from abm.data.folder import default_configs
from experiments.facts.bench import Bench
from experiments.facts.table import found_by, load_facts

FACTS = load_facts(default_configs())
BENCH = Bench(default_configs())


def rows():
    for row, item in FACTS.items():
        marks = [pytest.mark.xfail(strict=True, reason=item.cannot)] if item.cannot else []
        yield pytest.param(row, id=row, marks=marks)


@pytest.mark.parametrize("row", list(rows()))
def test_direction_of_effect(row):
    assert found_by(row, FACTS[row], BENCH) == FACTS[row].signs, FACTS[row].says


def test_every_row_is_there_and_nine_in_ten_hold():
    assert len(FACTS) == 70
    assert sum(not item.cannot for item in FACTS.values()) >= 63
