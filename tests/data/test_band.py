"""Another level of the bands is one number: everything shown follows it, and the documents say the same."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from abm import band
from abm.data.folder import default_configs
from abm.data.settings import load_settings

ROOT = Path(__file__).parents[2]
OTHER = """
import sys, types
from pathlib import Path

import abm

band = types.ModuleType("abm.band")
source = Path("abm/band.py").read_text(encoding="utf-8").replace("LEVEL = 0.8", "LEVEL = 0.9", 1)
exec(compile(source, "abm/band.py", "exec"), band.__dict__)
sys.modules["abm.band"] = abm.band = band
sys.path[:0] = ["tests/unit", "tests/app"]
"""
"""Starts a process in which the one number is another; nothing else has been imported yet."""

SUMMARY = """
from abm.data.settings import RunSettings
from example_run import HOSTS, START, UNTIL, arrow_tables, example_world
from experiments.run_tables import run_series
from experiments.summary import print_summary, summarise_run

series = run_series(arrow_tables((1, 2, 3), UNTIL), HOSTS, (1, 2, 3), START, UNTIL)
print_summary(summarise_run(series, example_world(), RunSettings(scale=100)))
"""
VALIDATION = """
import numpy as np
from example_rules import RULES
from test_scoring import N_MONTHS, both, forecasts_of, registers_of
from experiments.validation_text import validation_text

t = np.arange(N_MONTHS, dtype=np.float64)
stock = np.column_stack([1000 + 20 * t, 5000 + 10 * t, 800 + 5 * t, 300 + t])
stock[:2] = np.nan
registers = registers_of(stock, first=2)
scores = both(registers, forecasts_of(registers, registers.stock, n_seeds=19, spread=1.0))
print([one for one in scores["fit"]["median"] if one.startswith(("coverage", "interval"))])
print(validation_text(scores, RULES, scale=100, n_seeds=19))
"""
COMPARISON = """
import numpy as np
from types import SimpleNamespace
from abm.data.settings import RunSettings
from example_run import HOSTS, example_world
from experiments.comparison import print_comparisons
from experiments.ensemble.outcomes import OUTCOMES
from experiments.ensemble.paired import as_json

change = np.full((3, len(OUTCOMES), len(HOSTS)), 5000.0)
compared = SimpleNamespace(
    base="baseline", other="another", difference=change, by_lever=[], types=[], monthly=change[:, :1],
    groups={}, ratio=lambda name, mask: (np.full(3, 0.1), np.full(3, 0.2)),
)
world = example_world()
print(list(as_json([compared], world, ["NL"])["stock"]["NL"]))
print_comparisons([compared], world, ["NL"], RunSettings(scale=100))
"""
APP = """
from dashboard.engine.tables import heads_of
from dashboard.messages.catalogue import LANGUAGES
from dashboard.messages.words import Words
from made_up_answers import full_briefing

print(heads_of(Words("nl")))
print(full_briefing("nl").partition("<body")[2])
for language in LANGUAGES:
    for key in ("how_sure.coverage_chart", "shell.chart_band", "overview.column_band"):
        print(Words(language).t(key))
"""
PARTS = (SUMMARY, VALIDATION, COMPARISON, APP)
END = "=== end of a part"


def test_another_level_is_one_number():
    """Neither a percentage, nor a name, nor a count of runs is left of the old level."""
    script = OTHER + "".join(f"{part}\nprint({END!r})\n" for part in PARTS)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout.split(END)[:-1]
    assert len(said) == len(PARTS)
    for text in said:
        assert re.search(r"\b90\s?%", text)
        assert re.findall(r".*(?:\b80\s?%|_80\b|\b8 \w+ (?:de )?10\b).*", text) == []


SAID = re.compile(r"\b(\d+) ?%[- ]+(?:band|range)|\bmiddle (\d+) ?%")


@pytest.mark.parametrize("page", ["README.md", "docs/app.md", "docs/glossary.md"])
def test_documents_say_the_level(page):
    said = {a or b for a, b in SAID.findall((ROOT / page).read_text(encoding="utf-8"))}
    assert said == {band.percent()}


def test_the_guide_of_the_app_counts_outcomes_as_the_app_does():
    text = (ROOT / "docs" / "app.md").read_text(encoding="utf-8")
    assert f"Of {band.OF_RUNS} outcomes like this one, about {band.IN_RUNS} should" in text


def test_the_usual_number_of_seeds_bears_the_level():
    """At least one run lies beyond either end."""
    assert load_settings(default_configs()).default_seeds * band.LOW >= 1
