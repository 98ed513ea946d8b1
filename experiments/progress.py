"""How far a run is and how long it still takes: a bar on a terminal, plain lines elsewhere.

Always on standard error, so that standard output holds nothing but results.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

LINES = 10
"""Plain lines written in the course of a run that is not watched on a terminal."""


class Watcher(Protocol):
    """Whoever wants to know how far a run is."""

    def advance(self, seed_months: int) -> None:
        """Take note of simulated months (of one seed) that are done."""


class _Silent:
    def advance(self, seed_months: int) -> None:
        """Say nothing."""


class _Lines:
    """Write a line after every tenth of the work."""

    def __init__(self, total: int) -> None:
        self.total, self.done, self.said, self.began = total, 0, 0, time.monotonic()

    def advance(self, seed_months: int) -> None:
        self.done += seed_months
        part = self.done * LINES // self.total
        if part > self.said:
            self.said = part
            left = (time.monotonic() - self.began) * (self.total - self.done) / self.done
            print(
                f"{self.done:,} of {self.total:,} simulated months, about {duration(left)} left",
                file=sys.stderr,
                flush=True,
            )


def duration(seconds: float) -> str:
    """Return a duration in words.

    >>> duration(8.4), duration(200), duration(9000)
    ('8 s', '3 min 20 s', '2 h 30 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


@contextmanager
def progress(total: int, what: str, quiet: bool = False) -> Iterator[Watcher]:
    """Show how much of ``total`` is done until the block ends.

    Parameters
    ----------
    total : int
        Simulated months, summed over seeds.
    what : str
        Words before the bar.
    quiet : bool
        Show nothing.
    """
    if quiet:
        yield _Silent()
    elif not sys.stderr.isatty():
        yield _Lines(total)
    else:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("months, left"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=total)

            class _Bar:
                def advance(self, seed_months: int) -> None:
                    bar.advance(task, seed_months)

            yield _Bar()
