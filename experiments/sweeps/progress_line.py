"""How far a sweep is, in one line on standard error."""

import sys
import time
from collections.abc import Callable

from experiments.progress import duration
from experiments.sweeps.runner import Progress

EVERY_SECONDS = 10.0
"""Between two lines where nobody watches a terminal."""


def progress_line(what: str, *, quiet: bool = False) -> Callable[[Progress], None] | None:
    """Return a listener for :func:`experiments.sweeps.runner.run_tasks`; it rewrites its line on a terminal.

    Parameters
    ----------
    what : str
        Words before the numbers.
    quiet : bool
        Return None: nothing is shown.
    """
    if quiet:
        return None
    watched = sys.stderr.isatty()
    said = time.monotonic()

    def show(progress: Progress) -> None:
        nonlocal said
        now, last = time.monotonic(), progress.ended == progress.total
        if not last and now - said < (0.2 if watched else EVERY_SECONDS):
            return
        said = now
        failed = f", {progress.failed:,} failed" if progress.failed else ""
        left = "" if last else f", about {duration(progress.seconds_left)} left"
        text = f"{what}: {progress.ended:,} of {progress.total:,} runs{failed}{left}"
        end = "\n" if last or not watched else ""
        print(f"\r{text:<79}" if watched else text, end=end, file=sys.stderr, flush=True)

    return show
