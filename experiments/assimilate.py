"""``ewea assimilate``: tie every member of the ensemble to what was observed, round by round, resumable."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from abm.arrays import Floats
from abm.data.control_draws import ControlDraws, ControlLayout
from abm.data.controls import controls_path, controls_text, data_digest, load_beyond
from abm.data.folder import CONFIGS_VARIABLE, digest, load_world
from abm.data.parameters import PRIORS, fit_in_use
from abm.data.registers import BREAK_COLUMNS, read_cells
from abm.data.settings import FIRST_START, load_settings
from abm.data.world import World
from abm.errors import EweaError
from abm.months import month_label
from calibration.assimilation.observations import Observer, Runs, load_counted
from calibration.assimilation.prior import AssimilationSettings, load_assimilation_settings, prior_members
from calibration.assimilation.smoother import (
    DIGITS,
    Spread,
    files_of,
    final_round,
    first_round,
    known_world,
    next_round,
    within,
)
from experiments.calibrate.run import Where, fresh_store
from experiments.ensemble.files import write_json, write_whole
from experiments.ensemble.identity import source_digest
from experiments.ensemble.resume import run_tasks
from experiments.ensemble.store import Store

TASK = "calibration.assimilation.smoother:run_member"
REPORT = "rounds.json"
NETHERLANDS = "NL"


@dataclass(frozen=True)
class Assimilation:
    """Everything an assimilation is made of, besides its runs."""

    root: Path
    fit: str
    until: int  # Last month whose data it knows
    is_present: bool  # Whether that is the last month of the registers
    world: World  # As known then, without controls
    settings: AssimilationSettings
    layout: ControlLayout
    observer: Observer
    kinds: dict[tuple[int, int], str]  # Of every correction, by month and host
    context: dict[str, Any]  # Of its store


def prepare_assimilation(
    root: Path, until: int | None, members: int | None, scale: int | None = None
) -> Assimilation:
    """Return what an assimilation to a month needs; the environment tells workers the folder."""
    os.environ[CONFIGS_VARIABLE] = str(root.resolve())
    settings = load_assimilation_settings(root)
    given = {"members": members, "scale": scale}
    sizes = {name: value for name, value in given.items() if value is not None}
    settings = settings.model_copy(
        update={name: getattr(settings, name).model_copy(update={"value": v}) for name, v in sizes.items()}
    )
    usual, fit = load_settings(root), fit_in_use(root)
    last = usual.last_register_month
    end = last if until is None else until
    first = usual.reference_month
    if not first <= end <= last:
        raise EweaError(
            f"--until: found {month_label(end)}; allowed are {month_label(first)} to "
            f"{month_label(last)}, the last month of the registers."
        )
    if fit == PRIORS:
        raise EweaError(
            "coefficients/fit.yaml: fit: priors has no draws. Run 'ewea calibrate baseline' first."
        )
    world = known_world(root, fit, end)
    assert world.draws is not None
    if not 2 <= settings.members.value <= len(world.draws.values):
        raise EweaError(
            f"--members: found {settings.members.value}; allowed are 2 to {len(world.draws.values)}, the "
            f"draws of the fit {fit}."
        )
    context = {
        "start": FIRST_START,
        "until": end,
        "scale": settings.scale.value,
        "households_per_host": settings.households_per_host.value,
        "fit": fit,
        "configs": digest(root, files_of(fit)),
        "model": source_digest("abm", TASK.split(":", maxsplit=1)[0])[:16],
    }
    cells = read_cells(root, "breaks", world.hosts.ids, BREAK_COLUMNS, usual.first_register_month)
    kinds = {(month, world.hosts.ids.index(host)): row["kind"] for (host, month), row in cells.items()}
    counted = load_counted(root, world).known(end, last)
    observer = Observer(world, settings, counted, end, FIRST_START)
    layout = ControlLayout.of(world.hosts.ids, world.registers.is_break, end)
    return Assimilation(root, fit, end, end == last, world, settings, layout, observer, kinds, context)


def run_round(
    given: Assimilation,
    controls: Spread,
    store: Store,
    where: Where,
    what: str,
    last: bool,
) -> tuple[Runs, Runs]:
    """Run every member that the store lacks with its controls and, but in the last round, with the middle."""

    def tasks_of(values: Floats) -> list[dict[str, Any]]:
        rows = np.round(values, DIGITS).tolist()
        return [{"seed": member + 1, "controls": row} for member, row in enumerate(rows)]

    own = tasks_of(controls.values)
    centre = [] if last else tasks_of(controls.values - controls.about)
    tasks = sorted([*own, *centre], key=lambda task: int(task["seed"]))
    run_tasks(
        store,
        tasks,
        workers=where.workers,
        scheduler=where.scheduler,
        on_progress=where.log.progress(what),
        retry_failed=True,
        group_of=lambda task: str(task["seed"]),
    )
    failed = store.failures()
    for task in tasks:
        if (key := store.key(task)) in failed:
            raise EweaError(f"{store.folder}: member {task['seed']} failed: {failed[key]}")
    of_own, of_centre = ([store.key(task) for task in part] for part in (own, centre))
    return store.read(keys=of_own), store.read(keys=of_centre)


def assimilate(
    given: Assimilation,
    folder: Path,
    where: Where,
    on_round: Callable[[dict[str, Any]], None] = lambda row: None,
) -> dict[str, Any]:
    """Run all rounds and write the controls; return the table of rounds and what is left at the end."""
    began, rounds = time.monotonic(), given.settings.rounds.value
    last = rounds + given.settings.final_rounds.value
    data = data_digest(given.root, load_world(given.root, given.until, PRIORS).registers, given.until)
    registers, members = given.world.registers, given.settings.members.value
    prior = prior_members(given.layout, given.settings, registers, given.kinds, members)
    controls = first_round(np.round(prior, DIGITS))
    table = []
    with fresh_store(folder, given.context, TASK) as store:
        for number in range(last + 1):
            started = time.monotonic()
            what = f"round {number} of {last}"
            runs, centre = run_round(given, controls, store, where, what, number == last)
            row = {
                "round": number,
                "seconds": round(time.monotonic() - started, 1),
                **round_errors(given, runs),
            }
            table.append(row)
            on_round(row)
            if number < rounds:
                controls = next_round(
                    controls, runs, centre, given.observer, given.layout, given.settings, number, rounds
                )
            elif number < last:
                sd = given.settings.final_register_sd.value
                controls = final_round(controls, runs, centre, given.observer, given.layout, sd)
            controls = within(controls, prior, given.settings.most_sd.value)
    now = digest(given.root, files_of(given.fit))
    if now != given.context["configs"]:
        raise EweaError(
            f"{given.root}: the configuration changed while this ran. Nothing was written; start again."
        )
    left_out = misses(given, runs)
    draws = ControlDraws(
        given.layout, controls.values, given.until, data, load_beyond(given.root), left_out=left_out
    )
    path = controls_path(given.root, given.fit, None if given.is_present else given.until)
    path.parent.mkdir(exist_ok=True)
    head = {
        "members": members,
        "rounds": last,
        "scale": given.settings.scale.value,
        "households per host": given.settings.households_per_host.value,
        "model": given.context["model"],
    }
    write_whole(path, controls_text(draws, given.fit, head))
    report = {
        "fit": given.fit,
        "until": month_label(given.until),
        "members": members,
        "left_out": list(left_out),
        "rounds": table,
        "left": left_over(given, runs),
        "free": free_errors(given, runs),
        "minutes": round((time.monotonic() - began) / 60, 1),
        "controls": str(path),
    }
    write_json(folder / REPORT, report)
    return report


def _last_errors(given: Assimilation, runs: Runs) -> tuple[np.ndarray, Floats, Floats]:
    """Return scored hosts with a stock, the median view and the stock at each one's last published month."""
    last, start = given.observer.last, given.observer.start
    hosts = np.flatnonzero(last >= 0)
    view = np.median(runs["register"][:, last[hosts] - start, hosts].astype(np.float64), axis=0)
    return hosts, view, given.world.registers.stock[last[hosts], hosts]


