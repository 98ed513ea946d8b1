"""Compare scenarios, sweep a design, forecast: each asks the function that its command asks, too."""

import io
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from abm.errors import EweaError
from ewea.door import Progress, as_month, nobody, reading
from ewea.results import CompareResult, ForecastResult, SweepResult


def compare(
    base: str,
    *others: str,
    scale: int | None = None,
    seeds: int = 20,
    first_seed: int = 1,
    until: str | None = None,
    places: Sequence[str] | None = None,
    threads: int = 0,
    out: str | Path | None = None,
    configs: str | Path | None = None,
    progress: Progress = nobody,
) -> CompareResult:
    """Run scenarios on the same seeds and return their differences from a base.

    Parameters
    ----------
    base, *others : str
        Scenario to measure against, and one or more to compare with it.
    scale, seeds, first_seed, until, threads, configs
        As in :func:`run`.
    places : sequence of str, optional
        Places of the summary: hosts, ``EU`` or ``ALL``; all of them if absent.
    out : path, optional
        Folder to write; nothing is written if absent.
    progress : callable, optional
        Called with the paired runs done and their number.

    Returns
    -------
    CompareResult
        Differences in persons by scenario, seed, outcome and host.

    Raises
    ------
    EweaError
        If a scenario is unknown or stands twice, or nothing is left to project.

    Examples
    --------
    >>> import ewea
    >>> ewea.compare("baseline")
    Traceback (most recent call last):
    ...
    abm.errors.EweaError: compare: name at least one scenario to compare with the base.
    """
    from experiments.comparison import difference_table, run_comparison

    if not others:
        raise EweaError("compare: name at least one scenario to compare with the base.")
    with reading(configs) as root:
        place = None if out is None else Path(out)
        done = run_comparison(
            root, base, others, scale=scale, n_seeds=seeds, first_seed=first_seed,
            until=as_month("until", until), places=places, threads=threads, out=place,
            write=place is not None, watch=progress,
        )  # fmt: skip
    tables = {one.other: difference_table(done, one) for one in done.comparisons}
    return CompareResult(tables, done.json, done.identity, done.folder)


def sweep(
    design: str | Path,
    *,
    workers: int = 0,
    scheduler: str | None = None,
    resume: bool = True,
    out: str | Path | None = None,
    configs: str | Path | None = None,
    progress: Progress = nobody,
) -> SweepResult:
    """Run what is missing of a design and return its rows.

    Parameters
    ----------
    design : str or path
        Id of a ready design (``ewea sweep`` lists them), or a file of your own.
    workers : int
        Processes; 0 for one per core. Does not change the result.
    scheduler : str, optional
        Address of a Dask scheduler.
    resume : bool
        Whether to continue a sweep of which some runs are there.
    out : path, optional
        Folder of the store; ``results/sweeps/<design>`` if absent.
    configs : path, optional
        As in :func:`run`.
    progress : callable, optional
        Called with the runs that ended and their number.

    Returns
    -------
    SweepResult
        One row per world and seed.

    Raises
    ------
    EweaError
        If the design is wrong, or the store belongs to another design, model or configuration.

    Examples
    --------
    >>> import ewea
    >>> ewea.sweep("no_such_design")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    abm.errors.EweaError: 'no_such_design' is not a design; there are ...
    """
    from experiments.designs.sweep import run_sweep

    place = None if out is None else Path(out)
    with reading(configs) as root:
        summary = run_sweep(
            root, str(design), place, workers=workers, scheduler=scheduler, resume=resume,
            on_progress=lambda now: progress(now.ended, now.total),
        )  # fmt: skip
        return sweep_result(root, design, place, summary)


def sweep_result(root: Path, design: str | Path, out: Path | None, summary: dict[str, object]) -> SweepResult:
    """Return the rows of a sweep that were stored."""
    from experiments.designs.results import outcome_units, table_of
    from experiments.designs.sweep import Sweep

    found = Sweep.of(str(design), root, out)
    rows = table_of(found, complete=False)
    return SweepResult(rows, outcome_units(found, rows), summary, found.folder)


def forecast(
    *,
    as_of: str | None = None,
    scale: int | None = None,
    seeds: int | None = None,
    threads: int = 0,
    publish: str | Path | None = None,
    configs: str | Path | None = None,
    progress: Progress = nobody,
) -> ForecastResult:
    """Return the forecast of the baseline, 24 months on, with nothing known that came later.

    Parameters
    ----------
    as_of : str, optional
        Make what could have been said at the end of this month; the last register month if absent.
    scale, seeds, threads, configs
        As in :func:`run`.
    publish : path, optional
        Folder to publish it in, once and for ever; it is only returned if absent.
    progress : callable, optional
        Called with the runs done and their number.

    Returns
    -------
    ForecastResult
        Register and people at the end of every month, arrivals and returns during it: persons by place.

    Raises
    ------
    EweaError
        If the month lies outside the registers, or its forecast was published before.

    Examples
    --------
    >>> import ewea
    >>> ewea.forecast(as_of="August")
    Traceback (most recent call last):
    ...
    abm.errors.EweaError: as_of: found 'August'; a month is needed, for example '2028-03'.
    """
    from experiments.forecast_ledger import make_forecast, publish_forecast

    asked_for = {"as_of": as_month("as_of", as_of), "scale": scale, "n_seeds": seeds, "threads": threads}
    path = None
    with reading(configs) as root:
        if publish is None:
            new = make_forecast(root=root, **asked_for, watch=progress)  # type: ignore[arg-type]
        else:
            path, new = publish_forecast(root=root, folder=Path(publish), **asked_for, watch=progress)
    return ForecastResult(pd.read_csv(io.StringIO(new.body)), new.head, path)
