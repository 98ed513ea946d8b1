"""What a tab asks of the engine: asks at once, follows, cancels, cleans up."""

import threading
import time
from contextlib import nullcontext

import pytest
from app_server import at_rest
from drawn_tab import wait_until

from dashboard.engine.choice import Choices, own_lever
from dashboard.shell.jobs import SECONDS_BETWEEN, Jobs, UpdatePump


def choice_of(value: float) -> Choices:
    return Choices(levers=(own_lever("benefit_level", "NL", "2027-01", value),))


@pytest.fixture
def jobs(engine, request):
    """Return the jobs of a tab; ``jobs.news`` is set when one changes."""
    news = threading.Event()
    made = Jobs(engine, request.node.name, news.set)
    made.news = news
    yield made
    made.close()
    assert engine.jobs_of(request.node.name) == {}


def test_the_baseline_is_there_without_a_question_and_an_impossible_choice_fails(engine, jobs, request):
    jobs.follow({"A": Choices()})
    state = jobs.states()["A"]
    assert (state.state, state.settled, state.shown) == ("done", True, engine.baseline)
    assert engine.jobs_of(request.node.name) == {}
    jobs.follow({"A": choice_of(1e6)})
    state = jobs.states()["A"]
    assert (state.state, state.message.code) == ("failed", "lever_value")


def test_a_new_choice_cancels_the_old_one_and_keeps_its_picture(engine, jobs, request):
    with at_rest(engine._pool.pids()):
        jobs.follow({"A": choice_of(0.31)})
        state = jobs.states()["A"]
        assert state.outdated
        assert state.shown is engine.baseline
    wait_until(lambda: jobs.states()["A"].settled)
    assert jobs.news.is_set()
    old_job, old_answer = engine.jobs_of(request.node.name)["A"], jobs.states()["A"].answer
    assert old_answer.choice == choice_of(0.31)
    with at_rest(engine._pool.pids()):
        jobs.follow({"A": choice_of(0.32), "B": choice_of(0.33)})
        assert old_job.over
        assert jobs.states()["A"].shown is old_answer
        job = engine.jobs_of(request.node.name)["B"]
        jobs.follow({"A": choice_of(0.32)})  # a slot that goes away is cancelled
        assert job.over
        assert set(jobs.states()) == {"A"}
        jobs.cancel("A")
        assert jobs.states()["A"].state == "cancelled"
        jobs.ask_again("A")
    wait_until(lambda: jobs.states()["A"].shown.choice == choice_of(0.32))


def test_many_news_become_few_deliveries_and_none_after_the_end():
    def pumps() -> int:
        return sum(thread.name == "ewea-updates" for thread in threading.enumerate())

    seen, latest, before = [], [0], pumps()
    pump = UpdatePump(nullcontext(), lambda: seen.append(latest[0]))
    began = time.monotonic()
    for number in range(200):
        latest[0] = number
        pump.notify()
    wait_until(lambda: seen and seen[-1] == 199)
    assert len(seen) <= 2 + (time.monotonic() - began) / SECONDS_BETWEEN
    pump.close()
    delivered = len(seen)
    pump.notify()
    wait_until(lambda: pumps() <= before)
    assert len(seen) == delivered
