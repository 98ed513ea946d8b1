"""Where the tasks run. Every engine gives the outcomes one by one, in the order in which they end.

An engine is a generator: it gives an ``Outcome``, or None when nothing has ended for a second, so that the
driver can write what it holds. Closing it ends its workers.
"""

from abm.errors import EweaError
from experiments.replicates import cores
from experiments.sweeps.task_calls import Job, Outcomes, call, load

SERIAL = "serial"
"""In place of an address: one task after the other, in this process."""


def outcomes_of(job: Job, *, workers: int, scheduler: str | None, retries: int) -> Outcomes:
    """Run a job on the engine asked for.

    Parameters
    ----------
    job : Job
        What to do.
    workers : int
        Number of local processes; 0 for one per core.
    scheduler : str or None
        None for local processes, ``"serial"``, or the address of a Dask scheduler (``tcp://host:port``).
    retries : int
        How often a task is run again whose worker was ended from outside.

    Raises
    ------
    EweaError
        If the number or the address makes no sense.
    """
    if workers < 0:
        raise EweaError(f"--workers: found {workers}; allowed is 1 or more, or 0 for one per core.")
    if scheduler is None:
        from experiments.sweeps.processes import run_processes

        return run_processes(job, min(workers or cores(), len(job.todo)), retries)
    if scheduler == SERIAL:
        return run_serial(job)
    from experiments.sweeps.cluster import run_cluster

    return run_cluster(job, scheduler, retries)


def run_serial(job: Job) -> Outcomes:
    """Run one task after the other in this process; the plain engine the others are compared with."""
    function = load(job.function)
    for todo in job.todo:
        yield call(function, job.context, todo)
