"""Who is abroad in a run, compared with every share we know: ``ewea population report``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.errors import EweaError
from abm.months import month_label
from abm.places import ALL
from experiments.options import console, terminal_table

if TYPE_CHECKING:
    from rich.table import Table

    from abm.population.margins import Margin, Persons
    from abm.population.network import NetworkShape


@dataclass(frozen=True)
class PopulationReport:
    """Margins of one run on the first day of a month."""

    month: int
    scale: int
    seed: int
    hosts: tuple[str, ...]
    rows: np.ndarray
    persons: Persons
    margins: list[Margin]
    network: NetworkShape

    @property
    def worst(self) -> tuple[float, str, str]:
        """Return the largest error of any share, percentage points, with its margin and host."""
        found = [(*margin.worst(), margin.name) for margin in self.margins]
        error, host, _, name = max(found)
        return error, name, self.hosts[host]


def population_report(configs: Path, month: int | None, scale: int | None, seed: int) -> PopulationReport:
    """Run to the first day of a month and measure who is abroad."""
    from abm.data.folder import load_settings
    from abm.data.settings import RunSettings
    from abm.policy.scenario import scenario_world
    from abm.population.margins import Abroad
    from abm.population.network import network_shape
    from experiments.ensemble.pasts import branches_of
    from experiments.uncertainty import covered

    usual = load_settings(configs)
    scale = usual.default_scale if scale is None else scale
    wanted = usual.last_register_month if month is None else month
    first, last = usual.first_register_month + 1, usual.last_register_month + 1
    if not first <= wanted <= last:
        raise EweaError(
            f"--month: found {month_label(wanted)}; the registers allow {month_label(first)} to "
            f"{month_label(last)} (a population stands on the first day of its month)."
        )
    world = scenario_world(configs, usual.default_until)
    settings = RunSettings(
        scale=scale, households_per_host=usual.households_per_host_min, until=last, **covered(world)
    )
    state = branches_of(world, settings, seed).at(wanted).state
    measured, n_hosts = Abroad(state), state.n_hosts
    return PopulationReport(
        month=wanted,
        scale=scale,
        seed=seed,
        hosts=state.world.hosts.ids,
        rows=np.bincount(measured.c.place.astype(np.int64), minlength=n_hosts),
        persons=measured.persons(),
        margins=measured.margins(),
        network=network_shape(state.households, n_hosts),
    )


def _number(value: float) -> float | None:
    return round(float(value), 6) if np.isfinite(value) else None


def to_dict(report: PopulationReport) -> dict[str, Any]:
    """Return every row for ``--json``: per margin, category and host, and for all hosts together."""
    persons, network = report.persons, report.network
    rows: list[dict[str, Any]] = []
    for margin in report.margins:
        places = [*zip(report.hosts, margin.target, margin.achieved, strict=True), (ALL, *margin.total())]
        for host, target, achieved in places:
            rows += [
                {
                    "margin": margin.name,
                    "among": margin.among,
                    "category": category,
                    "host": host,
                    "target": _number(target[k]),
                    "achieved": _number(achieved[k]),
                    "error_pp": _number(100 * (achieved[k] - target[k])),
                }
                for k, category in enumerate(margin.categories)
            ]
    worst, name, host = report.worst
    total = persons.total()
    names = ("contacts_mean", "same_origin_share", "same_host_share")
    return {
        "month": month_label(report.month),
        "scale": report.scale,
        "seed": report.seed,
        "households": {h: int(n) for h, n in zip(report.hosts, report.rows, strict=True)},
        "persons": [
            {"host": h, "target": _number(t), "achieved": _number(a), "relative_error": _number(e)}
            for h, t, a, e in [
                *zip(report.hosts, persons.target, persons.achieved, persons.relative_error(), strict=True),
                (ALL, *total, total[1] / total[0] - 1),
            ]
        ],
        "margins": rows,
        "network": {
            **{n: _number(getattr(network, n)) for n in (*names, "same_origin_by_chance", "clustering")},
            "clustering_by_chance": _number(network.clustering_by_chance),
            "looked_to_most": network.looked_to_most,
            "degree_quantiles": list(network.degree_quantiles),
            "by_host": {
                h: dict(zip(names, map(_number, network.by_host[k]), strict=True))
                for k, h in enumerate(report.hosts)
            },
        },
        "worst": {"error_pp": _number(worst), "margin": name, "host": host},
    }


def print_report(report: PopulationReport) -> None:
    """Print the report to standard output."""
    out = console()
    out.print(
        f"\n[bold]Population on the first day of {month_label(report.month)}[/bold], scale {report.scale}, "
        f"seed {report.seed}: {int(report.rows.sum()):,} simulated households; small hosts are sampled more "
        f"finely ({int(report.rows.min()):,} to {int(report.rows.max()):,} by host).\n"
    )
    out.print(_hosts_table(report))
    out.print(_margins_table(report))
    out.print(_network_text(report.network))
    worst, name, host = report.worst
    out.print(f"\nThe share that is off most: by {worst:.1f} percentage points ({name}, {host}).")


def _hosts_table(report: PopulationReport) -> Table:
    relative = report.persons.relative_error()
    rows = []
    for h, host in enumerate(report.hosts):
        errors = [np.nan_to_num(np.abs(m.error_pp()[h])) for m in report.margins]
        number = max(range(len(errors)), key=lambda k: float(errors[k].max()))
        margin, worst = report.margins[number], float(errors[number].max())
        category = margin.categories[int(errors[number].argmax())]
        where = category if category in margin.name else f"{margin.name}: {category}"
        persons = (report.persons.target[h], report.persons.achieved[h], relative[h], report.rows[h])
        rows.append((f"{host}  {where}", *_persons(*persons), f"{worst:.2f}"))
    target, achieved = report.persons.total()
    rows.append(("all hosts", *_persons(target, achieved, achieved / target - 1, report.rows.sum()), ""))
    heads = (
        "host, and the share with the largest error",
        "register",
        "people",
        "apart %",
        "households",
        "pp",
    )
    return terminal_table("Registers, people abroad, and the largest error of a share", heads, rows)


def _persons(target: float, achieved: float, error: float, households: float) -> tuple[str, ...]:
    register = (f"{target:,.0f}", f"{100 * error:+.2f}") if np.isfinite(target) else ("-", "-")
    return register[0], f"{achieved:,.0f}", register[1], f"{int(households):,}"


def _margins_table(report: PopulationReport) -> Table:
    rows = []
    for margin in report.margins:
        target, achieved = margin.total()
        error = np.nan_to_num(np.abs(margin.error_pp()))
        names = (margin.name, margin.among)
        if len(margin.categories) > SHOWN_CATEGORIES:
            shown = [margin.worst()[2]]
            text = f"{len(margin.categories)} categories, worst: {margin.categories[shown[0]]}"
        else:
            shown, text = list(range(len(margin.categories))), ""
        for k in shown:
            host = int(error[:, k].argmax())
            shares = (f"{100 * target[k]:.2f}", f"{100 * achieved[k]:.2f}", f"{error[host, k]:.2f}")
            rows.append((*names, text or margin.categories[k], *shares, report.hosts[host]))
            names = ("", "")
    heads = ("margin", "among", "category", "target %", "achieved %", "worst pp", "host")
    return terminal_table("Margins, all hosts together, and the worst host", heads, rows, 3)


SHOWN_CATEGORIES = 8
"""Margins with more categories than this are shown by their worst one; ``--json`` has all."""


def _network_text(network: NetworkShape) -> str:
    low, quarter, middle, three_quarters, most = network.degree_quantiles
    return (
        f"\nNetwork: {network.contacts_mean:.2f} contacts per household; "
        f"{100 * network.same_origin_share:.0f} % from the same origin unit "
        f"({100 * network.same_origin_by_chance:.0f} % by chance), "
        f"{100 * network.same_host_share:.0f} % in the same host.\n"
        f"Neighbours in either direction: {low} at least, {quarter} / {middle} / {three_quarters} at the "
        f"quartiles, {most} at most; clustering {network.clustering:.3f} "
        f"({network.clustering_by_chance:.4f} by chance)."
    )
