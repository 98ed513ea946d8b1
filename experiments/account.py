"""``ewea account``: registrations and people by year of the ensemble, beside what others counted."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.arrays import Floats
from abm.band import LEVEL
from abm.months import EPOCH_YEAR
from experiments.options import progress

if TYPE_CHECKING:
    from abm.data.settings import RunSettings
    from abm.data.world import World
    from abm.state import State

FLOWS = ("first_arrivals", "returns", "redepartures", "moves", "regrants", "late", "births", "deaths")
QUANTITIES = (*FLOWS, "net", "non_first_share")
"""What is told of every year: persons, the net outflow from Ukraine, and a share of registrations."""

YEAR = 12


def years_of(state: "State") -> dict[str, dict[str, float]]:
    """Return every quantity by year of one run, of all hosts."""
    from abm.state import LEAVING_UKRAINE, Flow

    H, history = state.n_hosts, state.history
    flows = history.flows[: state.index].sum(axis=(2, 3)).astype(float)
    kinds = {
        "first_arrivals": Flow.ARRIVAL,
        "returns": Flow.RETURN,
        "redepartures": Flow.REDEPARTURE,
        "moves": Flow.ONWARD,
        "late": Flow.LATE,
        "births": Flow.BIRTH,
        "deaths": Flow.DEATH,
    }
    counted = {name: flows[:, kind] for name, kind in kinds.items()}
    counted["regrants"] = history.again[: state.index].sum(axis=1)
    counted["net"] = flows[:, list(LEAVING_UKRAINE)].sum(axis=1) - flows[:, Flow.RETURN]
    months = state.settings.start + np.arange(state.index)
    recorded = np.nan_to_num(state.world.registers.arrivals)[months]
    # Grants are those of hosts that grant: the others record whom they see.
    grants = np.isfinite(state.world.registers.decisions).any(axis=0)
    first = history.flows[: state.index, Flow.ARRIVAL, H, :H][:, grants].sum(axis=1)
    found = {}
    for year in np.unique(months // YEAR):
        of = months // YEAR == year
        registered = recorded[of][:, grants].sum()
        row = {name: float(values[of].sum()) for name, values in counted.items()}
        row["non_first_share"] = 1.0 - float(first[of].sum()) / max(registered, 1.0)
        found[str(EPOCH_YEAR + int(year))] = row
    return found


def run_account(world: "World", settings: "RunSettings", seed: int) -> dict[str, dict[str, float]]:
    """Run one member to the present and return its years."""
    from experiments.ensemble.pasts import branches_of, present
    from experiments.ensemble.worker import note_step

    state = branches_of(world, settings, seed).at(present(world)).state
    note_step()
    return years_of(state)


def banded(rows: Sequence[Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Return median and band of every quantity over members."""
    edges = ((1.0 - LEVEL) / 2.0, 0.5, (1.0 + LEVEL) / 2.0)
    found = {}
    for name in QUANTITIES:
        low, middle, high = np.quantile([row[name] for row in rows], edges)
        digits = 3 if name == "non_first_share" else 0
        found[name] = {
            "median": round(float(middle), digits),
            f"low_{LEVEL * 100:.0f}": round(float(low), digits),
            f"high_{LEVEL * 100:.0f}": round(float(high), digits),
        }
    return found


def observed_by_year(root: Path, world: "World") -> dict[str, dict[str, Any]]:
    """Return what others counted by year, and the registrations the registers show."""
    from abm.data.tables import read_rows
    from calibration.assimilation.observations import OBSERVED_COLUMNS

    found: dict[str, dict[str, Any]] = {}
    for row in read_rows(root / "account" / "observed.csv", OBSERVED_COLUMNS):
        if row["place"] != "ALL" and row["measure"] == "returns":
            continue
        year = str(EPOCH_YEAR + row["first"] // YEAR)
        told = {"value": row["value"], "publisher": row["publisher"], "status": row["status"]}
        place = "" if row["place"] == "ALL" else f"_{row['place']}"
        if row["first"] == row["last"]:
            place += f"_{1 + row['first'] % YEAR:02d}"
        found.setdefault(year, {})[f"{row['measure']}{place}"] = told
    registers = world.registers
    arrivals: Floats = np.nan_to_num(registers.arrivals)
    grants = np.isfinite(registers.decisions).any(axis=0)
    for month in range(registers.first_month, registers.last_month + 1):
        year = found.setdefault(str(EPOCH_YEAR + month // YEAR), {})
        told = year.setdefault(
            "registrations", {"value": 0.0, "publisher": "Eurostat, completed", "status": "derived"}
        )
        told["value"] += round(float(arrivals[month, grants].sum()))
    return found


def account(configs: Path, scale: int | None, n_seeds: int, first_seed: int, threads: int) -> dict[str, Any]:
    """Return every year of the recorded past: quantities with bands, and what others counted."""
    from abm.data.folder import load_settings
    from abm.data.settings import RunSettings
    from abm.policy.scenario import scenario_world
    from experiments.ensemble.pool import run_in_order
    from experiments.ensemble.worker import cores
    from experiments.uncertainty import covered

    usual = load_settings(configs)
    world = scenario_world(configs, usual.last_register_month + 1, "baseline")
    settings = RunSettings(
        scale=usual.default_scale if scale is None else scale,
        until=usual.last_register_month + 1,
        households_per_host=usual.households_per_host_min,
        **covered(world, None),
    )
    seeds = range(first_seed, first_seed + n_seeds)
    processes = min(threads or cores(), n_seeds)
    with progress(n_seeds, "account", unit="members") as meter:
        runs = run_in_order(run_account, (world, settings), seeds, processes, on_note=meter.advance)
    observed = observed_by_year(configs, world)
    return {
        year: {**banded([run[year] for run in runs]), "observed": observed.get(year, {})} for year in runs[0]
    }
