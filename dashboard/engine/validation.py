"""How sure the model can be: scores of forecasts against registers, surveys and rivals, as plain data."""

from pathlib import Path
from typing import Any

from abm.months import month_label
from dashboard.engine import shipped

WINDOWS = ("fit", "held_out")


def figures() -> dict[str, Any]:
    """Return the shipped validation.

    Returns
    -------
    dict
        ``windows``: for ``fit`` and ``held_out`` months ``first`` and ``last``, ``horizons`` (months ahead
        as text, to ``pairs``, ``median_error_pct`` by forecaster, ``within_10_pct``, ``hosts_better_than``),
        ``breaks`` (the same across clean-ups), ``hosts``, ``coverage_80_pooled``, and ``levels``: what
        was asked before scoring, and whether it was met. ``intentions``: errors in surveys and directions of
        change. ``settings``: scale and seeds. ``parameters``: every coefficient with value, range, status
        (fitted, prior, assumed ...), meaning and source.
    """
    return dict(shipped.document(shipped.VALIDATION))


def validated(root: Path) -> dict[str, Any]:
    """Validate anew (minutes); return the documents to ship, by file name."""
    from calibration.validation.report import finite
    from dashboard.engine.surveys import surveyed
    from experiments.validate_hindcast import validate_hindcast

    result = validate_hindcast(configs=root, quiet=True)
    scores = finite(dict(result.scores))
    document = {
        "windows": {name: _window(scores[name], result.rules.windows[name]) for name in WINDOWS},
        "intentions": finite(result.intentions),
        "settings": {"scale": result.scale, "seeds": result.n_seeds},
        "parameters": parameters(root),
    }
    return {shipped.VALIDATION: document, shipped.SURVEYS: finite(surveyed(root))}


def _window(score: dict[str, Any], months: tuple[int, int]) -> dict[str, Any]:
    """Return what pages show of the scores of a window."""
    names = (
        "horizons", "breaks", "median", "pooled", "coverage_80_pooled", "levels", "hosts", "members",
        "named_hosts",
    )  # fmt: skip
    first, last = months
    return {"first": month_label(first), "last": month_label(last), **{name: score[name] for name in names}}


def parameters(root: Path) -> list[dict[str, Any]]:
    """Return every coefficient in use: value, range, status (fitted or prior), meaning and source."""
    import csv
    import io

    from abm.data.config import read_text
    from abm.data.parameters import fit_in_use

    name = fit_in_use(root)
    folder = root / "coefficients"
    path = folder / f"{name}.csv"
    rows = {r["parameter"]: r for r in csv.DictReader(io.StringIO(read_text(folder / "priors.csv")))}
    if path.is_file():
        rows.update({r["parameter"]: r for r in csv.DictReader(io.StringIO(read_text(path)))})
    return [dict(row) for row in rows.values()]
