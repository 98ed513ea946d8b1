"""What surveys found beside what simulated adults would have answered."""

from pathlib import Path
from typing import Any

from dashboard.engine import shipped


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
    from experiments.ensemble.pool import cores
    from experiments.intentions_check import intentions, last_survey
    from experiments.uncertainty import covered

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
    from abm.data.config import plain, read_yaml

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
