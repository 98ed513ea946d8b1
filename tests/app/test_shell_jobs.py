"""The session of a tab with the real engine: asks at once, follows, cancels, cleans up."""

import threading
import time
from contextlib import nullcontext

from dashboard.engine.choice import Choices, own_lever
from dashboard.shell.jobs import SECONDS_BETWEEN, Jobs, UpdatePump
from dashboard.shell.session import Session
from dashboard.shell.view import View

SECONDS = 120
"""Most seconds for an answer on a machine that does other things too."""


def choice_of(value: float) -> Choices:
    return Choices(levers=(own_lever("benefit_level", "NL", "2027-01", value),))


def wait_until(true) -> None:
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < SECONDS, "waited too long"
        time.sleep(0.02)


def test_the_baseline_is_there_without_a_question(engine):
    jobs = Jobs(engine, "baseline", lambda: None)
    jobs.follow({"A": Choices()})
    state = jobs.states()["A"]
    assert state.state == "done"
    assert state.settled
    assert state.shown is engine.baseline
    assert engine.jobs_of("baseline") == {}
    jobs.close()


def test_a_choice_runs_and_shows_the_baseline_until_it_has_an_answer(engine):
    news = threading.Event()
    jobs = Jobs(engine, "run", news.set)
    jobs.follow({"A": choice_of(0.5), "B": Choices()})
    first = jobs.states()["A"]
    assert first.answer is not None or (first.outdated and first.shown is engine.baseline)
    wait_until(lambda: jobs.states()["A"].answer is not None)
    assert jobs.states()["A"].answer.choice == choice_of(0.5)
    assert news.is_set()
    wait_until(lambda: jobs.states()["A"].settled)
    jobs.close()


def test_a_new_choice_cancels_the_old_one_and_keeps_its_picture(engine):
    jobs = Jobs(engine, "move", lambda: None)
    jobs.follow({"A": choice_of(0.31)})
    wait_until(lambda: jobs.states()["A"].answer is not None)
    old_job, old_answer = engine.jobs_of("move")["A"], jobs.states()["A"].answer
    jobs.follow({"A": choice_of(0.32)})
    assert old_job.over
    state = jobs.states()["A"]
    assert state.answer is not None or state.shown is old_answer
    jobs.cancel("A")
    assert jobs.states()["A"].state in ("cancelled", "done")
    jobs.ask_again("A")
    wait_until(lambda: jobs.states()["A"].answer is not None)
    jobs.close()
    assert engine.jobs_of("move") == {}


def test_a_slot_that_goes_away_is_cancelled(engine):
    jobs = Jobs(engine, "slot", lambda: None)
    jobs.follow({"A": Choices(), "B": choice_of(0.41)})
    job = engine.jobs_of("slot")["B"]
    jobs.follow({"A": Choices()})
    assert job.over
    assert set(jobs.states()) == {"A"}
    jobs.close()


def test_an_impossible_choice_fails_in_words(engine):
    jobs = Jobs(engine, "bad", lambda: None)
    jobs.follow({"A": Choices(levers=(own_lever("benefit_level", "NL", "2027-01", 1e6),))})
    state = jobs.states()["A"]
    assert state.state == "failed"
    assert state.message.code
    jobs.close()


def test_a_session_undoes_and_two_sessions_are_apart(engine):
    one = Session("one", engine, nullcontext(), View("overview"))
    two = Session("two", engine, nullcontext(), View("overview", language="uk"))
    one.choose(choice_of(0.51))
    one.set_place("DE")
    assert one.can_undo
    assert not two.can_undo
    assert two.choice == Choices()
    assert two.place == "NL"
    one.undo()
    one.undo()
    assert one.choice == Choices()
    assert one.place == "NL"
    assert not one.can_undo
    one.redo()
    assert one.choice == choice_of(0.51)
    wait_until(lambda: one.job().answer is not None)
    one.reset()
    assert one.choice == Choices()
    wait_until(lambda: one.job().shown is engine.baseline)
    one.close()
    two.close()
    assert engine.jobs_of("one") == {} == engine.jobs_of("two")


def test_a_link_changes_all_at_once_and_complains(engine):
    session = Session("link", engine, nullcontext(), View("overview"))
    session.open_link("map", "lang=en&place=DE&a=w=nowhere;l=benefit_level:NL:2027-01:0.6&b=")
    assert session.view.page == "map"
    assert session.place == "DE"
    assert session.choice == choice_of(0.6)
    assert set(session.choices) == {"A", "B"}
    assert len(session.notices) == 1
    assert len(session.notices[0].lines) == 2
    session.dismiss(session.notices[0])
    assert session.notices == ()
    session.close()


def test_many_news_become_few_deliveries_and_none_after_the_end():
    seen, latest = [], [0]
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
    wait_until(lambda: all(thread.name != "ewea-updates" for thread in threading.enumerate()))
    assert len(seen) == delivered
