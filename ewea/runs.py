"""Run a scenario, repeat a run, resume one: what ``ewea run`` does."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ewea.door import Progress, as_month, nobody, reading
from ewea.results import RunResult

if TYPE_CHECKING:
    from experiments.run_scenario import FinishedRun


def run(
    scenario: str = "baseline",
    *,
    scale: int | None = None,
    seeds: int | None = None,
    first_seed: int = 1,
    until: str | None = None,
    arrivals: Literal["recorded", "modelled"] = "recorded",
    parameters: Literal["central", "posterior"] | None = None,
    threads: int = 0,
    out: str | Path | None = None,
    checkpoint: int | None = None,
    configs: str | Path | None = None,
    progress: Progress = nobody,
) -> RunResult:
    """Simulate a scenario with several seeds, from March 2022 on.

    Parameters
    ----------
    scenario : str
        Id of a scenario; several are joined with ``+``.
    scale : int, optional
        Real households one simulated household stands for, at most; 1 simulates everybody. This and what
        else is absent come from ``configs/settings.yaml``.
    seeds : int, optional
        Number of runs that differ by chance, unexplained arrivals and parameters.
    first_seed : int
        Seed of the first of them.
    until : str, optional
        Horizon, ``YYYY-MM``: the run ends on day 1 of this month.
    arrivals : {"recorded", "modelled"}
        Arrivals while registers exist: theirs, or predicted ones.
    parameters : {"central", "posterior"}, optional
        Central coefficients, or a draw of the posterior per seed (default where there is a fit).
    threads : int
        Cores to use; 0 for all. Does not change the result.
    out : path, optional
        Run folder to write, as ``ewea run --out`` does; nothing is written if absent.
    checkpoint : int, optional
        Months after which the state of every seed is kept, for :func:`resume`.
    configs : path, optional
        Configuration folder; ``$EWEA_CONFIGS`` or the one that is installed if absent.
    progress : callable, optional
        Called with the simulated months done and their number.

    Returns
    -------
    RunResult
        Tables of persons by month.

    Raises
    ------
    EweaError
        If a setting is not allowed, or ``out`` holds something else than a run.
    ConfigError
        If a configuration file is wrong: file, line, key and remedy.

    Examples
    --------
    >>> import ewea
    >>> found = ewea.run("baseline", scale=30_000, seeds=1, until="2022-06", threads=1)
    >>> found.to_xarray()["stock"].sel(host="NL").dims
    ('seed', 'day')
    """
    from experiments.run_scenario import RunRequest, run_scenario

    with reading(configs) as root:
        asked_for = RunRequest(
            root, scenario, scale, seeds, first_seed, as_month("until", until), arrivals, parameters, threads,
            checkpoint,
        )  # fmt: skip
        place = None if out is None else Path(out)
        return _run_result(run_scenario(asked_for, out=place, write=place is not None, watch=progress))


def _run_result(done: "FinishedRun") -> RunResult:
    return RunResult(done.tables, done.figures, done.identity, done.folder, done.series)


def repeat(
    manifest: str | Path,
    *,
    threads: int = 0,
    out: str | Path | None = None,
    configs: str | Path | None = None,
    progress: Progress = nobody,
) -> RunResult:
    """Repeat the run of a manifest, byte for byte.

    Parameters
    ----------
    manifest : path
        ``manifest.json`` of a run, or its folder.
    threads, out, configs, progress
        As in :func:`run`.

    Returns
    -------
    RunResult
        The same tables.

    Raises
    ------
    EweaError
        If code, configuration, libraries or settings differ: file, key, found, allowed and remedy.

    Examples
    --------
    >>> import ewea
    >>> ewea.repeat("no_such_folder")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    abm.errors.EweaError: no_such_folder: not the manifest of a run. ...
    """
    from experiments.run_scenario import repeat_run, run_scenario

    with reading(configs) as root:
        place = None if out is None else Path(out)
        asked_for = repeat_run(Path(manifest), root, threads)
        return _run_result(run_scenario(asked_for, out=place, write=place is not None, watch=progress))


def resume(
    folder: str | Path,
    *,
    threads: int = 0,
    configs: str | Path | None = None,
    progress: Progress = nobody,
) -> RunResult:
    """Continue an interrupted run that kept checkpoints, and write its folder.

    Parameters
    ----------
    folder : path
        Folder of the run that was interrupted, or of its checkpoints.
    threads, configs, progress
        As in :func:`run`.

    Returns
    -------
    RunResult
        The same tables as without the interruption.

    Raises
    ------
    EweaError
        If a checkpoint is damaged, or code, configuration or libraries have changed.

    Examples
    --------
    >>> import ewea
    >>> ewea.resume("no_such_folder")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    abm.errors.EweaError: no_such_folder.checkpoints/manifest.json: no checkpoints ...
    """
    from experiments.run_scenario import resume_run, run_scenario

    with reading(configs) as root:
        asked_for, place = resume_run(Path(folder), root, threads)
        return _run_result(run_scenario(asked_for, out=place, watch=progress))
