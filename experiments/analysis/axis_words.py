"""Plain words for the columns of a sweep: its axes, their levels, its outcomes and their units.

The words come from the configuration: the ``meaning`` of a parameter, the label of a lever, a scenario, a
driver, a factor of the model and a host.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from abm.data.config import read_yaml
from abm.data.parameters import PRIORS, load_coefficients
from abm.months import first_day, month_label
from abm.policy.lever import load_levers
from abm.policy.scenario import BASELINE, FOLDER, JOIN
from experiments.comparison.outcomes import LABELS
from experiments.designs.axes import SCENARIO
from experiments.designs.axis_schema import NOTHING, DriverAxis, LeverAxis, Package
from experiments.designs.measures import PUBLIC_COST, RETURNS_BEFORE_SAFE, UNITS
from experiments.designs.parameter_groups import load_groups
from experiments.designs.simulate import CHANGE
from experiments.designs.sweep import Sweep
from experiments.wording.months import spoken_day, spoken_month
from experiments.wording.names import Names, place_in_words, read_names, spaced, with_article
from experiments.wording.numbers import shown

LANGUAGE = "en"
MORE_LABELS = {
    RETURNS_BEFORE_SAFE: "returns to places that are not safe yet",
    PUBLIC_COST: "public cost of protection",
}
OPERATIONS = {"set": "level of", "add": "addition to", "multiply": "factor on"}
JARGON = " (sets the constant)"
AS_IN_FORCE = "as in force"
"""A lever that is not set."""


@dataclass(frozen=True)
class Words:
    """Words for the names of one sweep.

    Attributes
    ----------
    axes : mapping of str to str
        What each axis is.
    groups : mapping of str to str
        What each group of parameters is.
    scenarios : mapping of str to str
        Labels of scenarios and packages.
    outcomes, units : mapping of str to str
        Of every outcome column, changes included.
    categorical : frozenset of str
        Axes whose levels are scenarios or packages.
    """

    axes: Mapping[str, str]
    groups: Mapping[str, str]
    scenarios: Mapping[str, str]
    outcomes: Mapping[str, str]
    units: Mapping[str, str]
    categorical: frozenset[str]

    def axis(self, name: str) -> str:
        """Return what an axis or a group of axes is."""
        return self.axes.get(name) or self.groups.get(name) or spaced(name)

    def level(self, axis: str, value: Any) -> str:
        """Return what a level of an axis is."""
        if value is None or (isinstance(value, float) and pd.isna(value)):
            return AS_IN_FORCE
        if axis in self.categorical:
            parts = str(value).split(JOIN)
            return " + ".join(self.scenarios.get(part.strip(), spaced(part)) for part in parts)
        return value if isinstance(value, str) else shown(float(value))


def words_of(sweep: Sweep) -> Words:
    """Return the words for a sweep.

    Raises
    ------
    ConfigError
        If the configuration cannot be read.
    """
    root, design = sweep.root, sweep.design
    names = read_names(root)
    priors = load_coefficients(root / "coefficients" / f"{PRIORS}.csv")
    levers = load_levers(root)
    axes = {SCENARIO: "course of events"}
    for axis in sweep.axes:
        item = design.levers.get(axis.name, design.uncertainties.get(axis.name))
        if axis.parameter is not None:
            row = priors.get(axis.parameter)
            said = names.parameter(axis.parameter, "" if row is None else row.meaning)
            axes[axis.name] = with_article(said.replace(JARGON, ""))
        elif isinstance(item, LeverAxis):
            lever = levers[item.lever]
            said = f"{lever.label.en}, {place_in_words(names, item.place)}"
            axes[axis.name] = f"{said}, from {spoken_day(item.start)} ({lever.unit})"
        elif isinstance(item, DriverAxis):
            said = _driver(root, item.driver).lower()
            where = "" if item.units in (None, "all") else f" in {', '.join(item.units)}"
            axes[axis.name] = f"{OPERATIONS[item.operation]} {said}{where}, from {spoken_month(item.start)}"
        elif isinstance(item, Package):
            axes[axis.name] = f"policies ({spaced(axis.name)})"
    outcomes, units = _outcomes(sweep, names)
    return Words(
        axes=axes,
        groups=_groups(sweep, axes),
        scenarios=_scenarios(root),
        outcomes=outcomes,
        units=units,
        categorical=frozenset({SCENARIO, *(n for n, v in design.levers.items() if isinstance(v, Package))}),
    )


def _outcomes(sweep: Sweep, names: Names) -> tuple[dict[str, str], dict[str, str]]:
    """Return words and units of every outcome column."""
    end = spoken_day(first_day(sweep.settings.until).isoformat())
    span = f"{spoken_month(month_label(sweep.settings.start))} to "
    span += spoken_month(month_label(sweep.settings.until - 1))
    ways = {
        "end": f"on {end}",
        "sum": f"{span}",
        "peak": f"in the highest month, {span}",
        "mean": f"mean of the months, {span}",
    }
    outcomes, units = {}, {}
    for outcome in sweep.design.outcomes:
        label = MORE_LABELS.get(outcome.outcome) or LABELS[outcome.outcome]
        text = f"{label} in {place_in_words(names, outcome.place)}, {ways[outcome.way]}"
        for name, said in (
            (outcome.name, text),
            (outcome.name + CHANGE, f"change by the policies in {text}"),
        ):
            outcomes[name], units[name] = said, UNITS.get(outcome.outcome, "persons")
    return outcomes, units


def _groups(sweep: Sweep, axes: Mapping[str, str]) -> dict[str, str]:
    labels = {group.id: group.label for group in load_groups()}
    members: dict[str, list[str]] = {}
    for axis in sweep.axes:
        members.setdefault(axis.group or axis.name, []).append(axis.name)
    found = {}
    for group, inside in members.items():
        many = f" ({len(inside)} parameters)"
        alone = len(inside) == 1
        found[group] = (
            axes.get(inside[0], spaced(inside[0])) if alone else labels.get(group, spaced(group)) + many
        )
    return found


def _scenarios(root: Path) -> dict[str, str]:
    found = {BASELINE: "as things stand", NOTHING: "no further policy"}
    for path in sorted((root / FOLDER).glob("*.yaml")):
        label = (read_yaml(path).get("label") or {}).get(LANGUAGE)
        if label:
            found[path.stem] = str(label)
    return found


def _driver(root: Path, name: str) -> str:
    path = root / "drivers" / f"{name}.yaml"
    label = (read_yaml(path).get("label") or {}).get(LANGUAGE) if path.is_file() else None
    return str(label) if label else spaced(name)
