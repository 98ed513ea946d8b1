"""Kept pasts: a run from one equals a run from the start bit by bit; damage and age cost time only."""

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_runs import SMALL, assert_same_tables

from abm.data.folder import default_configs
from abm.data.settings import RunSettings
from abm.policy.change import Changes, LeverChange
from abm.policy.scenario import changed_world, scenario_world
from abm.results import tables_of
from abm.simulation import Simulation
from experiments.ensemble import pasts
from experiments.ensemble.files import KeptFiles
from experiments.ensemble.pasts import KeptPast, branches_of, present

ROOT = default_configs()
LONGEST = 14


@pytest.fixture(scope="module")
def world():
    return scenario_world(ROOT, pasts.present(scenario_world(ROOT, 60)) + LONGEST)


@pytest.fixture(autouse=True)
def folder(tmp_path_factory, monkeypatch, request):
    place = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(place))
    pasts._say_once.cache_clear()
    return place / pasts.FOLDER


def cut(world, place, month, value):
    return Changes.of(LeverChange.of("benefit_level", place, month, value))


def after(run):
    return tables_of(run.run_to_end().state)


@settings(max_examples=4)
@given(
    seed=st.integers(1, 50),
    months=st.integers(2, LONGEST),
    since=st.integers(-6, 4),
    value=st.sampled_from([0.2, 0.8]),
    shocks=st.booleans(),
)
def test_a_run_from_a_kept_past_is_the_run_from_the_start(world, seed, months, since, value, shocks):
    now = present(world)
    chosen = RunSettings(until=now + months, shocks=shocks, parameters="posterior", **SMALL)
    changes = cut(world, "NL", now + since, value)
    other = changed_world(ROOT, world.n_months - 1, changes)
    straight = after(Simulation(world, chosen, seed))
    twin = after(Simulation(world, chosen, seed).run_to(now + min(since, months)).fork(chosen, other))
    for _ in range(2):  # simulated and written, then read
        branches = branches_of(world, chosen, seed)
        assert_same_tables(tables_of(branches.end().state), straight)
        branches = branches_of(world, chosen, seed)
        left = branches.leave(now + min(since, months), other)
        assert_same_tables(after(left.run), twin)


def test_damaged_and_outdated_pasts_are_simulated_again(world, folder, caplog, monkeypatch):
    chosen = RunSettings(until=present(world) + 2, **SMALL)
    past = KeptPast(world, chosen, 1, present(world))
    wanted = tables_of(past.run().state)
    [file] = folder.iterdir()
    whole = file.read_bytes()
    for bad in (b"", whole[:100], whole[:-1], whole[:500] + b"?" + whole[501:], b"x" * len(whole)):
        file.write_bytes(bad)
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            assert_same_tables(tables_of(past.run().state), wanted)
        assert str(file) in caplog.text
        assert file.read_bytes() == whole
    caplog.clear()
    monkeypatch.setattr(pasts, "_model", lambda: "edited")
    assert_same_tables(tables_of(past.run().state), wanted)
    assert "have changed" in caplog.text
    assert [one.name for one in folder.iterdir()] == [f"{past.name}.past"]


def test_a_folder_that_cannot_be_written_costs_time_only(world, folder):
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file where the folder should be")
    chosen = RunSettings(until=present(world) + 1, **SMALL)
    assert KeptPast(world, chosen, 1, present(world)).run().state.month == present(world)


def test_what_shares_a_past(world):
    now = present(world)
    chosen = RunSettings(until=now + 2, **SMALL)

    def name(settings=chosen, seed=1, changes=None, draw=None, month=now):
        return KeptPast(world, settings, seed, month, changes or Changes(), draw).name

    def with_settings(**more):
        return RunSettings(**{"until": now + 2, **SMALL, **more})

    usual = name()
    assert name(with_settings(until=now + 9, threads=2, scenario="other")) == usual
    assert name(changes=cut(world, "NL", now, 0.5)) == usual
    assert name(with_settings(parameters="posterior")) == name(draw=1)
    others = [
        name(seed=2), name(month=now - 1), name(draw=2), name(draw=1),
        name(changes=cut(world, "NL", now - 1, 0.5)),
        name(with_settings(scale=9)), name(with_settings(households_per_host=7)),
        name(with_settings(arrivals="modelled")), name(with_settings(known_until=now - 9)),
    ]  # fmt: skip
    assert len({usual, *others}) == 1 + len(others)


def test_the_oldest_files_go_where_space_is_short(tmp_path):
    files = KeptFiles(tmp_path, ".past", 250)
    for name in ("a", "b", "c"):
        files.write(name, bytes(100))
        assert files.read("a") is not None  # used again each time, so the youngest
    assert files.names("") == ["a", "c"]
    files.remove("a")
    files.remove("a")
    assert files.read("a") is None
