"""Plain words for what an analysis names (axes, levels, policies, outcomes), from the configuration."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.data.config import read_plain
from abm.data.folder import load_settings
from abm.data.parameters import Coefficient, load_known
from abm.errors import EweaError, nearest
from abm.months import first_day
from abm.policy.lever import Lever, as_number, load_levers, same
from abm.policy.scenario import BASELINE, FOLDER, JOIN
from experiments.designs.axes import SCENARIO, Axis, load_groups
from experiments.designs.schema import NOTHING, DriverAxis, LeverAxis, Package
from experiments.designs.simulate import CHANGE
from experiments.designs.sweep import Sweep
from experiments.ensemble.outcomes import RETURNS_BEFORE_SAFE
from experiments.ensemble.outcomes import outcome as outcome_entry
from experiments.wording.names import LANGUAGE, ReaderNames, place_in_words, read_names, spaced, with_article
from experiments.wording.numbers import shown, spoken_day, spoken_month, spoken_span

CURRENT = "current policy"
"""The policy that sets nothing."""

AS_IN_FORCE = "as in force"
"""The level of a lever that is not set."""

LEAVING = ("returns", RETURNS_BEFORE_SAFE, "onward_out")
"""Flows out of a place."""

OPERATIONS = {"set": "level of", "add": "addition to", "multiply": "factor on"}
JARGON = " (sets the constant)"
_SWITCH = re.compile(r"^0 \((?P<zero>[^)]*)\) or 1 \((?P<one>[^)]*)\)$")


@dataclass(frozen=True)
class AxisWords:
    """Words for the names of one sweep or search."""

    axes: Mapping[str, str]  # What each axis, and each group of parameters, is
    groups: Mapping[str, str]
    levers: Mapping[str, Lever]  # The lever of every lever axis that is not a package
    scenarios: Mapping[str, str]  # Labels of scenarios and packages
    outcomes: Mapping[str, str]  # Of every outcome column, changes included; ``labels`` leave out the period
    labels: Mapping[str, str]
    units: Mapping[str, str]
    categorical: frozenset[str]  # Axes whose levels are scenarios or packages

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

    def policy(self, values: Mapping[str, Any]) -> str:
        """Return what a combination of levers and packages sets, such as "Level of cash support: 50 %"."""
        parts = [text for name, value in values.items() if (text := self.setting(name, value))]
        return "; ".join(parts) or CURRENT

    def setting(self, name: str, value: Any) -> str:
        """Return what one axis sets, or an empty text if it leaves things as they are."""
        if name not in self.levers:
            return "" if value in (None, NOTHING) else self.level(name, value)
        lever = self.levers[name]
        if is_unset(value) or same(as_number(value), as_number(lever.neutral)):
            return ""
        return f"{lever.label.en}: {level_in_words(lever.unit, value)}"


def words_of(sweep: Sweep) -> AxisWords:
    """Return the words for a sweep."""
    root, design = sweep.root, sweep.design
    names, known = read_names(root), load_levers(root)
    priors = load_known(root)
    axes = {SCENARIO: "course of events"}
    for axis in sweep.axes:
        if text := _axis_in_words(axis, sweep, names, known, priors):
            axes[axis.name] = text
    outcomes, labels, units = _outcomes(sweep, names)
    return AxisWords(
        axes=axes,
        groups=_groups(sweep, axes),
        levers={n: known[a.lever] for n, a in design.levers.items() if isinstance(a, LeverAxis)},
        scenarios=_scenarios(root),
        outcomes=outcomes,
        labels=labels,
        units=units,
        categorical=frozenset({SCENARIO, *(n for n, v in design.levers.items() if isinstance(v, Package))}),
    )


def is_unset(value: Any) -> bool:
    """Return whether a value of a table leaves its lever as it is in force.

    >>> is_unset(None), is_unset(float("nan")), is_unset("none"), is_unset(0.0)
    (True, True, True, False)
    """
    return value is None or value == NOTHING or (isinstance(value, float) and bool(pd.isna(value)))


def level_in_words(unit: str, value: Any) -> str:
    """Return a value of a lever with its unit.

    >>> level_in_words("0 (closed) or 1 (open)", 1.0), level_in_words("first month without", "2028-04")
    ('open', 'April 2028')
    >>> level_in_words("share of the amount in force", 0.5), level_in_words("places", 98000.0)
    ('50 % of the amount in force', '98,000 places')
    """
    if isinstance(value, str):
        return spoken_month(value)
    number = float(value)
    if (switch := _SWITCH.match(unit)) and number in (0.0, 1.0):
        return switch["one" if number else "zero"]
    if unit.startswith("share"):
        return f"{100 * number:.0f} %{unit.removeprefix('share')}"
    return f"{number:,.10g} {unit}"


def _axis_in_words(
    axis: Axis,
    sweep: Sweep,
    names: ReaderNames,
    levers: Mapping[str, Lever],
    priors: Mapping[str, Coefficient],
) -> str:
    item = sweep.design.levers.get(axis.name, sweep.design.uncertainties.get(axis.name))
    if axis.parameter is not None:
        row = priors.get(axis.parameter)
        said = names.parameter(axis.parameter, "" if row is None else row.meaning)
        return with_article(said.replace(JARGON, ""))
    if isinstance(item, LeverAxis):
        lever = levers[item.lever]
        said = f"{lever.label.en}, {place_in_words(names, item.place)}"
        return f"{said}, from {spoken_day(item.start)} ({lever.unit})"
    if isinstance(item, DriverAxis):
        said = _label(sweep.root / "drivers" / f"{item.driver}.yaml", item.driver).lower()
        where = "" if item.units in (None, "all") else f" in {', '.join(item.units)}"
        return f"{OPERATIONS[item.operation]} {said}{where}, from {spoken_month(item.start)}"
    return f"policies ({spaced(axis.name)})" if isinstance(item, Package) else ""


def _outcomes(sweep: Sweep, names: ReaderNames) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Return words with and without the period, and units, of every outcome column."""
    span = spoken_span(load_settings(sweep.root).last_register_month + 1, sweep.settings.until)
    periods = {
        "end": f"on {spoken_day(first_day(sweep.settings.until).isoformat())}",
        "sum": span,
        "peak": f"in the highest month, {span}",
        "mean": f"mean of the months, {span}",
    }
    outcomes, labels, units = {}, {}, {}
    for outcome in sweep.design.outcomes:
        kind = outcome.outcome
        where = f" {'from' if kind in LEAVING else 'in'} {place_in_words(names, outcome.place)}"
        about = outcome_entry(kind)
        text = about.noun + where
        if kind == RETURNS_BEFORE_SAFE:
            text = f"returns{where} before it is safe"
        for name, label in (
            (outcome.name, text),
            (outcome.name + CHANGE, f"change by the policies in {text}"),
        ):
            labels[name], outcomes[name] = label, f"{label}, {periods[outcome.way]}"
            units[name] = about.unit
    return outcomes, labels, units


