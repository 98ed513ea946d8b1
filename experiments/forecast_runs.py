"""Forecasts from every origin with several seeds, in processes of their own: the input of the scores."""

import multiprocessing
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from abm.errors import EweaError

if TYPE_CHECKING:
    from abm.settings import RunSettings
    from abm.world import World
    from calibration.forecasts import Forecasts


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def forecasts(
    world: "World",
    settings: "RunSettings",
    *,
    seeds: Sequence[int],
    origins: Sequence[int],
    horizon: int,
    last_target: int,
    lookback: int,
    processes: int,
    on_seed: Callable[[], None],
) -> "Forecasts":
    """Return the forecasts of all seeds, in the order of ``seeds`` whatever the number of processes.

    Parameters are those of :func:`calibration.rolling_forecasts.rolling_forecasts`; ``on_seed`` is called
    after every seed.

    Raises
    ------
    EweaError
        If a run refuses its settings, or a process was ended from outside (out of memory).
    """
    from calibration.forecasts import Forecasts
    from calibration.rolling_forecasts import rolling_forecasts

    one = partial(
        rolling_forecasts,
        world,
        settings,
        origins=tuple(origins),
        horizon=horizon,
        last_target=last_target,
        lookback=lookback,
    )
    by_seed = {}
    if min(processes, len(seeds)) == 1:
        for seed in seeds:
            by_seed[seed] = one(seed)
            on_seed()
    else:
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(
            min(processes, len(seeds)), mp_context=context, initializer=_leave_interrupts_to_the_parent
        )
        try:
            jobs = {pool.submit(one, seed): seed for seed in seeds}
            for job in as_completed(jobs):
                by_seed[jobs[job]] = job.result()
                on_seed()
        except BrokenProcessPool as error:
            raise EweaError(
                "a process of the validation ended before it was done; most often memory ran out. "
                "Raise --scale or use --threads 1."
            ) from error
        except BaseException:
            for worker in multiprocessing.active_children():
                worker.kill()  # workers write no file: nothing is lost and nothing is left behind
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    seen, blind, hindcast = (np.stack([by_seed[seed][view] for seed in seeds]) for view in range(3))
    return Forecasts(np.asarray(origins, dtype=np.int64), seen, blind, hindcast)
