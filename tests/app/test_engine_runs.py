"""The engine at work: real workers, small samples."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from app_server import at_rest
from drawn_tab import SECONDS
from drawn_tab import wait_until as wait_for
from made_up_answers import read_back

from abm.data.folder import default_configs, load_settings
from abm.data.settings import RunSettings
from abm.months import month_index, month_label
from abm.policy.change import Changes
from dashboard.engine import shipped
from dashboard.engine.bundle import Cache, choice_key
from dashboard.engine.changes import first_projected_month
from dashboard.engine.choice import DEFAULT_UNTIL, Choices, own_lever
from dashboard.engine.engine import Engine
from dashboard.engine.limits import load_limits
from experiments.ensemble.outcomes import OUTCOMES
from experiments.ensemble.paired import SeedTask, contrast_of, run_seed

HALF = own_lever("benefit_level", "NL", "2027-01", 0.5)


def done(job):
    assert job.wait(SECONDS).state == "done", (job, job.message)
    return job.answer


def test_the_baseline_is_there_before_any_worker():
    made = Engine(cache=None)
    assert not made.is_ready
    answer = made.baseline
    assert (answer.final, answer.n_seeds) == (True, load_limits().full.seeds)
    usual = load_settings(default_configs())
    ends = usual.last_register_month + 2, usual.default_until
    assert (answer.months[0], answer.months[-1]) == tuple(map(month_label, ends))
    low, mid, high = answer.at_horizon("stock", "NL")
    assert 0 < low < mid < high
    assert answer.difference("stock", "NL") == (0, 0, 0)


def test_an_answer_names_the_data_it_was_made_from(monkeypatch):
    older = {**shipped.shipped_manifest(), "data_date": "2025-06"}
    monkeypatch.setattr(shipped, "shipped_manifest", lambda: older)
    monkeypatch.setattr(shipped, "why_stale", lambda: ["configs"])
    made = Engine(cache=None)
    until = month_label(load_settings(default_configs()).last_register_month)
    assert (made.baseline.data_date, made.data_date) == ("2025-06", until)
    assert made._make(Choices(), shipped.baseline(), shipped.baseline(), True).data_date == until


def test_a_first_answer_comes_before_the_full_one_on_the_same_seeds(engine):
    seen = []
    job = engine.ask("one", Choices(levers=(HALF,)))
    job.on_change(lambda job: seen.append((job.state, None if job.answer is None else job.answer.n_seeds)))
    answer = done(job)
    assert (answer.n_seeds, answer.final) == (4, True)
    wait_for(lambda: ("done", 4) in seen)
    states = [state for state, _ in seen]
    assert states == sorted(states, key=["queued", "running", "first", "done"].index)
    before = answer.flow_months.index("2026-12")  # nothing differs before the month the lever acts
    apart = answer.mine.outcome("arrivals") != answer.theirs.outcome("arrivals")
    assert not apart[:, :before].any()
    assert apart.any()


def test_channels_add_up_and_bands_are_in_order(engine):
    answer = done(engine.ask("one", Choices(war="frozen_front")))
    for place in ("NL", "EU", "ALL"):
        for outcome in ("stock", "employed"):
            apart = (answer.totals(outcome) - answer.totals(outcome, "baseline"))[:, answer.mask(place)]
            parts = [mean for _, mean, _ in answer.channels(outcome, place).values()]
            assert sum(parts) == pytest.approx(apart.sum(axis=1).mean(), abs=1.0)
        fan = answer.fan("stock", place)
        assert ((fan["low"] <= fan["mid"]) & (fan["mid"] <= fan["high"])).all()
    groups = dict(zip(answer.axes.groups, answer.mine.groups, strict=True))
    for attribute in ("status", "sex", "age_group", "origin_group"):
        total = sum(values for (name, _), values in groups.items() if name == attribute)
        np.testing.assert_allclose(total, answer.totals("stock"), rtol=1e-5)
    np.testing.assert_allclose(answer.mine.origins.sum(axis=1), answer.totals("stock"), rtol=1e-5)
    ukraine = len(answer.hosts)
    assert answer.moved().mean(axis=0)[:ukraine, ukraine].sum() == pytest.approx(
        answer.totals("returns").sum(axis=1).mean(), rel=1e-5
    )


def test_an_answer_is_what_ewea_compare_finds_with_the_downloaded_scenario(engine):
    """The same seed, scale and scenario through the command line's own code."""
    choice = Choices(presets=("return_package",))
    answer = done(engine.ask("one", choice))
    settings = RunSettings(
        scenario="baseline", scale=1500, households_per_host=50,
        until=month_index(DEFAULT_UNTIL), shocks=True, parameters="posterior",
    )  # fmt: skip
    root, package = default_configs(), read_back(choice)
    contrast = contrast_of(root, Changes(), "package", package, settings)
    found = run_seed(SeedTask(root, Changes(), (contrast,), settings, seed=3))
    at = answer.mine.seeds.index(3)
    for number, outcome in enumerate(OUTCOMES):
        mine = (answer.totals(outcome) - answer.totals(outcome, "baseline"))[at]
        theirs = found.others["package"].level[number] - found.base.level[number]
        np.testing.assert_array_equal(mine, theirs, err_msg=outcome)