def _groups(sweep: Sweep, axes: Mapping[str, str]) -> dict[str, str]:
    labels = {group.id: group.label for group in load_groups()}
    members: dict[str, list[str]] = {}
    for axis in sweep.axes:
        members.setdefault(axis.group or axis.name, []).append(axis.name)
    return {
        group: axes.get(inside[0], spaced(inside[0]))
        if len(inside) == 1
        else f"{labels.get(group, spaced(group))} ({len(inside)} parameters)"
        for group, inside in members.items()
    }


def _scenarios(root: Path) -> dict[str, str]:
    found = {path.stem: _label(path) for path in sorted((root / FOLDER).glob("*.yaml"))}
    usual = {BASELINE: "as things stand", NOTHING: "no further policy"}
    return usual | {name: label for name, label in found.items() if label}


def _label(path: Path, name: str = "") -> str:
    label = (read_plain(path).get("label") or {}).get(LANGUAGE) if path.is_file() else None
    return str(label) if label else spaced(name)


SIGNS: dict[str, tuple[Callable[[Any, Any], Any], str, str]] = {
    ">": (operator.gt, "more than", "above"),
    ">=": (operator.ge, "at least", "from"),
    "<": (operator.lt, "less than", "below"),
    "<=": (operator.le, "at most", "to"),
}
"""What each sign does, how it is said, and how it stands in a file name."""

_GRAMMAR = re.compile(
    r"\s*(?P<outcome>[A-Za-z]\w*)\s*(?P<sign>>=|<=|>|<)\s*"
    r"(?P<number>[+-]?(\d[\d_]*(\.\d*)?|\.\d+)([eE][+-]?\d+)?)\s*",
    re.ASCII,
)


@dataclass(frozen=True)
class OutcomeCondition:
    """An outcome beyond a bound, in the unit of the outcome; ``sign`` is one of :data:`SIGNS`."""

    outcome: str
    sign: str
    bound: float

    @property
    def text(self) -> str:
        """The condition as one writes it."""
        return f"{self.outcome} {self.sign} {self.bound:.15g}"

    @property
    def words(self) -> str:
        """Sign and bound in words."""
        exact = f"{self.bound:,.15g}".replace("-", "−")
        return f"{SIGNS[self.sign][1]} {exact}"

    @property
    def stem(self) -> str:
        """Name of its files."""
        return f"{self.outcome}-{SIGNS[self.sign][2]}-{self.bound:.15g}"

    def holds(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return where it holds, bool of the shape of ``values``."""
        return np.asarray(SIGNS[self.sign][0](values, self.bound), np.bool_)


def parse(text: str, option: str, outcomes: Sequence[str] | None = None) -> OutcomeCondition:
    """Return the condition ``<outcome> <sign> <number>`` that a user gave to an option.

    Numbers have a decimal point and no commas. ``outcomes`` are the columns there are, where they are known.

    >>> parse("stock_NL > 98_000", "--when")
    OutcomeCondition(outcome='stock_NL', sign='>', bound=98000.0)
    """
    match = _GRAMMAR.fullmatch(text)
    if match is None:
        raise EweaError(
            f"{option} {text!r}: cannot be read. Write an outcome, one of {' '.join(SIGNS)}, and a number "
            f'without thousands separators, in quotes: {option} "stock_NL > 98000".'
        )
    name, bound = match["outcome"], float(match["number"])
    if outcomes is not None and name not in outcomes:
        raise EweaError(f"{option} {text!r}: {name} is not an outcome. {nearest(name, outcomes)}")
    if not np.isfinite(bound):
        raise EweaError(f"{option} {text!r}: {match['number']} is too large to be a number here.")
    return OutcomeCondition(name, match["sign"], bound)