def misses(given: Assimilation, runs: Runs) -> tuple[int, ...]:
    """Return the members, counted from 1, whose register of a large host is far from its last stock."""
    hosts, _, stock = _last_errors(given, runs)
    large = stock >= given.settings.miss_from.value
    seen = runs["register"][:, given.observer.last[hosts] - given.observer.start, hosts].astype(np.float64)
    far = np.abs(seen / stock - 1.0)[:, large].max(axis=1, initial=0.0) > given.settings.most_miss.value
    if far.mean() > 0.5:
        raise EweaError(
            f"{given.root / 'assimilation.yaml'}: most_miss: found {given.settings.most_miss.value:g}; "
            f"{far.sum()} of {len(far)} members miss the register of a large host by more. Raise it, or add "
            "rounds; nothing was written."
        )
    return tuple((np.flatnonzero(far) + 1).tolist())


def round_errors(given: Assimilation, runs: Runs) -> dict[str, Any]:
    """Return a line of the table of rounds: what the medians of the members miss."""
    hosts, view, stock = _last_errors(given, runs)
    error = np.abs(view / stock - 1.0)
    ids = given.world.hosts.ids
    worst = int(np.argmax(error))
    line: dict[str, Any] = {
        "register_error_median": round(float(np.median(error)), 4),
        "register_error_largest": round(float(error.max()), 4),
        "largest_in": ids[hosts[worst]],
        NETHERLANDS: round(float(view[list(hosts).index(ids.index(NETHERLANDS))])),
    }
    sums: dict[str, dict[str, int]] = {"returns": {}, "net": {}}
    start = given.observer.start
    for year in range(2022, 2022 + given.until // 12 + 1):
        months = slice(max((year - 2022) * 12 - start, 0), (year - 2021) * 12 - start)
        total = {
            name: runs[name][:, months].sum(axis=(1, 2), dtype=np.float64)
            for name in ("returns", "arrivals", "redepartures")
        }
        sums["returns"][str(year)] = round(float(np.median(total["returns"])))
        net = total["arrivals"] + total["redepartures"] - total["returns"]
        sums["net"][str(year)] = round(float(np.median(net)))
    return line | sums


def left_over(given: Assimilation, runs: Runs) -> dict[str, dict[str, Any]]:
    """Return by host what is booked as an offset of the register: stock less the median view, persons."""
    hosts, view, stock = _last_errors(given, runs)
    return {
        given.world.hosts.ids[host]: {
            "month": month_label(int(given.observer.last[host])),
            "register": round(float(told)),
            "view": round(float(seen)),
            "offset": round(float(told - seen)),
            "error": round(float(seen / told - 1.0), 4),
        }
        for host, seen, told in zip(hosts, view, stock, strict=True)
    }


def free_errors(given: Assimilation, runs: Runs) -> dict[str, float]:
    """Return the errors of all published stocks from 2022-06 on, free of any offset."""
    start, stock = given.observer.start, given.observer.stock
    view = np.median(runs["register"].astype(np.float64), axis=0)
    first = 5
    with np.errstate(invalid="ignore"):
        error = np.abs(view[first - start : given.until - start + 1] / stock[first : given.until + 1] - 1.0)
    error = error[np.isfinite(error)]
    return {"median": round(float(np.median(error)), 4), "largest": round(float(error.max()), 4)}
