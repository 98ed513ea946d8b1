"""Every file of ``configs`` is read by the reader that uses it, and what stands there twice must agree.

That is geography, names, sizes, neighbours in time and registers; bounds stand in
``configs/redundancy.yaml``. Every fault names file, line, what was found and what is allowed.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from abm.data.composition import host_weights
from abm.data.config import Strict, fault, load, read_plain, was_read
from abm.data.controls import read_controls
from abm.data.figures import Text
from abm.data.folder import load_settings
from abm.data.hosts import Country, great_circle_km
from abm.data.judged import FILE as JUDGED
from abm.data.origins import OriginUnit, load_origin_units
from abm.data.parameters import FOLDER, PRIORS, load_fit, load_known
from abm.data.registers import (
    BREAK_COLUMNS,
    SERIES_COLUMNS,
    Cells,
    last_register_month,
    read_cells,
    read_eu_decisions,
)
from abm.data.tables import line_with
from abm.data.world import World
from abm.errors import ConfigError, EweaError
from abm.months import month_index, month_label, to_day
from abm.places import ELSEWHERE, Members
from abm.policy.allowed import all_allowed, check_span
from abm.policy.change import Changes
from abm.policy.lever import load_levers
from abm.policy.scenario import changes_of, scenario_ids
from experiments.data.derive_registers import FIRST_REGISTER_MONTH
from experiments.data.find_breaks import renewed_breaks

KYIV = (50.45, 30.52)

GROWTH_UNTIL = month_index("2022-12")
"""Last month in which a register may multiply: everybody was new."""

LARGE = 2000
"""Persons below which a figure may jump."""

OTHER_CODES = {"EL": "GR", "UK": "GB"}
"""Codes of ISO 3166 where Eurostat has its own."""

UNLIKE = {"RS": "SRB"}
"""Codes of three letters that begin with another letter than those of two."""


class Bound(Strict):
    """Least and largest value of a ratio of two figures."""

    least: float
    most: float
    unit: Text
    status: Literal["derived", "assumed"]
    reason: Text


class Bounds(Strict):
    """The file as written."""

    bounds: dict[str, Bound]


def redundant_faults(root: Path, countries: Sequence[Country], units: Sequence[OriginUnit]) -> Iterator[str]:
    """Yield what contradicts another figure of the folder."""
    bounds = load(root / "redundancy.yaml", Bounds).bounds
    hosts = [one.id for one in countries]
    stock, decisions = (
        read_cells(root, name, hosts, SERIES_COLUMNS, FIRST_REGISTER_MONTH)
        for name in ("tp_stock", "tp_decisions")
    )
    for country in countries:
        largest = max((row["value"] for (host, _), row in stock.items() if host == country.id), default=0)
        yield from _country(root / "countries" / f"{country.id}.yaml", country, largest, bounds)
    yield from _names(root, countries, units)
    yield from _neighbours(root / "registers" / "tp_stock.csv", stock, bounds)
    yield from _breaks(root, countries, stock, decisions)
    members = {one.id for one in countries if one.eu_member}
    yield from _union(root, members, decisions, bounds)
    yield from dates_ahead(root)


def _outside(bounds: Mapping[str, Bound], name: str, value: float) -> str:
    """Return what is wrong with a ratio; empty if nothing."""
    bound = bounds[name]
    if bound.least <= value <= bound.most:
        return ""
    return f"{name} is {value:.3g}; allowed are {bound.least:g} to {bound.most:g} ({bound.reason})."


def _country(path: Path, country: Country, largest: float, bounds: Mapping[str, Bound]) -> Iterator[str]:
    here = country.latitude, country.longitude
    distance = float(great_circle_km(*np.array([here, KYIV]).T)[0, 1])
    wage, persons = country.wage_eur_month.value, country.population.value
    for key in ("population", "diaspora"):
        value = getattr(country, key).value
        if value != int(value):
            yield fault(path, (key, "value"), f"found {value:g}; persons are whole. Write it in persons.")
    if persons <= 0:
        yield fault(path, ("population", "value"), f"found {persons:g}; a host has people.")
        return
    checks: list[tuple[str, str, float]] = [
        ("km_to_kyiv", "distance_km", abs(distance - country.km_to_kyiv.value)),
        ("wage_eur_month", "wage_of_gdp", 12 * wage / max(country.gdp_per_head.value, 1.0)),
        ("diaspora", "diaspora_of_population", country.diaspora.value / persons),
        ("population", "register_of_population", largest / persons),
    ]
    for key, name, value in checks:
        if said := _outside(bounds, name, value):
            yield fault(path, (key,), said)
    for number, figure in enumerate(country.benefit_eur_month):
        if said := _outside(bounds, "benefit_of_wage", figure.value / max(wage, 1.0)):
            yield fault(path, ("benefit_eur_month", number), said)
    code = OTHER_CODES.get(country.id, country.id)
    if country.iso3 not in (None, UNLIKE.get(code)) and country.iso3[0] != code[0]:
        yield fault(path, ("iso3",), f"found {country.iso3}; the code of {country.id} begins with {code[0]}.")


def _names(root: Path, countries: Sequence[Country], units: Sequence[OriginUnit]) -> Iterator[str]:
    """Yield names that two hosts or units share, or that are not those of their code."""
    for language in ("en", "nl", "uk"):
        seen: dict[str, str] = {}
        for one in countries:
            name = getattr(one.label, language)
            path = root / "countries" / f"{one.id}.yaml"
            if name in seen:
                yield fault(path, ("label", language), f"found {name!r}, as in {seen[name]}. Names differ.")
            seen[name] = one.id
            usual = _usual_name(one.id, language)
            if usual is not None and name != usual:
                yield fault(path, ("label", language), f"found {name!r}; {one.id} is called {usual!r}.")
    for key in ("iso3", "capital"):
        seen = {}
        for one in countries:
            name = getattr(one, key)
            if name is not None and name in seen:
                path = root / "countries" / f"{one.id}.yaml"
                yield fault(path, (key,), f"found {name!r}, as in {seen[name]}. Each host has its own.")
            seen[name] = one.id
    path = root / "origin_units.csv"
    for key in ("name_en", "name_nl", "name_uk"):
        names = [getattr(unit, key) for unit in units]
        for unit in units:
            if names.count(getattr(unit, key)) > 1:
                line = line_with(path, unit.pcode)
                yield f"{path}:{line}: {key}: found {getattr(unit, key)!r} twice. Names of units differ."


def _usual_name(host: str, language: str) -> str | None:
    """Return what a host is called in a language (Unicode CLDR); None where nobody knows."""
    try:
        from babel import Locale
    except ImportError:  # of the extra 'app'
        return None
    return None if host == ELSEWHERE else Locale(language).territories.get(OTHER_CODES.get(host, host))


def _neighbours(path: Path, stock: Cells, bounds: Mapping[str, Bound]) -> Iterator[str]:
    """Yield stocks that differ from those before and after them by an order of magnitude."""
    for host in sorted({of for of, _ in stock}):
        months = sorted(month for of, month in stock if of == host)
        values = [max(stock[host, month]["value"], 1) for month in months]
        for number, (month, value) in enumerate(zip(months, values, strict=True)):
            around = values[max(number - 1, 0) : number] + values[number + 1 : number + 2]
            if not around or max(value, *around) < LARGE:
                continue
            ratio = value / max(around) if value > max(around) else value / min(around)
            said = (
                ""
                if min(around) <= value <= max(around)
                else _outside(bounds, "stock_over_neighbours", ratio)
            )
            before = values[number - 1] if number else value
            if not said and month > GROWTH_UNTIL:
                said = _outside(bounds, "stock_rise", value / before)
            if said and (len(around) == 2 or month > GROWTH_UNTIL):
                where = f"{path}:{line_with(path, host, month_label(month))}: value"
                yield f"{where}: {host} {month_label(month)}: found {value}; {said} Check the figure."


def _breaks(root: Path, countries: Sequence[Country], stock: Cells, decisions: Cells) -> Iterator[str]:
    """Yield breaks that no register shows, and falls that are no break."""
    path = root / "registers" / "breaks.csv"
    hosts, is_eu = [one.id for one in countries], np.array([one.eu_member for one in countries])
    _, said = renewed_breaks(root, hosts, is_eu, stock, decisions, {})
    yield from (f"{path}: does not fit tp_stock.csv: {one}" for one in said)
    last = last_register_month(root)
    for host, month in read_cells(root, "breaks", hosts, BREAK_COLUMNS, FIRST_REGISTER_MONTH):
        if month > last:
            line = line_with(path, host, month_label(month))
            yield (
                f"{path}:{line}: month: found {month_label(month)}, after the last register month "
                f"{month_label(last)}. A clean-up to come stands in renewals.csv."
            )


def _union(root: Path, members: set[str], decisions: Cells, bounds: Mapping[str, Bound]) -> Iterator[str]:
    """Yield months in which the total of the EU is not that of its members, or of its sexes."""
    path = root / "registers" / "eu_decisions.csv"
    found = read_eu_decisions(root)
    for month, total in sorted(found["T", "TOTAL"].items()):
        of = [decisions[host, month]["value"] for host in members if (host, month) in decisions]
        where = f"{path}:{line_with(path, month_label(month), 'T', 'TOTAL')}: value"
        if len(of) == len(members) and (said := _outside(bounds, "decisions_of_eu", sum(of) / max(total, 1))):
            yield f"{where}: {month_label(month)}: found {total} where members have {sum(of)}; {said}"
        sexes = [found.get((sex, "TOTAL"), {}).get(month) for sex in ("M", "F")]
        if None not in sexes and (said := _outside(bounds, "sexes_of_total", sum(sexes) / max(total, 1))):  # type: ignore[arg-type]
            yield f"{where}: {month_label(month)}: found {total} where the sexes have {sum(sexes)}; {said}"  # type: ignore[arg-type]


def dates_ahead(root: Path) -> Iterator[str]:
    """Yield figures that were recorded, quoted or checked after the day the law is read on."""
    today = load_settings(root).as_of
    for path in sorted(root.rglob("*.yaml")):
        for where, node in _mappings(read_plain(path), ()):
            keys = ["checked_on"] if "checked_on" in node else []
            keys += ["date"] if node.get("status") in ("recorded", "quoted", "in_force") else []
            for key in keys:
                text = node.get(key)
                if isinstance(text, str) and _is_later(text, today):
                    yield fault(path, (*where, key), f"found {text}, which lies after today ({today}).")


def _is_later(text: str, today: str) -> bool:
    try:
        return to_day(text) > to_day(today)
    except ValueError:
        return False


def _mappings(node: Any, at: tuple[int | str, ...]) -> Iterator[tuple[tuple[int | str, ...], dict[str, Any]]]:
    """Yield every mapping inside YAML with its place."""
    if isinstance(node, dict):
        yield at, node
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    yield from itertools.chain.from_iterable(_mappings(value, (*at, key)) for key, value in pairs)


NEVER_READ = (".md",)
"""Endings of files for people."""


def readers(root: Path, world: World) -> Iterator[Callable[[], object]]:
    """Yield one call for every file that a world is not made of; each raises EweaError for its faults."""
    from calibration.assimilation.observations import load_counted
    from calibration.assimilation.prior import load_assimilation_settings
    from calibration.fit.predictive import read_thresholds
    from calibration.fit.prior import load_calibration_settings
    from calibration.surveys.settings import load_survey_settings
    from calibration.targets.targets import load_targets
    from experiments.data.origin_mix import read_margins
    from experiments.ensemble.outcomes import checked_definitions
    from experiments.facts.table import load_facts
    from experiments.figures.flow_map import outlines
    from experiments.natural import experiment_ids, load_experiment
    from experiments.scorecard import INDICATORS, load_indicators, load_scorecard

    yield lambda: load_counted(root, world)
    yield lambda: host_weights(root, world.hosts.ids)
    yield lambda: read_margins(root, load_origin_units(root), world.hosts.ids)
    yield lambda: load_assimilation_settings(root)
    yield lambda: load_calibration_settings(root)
    # targets read validation.yaml and published_forecasts.yaml too
    yield lambda: load_survey_settings(root, load_targets(root, world))
    yield lambda: checked_definitions(root, world.hosts.ids)
    yield lambda: load_facts(root)
    if (root / "geo").is_dir():
        yield lambda: outlines(root)
    yield from (lambda name=name: load_experiment(root, name) for name in experiment_ids(root))  # type: ignore[misc]
    yield lambda: load_indicators(root)
    cards = sorted(p.stem for p in (root / "scorecards").glob("*.yaml") if p.name != INDICATORS)
    yield from (lambda name=name: load_scorecard(root, name) for name in cards)  # type: ignore[misc]
    yield from (lambda name=name: read_scenario_file(root, world, name) for name in scenario_ids(root))  # type: ignore[misc]
    known = load_known(root)
    fits = [
        path.stem for path in sorted((root / FOLDER).glob("*.csv"))
        if path.stem not in (PRIORS, JUDGED.stem) and not path.stem.endswith(("_draws", "_cuts", "_controls"))
    ]  # fmt: skip
    for fit in fits:
        yield lambda fit=fit: load_fit(root, fit, known)  # type: ignore[misc]
        yield lambda fit=fit: read_thresholds(root, fit, len(load_fit(root, fit, known)[1].values))  # type: ignore[misc, union-attr]
    controls = [*(root / FOLDER).glob("*_controls.csv"), *(root / FOLDER / "origins").glob("*.csv")]
    yield from (lambda path=path: read_controls(path, world.hosts.ids) for path in sorted(controls))  # type: ignore[misc]


def read_scenario_file(root: Path, world: World, name: str) -> Changes:
    """Return what a scenario sets, held against levers, drivers and the recorded months."""
    changes, hosts = changes_of(root, name), world.hosts
    axis = Members(hosts.ids, hosts.is_eu.tolist())
    all_allowed(changes, axis, world.origins.ids, load_levers(root), world.driver_cards)
    settings = load_settings(root)
    check_span(changes, settings.last_register_month + 1, max(settings.default_until, world.n_months))
    return changes


def unread(root: Path) -> Iterator[str]:
    """Yield files of the folder that no reader opened: a wrong name, or a file nothing uses."""
    for path in sorted(root.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
        if path.is_file() and not hidden and path.suffix not in NEVER_READ and not was_read(path):
            yield f"{path}: nothing reads this file. Fix its name or take it out."


def faults_of(calls: Iterator[Callable[[], object]]) -> Iterator[str]:
    """Yield the faults of readers, one a line."""
    for call in calls:
        try:
            call()
        except (ConfigError, EweaError) as error:
            yield from str(error).splitlines()
