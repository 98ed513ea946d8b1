"""The ledger of forecasts: one file per last data month, published once, hashed, scored by what came later.

A file is CSV under comment lines that say what the forecast knew: registers, law, model. It is never
written again; a body that was changed is noticed by its hash and is not scored.
"""

import csv
import datetime as dt
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from abm.arrays import Floats, Integers
from abm.band import LEVEL, key, percent
from abm.compiled import compile_once
from abm.data.controls import data_digest
from abm.data.settings import RunSettings, load_settings
from abm.data.world import Registers, World
from abm.errors import EweaError
from abm.files import model_digest
from abm.months import month_index, month_label
from abm.places import ALL, EU, hosts_of, places
from abm.policy.scenario import scenario_world
from abm.simulation import Simulation
from abm.state import Flow
from calibration.validation import metrics
from calibration.validation.baselines import baseline_forecasts
from calibration.validation.forecasts import rolling_pairs
from calibration.validation.rules import Rules
from experiments.ensemble.files import write_whole
from experiments.ensemble.pasts import world_known_at
from experiments.ensemble.pool import run_in_order
from experiments.ensemble.worker import cores
from experiments.run_scenario import Watch, checked_seeds
from experiments.run_tables import band_of_seeds
from experiments.uncertainty import covered

AHEAD = 24
"""Months a published forecast reaches."""

QUANTITIES = ("register", "people", "arrivals", "returns")
"""Register and people at the end of the month, arrivals from and returns to Ukraine during it; persons."""

COLUMNS = ("place", "month", "quantity", "median", key("low"), key("high"))
HASH = "body_sha256"

HEAD = """\
# A forecast of the baseline, published once and never changed (ewea forecast publish).
# register and people at the end of the month; arrivals from and returns to Ukraine during it; persons.
"""


@dataclass(frozen=True)
class LedgerForecast:
    """A forecast that was made and may be, or was, published."""

    month: int  # Last data month it knew
    head: Mapping[str, str]
    body: str  # Its table as CSV

    @property
    def text(self) -> str:
        """The file as it is published."""
        return HEAD + "".join(f"# {name}: {value}\n" for name, value in self.head.items()) + self.body

    @property
    def changed(self) -> bool:
        """Whether the body is not the one that was published."""
        return _digest(self.body) != self.head.get(HASH)

    @property
    def made_later(self) -> bool:
        """Whether it was made after its month, with what was known then."""
        return self.head.get("made_later") == "yes"

    @cached_property
    def rows(self) -> Mapping[tuple[str, int, str], tuple[int, int, int]]:
        """Median and band by place, month and quantity."""
        found = {}
        for row in csv.DictReader(io.StringIO(self.body)):
            median, low, high = (int(row[name]) for name in COLUMNS[3:])
            found[row["place"], month_index(row["month"]), row["quantity"]] = (median, low, high)
        return found


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def ledger_folder(root: Path) -> Path:
    """Return where the forecasts of a checkout stand, beside its folder of configs."""
    return root.parent / "docs" / "forecasts"


def publish_forecast(
    root: Path, folder: Path, as_of: int | None = None, **asked: Any
) -> tuple[Path, LedgerForecast]:
    """Publish what :func:`make_forecast` makes: from the last register month, or late from an earlier one."""
    origin = load_settings(root).last_register_month if as_of is None else as_of
    path = folder / f"{month_label(origin)}.csv"
    if path.exists():
        made = _read(path).head.get("made_on", "an unknown day")
        raise EweaError(
            f"{path}: the forecast from {month_label(origin)} was published on {made} and is never changed; "
            "nothing was written. Publish again when the registers reach a later month, or another --as-of."
        )
    new = make_forecast(root=root, as_of=as_of, **asked)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(path, new.text)
    return path, new


def make_forecast(
    *,
    root: Path,
    as_of: int | None = None,
    scale: int | None = None,
    n_seeds: int | None = None,
    threads: int = 0,
    watch: Watch = lambda done, total: None,
) -> LedgerForecast:
    """Return a forecast without publishing it."""
    usual = load_settings(root)
    origin = usual.last_register_month if as_of is None else as_of
    until = origin + AHEAD + 1
    world = scenario_world(root, until) if as_of is None else world_known_at(root, until, origin)
    settings = RunSettings(
        scale=scale or usual.default_scale, until=until, known_until=origin,
        households_per_host=usual.households_per_host_min, **covered(world),
    )  # fmt: skip
    seeds = checked_seeds(1, n_seeds or usual.default_seeds)
    n = min(threads or cores(), cores(), len(seeds))
    watch(0, len(seeds))
    members = np.stack(run_in_order(member_ahead, (world, settings), seeds, n, on_done=watch))
    body = _body(world, members, origin)
    if as_of is None:
        ends = month_label(int(np.median(world.hosts.protection_end[world.hosts.is_eu])))
        law = f"as of {usual.as_of}; first month without protection in the EU {ends}"
    else:
        law = f"as announced by the end of {month_label(origin)}; protection taken as prolonged when it ends"
    draws = "central values" if world.draws is None else f"draws of {world.draws.fit}"
    controls = f"controls to {month_label(world.controls.until)}" if world.controls else "no controls"
    head = {
        "last_data_month": month_label(origin),
        "made_on": dt.datetime.now(dt.UTC).date().isoformat(),
        "made_later": "no" if as_of is None else "yes",
        "law": law,
        "data_sha256": data_digest(root, world.registers, origin),
        "model_sha256": model_digest(),
        "runs": f"scale {settings.scale}, seeds 1 to {len(seeds)}, {draws}, {controls}",
        "band": f"{percent(LEVEL)} % of the runs",
        HASH: _digest(body),
    }
    return LedgerForecast(origin, head, body)


