"""Twenty users who each move a lever five times, and 200 calls of the API: none is lost, none waits long.

The tabs speak the browser's own protocol (:mod:`tab_client`); twenty browsers would load the machine more
than the server does.
"""

import os
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack

import psutil
import pytest
from app_server import AppServer, running_server
from drawn_tab import wait_until
from tab_client import Tab

from dashboard.messages.words import Words

USERS, CHANGES, CALLS = 20, 5, 200
MOST_SECONDS, MOST_BYTES = 10.0, 1.5 * 2**30
PLACES = "NL NL DE PL CZ ES IT FR BE AT SE NO FI DK IE PT RO SK LT CH".split()  # noqa: SIM905
"""Where each user sets the lever; the first two do it in the same place and end at the same value."""


def link_of(user: int) -> str:
    lever = f"benefit_level:{PLACES[user]}:2026-12:{1.25 if user == 1 else 1.2:g}"
    return f"/levers?lang=nl&place={PLACES[user]}&lever=benefit_level&a=l={lever}"


def value_of(user: int, change: int) -> float:
    """Return what a user sets; nobody asks what was answered before, but for the last of users 0 and 1."""
    last = change == CHANGES - 1
    return round(0.1 + 0.1 * change + (0.05 if user == 1 and not last else 0), 2)


def use(tab: Tab, user: int) -> list[float]:
    """Move the lever as often as asked, each time once the answer is there; return seconds of each."""
    found = []
    for change in range(CHANGES):
        began, answered = time.monotonic(), tab.answers
        tab.move(value_of(user, change))
        tab.wait(lambda answered=answered: tab.answers > answered, f"answer to change {change} of {user}")
        found.append(time.monotonic() - began)
    return found


def call(server: AppServer, number: int) -> int:
    """Ask the API for one of the places; return the status."""
    place = PLACES[number % len(PLACES)]
    with urllib.request.urlopen(f"{server.url}/api/v1/answer?place={place}", timeout=300) as answer:
        return answer.status


def processes(server: AppServer) -> list[psutil.Process]:
    own = psutil.Process(server.process.pid)
    return [own, *own.children(recursive=True)]


def foreign_seconds(server: AppServer) -> float:
    """Return how long the processors have worked for others than the server and this test."""
    times = psutil.cpu_times()
    ours = sum(sum(one.cpu_times()[:2]) for one in (psutil.Process(), *processes(server)))
    return times.user + times.nice + times.system + times.irq + times.softirq - ours


@pytest.mark.slow
@pytest.mark.alone
def test_twenty_users_move_levers_at_once(tmp_path):
    with running_server(tmp_path) as server, ExitStack() as stack:
        wait_until(lambda: server.health()["warm"])
        tabs = [stack.enter_context(Tab(server, link_of(user))) for user in range(USERS)]
        pool = stack.enter_context(ThreadPoolExecutor(USERS))
        began, foreign, most = time.monotonic(), foreign_seconds(server), 0
        users = [pool.submit(use, tab, user) for user, tab in enumerate(tabs)]
        callers = stack.enter_context(ThreadPoolExecutor(4))
        calls = [callers.submit(call, server, number) for number in range(CALLS)]
        while wait(users, timeout=1).not_done:  # what the processes share counts once
            most = max(most, sum(one.memory_full_info().pss for one in processes(server)))
        assert {one.result() for one in calls} == {200}
        longest = max(seconds for one in users for seconds in one.result())
        foreign_cores = (foreign_seconds(server) - foreign) / (time.monotonic() - began)
        for user, tab in enumerate(tabs):
            tab.wait(lambda tab=tab: tab.progress == "progress-done", "the full band")
            assert f"{PLACES[user]}:2026-12:{value_of(user, CHANGES - 1):g}&" in tab.url
        caption = Words("nl").t("levers.result_table")
        wait_until(lambda: tabs[0].table(caption) == tabs[1].table(caption))  # drawn a moment later
        assert len({repr(tab.table(caption)) for tab in tabs}) == USERS - 1  # equal choices, equal figures
        assert server.health()["sessions"] == USERS
        assert most <= MOST_BYTES
        cores = len(os.sched_getaffinity(0))  # judged as if the machine had nothing else to do
        assert longest * min(1, max(cores - foreign_cores, 0.1) / cores) <= MOST_SECONDS
