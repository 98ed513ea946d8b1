"""Evidence as plain data: what the model runs on, surveys beside it, scores of its forecasts, sources."""

import re
from pathlib import Path
from typing import Any

from abm.data.config import plain, read_yaml
from abm.months import month_label
from dashboard.engine import shipped

_SURVEY = (
    "id", "kind", "label", "question", "condition", "horizon_months", "publisher", "sampling", "note",
)  # fmt: skip
_WAVE = ("id", "month", "first", "last", "n", "use", "status", "source")
_ROW = re.compile(r"^\|\s*([A-Z]+[0-9A-Za-z-]*)\s*\|(.+)\|(.+)\|(.+)\|\s*$")


def tables() -> list[dict[str, Any]]:
    """Return one row per data file.

    Returns
    -------
    list of dict
        ``file``, ``rows``, ``first``, ``last`` (months, may be empty), ``n_places``, ``newest``,
        ``share_by_status`` (recorded, quoted, derived, assumed ...), and from its card, where it has one,
        ``id``, ``label`` (by language), ``unit``, ``per``, ``publisher``, ``date``, ``status``, ``licence``,
        ``method``.
    """
    return list(shipped.document(shipped.INVENTORY)["tables"])


def survey_waves() -> list[dict[str, Any]]:
    """Return one row per survey or other target: label, question, publisher, waves, how it is used."""
    return list(shipped.document(shipped.INVENTORY)["surveys"])


def sources() -> dict[str, dict[str, str]]:
    """Return the evidence by id (``A005``): ``{"says", "publication", "reached"}`` in English."""
    return dict(shipped.document(shipped.INVENTORY)["sources"])


def inventory(root: Path) -> dict[str, Any]:
    """Read everything anew; return the document to ship."""
    from abm.errors import EweaError
    from experiments.data.check import check_data

    report = check_data(root)
    if not report.is_valid:
        raise EweaError("the data are not valid:\n" + "\n".join(report.errors))
    found = []
    for file in report.files:
        row = file.to_dict()
        row.pop("age_months")  # depends on the day; pages count it from ``newest``
        found.append({**row, **_card(root / file.file)})
    return {
        "tables": found,
        "surveys": _surveys(root),
        "sources": _sources(root.parent / "docs" / "sources.md"),
    }


def _card(path: Path) -> dict[str, Any]:
    card = path.with_suffix(".yaml")
    if path.suffix != ".csv" or not card.is_file():
        return {}
    content = plain(read_yaml(card))
    names = ("id", "label", "unit", "per", "publisher", "date", "status", "licence", "method", "note")
    return {name: content[name] for name in names if name in content}


def _surveys(root: Path) -> list[dict[str, Any]]:
    found = []
    for path in sorted((root / "targets").glob("*.yaml")):
        file = plain(read_yaml(path))
        waves = [*file.get("observations", []), *file.get("quantities", [])]
        told = {name: file.get(name) for name in _SURVEY}
        found.append({**told, "waves": [{name: wave.get(name) for name in _WAVE} for wave in waves]})
    return found


def _sources(path: Path) -> dict[str, dict[str, str]]:
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = _ROW.match(line)
        if row is not None:
            says, publication, reached = (row[n].strip() for n in (2, 3, 4))
            found[row[1]] = {"says": says, "publication": publication, "reached": reached}
    return found


def simulated_against_surveys() -> list[dict[str, Any]]:
    """Return one row per answer of a survey (and per other target), as shipped.

    Returns
    -------
    list of dict
        ``target``, ``label`` (answer), ``kind``, ``family``, ``use`` (``fit``: the model was fitted to it;
        ``holdout``: it never saw it), ``month``, ``unit``, ``observed``, ``model``, ``low80``, ``high80``
        (range a survey of this size would show), ``inside``, and of the survey: ``survey`` (label by
        language), ``question``, ``condition``, ``horizon_months``, ``hosts``, ``n``, ``publisher``,
        ``source``.
    """
    return list(shipped.document(shipped.SURVEYS))


def surveyed(root: Path) -> list[dict[str, Any]]:
    """Ask simulated adults every question of every survey (about a minute); return the rows."""
    from dataclasses import replace

    from abm.data.folder import load_settings
    from abm.data.settings import RunSettings
    from abm.months import month_label
    from abm.policy.scenario import scenario_world
    from calibration.validation.rules import LONGEST_HORIZON, load_rules
    from experiments.ensemble.worker import cores
    from experiments.uncertainty import covered
    from experiments.validate_hindcast import intentions, last_survey

    usual = load_settings(root)
    world = scenario_world(root, usual.last_register_month + LONGEST_HORIZON)
    rules = load_rules(root / "validation.yaml", world.hosts.ids, world.registers)
    settings = RunSettings(
        scale=rules.default_scale, households_per_host=usual.households_per_host_min,
        **covered(world, rules.default_seeds),
    )  # fmt: skip
    settings = replace(settings, until=last_survey(root, world) + 1, shocks=False)
    table = intentions(root, world, settings, range(1, rules.default_seeds + 1), cores())
    if table is None:
        return []
    about = _questions(root)
    rows = []
    for row in table.to_dict("records"):
        low, high = row["predicted_low"], row["predicted_high"]
        rows.append(
            {
                **{str(k): row[k] for k in ("target", "label", "kind", "family", "use", "unit")},
                "month": month_label(int(row["month"])) if row["month"] == row["month"] else None,
                "observed": float(row["observed"]),
                "model": float(row["model"]),
                "low80": float(low),
                "high80": float(high),
                "inside": bool(low <= row["observed"] <= high),
                **about.get(str(row["target"]), {}),
            }
        )
    return rows


def _questions(root: Path) -> dict[str, dict[str, Any]]:
    """Return what was asked of whom, by observation."""
    found = {}
    for path in sorted((root / "targets").glob("*.yaml")):
        file = plain(read_yaml(path))
        for one in file.get("observations", []):
            population = one.get("population", {})
            found[str(one["id"])] = {
                "survey": file["label"],
                "question": file.get("question"),
                "condition": file.get("condition"),
                "horizon_months": file.get("horizon_months"),
                "publisher": file.get("publisher"),
                "hosts": population.get("hosts", []),
                "n": one.get("n"),
                "source": one.get("source"),
            }
    return found


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
    from calibration.validation.scores import finite
    from experiments.validate_hindcast import validate_hindcast

    result = validate_hindcast(configs=root, quiet=True)
    scores = finite(dict(result.scores))
    document = {
        "windows": {name: _window(scores[name], result.rules.windows[name]) for name in WINDOWS},
        "intentions": finite(result.intentions),
        "settings": {"scale": result.scale, "seeds": result.n_seeds},
        "parameters": parameter_rows(root),
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


def parameter_rows(root: Path) -> list[dict[str, Any]]:
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