def test_the_horizon_only_cuts_the_answer(engine):
    """One prepared simulation serves all horizons: a shorter run is the beginning of a longer one."""
    longer = done(engine.ask("one", Choices(levers=(HALF,))))
    shorter = done(engine.ask("one", Choices(levers=(HALF,), until="2027-10"), slot="B"))
    n = len(shorter.months)
    assert shorter.months == longer.months[:n]
    for short, long in ((shorter.mine, longer.mine), (shorter.theirs, longer.theirs)):
        np.testing.assert_array_equal(short.outcome("stock"), long.outcome("stock")[:, :n])


def test_a_lever_before_the_prepared_month_is_run_from_the_start(engine):
    month_of_it = month_label(first_projected_month(default_configs()) + 2)
    early = own_lever("benefit_level", "NL", month_of_it, 0.5)
    asked = Choices(levers=(early,), past=True)
    [said] = engine.catalogue.check(replace(asked, past=False))
    assert said.code == "lever_past"
    answer = done(engine.ask("one", asked))
    assert answer.since == answer.flow_months[0] == month_label(first_projected_month(default_configs()))
    month = answer.flow_months.index(month_of_it)
    apart = answer.mine.outcome("arrivals") - answer.theirs.outcome("arrivals")
    assert not apart[:, :month].any()
    assert apart[:, month : month + 6].any()


def test_the_same_question_is_answered_from_memory_and_from_disk(engine, tmp_path):
    choice = Choices(presets=("return_package",))
    answer = done(engine.ask("one", choice))
    again = engine.ask("two", choice)
    assert again.state == "done"
    assert again.answer.mine is answer.mine
    store = Cache(tmp_path, 10**9, 10**9)
    store.write(choice_key(choice), answer.mine)
    fresh = Cache(tmp_path, 10**9, 10**9)
    np.testing.assert_array_equal(fresh.get(choice_key(choice)).level, answer.mine.level)
    (tmp_path / f"{choice_key(choice)}.bundle").write_bytes(b"PK damaged")
    assert Cache(tmp_path, 10**9, 10**9).get(choice_key(choice)) is None
    assert store.get("../../etc/passwd") is None


def test_a_new_question_of_the_same_slot_ends_the_one_before(engine):
    with at_rest(engine._pool.pids()):
        wars = (("front_collapse", "A"), ("winter_grid", "B"), ("middle_peace", "A"))
        first, *others = [engine.ask("mover", Choices(war=war), slot=slot) for war, slot in wars]
        assert first.state == "cancelled"
    for job in others:
        done(job)
    assert first.answer is None or not first.answer.final


def test_two_sessions_share_a_run_do_not_end_each_others_and_hold_nothing_when_closed(engine):
    choice = Choices(war="western_aid_stops")
    with at_rest(engine._pool.pids()):
        mine, theirs, leavers = (engine.ask(name, choice) for name in ("me", "you", "leaver"))
        engine.cancel(mine)
        engine.close_session("leaver")
    assert mine.state == leavers.state == "cancelled"
    assert leavers.answer is None
    assert engine.jobs_of("leaver") == {}
    assert done(theirs).choice == choice


