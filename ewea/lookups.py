"""The functions of :mod:`ewea` that read: the law, the posterior, and what was written before."""

import io
import json
from pathlib import Path

import pandas as pd
import pyarrow.compute as pc

from abm.errors import EweaError
from abm.months import month_index
from ewea.answers import sweep_result
from ewea.door import reading
from ewea.results import CompareResult, ForecastResult, LawResult, PosteriorResult, RunResult, SweepResult


def law(
    on: str | None = None,
    *,
    place: str | None = None,
    lapsed: bool = False,
    configs: str | Path | None = None,
) -> LawResult:
    """Return every rule known on a day: in force, announced or proposed.

    Parameters
    ----------
    on : str, optional
        Day, ``YYYY-MM-DD``; ``as_of`` of the settings if absent.
    place : str, optional
        Host, ``EU``, ``ALL`` or ``UA``; rules of the Union count for its members.
    lapsed : bool
        Whether to return rules that are over, too.
    configs : path, optional
        As in :func:`run`.

    Returns
    -------
    LawResult
        One entry per rule and place.

    Raises
    ------
    EweaError
        If the day or the place is none.

    Examples
    --------
    >>> import ewea
    >>> ewea.law("2024-09-01", place="NL").day
    '2024-09-01'
    """
    from abm.policy.law import law_on, law_state, to_date

    try:
        day = None if on is None else to_date(on).isoformat()
    except (TypeError, ValueError) as error:
        raise EweaError(f"on: found {on!r}; a day is needed, for example '2026-11-29'.") from error
    with reading(configs) as root:
        rows, state = law_on(root, day, place, lapsed=lapsed), law_state(root, day)
    return LawResult(state.day, tuple(row.to_dict(state.day) for row in rows))


def posterior(fit: str | None = None, *, configs: str | Path | None = None) -> PosteriorResult:
    """Return the posterior of a fit with its priors.

    Parameters
    ----------
    fit : str, optional
        Name of a fit in ``configs/coefficients``; the one in use if absent.
    configs : path, optional
        As in :func:`run`.

    Returns
    -------
    PosteriorResult
        Draws by parameter; ``to_xarray()`` is ArviZ ``InferenceData``.

    Raises
    ------
    EweaError
        If there is no such fit.

    Examples
    --------
    >>> import ewea
    >>> ewea.posterior().to_pandas().attrs["units"]["return_hazard"]
    '1/month'
    """
    with reading(configs) as root:
        return _posterior_of(root, fit)


PRIOR_SEED = 1
"""Of the draws of the prior."""


def _posterior_of(root: Path, fit: str | None) -> PosteriorResult:
    """Return the draws of a fit and of its priors; judged priors have the values of their member."""
    from abm.data.folder import digest
    from abm.data.judged import load_judged, of_member
    from abm.data.parameters import FOLDER, fit_in_use, load_coefficients, load_fit, load_known, load_priors
    from calibration.fit.prior import Prior, sobol_normal

    name = fit_in_use(root) if fit is None else fit
    priors, known = load_priors(root), load_known(root)
    path = root / FOLDER / f"{name}.csv"
    if not path.is_file():
        there = sorted(found.name.removesuffix("_draws.csv") for found in path.parent.glob("*_draws.csv"))
        raise EweaError(f"fit: found {name!r}; there are {', '.join(there) or 'none'} in {path.parent}.")
    _, found = load_fit(root, name, priors)
    if found is None:
        raise EweaError(f"fit: {name} has no draws. Name a fit, or run 'ewea calibrate baseline'.")
    judged = load_judged(root)
    members = pd.DataFrame([of_member(judged, number + 1) for number in range(len(found.values))])
    draws = pd.concat([pd.DataFrame(found.values, columns=list(found.names)), members], axis=1)
    free = [row for row in priors.values() if row.parameter in draws and row.distribution != "fixed"]
    natural = Prior(tuple(free)).natural(sobol_normal(len(free), len(draws), PRIOR_SEED))
    # Register parameters have no draws of a prior: theirs stand in configs/calibration.yaml.
    prior_draws = pd.DataFrame(natural, columns=[row.parameter for row in free])
    fitted = load_coefficients(path)
    about: dict[str, dict[str, str | float]] = {}
    for parameter in map(str, draws):
        row, before = fitted.get(parameter) or known[parameter], known.get(parameter)
        about[parameter] = {
            "units": row.unit, "meaning": row.meaning, "status": row.status, "source": row.source
        }  # fmt: skip
        if before is not None:
            about[parameter] |= {
                "prior_distribution": before.distribution,
                "prior_median": before.value,
                "prior_low": before.low,
                "prior_high": before.high,
            }
    provenance = {"fit": name, "config_digest": digest(root), "prior_seed": str(PRIOR_SEED)}
    return PosteriorResult(name, draws, pd.concat([prior_draws, members], axis=1), about, provenance)


