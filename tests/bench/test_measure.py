"""Timing, traffic and the report."""

import json
from pathlib import Path

import numpy as np
import pytest

from abm.errors import EweaError
from abm.households import BYTES_PER_HOUSEHOLD
from abm.month import processes
from experiments.bench.measure import (
    TimedJob,
    in_turns,
    memory_in_own_process,
    ratio,
    streamed_columns,
    width,
)
from experiments.bench.report import bars, print_bench
from experiments.bench.rivals.cpp import CppProgram, find_compiler
from experiments.bench.run import figures_of, run_bench, write_figures
from experiments.docs.speed import README, ROWS, UNKNOWN, speed_part, with_speeds

CONFIGS = Path(__file__).parents[2] / "configs"


def test_jobs_take_turns_and_the_warm_up_is_not_timed():
    order = []
    jobs = [TimedJob(name, 10, order.append, lambda k, name=name: (name, k)) for name in "ab"]
    in_turns(jobs, 2)
    assert order == [("a", 0), ("b", 0), ("a", 1), ("b", 1), ("a", 2), ("b", 2)]
    assert [len(job.seconds) for job in jobs] == [2, 2]


def test_a_ratio_is_per_household():
    fast, slow = TimedJob("fast", 1_000, print), TimedJob("slow", 10, print)
    fast.seconds, slow.seconds = [1.0, 2.0, 4.0], [2.0, 2.0, 2.0]
    fast.processor_seconds, slow.processor_seconds = [4.0], [2.0]
    assert ratio(fast, slow) == {"ratio": 100.0, "min": 50.0, "max": 200.0, "by_processor_time": 50.0}


def test_the_traffic_of_the_decision_is_read_off_its_kernel():
    named = streamed_columns(dict(processes())["decide"])
    assert {"household_id", "place", "choice", "profile", "readiness"} <= named
    assert "persons" not in named
    for name, process in processes():
        assert width(streamed_columns(process)) <= 3 * BYTES_PER_HOUSEHOLD, name


def test_the_memory_is_that_of_the_measured_process_alone():
    """A parent that is itself large must not be counted (Linux hands its peak on to the child)."""
    ballast = np.ones(150_000_000)  # 1.1 GiB, more than the libraries and a thousandth of the population
    figures = memory_in_own_process(CONFIGS, 1_000, 1)
    assert ballast[-1] == 1.0
    assert 0.05 < figures["imported_gib"] < figures["peak_gib"] < 1.0
    assert figures["households"] > 1_000


def test_the_figures_hold_what_others_read(contest, tmp_path, capsys):
    figures = figures_of(contest)
    for name in ("full_month_vs_mesa", "decide_vs_mesa", "household_months_per_second"):
        assert figures[name] > 0, name
    for name in ("decide_vs_cpp", "decide_vs_cpp_fair", "month_vs_cpp", "stream_share_month"):
        assert (figures[name] or 0.0) > 0 if find_compiler() else figures[name] is None, name
    assert figures["second_thread_gain_month"] > 0
    assert figures["bytes_per_household"] == pytest.approx(BYTES_PER_HOUSEHOLD)
    figures["settings"].update(scale=100, rounds=1)
    figures["machine"]["load_before"] = 0.0
    figures["bars"] = bars(figures)
    print_bench(figures)
    figures["small_over_large_cost"] = 2.5
    cells = [line.split("|") for line in with_speeds(README.read_text("utf-8"), figures).splitlines()]
    rows = {cell[1].strip(): cell for cell in cells if len(cell) == 6}
    assert {row[0] for row in ROWS} <= set(rows)
    assert not find_compiler() or UNKNOWN not in speed_part(figures)
    text = capsys.readouterr().out
    assert "Mesa objects, month" in text
    assert "DIFFERENT" not in text
    place = tmp_path / "new" / "bench.json"
    write_figures(place, figures)
    assert json.loads(place.read_text())["decide_vs_mesa"] == figures["decide_vs_mesa"]
    assert [found.name for found in place.parent.iterdir()] == ["bench.json"]


def test_a_rival_that_decides_otherwise_is_no_rival(contest, monkeypatch):
    other = contest.choices["numpy"] ^ 1
    monkeypatch.setitem(contest.choices, "numpy", other)
    with pytest.raises(EweaError, match=f"'numpy': {len(other)}"):
        figures_of(contest)


def test_no_compiler_is_said_clearly(contest, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(EweaError, match="no C\\+\\+ compiler"):
        CppProgram(tmp_path, contest.state, None)


@pytest.mark.parametrize(("key", "value"), [("sample", 0), ("rounds", 0)])
def test_nonsense_is_refused(tmp_path, key, value):
    with pytest.raises(EweaError, match=f"--{key}: found 0"):
        run_bench(tmp_path, **{key: value})