def test_a_worker_that_dies_is_replaced_and_the_job_goes_on(engine):
    job = engine.ask("one", Choices(war="pessimistic_postwar", until="2031-06"), slot="D")
    wait_for(lambda: job.state != "queued")
    pid = engine._pool.pids()[0]
    os.kill(pid, signal.SIGKILL)
    assert done(job).n_seeds == 4
    wait_for(lambda: pid not in engine._pool.pids())


def test_the_queue_is_fair_and_says_where_one_stands(engine):
    over = []
    with at_rest(engine._pool.pids()):
        levers = [own_lever("benefit_level", "NL", "2027-01", v) for v in (0.1, 0.2, 0.3, 0.4, 0.6, 0.7)]
        busy = [engine.ask("crowd", Choices(levers=(one,)), slot=str(one.value)) for one in levers]
        late = engine.ask("late", Choices(levers=(own_lever("benefit_level", "DE", "2027-01", 0.5),)))
        for job in (*busy, late):
            job.on_change(lambda job: over.append(job) if job.over and job not in over else None)
        assert any(job.position for job in (*busy, late))
    for job in (*busy, late):
        done(job)
    wait_for(lambda: len(over) == 7)
    assert over[-1] is not late  # who asks once does not wait for all of who asks six times


def test_a_session_may_ask_so_much_at_once_only(engine):
    with at_rest(engine._pool.pids()):
        asked = [engine.ask("many", Choices(until=f"2030-{n:02d}"), slot=f"slot{n}") for n in range(1, 13)]
        refused = [job for job in asked if job.state == "failed"]
    assert {job.message.code for job in refused} == {"session_full"}
    assert len(refused) == 12 - engine.limits.jobs_per_session
    engine.close_session("many")


def test_an_effect_is_split_by_lever(engine):
    choice = Choices(levers=(HALF, own_lever("return_cash", "NL", "2027-01", 2000)))
    split = done(engine.split("one", choice))
    assert set(split.ids) == {"benefit_level:NL", "return_cash:NL"}
    answer = done(engine.ask("one", choice))
    whole = (
        (answer.totals("stock") - answer.totals("stock", "baseline")).mean(axis=0)[answer.mask("NL")].sum()
    )
    assert sum(split.scaled_to(answer).at("stock", "NL").values()) == pytest.approx(whole, abs=1.0)


def test_a_household_is_followed(engine):
    story = done(engine.story("one", Choices(war="middle_peace")))
    assert any(month["differs"] for month in story["months"])
    assert sum(story["about"]["persons"].values()) >= 1
    assert engine.story("one", Choices(war="middle_peace"), household="; rm").wait(SECONDS).state == "failed"


def test_scores_of_indicators_are_computed(engine):
    rows = done(engine.scorecard("one", Choices(), scores={"AX1-04": -2}))
    by_id = {row["indicator"]: row for row in rows}
    assert by_id["AX1-04"]["score"] == -2
    assert all((row["effect"] is None) == (row["reason"] is not None) for row in rows)


def test_what_cannot_be_asked_fails_at_once(engine):
    early = Choices(levers=(own_lever("benefit_level", "NL", "2024-08", 0.5),))
    refused = {
        "lever_start": engine.ask("one", early),
        "one_lever": engine.split("one", Choices(levers=(HALF,))),
        "story_needs_choice": engine.story("one", Choices()),
        "refused": engine.scorecard("one", Choices(), published="1999-01"),
    }
    assert {code: (job.state, job.message.code) for code, job in refused.items()} == {
        code: ("failed", code) for code in refused
    }


def test_many_threads_may_ask_at_once(engine):
    wars = ["baseline", "frozen_front", "middle_peace", "winter_grid"]
    asked = [(f"s{n}", Choices(war=war), war) for n in range(8) for war in wars]
    with ThreadPoolExecutor(8) as pool:
        jobs = list(pool.map(lambda one: engine.ask(*one), asked))
    for job in jobs:
        done(job)
    for session, *_ in asked:
        engine.close_session(session)
