"""Twenty users who each move a lever five times: none is lost, none waits long, memory stays bounded.

The tabs speak the browser's own protocol (:mod:`tab_client`); twenty browsers would load the machine more
than the server does. A busy machine makes everything slower; so seconds are also given as they would be
had the machine nothing else to do (less what other programs took of its cores), and those are judged.
"""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psutil
import pytest
from app_server import start_server
from drawn_tab import wait_until
from tab_client import OVER, Tab

from dashboard.engine.limits import load_limits
from dashboard.messages.words import Words

USERS, CHANGES = 20, 5
LEVER = "benefit_level"
MOST_SECONDS = 10.0
MOST_BYTES = 1.5 * 2**30
PATIENCE = 240
"""Seconds after which an answer counts as lost, however busy the machine is."""

pytestmark = [pytest.mark.slow, pytest.mark.alone]


class Watch:
    """Memory of the server with its workers, and processor time of others, while something runs."""

    def __init__(self, pid: int) -> None:
        self._server = psutil.Process(pid)
        self._stop = threading.Event()
        self.most = 0

    def __enter__(self) -> "Watch":
        self._began, self._machine, self._own = time.monotonic(), self._busy(), self._ours()
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        own, seconds = self._ours() - self._own, time.monotonic() - self._began
        self.foreign_cores = max(0.0, self._busy() - self._machine - own) / seconds

    def quiet(self, seconds: float) -> float:
        """Return how long something would have taken without the other programs."""
        cores = len(os.sched_getaffinity(0))
        return seconds * max(cores - self.foreign_cores, 0.1) / cores

    def _sample(self) -> None:
        """Note the most memory of server and workers; what they share counts once."""
        while not self._stop.wait(1.0):
            parts = 0
            for process in (self._server, *self._server.children(recursive=True)):
                try:
                    parts += process.memory_full_info().pss
                except psutil.NoSuchProcess:
                    continue
            self.most = max(self.most, parts)

    @staticmethod
    def _busy() -> float:
        times = psutil.cpu_times()
        return times.user + times.nice + times.system + times.irq + times.softirq

    def _ours(self) -> float:
        processes = (psutil.Process(), self._server, *self._server.children(recursive=True))
        return sum(sum(process.cpu_times()[:2]) for process in processes)


PLACES = "NL NL DE PL CZ ES IT FR BE AT SE NO FI DK IE PT RO SK LT CH".split()  # noqa: SIM905
"""Where each user sets the lever; the first two do it in the same place and end at the same value."""


def value_of(user: int, change: int) -> float:
    """Return what a user sets; nobody asks what was answered before, but for the last of users 0 and 1."""
    last = change == CHANGES - 1
    return round(0.1 + 0.1 * change + (0.05 if user == 1 and not last else 0), 2)


def use(tab: Tab, user: int) -> list[float]:
    """Move the lever as often as asked, each time once the answer is there; return seconds of each."""
    found = []
    for change in range(CHANGES):
        slider = tab.with_traits("least", "most", "step")[-1]
        value = value_of(user, change)
        began, answered = time.monotonic(), tab.answers
        tab.emit(slider, "event_chosen", value)
        tab.wait(lambda value=value: f":{value:g}&" in tab.url, PATIENCE, f"address of {value}")
        tab.wait(lambda answered=answered: tab.answers > answered, PATIENCE, f"answer to {value}")
        found.append(time.monotonic() - began)
    return found


def test_twenty_users_move_levers_at_once(tmp_path, capsys):
    assert load_limits().first.scale == 400
    server = start_server(tmp_path)
    try:
        wait_until(lambda: server.health()["warm"])
        watch = Watch(server.process.pid)
        with ExitStack() as stack:
            tabs = []
            for user in range(USERS):
                place, begin = PLACES[user], 1.2 + 0.05 * (user == 1)
                link = f"/levers?lang=nl&place={place}&lever={LEVER}&a=l={LEVER}:{place}:2026-12:{begin:g}"
                tab = stack.enter_context(Tab(server, link))
                tab.wait(lambda tab=tab: tab.progress in OVER, PATIENCE, f"the page of user {user}")
                tabs.append(tab)
            with watch, ThreadPoolExecutor(USERS) as pool:
                answers = sorted(found for one in pool.map(use, tabs, range(USERS)) for found in one)
            for tab in tabs:
                tab.wait(lambda tab=tab: tab.progress == "progress-done", PATIENCE, "the full band")
            with capsys.disabled():
                print(
                    f"\n{USERS} users x {CHANGES} moves: median {answers[len(answers) // 2]:.1f} s, "
                    f"most {answers[-1]:.1f} s, on a machine of its own {watch.quiet(answers[-1]):.1f} s; "
                    f"server and workers at most {watch.most / 2**20:.0f} MiB"
                )
            # Nothing is lost or mixed up: each ends with its own choice; equal choices with equal figures.
            for user, tab in enumerate(tabs):
                assert f"{PLACES[user]}:2026-12:{value_of(user, CHANGES - 1):g}&" in tab.url
            caption = Words("nl").t("levers.result_table")
            wait_until(lambda: tabs[0].table(caption) == tabs[1].table(caption))  # drawn a moment later
            assert len({repr(tab.table(caption)) for tab in tabs}) == USERS - 1
            assert server.health()["sessions"] == USERS
        assert len(answers) == USERS * CHANGES
        assert watch.most <= MOST_BYTES
        assert watch.quiet(answers[-1]) <= MOST_SECONDS
    finally:
        server.stop()
