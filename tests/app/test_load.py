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
        self.workers: list[int] = []

    def __enter__(self) -> "Watch":
        self._began, self._machine, self._own = time.monotonic(), self._busy(), self._ours()
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        seconds = time.monotonic() - self._began
        self.own_seconds = self._ours() - self._own
        self.foreign_cores = max(0.0, self._busy() - self._machine - self.own_seconds) / seconds

    def quiet(self, seconds: float) -> float:
        """Return how long something would have taken without the other programs."""
        cores = len(os.sched_getaffinity(0))
        return seconds * max(cores - self.foreign_cores, 0.1) / cores

    def memory(self) -> int:
        """Return bytes of server and workers; what they share counts once."""
        parts = []
        for process in (self._server, *self._server.children(recursive=True)):
            try:
                parts.append(process.memory_full_info().pss)
            except psutil.NoSuchProcess:
                continue
        if sum(parts) > self.most:
            self.most, self.workers = sum(parts), parts
        return sum(parts)

    def _sample(self) -> None:
        while not self._stop.wait(1.0):
            self.memory()

    @staticmethod
    def _busy() -> float:
        times = psutil.cpu_times()
        return times.user + times.nice + times.system + times.irq + times.softirq

    def _ours(self) -> float:
        mine = psutil.Process()
        total = 0.0
        for process in (mine, self._server, *self._server.children(recursive=True)):
            times = process.cpu_times()
            total += times.user + times.system
        return total


PLACES = "NL NL DE PL CZ ES IT FR BE AT SE NO FI DK IE PT RO SK LT CH".split()  # noqa: SIM905
"""Where each user sets the lever; the first two do it in the same place and end at the same value."""


def value_of(user: int, change: int) -> float:
    """Return what a user sets; nobody asks what was answered before, but for the last of users 0 and 1."""
    last = change == CHANGES - 1
    return round(0.1 + 0.1 * change + (0.05 if user == 1 and not last else 0), 2)


def use(tab: Tab, user: int) -> list[tuple[float, float]]:
    """Move the lever as often as asked, each time once the answer is there; return seconds of each.

    Returns
    -------
    list of (float, float)
        From the move until work is to be seen, and until the first answer.
    """
    found = []
    for change in range(CHANGES):
        slider = tab.with_traits("least", "most", "step")[-1]
        value = value_of(user, change)
        began, answered = time.monotonic(), tab.answers
        tab.emit(slider, "event_chosen", value)
        tab.wait(lambda value=value: f":{value:g}&" in tab.url, PATIENCE, f"address of {value}")
        at_once = time.monotonic() - began
        tab.wait(lambda answered=answered: tab.answers > answered, PATIENCE, f"answer to {value}")
        found.append((at_once, time.monotonic() - began))
    return found


def test_twenty_users_move_levers_at_once(tmp_path, capsys):
    assert load_limits().first.scale == 400
    server = start_server(tmp_path)
    try:
        began = time.monotonic()
        while not server.health()["warm"]:
            assert time.monotonic() - began < PATIENCE, "the workers do not get warm"
            time.sleep(0.5)
        watch = Watch(server.process.pid)
        before = watch.memory()
        with ExitStack() as stack:
            tabs = []
            for user in range(USERS):
                place, begin = PLACES[user], 1.2 + 0.05 * (user == 1)
                link = f"/levers?lang=nl&place={place}&lever={LEVER}&a=l={LEVER}:{place}:2026-12:{begin:g}"
                tab = stack.enter_context(Tab(server, link))
                tab.wait(lambda tab=tab: tab.progress in OVER, PATIENCE, f"the page of user {user}")
                tabs.append(tab)
            opened = watch.memory()
            with watch, ThreadPoolExecutor(USERS) as pool:
                seconds = list(pool.map(use, tabs, range(USERS)))
            for tab in tabs:
                tab.wait(lambda tab=tab: tab.progress == "progress-done", PATIENCE, "the full band")
            settled = watch.memory()
            at_once = sorted(first for one in seconds for first, _ in one)
            answers = sorted(last for one in seconds for _, last in one)
            quiet = [watch.quiet(one) for one in answers]
            with capsys.disabled():
                print(report(watch, at_once, answers, quiet, (before, opened, settled)))
            # Nothing is lost or mixed up: each ends with its own choice; equal choices with equal figures.
            for user, tab in enumerate(tabs):
                assert f"{PLACES[user]}:2026-12:{value_of(user, CHANGES - 1):g}&" in tab.url
            caption = Words("nl").t("levers.result_table")
            began = time.monotonic()
            while tabs[0].table(caption) != tabs[1].table(caption):  # drawn a moment after it is done
                assert time.monotonic() - began < PATIENCE, "equal choices, other figures"
                time.sleep(0.1)
            tables = [repr(tab.table(caption)) for tab in tabs]
            assert len(set(tables)) == USERS - 1
            assert server.health()["sessions"] == USERS
        assert len(answers) == USERS * CHANGES
        assert watch.most <= MOST_BYTES
        assert quiet[-1] <= MOST_SECONDS
    finally:
        server.stop()


def report(watch: Watch, at_once, answers, quiet, memory) -> str:
    """Return what was measured as a small table."""
    middle, high = len(answers) // 2, int(0.95 * len(answers))
    lines = [
        "",
        f"{USERS} users x {CHANGES} moves of a lever: {len(answers)} answers, none lost",
        f"{'seconds':32}{'median':>10}{'95 %':>10}{'most':>10}",
        *[
            f"{name:32}{row[middle]:10.2f}{row[high]:10.2f}{row[-1]:10.2f}"
            for name, row in (
                ("until the page reacts", at_once),
                ("until the first answer", answers),
                ("the same on a machine of its own", quiet),
            )
        ],
        f"cores used by other programs {watch.foreign_cores:.2f}; processor time {watch.own_seconds:.0f} s",
        f"{'memory, MiB':32}{'start':>10}{'open':>10}{'settled':>10}{'most':>10}",
        f"{'server and workers (PSS)':32}" + "".join(f"{n / 2**20:10.0f}" for n in (*memory, watch.most)),
        "each process at most: " + ", ".join(f"{n / 2**20:.0f}" for n in watch.workers),
    ]
    return "\n".join(lines)
