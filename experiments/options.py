"""What commands share: options, tables and JSON on standard output, progress on standard error."""

import atexit
import json
import math
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from abm.errors import EweaError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from experiments.ensemble.resume import ProgressListener, TaskProgress

WIDTH, TEXT_WIDTH = 100, 110
"""Columns where nobody watches a terminal, and of tables that are text."""


def number_option(text: str, least: int | None) -> Any:
    """Return an option that takes a whole number; None where what it sets knows its own range."""

    def whole_number(typed: str) -> int:
        try:
            number = int(typed)
        except ValueError as error:
            raise typer.BadParameter(
                f"found {typed!r}; a whole number is needed, for example 100."
            ) from error
        if least is not None and number < least:
            raise typer.BadParameter(f"found {number}; allowed are {least} and more.")
        return number

    return typer.Option(parser=whole_number, metavar="N", help=text)


def month_option(text: str) -> Any:
    """Return an option that takes a month, ``YYYY-MM``, as its number."""

    def month_number(typed: str) -> int:
        from abm.months import month_index

        try:
            return month_index(typed)
        except ValueError as error:
            raise typer.BadParameter(f"{error}.") from error

    return typer.Option(parser=month_number, metavar="YYYY-MM", help=text)


SCALE = "Households that one simulated household stands for"
AsJson = Annotated[bool, typer.Option("--json", help="Print the results as JSON and nothing else.")]
Scale = Annotated[int, number_option(f"{SCALE}.", None)]
UsualScale = Annotated[int | None, number_option(f"{SCALE}; 1 simulates everyone.", None)]
Seeds = Annotated[int, number_option("Number of seeds.", 1)]
FirstSeed = Annotated[int, number_option("First seed.", 0)]
Until = Annotated[int | None, month_option("Horizon: runs end on day 1 of this month.")]
Threads = Annotated[int, number_option("Processor cores; 0 uses all. Does not change the results.", 0)]
Workers = Annotated[
    int, number_option("Worker processes; 0 uses all cores. Does not change the results.", None)
]
Scheduler = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Run on this Dask cluster (tcp://host:port).")
]
Repair = Annotated[
    bool, typer.Option("--repair", help="Set damaged files of the store aside and run their tasks again.")
]
SweptDesign = Annotated[
    str, typer.Argument(metavar="DESIGN", help="Id of a design that has been run, or the path of its file.")
]
Store = Annotated[
    Path | None,
    typer.Option(help="Folder of the sweep. Default: results/sweeps/<design>.", show_default=False),
]


def out_option(default: str) -> Any:
    """Return the option ``--out`` of a command that writes to ``default`` if nothing else is said."""
    return typer.Option(help=f"Folder to write to. Default: {default}.", show_default=False)


def configs_of(context: typer.Context) -> Path:
    """Return the configuration folder: ``--configs``, ``EWEA_CONFIGS`` or the project's own."""
    given: Path | None = (context.obj or {}).get("configs")
    if given is None:
        from abm.data.folder import default_configs

        return default_configs()
    if not given.is_dir():
        raise EweaError(
            f"--configs {given}: there is no such folder. Name the folder that holds 'countries' and "
            "'drivers', or leave the option out."
        )
    return given


def console() -> "Console":
    """Return the terminal for tables and sentences, 100 columns wide where standard output is no terminal."""
    from rich.console import Console

    class Terminal(Console):
        """A terminal whose reader may leave: that is answered by the command line and not by rich."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return Terminal(width=None if sys.stdout.isatty() else WIDTH, highlight=False)


def terminal_table(
    title: str, heads: Sequence[str], rows: Iterable[Sequence[str]], right: int = 1
) -> "Table":
    """Return a table for the terminal, flush right from column ``right`` on."""
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for number, head in enumerate(heads):
        table.add_column(head, justify="right" if number >= right else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def text_table(
    title: str, heads: Sequence[str], rows: Iterable[Sequence[str]], words: Sequence[int] = (0,)
) -> str:
    """Return a table as text; the columns ``words`` are flush left, the others numbers flush right."""
    from io import StringIO
    from textwrap import wrap

    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place, head in enumerate(heads):
        left = place in words
        table.add_column(head, justify="left" if left else "right", no_wrap=left, vertical="bottom")
    for row in rows:
        table.add_row(*row)
    console = Console(file=StringIO(), width=TEXT_WIDTH, color_system=None, highlight=False, markup=False)
    with console.capture() as captured:
        console.print(table)
    lines = [line.rstrip() for line in captured.get().splitlines()]
    return "\n".join([*wrap(title, TEXT_WIDTH), *lines])


def print_json(figures: Any) -> None:
    """Write one JSON document to standard output, whole or not at all; what is no number is null."""
    sys.stdout.write(json.dumps(_finite(figures), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


LINE_SECONDS = 10.0
"""Between two lines where nobody watches a terminal."""

FORESEEABLE = 0.02
"""Share of the work from which on its pace says how long the rest takes: what comes first is preparation."""

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
            known = done >= total * FORESEEABLE
            left = f", about {duration(seconds)} left" if known and done < total else ""
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
