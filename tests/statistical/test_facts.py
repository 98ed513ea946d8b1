"""Directions of effect, one test per row of the evidence.

Rows of the kind ``exact`` compare odds and cannot raise a false alarm. Rows of the kind ``runs``
hold when all seeds agree; with common draws and fixed seeds the outcome is reproducible. Where nothing acts,
seeds differ by exactly nothing, so three show it; for an effect of chance only, three agreeing seeds come up
in one case in four, and five (slow) in one in sixteen.
"""

import pytest

from abm.data.folder import default_configs
from experiments.facts.bench import Bench
from experiments.facts.table import found_by, load_facts

FACTS = load_facts(default_configs())
BENCHES = [
    pytest.param(Bench(default_configs(), seeds=(1, 2, 3)), id="three seeds"),
    pytest.param(Bench(default_configs()), id="five seeds", marks=pytest.mark.slow),
]


def rows():
    for row, item in FACTS.items():
        marks = [pytest.mark.xfail(strict=True, reason=item.cannot)] if item.cannot else []
        yield pytest.param(row, id=row, marks=marks)


@pytest.mark.parametrize("bench", BENCHES)
@pytest.mark.parametrize("row", list(rows()))
def test_direction_of_effect(row, bench):
    assert found_by(row, FACTS[row], bench) == FACTS[row].signs, FACTS[row].says


def test_every_row_is_there_and_nine_in_ten_hold():
    assert len(FACTS) == 70
    assert sum(not item.cannot for item in FACTS.values()) >= 63
