"""Natural experiments: what happened when governments changed a rule, beside the model, seed by seed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from abm.band import HIGH, LOW, key
from abm.codes import PersonKind, Status
from abm.data.config import Strict, load
from abm.data.figures import DateText, Text
from abm.data.settings import RunSettings
from abm.data.world import World, as_known_at
from abm.errors import EweaError
from abm.months import month_index as month
from abm.months import month_label
from abm.policy.apply import apply_levers
from abm.policy.change import Changes, DriverChange, LeverChange
from abm.policy.lever import changes_in_force, load_levers
from abm.policy.scenario import baseline_world, changed_world, scenario_world
from abm.state import LEAVING_UKRAINE, Flow, State
from experiments.ensemble.counts import Holders
from experiments.ensemble.pasts import branches_of, present
from experiments.uncertainty import covered

Array = NDArray[np.float64]
Simulated = Callable[[Path, int, int], list[float]]

PER_HOST, PER_SMALL_HOST = 400, 3_000
"""Rows every host keeps; where a single small host is asked, whose month is a handful of households."""


def run_between(
    root: Path, world: World, seed: int, scale: int, start: str, until: str, per_host: int = PER_HOST
) -> State:
    """Return a run that leaves the past in a month, without shocks of arrivals: asked is what a rule did."""
    usual = baseline_world(root, max(world.n_months - 1, month(until)))
    usually = {**covered(usual), "shocks": False}
    settings = RunSettings(until=month(until), scale=scale, households_per_host=per_host, **usually)
    past = branches_of(usual, replace(settings, until=month(start)), seed, month=month(start))
    return past.run(month(start), world, replace(settings, known_until=month(start) - 1)).state


def after(series: NDArray[Any], start: str) -> NDArray[Any]:
    """Return a series [M, ...] of a run from a month on."""
    return series[month(start) - RunSettings.start :]


def without(root: Path, until: int, *levers: str) -> World:
    """Return the baseline without the lines in force of some levers."""
    world = scenario_world(root, until)
    known = load_levers(root)
    kept = [s for s in changes_in_force(known) if s.lever not in levers]
    return replace(apply_levers(world, known, kept), base=world)


def with_lever(root: Path, until: int, lever: str, place: str, start: str, value: float) -> World:
    """Return the baseline with one lever set."""
    return changed_world(root, until, Changes.of(LeverChange.of(lever, place, month(start), value)))


def arrived(state: State, host: str) -> Array:
    """Return arrivals from Ukraine by month, persons."""
    number = state.world.hosts.ids.index(host)
    return np.asarray(state.history.flows[:, Flow.ARRIVAL, state.n_hosts, number], float)


def arrivals_in(
    root: Path, world: World, host: str, seed: int, scale: int, start: str, until: str, since: str
) -> Array:
    """Return arrivals in a small host from ``since`` on, in a run that leaves the past in ``start``."""
    state = run_between(root, world, seed, min(scale, 50), start, until, PER_SMALL_HOST)
    return after(arrived(state, host), since)


def ireland_2023(root: Path, seed: int, scale: int) -> list[float]:
    """Arrivals in Ireland with the cut against none, from what was known in November 2023."""
    until, start = month("2024-09"), "2023-12"
    world = scenario_world(root, until)
    told = as_known_at(world, month("2023-11"))
    # The cut was announced on 12 December: the run knows it, but no register of later months.
    told = replace(told, policy=world.policy)
    plain = as_known_at(without(root, until, "benefit_level", "reception_limit"), month("2023-11"))
    worlds = (told, plain)
    change, usual = (arrivals_in(root, w, "IE", seed, scale, start, "2024-04", start) for w in worlds)
    return [float(a / b) for a, b in zip(change, usual, strict=True)]


def norway_regions_2024(root: Path, seed: int, scale: int) -> list[float]:
    """Arrivals in Norway less those in Switzerland, January to May 2025, with the rule against without."""
    until = month("2025-09")

    def ratio(world: World) -> float:
        state = run_between(root, world, seed, min(scale, 50), "2024-09", "2025-06", PER_SMALL_HOST)
        norway, swiss = (after(arrived(state, host), "2025-01").sum() for host in ("NO", "CH"))
        return float(norway / max(swiss, 1.0))

    return [ratio(scenario_world(root, until)) / ratio(without(root, until, "safe_regions_new"))]


def denmark_benefits(root: Path, seed: int, scale: int) -> list[float]:
    """Arrivals in Denmark in the year after support is halved."""
    until = month("2026-09")
    worlds = with_lever(root, until, "benefit_level", "DK", "2025-01", 0.5), scenario_world(root, until)
    span = "2024-09", "2026-01", "2025-01"
    with_cut, usual = (arrivals_in(root, world, "DK", seed, scale, *span).sum() for world in worlds)
    return [float(with_cut / usual - 1.0)]


def _young_men(state: State, host: str, label: str) -> int:
    """Return men of 18 to 22 who came from Ukraine in a month and are still counted in their host."""
    columns = state.households.columns()
    number = state.world.hosts.ids.index(host)
    came = (columns.cohort == month(label)) & (columns.place == number)
    return int((columns.persons[came, PersonKind.MEN_18_22] * columns.stands_for[came]).sum())


def exit_rule_2025(root: Path, seed: int, scale: int) -> list[float]:
    """Men of 18 to 22 among the arrivals of September and December 2025 against May to July 2025."""
    world = scenario_world(root, month("2026-09"))
    # Fine enough that a month's young men in one host are more than a handful of households.
    state = run_between(root, world, seed, min(scale, 20), "2024-09", "2026-02", PER_SMALL_HOST)

    def ratio(hosts: Sequence[str], label: str) -> float:
        before = [sum(_young_men(state, h, m) for h in hosts) for m in ("2025-05", "2025-06", "2025-07")]
        return sum(_young_men(state, h, label) for h in hosts) / max(float(np.mean(before)), 1.0)

    everywhere = state.world.hosts.ids
    return [ratio(["NO"], "2025-09"), ratio(["DE"], "2025-09"), ratio(everywhere, "2025-12")]


def poland_2025(root: Path, seed: int, scale: int) -> list[float]:
    """Applications for another status in Poland in September against August 2025."""
    world = scenario_world(root, month("2026-09"))
    state = run_between(root, world, seed, min(scale, 50), "2024-09", "2025-11")
    poland = state.world.hosts.ids.index("PL")
    asked = state.history.applications[:, :, poland, 0].sum(axis=1)
    return [float(after(asked, "2025-09")[0] / max(after(asked, "2025-08")[0], 1))]


def asylum_before_onward(root: Path, seed: int, scale: int) -> list[float]:
    """Extra asylum claims for each extra onward move in a year of doubt in all EU hosts."""
    until = month("2026-09")
    doubt = with_lever(root, until, "legal_uncertainty", "EU", "2025-01", 0.6)
    usual = scenario_world(root, until)
    one, two = (run_between(root, world, seed, scale, "2024-09", "2026-01") for world in (doubt, usual))
    claims = _claims(one) - _claims(two)
    moves = float(one.history.flows[:, Flow.ONWARD].sum() - two.history.flows[:, Flow.ONWARD].sum())
    return [claims / max(moves, 1.0)]


def _claims(state: State) -> float:
    stock = state.history.stock[-1].sum(axis=(0, 2, 3))
    return float(stock[Status.ASYLUM_PENDING] + stock[Status.REFUGEE])


PEACE = (
    DriverChange.of("attack_intensity", "2025-01", 0.0, units="all"),
    DriverChange.of("occupied_share", "2025-01", 0.0, units="all"),
    DriverChange.of("security_guarantee", "2025-01", 1.0),
)


def peace_regimes(root: Path, seed: int, scale: int) -> list[float]:
    """Peace: returns a month, percent, with protection withdrawn, and kept (against the war)."""
    until = month("2026-09")
    ends = LeverChange.of("protection_end", "ALL", month("2024-09"), "2025-01")
    kept = LeverChange.of("protection_end", "ALL", month("2024-09"), "2032-01")
    enforced = LeverChange.of("enforced_return", "ALL", month("2025-01"), 1.0)
    shut = LeverChange.of("asylum_route", "ALL", month("2025-01"), 0.0)

    def rate(*changes: LeverChange | DriverChange) -> float:
        world = changed_world(root, until, Changes.of(*changes))
        return _return_rate(run_between(root, world, seed, scale, "2024-09", "2025-10"))

    return [rate(ends, enforced, shut, *PEACE), rate(kept, *PEACE) - rate(kept)]


def _return_rate(state: State) -> float:
    """Return mean monthly returns from hosts not next to Ukraine, percent, from January 2025 on."""
    far, history = ~state.world.hosts.is_neighbour, state.history
    left = after(history.flows[:, Flow.RETURN, : state.n_hosts, state.n_hosts], "2025-01")
    flows = left[:, far].sum(axis=1)
    stock = after(history.stock, "2025-01")[:-1].sum(axis=(2, 3, 4))[:, far].sum(axis=1)
    return float(100.0 * np.mean(flows / stock))


def norway_men_2026(root: Path, seed: int, scale: int) -> list[float]:
    """Arrivals in Norway, May to December 2026, with men left out against not: all, and the protected."""
    until = month("2027-01")

    def came(world: World) -> Array:
        state = run_between(root, world, seed, min(scale, 50), "2026-01", "2027-01", PER_SMALL_HOST)
        columns, host = state.households.columns(), state.world.hosts.ids.index("NO")
        new = (columns.cohort >= month("2026-05")) & (columns.place == host)
        persons = columns.persons.sum(axis=1, dtype=np.int64) * columns.stands_for
        held = new & (columns.status == Status.TEMPORARY_PROTECTION)
        return np.array([after(arrived(state, "NO"), "2026-05").sum(), persons[held].sum()], float)

    with_rule, usual = came(scenario_world(root, until)), came(without(root, until, "group_exclusion"))
    return (with_rule / usual - 1.0).tolist()


def czechia_condition_2026(root: Path, seed: int, scale: int) -> list[float]:
    """Arrivals in Czechia, September to December 2026, with the military condition against without."""
    until = month("2027-01")

    def came(world: World) -> float:
        state = run_between(root, world, seed, min(scale, 50), "2026-01", "2027-01")
        return float(after(arrived(state, "CZ"), "2026-09").sum())

    usual = came(without(root, until, "military_condition"))
    return [came(scenario_world(root, until)) / usual - 1.0]


def year_after_protection(root: Path, seed: int, scale: int) -> list[float]:
    """Where holders in the Union are a year after the end of protection, as things stand."""
    end = month("2028-03")
    world = baseline_world(root, end + 12)
    settings = RunSettings(until=end + 12, scale=scale, households_per_host=PER_HOST, **covered(world))
    run = branches_of(world, settings, seed).leave(present(world)).run
    holders = Holders.of(run.run_to(end).state, world.hosts.is_eu)
    return holders.shares(run.run_to(end + 12).state).tolist()


COURSES = (
    ("winter_grid", "2026-12"),
    ("unfavourable_ceasefire", "2027-02"),
    ("exit_rule_widened", "2027-01"),
)
"""Scenarios of the war whose size some evidence bounds, and their first months."""


def courses_of_war(root: Path, seed: int, scale: int) -> list[float]:
    """Departures in the year from the first month of a scenario beyond those of the baseline, thousands."""
    until = month("2028-02")
    usual = baseline_world(root, until)
    ahead = month_label(usual.registers.last_month + 1)

    def flows(world: World) -> NDArray[Any]:
        return run_between(root, world, seed, scale, ahead, month_label(until)).history.flows

    def departures(flows: NDArray[Any], start: str) -> float:
        abroad = after(flows, start)[:12, list(LEAVING_UKRAINE), len(usual.hosts.ids)]
        return float(abroad.sum()) / 1000.0

    plain = flows(usual)
    return [
        departures(flows(scenario_world(root, until, name)), start) - departures(plain, start)
        for name, start in COURSES
    ]


SIMULATED: dict[str, Simulated] = {
    simulated.__name__: simulated
    for simulated in (
        *(ireland_2023, norway_regions_2024, denmark_benefits, exit_rule_2025, poland_2025),
        *(asylum_before_onward, peace_regimes, norway_men_2026, czechia_condition_2026),
        courses_of_war,
    )
} | {"end_of_protection": year_after_protection}


FOLDER = "natural_experiments"


class Observed(Strict):
    """A number that was observed, with the interval a model has to meet."""

    name: Text
    value: float
    low: float
    high: float
    unit: Text
    date: DateText
    publisher: Text
    status: Literal["recorded", "quoted", "derived", "assumed"]

    @model_validator(mode="after")
    def _interval(self) -> "Observed":
        if not self.low <= self.value <= self.high:
            raise ValueError(f"value {self.value:g} must lie between low {self.low:g} and high {self.high:g}")
        return self


class NaturalExperiment(Strict):
    """One natural experiment."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: Text
    question: Text
    reading: Text
    source: Text
    observed: list[Observed] = Field(min_length=1)


