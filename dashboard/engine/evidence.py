"""The evidence that is shipped, made anew: the past, data files, surveys, validation, sources."""

import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.band import HIGH, LOW
from abm.data.config import plain, read_yaml
from abm.data.folder import load_settings
from abm.data.parameters import fit_in_use, load_coefficients, load_known
from abm.data.registers import MOST_CARRIED
from abm.data.settings import RunSettings
from abm.errors import EweaError
from abm.months import month_label
from abm.places import hosts_of, places
from abm.policy.scenario import scenario_world
from abm.simulation import Simulation
from calibration.validation.metrics import POOLED_COVERAGE
from calibration.validation.rules import LONGEST_HORIZON, load_rules
from calibration.validation.scores import finite
from dashboard.engine import shipped
from dashboard.engine.limits import RunSample
from experiments.data.check import check_data
from experiments.ensemble.worker import cores
from experiments.uncertainty import covered
from experiments.validate_hindcast import validate_hindcast
from experiments.validate_people import intentions, last_survey

Floats = NDArray[np.float64]


def recorded(world: Any, chosen: NDArray[np.bool_]) -> dict[str, Any]:
    """Return months and persons of the points that the registers of hosts give together."""
    registers = world.registers
    stock = registers.stock[: registers.last_month + 1, chosen]
    known = np.isfinite(stock)
    filled = pd.DataFrame(stock).ffill().to_numpy()
    months = np.arange(registers.first_month, registers.last_month + 1)
    total = np.nansum(filled[months], axis=1)
    missing = ~np.isfinite(filled[months]).all(axis=1)
    carried = np.where(known[months], 0.0, np.nan_to_num(filled[months])).sum(axis=1)
    whole = known[months].all(axis=1)
    usable = whole | (~missing & (carried < MOST_CARRIED * total))
    return {
        "months": [month_label(int(m)) for m in months[usable]],
        "persons": [float(v) for v in total[usable]],
    }


def _band(values: Floats, first: int) -> dict[str, Any]:
    low, mid, high = np.rint(np.quantile(values, [LOW, 0.5, HIGH], axis=0))
    months = [month_label(first + i) for i in range(values.shape[1])]
    return {"months": months, "low": low.tolist(), "mid": mid.tolist(), "high": high.tolist()}


def past(root: Path, sample: RunSample) -> dict[str, Any]:
    """Return recorded points and the hindcast by place, from the first month to the last register month."""
    until = load_settings(root).last_register_month + 1
    world = scenario_world(root, until)
    settings = RunSettings(
        scale=sample.scale, households_per_host=sample.households_per_host, until=until, **covered(world)
    )
    stocks, registers = [], []
    for seed in range(1, sample.seeds + 1):
        run = Simulation(world, settings, seed).run_to_end()
        stocks.append(run.state.history.stock.sum(axis=(2, 3, 4)))
        registers.append(run.state.history.register)
    people, shown = np.array(stocks, float), np.array(registers)
    masks = {place: hosts_of(place, world.hosts) for place in places(world.hosts.ids)}
    return {
        "recorded": {place: recorded(world, mask) for place, mask in masks.items()},
        "hindcast": {
            place: {
                "stock": _band(people[:, :, mask].sum(axis=2), settings.start),
                "register": _band(shown[:, :, mask].sum(axis=2), settings.start),
            }
            for place, mask in masks.items()
        },
        "protection_end": {
            place: sorted({month_label(int(m)) for m in world.hosts.protection_end[mask] if 0 <= m < 10**4})
            for place, mask in masks.items()
        },
    }


_SURVEY = (
    "id", "kind", "label", "question", "condition", "horizon_months", "publisher", "sampling", "note",
)  # fmt: skip
_WAVE = ("id", "month", "first", "last", "n", "use", "status", "source")
_ROW = re.compile(r"^\|\s*([A-Z]+[0-9A-Za-z-]*)\s*\|(.+)\|(.+)\|(.+)\|\s*$")


def inventory(root: Path) -> dict[str, Any]:
    """Read everything anew; return the document to ship."""
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


def surveyed(root: Path) -> list[dict[str, Any]]:
    """Ask simulated adults every question of every survey (about a minute); return the rows."""
    usual = load_settings(root)
    world = scenario_world(root, usual.last_register_month + LONGEST_HORIZON)
    rules = load_rules(root / "validation.yaml", world.hosts.ids, world.registers)
    settings = RunSettings(
        scale=rules.default_scale, households_per_host=usual.households_per_host_min,
        **covered(world),
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
                "low": float(low),
                "high": float(high),
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
        asked = {name: file.get(name) for name in ("question", "condition", "horizon_months", "publisher")}
        for one in file.get("observations", []):
            hosts = one.get("population", {}).get("hosts", [])
            about = {"hosts": hosts, "n": one.get("n"), "source": one.get("source")}
            found[str(one["id"])] = {"survey": file["label"], **asked, **about}
    return found


WINDOWS = ("fit", "held_out")


def validated(root: Path) -> dict[str, Any]:
    """Validate anew (minutes); return the documents to ship, by file name."""
    result = validate_hindcast(configs=root, quiet=True)
    scores = finite(dict(result.scores))
    document = {
        "windows": {name: _window(scores[name], result.rules.windows[name]) for name in WINDOWS},
        "intentions": finite(result.intentions),
        shipped.WAVES: finite(result.surveys),
        "settings": {"scale": result.scale, "seeds": result.n_seeds},
        "parameters": parameter_rows(root),
        **finite({name: result.rolling[name] for name in shipped.ROLLING}),
    }
    return {shipped.VALIDATION: document, shipped.SURVEYS: finite(surveyed(root))}


def _window(score: dict[str, Any], months: tuple[int, int]) -> dict[str, Any]:
    names = (
        "horizons", "breaks", "median", "pooled", POOLED_COVERAGE, "levels", "hosts", "members",
        "named_hosts",
    )  # fmt: skip
    first, last = months
    return {"first": month_label(first), "last": month_label(last), **{name: score[name] for name in names}}


def parameter_rows(root: Path) -> list[dict[str, Any]]:
    """Return every coefficient in use: value, range, status (fitted or prior), meaning and source."""
    rows, fitted = load_known(root), root / "coefficients" / f"{fit_in_use(root)}.csv"
    if fitted.is_file():
        rows |= load_coefficients(fitted)
    return [{name: str(value) for name, value in asdict(row).items()} for row in rows.values()]