def member_ahead(world: World, settings: RunSettings, seed: int) -> Integers:
    """Return what one seed says of every host after the last known month, int64[quantity, month, H]."""
    compile_once(world)
    state = Simulation(world, settings, seed).run_to_end().state
    history, first = state.history, state.last_known_month + 1 - settings.start
    ahead = slice(first, state.index)
    came, went = history.flows[ahead, Flow.ARRIVAL, -1, :-1], history.flows[ahead, Flow.RETURN, :-1, -1]
    people = history.stock[first + 1 : state.index + 1].sum(axis=(2, 3, 4))
    register = np.rint(history.register[ahead]).astype(np.int64)
    return np.stack([register, people, came, went])


def _body(world: World, members: Integers, origin: int) -> str:
    """Return the table of a forecast; ``members`` int64[S, quantity, month, H]."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for place in (*(p for p in places(world.hosts.ids) if p not in (EU, ALL)), EU, ALL):
        low, median, high = band_of_seeds(members[..., hosts_of(place, world.hosts)].sum(axis=-1))
        for step in range(members.shape[2]):
            for number, quantity in enumerate(QUANTITIES):
                values = (round(float(end[number, step])) for end in (median, low, high))
                table.writerow((place, month_label(origin + 1 + step), quantity, *values))
    return text.getvalue()


def read_ledger(folder: Path) -> list[LedgerForecast]:
    """Return every published forecast, the earliest first; those changed afterwards too."""
    return sorted(map(_read, folder.glob("*.csv")), key=lambda one: one.month)


def read_forecast(path: Path) -> LedgerForecast:
    """Return a published forecast; one that was changed afterwards is refused."""
    found = _read(path)
    if found.changed:
        raise EweaError(f"{path}: was changed after it was published (its hash does not fit). Restore it.")
    return found


def _read(path: Path) -> LedgerForecast:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    comments = [line[1:].partition(": ") for line in lines if line.startswith("#")]
    head = {name.strip(): value.strip() for name, colon, value in comments if colon}
    body = "".join(line for line in lines if not line.startswith("#"))
    try:
        found = LedgerForecast(month_index(head.get("last_data_month", path.stem)), head, body)
        assert found.rows is not None
    except (KeyError, TypeError, ValueError) as error:
        raise EweaError(
            f"{path}: cannot be read as a published forecast ({error}). Columns are {', '.join(COLUMNS)}, "
            "after comment lines with last_data_month. Restore the file that was published."
        ) from error
    return found


def ledger_scores(
    entries: Sequence[LedgerForecast],
    registers: Registers,
    ids: tuple[str, ...],
    is_eu: Any,
    rules: Rules,
    automatic: bool = True,
) -> list[dict[str, Any]]:
    """Return who made each forecast when, and how it did in the months published since, by place."""
    return [
        {
            "forecast": month_label(entry.month),
            "made_on": entry.head.get("made_on", ""),
            "made_later": entry.made_later,
            "law": entry.head.get("law", ""),
            "changed": entry.changed,
            "targets": {} if entry.changed else _targets(entry, registers, ids, is_eu, rules, automatic),
        }
        for entry in entries
    ]


def _targets(
    entry: LedgerForecast,
    registers: Registers,
    ids: tuple[str, ...],
    is_eu: Any,
    rules: Rules,
    automatic: bool,
) -> dict[str, Any]:
    last = min(registers.last_month, entry.month + AHEAD)
    if last <= entry.month:
        return {}
    pairs = rolling_pairs(registers, rules.hosts, (entry.month,), last, rules.lookback)
    wanted = zip(pairs.host.tolist(), pairs.target.tolist(), strict=True)
    rows = [entry.rows.get((ids[host], month, "register"), (-1, -1, -1)) for host, month in wanted]
    published = np.array(rows, np.float64).reshape(-1, 3)
    there = published[:, 0] >= 0
    pairs, published = pairs.where(there), published[there]
    points = {"model": published[:, 0]}
    points |= baseline_forecasts(registers, rules, pairs, automatic=automatic).points
    found = {}
    for month in np.unique(pairs.target).tolist():
        at = pairs.target == month
        hosts, data = pairs.host[at], pairs.at_target[at]
        here = {name: point[at] for name, point in points.items()}
        inside = (published[at, 1] <= data) & (data <= published[at, 2])
        union = is_eu[hosts]
        found[month_label(month)] = {
            "months_ahead": month - entry.month,
            "hosts_scored": int(at.sum()),
            **{name: _score(point, data) for name, point in here.items()},
            key("coverage"): float(inside.mean()),
            EU: _side_by_side(here, data, union),
            "hosts": {ids[host]: _side_by_side(here, data, [n]) for n, host in enumerate(hosts.tolist())},
        }
    return found


def _score(point: Floats, data: Floats) -> dict[str, float]:
    return {
        "median": metrics.median_or_nan(metrics.absolute_percentage_error(point, data, data)),
        "mae": metrics.mean_absolute_error(point, data),
    }


def _side_by_side(points: Mapping[str, Floats], data: Floats, which: Any) -> dict[str, float]:
    """Return the register of some hosts, the forecast of the model and all errors in % of the register."""
    register, forecasts = float(data[which].sum()), {n: float(p[which].sum()) for n, p in points.items()}
    errors = {f"error_pct_{name}": 100 * (value - register) / register for name, value in forecasts.items()}
    return {"register": register, "model": forecasts["model"], **errors}
