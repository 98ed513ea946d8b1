"""How far work is and how long it still takes: a bar on a terminal, plain lines elsewhere.

Always on standard error, so that standard output holds nothing but results.
"""

import atexit
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments.ensemble.resume import ProgressListener, TaskProgress

LINE_SECONDS = 10.0
"""Between two lines where nobody watches a terminal."""

MONTHS = "simulated months"


class ProgressMeter:
    """Shows how much of some work is done, from its first sign of life until :meth:`close`."""

    def __init__(self, what: str, unit: str, *, quiet: bool = False) -> None:
        self.what, self.unit, self.quiet = what, unit, quiet
        self.done, self.total = 0, 0
        self._began = self._said = time.monotonic()
        self._bar: Any = None

    def advance(self, more: int = 1) -> None:
        """Take note of more work that is done."""
        self.show(self.done + more, self.total)

    def show(self, done: int, total: int, failed: int = 0) -> None:
        """Take note of how much is done of how much, and of how many tasks failed."""
        self.done, self.total = done, total
        if self.quiet:
            return
        text = f"{self.what}{f', {failed:,} failed' if failed else ''}"
        if sys.stderr.isatty():
            self._draw(text)
        elif done >= total or time.monotonic() - self._said >= LINE_SECONDS:
            self._said = time.monotonic()
            seconds = (self._said - self._began) * (total - done) / max(done, 1)
            left = "" if done >= total else f", about {duration(seconds)} left"
            print(f"{text}: {done:,} of {total:,} {self.unit}{left}", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Remove the bar, if there is one."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _draw(self, text: str) -> None:
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn(f"{self.unit}, left"),
                TimeRemainingColumn(),
            )
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._bar.add_task(text)
            self._bar.start()
            atexit.register(self.close)  # an interrupted command gets its cursor back
        self._bar.update(self._bar.task_ids[0], description=text, completed=self.done, total=self.total)


@contextmanager
def progress(total: int, what: str, quiet: bool = False, unit: str = MONTHS) -> Iterator[ProgressMeter]:
    """Show how much of ``total`` is done until the block ends."""
    meter = ProgressMeter(what, unit, quiet=quiet)
    meter.total = total
    try:
        yield meter
    finally:
        meter.close()


def progress_line(what: str, *, quiet: bool = False, unit: str = "runs") -> "ProgressListener | None":
    """Return a listener for :func:`experiments.ensemble.resume.run_tasks`, or None if quiet."""
    if quiet:
        return None
    meter = ProgressMeter(what, unit)

    def show(now: "TaskProgress") -> None:
        meter.show(now.ended, now.total, now.failed)
        if now.ended >= now.total:
            meter.close()

    return show


class ProgressLog:
    """Reports the steps of long work, one line each, and how far each of them is."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet

    def __call__(self, text: str) -> None:
        """Report one line."""
        if not self._quiet:
            print(text, file=sys.stderr, flush=True)

    def progress(self, what: str) -> "ProgressListener | None":
        """Return a listener that shows how far a step is."""
        return progress_line(what, quiet=self._quiet, unit="simulations")


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
