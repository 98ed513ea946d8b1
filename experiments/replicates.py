"""The same run with several seeds, one after the other or side by side in processes of their own.

The result is the same whatever the number of processes: a seed owns its draws, and the tables are put
together in the order of the seeds. A process talks to us over a pipe; one that dies is noticed at once.
"""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import TYPE_CHECKING, Any

from abm.errors import EweaError
from experiments.child_processes import starting_children

if TYPE_CHECKING:
    import pyarrow as pa

    from abm.data.settings import RunSettings
    from abm.data.world import World

type Tables = dict[str, "pa.Table"]


def cores() -> int:
    """Return the number of processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def one(
    world: "World", settings: "RunSettings", seed: int, on_month: Callable[[], None] | None = None
) -> Tables:
    """Run one seed in this process and return its tables."""
    from abm.api import run
    from experiments.parquet import SCHEMAS, to_arrow

    note = (lambda *_: on_month()) if on_month is not None else None
    results = run(world, settings, seed, on_month=note)
    return {name: to_arrow(name, results.tables[name]) for name in SCHEMAS}


class Crew:
    """Processes that each run one seed at a time.

    They are started before the data are read, so that both take place side by side; leave the
    ``with`` block and they are gone, whatever happened.

    Parameters
    ----------
    size : int
        Number of processes.
    """

    def __init__(self, size: int) -> None:
        self._members: dict[Connection, SpawnProcess] = {}
        self._size = size

    def __enter__(self) -> "Crew":
        context: SpawnContext = multiprocessing.get_context("spawn")
        try:
            with starting_children():
                for _ in range(self._size):
                    ours, theirs = context.Pipe()
                    member = context.Process(target=_serve, args=(theirs,), daemon=True)
                    member.start()
                    theirs.close()
                    self._members[ours] = member
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for ours, member in self._members.items():
            ours.close()
            member.kill()  # members write no file: nothing is lost and nothing is left behind
            member.join()
        self._members.clear()

    def run(
        self,
        world: "World",
        settings: "RunSettings",
        seeds: Sequence[int],
        on_month: Callable[[], None] | None = None,
    ) -> list[Tables]:
        """Run every seed and return the tables in the order of ``seeds``.

        Raises
        ------
        EweaError
            If a run refuses its settings, or a process was ended from outside (out of memory).
        """
        from experiments.parquet import from_bytes

        todo = list(reversed(seeds))
        found: dict[int, Tables] = {}
        for ours in self._members:
            self._send(ours, (world, settings))
        busy = dict.fromkeys(self._members, 0)
        for ours in list(busy):
            self._next(ours, todo, busy)
        while busy:
            for ready in wait(list(busy)):
                assert isinstance(ready, Connection)
                word, content = self._receive(ready, busy[ready])
                if word == "month":
                    if on_month is not None:
                        on_month()
                elif word == "refused":
                    raise EweaError(content)
                elif word == "failed":
                    raise RuntimeError(f"seed {busy[ready]} failed in its own process:\n{content}")
                else:
                    found[busy[ready]] = {name: from_bytes(stream) for name, stream in content.items()}
                    self._next(ready, todo, busy)
        return [found[seed] for seed in seeds]

    def _next(self, ours: Connection, todo: list[int], busy: dict[Connection, int]) -> None:
        if todo:
            busy[ours] = todo.pop()
            self._send(ours, busy[ours])
        else:
            del busy[ours]

    def _send(self, ours: Connection, content: Any) -> None:
        try:
            ours.send(content)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise self._lost(ours, None) from error

    def _receive(self, ours: Connection, seed: int) -> tuple[str, Any]:
        try:
            message: tuple[str, Any] = ours.recv()
        except (EOFError, ConnectionResetError) as error:
            raise self._lost(ours, seed) from error
        return message

    def _lost(self, ours: Connection, seed: int | None) -> EweaError:
        member = self._members[ours]
        member.join(timeout=1)
        which = "" if seed is None else f" of seed {seed}"
        return EweaError(
            f"the process{which} ended before it was done (exit code {member.exitcode}); most often memory "
            "ran out. Raise --scale, or run one seed at a time with --threads 1."
        )


def _serve(theirs: Connection) -> None:
    """Run seeds until the pipe closes. Runs in a process of its own."""
    import traceback

    import abm.api  # noqa: F401 - loaded while the parent still reads the data
    from experiments.parquet import to_bytes

    try:
        world, settings = theirs.recv()
        while True:
            seed = theirs.recv()
            try:
                tables = one(world, settings, seed, lambda: theirs.send(("month", None)))
                theirs.send(("done", {name: to_bytes(table) for name, table in tables.items()}))
            except EweaError as error:
                theirs.send(("refused", str(error)))
            except (BrokenPipeError, ConnectionResetError):
                raise
            except Exception:
                theirs.send(("failed", traceback.format_exc()))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the parent is gone or has all it needs