def experiment_ids(root: Path) -> list[str]:
    """Return the ids of all natural experiments."""
    return sorted(path.stem for path in (root / FOLDER).glob("*.yaml"))


def load_experiment(root: Path, name: str) -> NaturalExperiment:
    """Return what was observed."""
    if name not in experiment_ids(root):
        raise EweaError(f"{name!r} is no natural experiment; there are {', '.join(experiment_ids(root))}.")
    return load(root / FOLDER / f"{name}.yaml", NaturalExperiment)


def natural_experiment(root: Path, name: str, seeds: Sequence[int], scale: int) -> dict[str, Any]:
    """Return the experiment with what was observed and, over seeds, what the model says."""
    about = load_experiment(root, name)
    if name not in SIMULATED:
        raise EweaError(f"{name}: there are observations but no simulation; see experiments/natural.py.")
    found = np.array([SIMULATED[name](root, seed, scale) for seed in seeds])
    rows = []
    for number, seen in enumerate(about.observed):
        low, middle, high = np.quantile(found[:, number], [LOW, 0.5, HIGH]).tolist()
        observed = {"observed": seen.value, "observed_low": seen.low, "observed_high": seen.high}
        simulated = {"simulated": middle, key("low"): low, key("high"): high}
        inside = seen.low <= middle <= seen.high
        rows.append({"name": seen.name, "unit": seen.unit, **observed, **simulated, "inside": inside})
    return {**about.model_dump(exclude={"observed"}), "rows": rows}