def load_results(
    place: str | Path, *, configs: str | Path | None = None
) -> RunResult | CompareResult | SweepResult | ForecastResult:
    """Return what a run, a comparison, a sweep or a forecast wrote.

    Parameters
    ----------
    place : path
        Run folder, folder of a comparison, store of a sweep, or file of a published forecast.
    configs : path, optional
        As in :func:`run`; a sweep is only read with the configuration it was run with.

    Returns
    -------
    RunResult, CompareResult, SweepResult or ForecastResult
        As the function returned it that made it.

    Raises
    ------
    EweaError
        If nothing of the kind is there, or a table was changed after it was written.

    Examples
    --------
    >>> import ewea
    >>> ewea.load_results("no_such_folder")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    abm.errors.EweaError: no_such_folder: neither a run folder, ...
    """
    from experiments.designs.sweep import design_stored
    from experiments.ensemble.store import KIND as SWEEP
    from experiments.forecast_ledger import read_forecast
    from experiments.run_folder import KIND, MANIFEST

    path = Path(place)
    if path.is_file() and path.suffix == ".csv":
        new = read_forecast(path)
        return ForecastResult(pd.read_csv(io.StringIO(new.body)), new.head, path)
    try:
        kind = json.loads((path / MANIFEST).read_text(encoding="utf-8"))["kind"]
    except (OSError, ValueError, KeyError, TypeError):
        kind = None
    if kind == KIND:
        return _stored_run(path)
    if kind == SWEEP:
        with reading(configs) as root:
            return sweep_result(root, design_stored(path), path, {})
    raise EweaError(
        f"{path}: neither a run folder, nor that of a comparison or a sweep, nor a published forecast. Name "
        "one that 'ewea run', 'compare', 'sweep' or 'forecast publish' wrote."
    )


def _stored_run(folder: Path) -> RunResult | CompareResult:
    from experiments.run_folder import FORMAT, MANIFEST, describe_files, read_run_manifest
    from experiments.run_tables import SCHEMAS, read_run_table, run_series

    manifest = read_run_manifest(folder) or {}
    if manifest.get("format") != FORMAT:
        found = manifest.get("format")
        raise EweaError(f"{folder / MANIFEST}: format: found {found}; allowed is {FORMAT}. Run it again.")
    now = describe_files(folder)
    for name, was in manifest["files"].items():
        if name not in now or now[name]["sha256"] != was["sha256"]:
            what = "changed after it was written" if name in now else "missing"
            raise EweaError(f"{folder / name}: {what}. Restore it, or run it again.")
    names = [f"difference-{name}" for name in manifest["compared"][1:]] if "compared" in manifest else SCHEMAS
    found = {name: read_run_table(folder / f"{name}.parquet") for name in names}
    tables, about = {name: table for name, (table, _) in found.items()}, next(iter(found.values()))[1]
    if "compared" in manifest:
        summary = json.loads((folder / "differences.json").read_text(encoding="utf-8"))
        by_scenario = {name.removeprefix("difference-"): table for name, table in tables.items()}
        return CompareResult(by_scenario, summary, about["provenance"], folder)
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    settings = manifest["settings"]
    span = month_index(settings["start"]), month_index(settings["until"])
    hosts = pc.unique(tables["stocks"]["host"]).to_pylist()
    series = run_series(tables, hosts, settings["seeds"], *span)
    return RunResult(tables, summary, about["provenance"], folder, series)
