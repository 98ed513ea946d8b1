"""Policies in words: what a combination of levers and packages sets, as an official would say it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from abm.policy.lever import Lever, as_number, load_levers, same
from experiments.analysis.axis_words import MORE_LABELS, Words, words_of
from experiments.comparison.outcomes import LABELS
from experiments.designs.axis_schema import NOTHING, LeverAxis
from experiments.designs.measures import RETURNS_BEFORE_SAFE
from experiments.designs.simulate import CHANGE
from experiments.designs.sweep import Sweep
from experiments.wording.months import spoken_month

CURRENT = "current policy"
"""The policy that sets nothing."""

CLEARER = {
    "without_title": "people without any title",
    "protected": "people with temporary protection",
    "transition_permit": "people with a transition permit",
    "regular_permit": "people with an ordinary permit",
    "asylum": "people waiting for an asylum ruling",
    "refugee": "people with refugee status",
    "places_short": "requests for a place when none was free",
}
"""Outcomes as they can stand alone in a sentence; the labels of a comparison complete a table."""

LEAVING = ("returns", RETURNS_BEFORE_SAFE, "onward_out")
"""Flows out of a place."""

_SWITCH = re.compile(r"^0 \((?P<zero>[^)]*)\) or 1 \((?P<one>[^)]*)\)$")


@dataclass(frozen=True)
class PolicyWords:
    """Words for policies, outcomes and units of one sweep or search.

    Attributes
    ----------
    levers : mapping of str to Lever
        The lever of every axis that is not a package.
    words : Words
        Of axes and levels.
    outcomes, units : mapping of str to str
        Of every outcome column, with its period.
    labels : mapping of str to str
        Outcomes without their period.
    """

    levers: Mapping[str, Lever]
    words: Words
    outcomes: Mapping[str, str]
    units: Mapping[str, str]
    labels: Mapping[str, str]

    @classmethod
    def of(cls, sweep: Sweep) -> "PolicyWords":
        """Return the words for a sweep.

        Raises
        ------
        ConfigError
            If the configuration cannot be read.
        """
        known = load_levers(sweep.root)
        axes = {n: known[a.lever] for n, a in sweep.design.levers.items() if isinstance(a, LeverAxis)}
        words = words_of(sweep)
        outcomes, labels = {}, {}
        for outcome in sweep.design.outcomes:
            usual = MORE_LABELS.get(outcome.outcome) or LABELS[outcome.outcome]
            label = CLEARER.get(outcome.outcome, usual)
            where, _, when = words.outcomes[outcome.name].removeprefix(usual).partition(", ")
            if outcome.outcome in LEAVING:
                where = where.replace(" in ", " from ", 1)
            if outcome.outcome == RETURNS_BEFORE_SAFE:
                label, where = "returns", f"{where} before it is safe"
            for name, change in ((outcome.name, ""), (outcome.name + CHANGE, "change by the policies in ")):
                outcomes[name] = f"{change}{label}{where}, {when}"
                labels[name] = change + label + where
        return cls(axes, words, outcomes, words.units, labels)

    def policy(self, values: Mapping[str, Any]) -> str:
        """Return a policy, with only what it sets; ``values`` is a level by lever axis.

        Returns
        -------
        str
            Such as ``"Level of cash support: 50 % of the amount in force; Dutch transition permit: open"``.
        """
        parts = [text for name, value in values.items() if (text := self.setting(name, value))]
        return "; ".join(parts) or CURRENT

    def setting(self, name: str, value: Any) -> str:
        """Return what one axis sets, or an empty text if it leaves things as they are."""
        if name not in self.levers:
            return "" if value in (None, NOTHING) else self.words.level(name, value)
        lever = self.levers[name]
        if is_unset(value) or same(as_number(value), as_number(lever.neutral)):
            return ""
        return f"{lever.label.en}: {level_in_words(lever.unit, value)}"


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
        return percent(number) + unit.removeprefix("share")
    return f"{number:,.10g} {unit}"


def percent(share: float) -> str:
    """Return a share as a whole percentage.

    >>> percent(0.254)
    '25 %'
    """
    return f"{100 * share:.0f} %"
