"""What each lever does at a few settings, and what happened where it was tried: shipped, not simulated.

``ewea app --precompute`` makes both. A curve is one lever by itself on the baseline, at the default horizon.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import RootModel

from abm.data.config import load
from abm.errors import EweaError
from abm.months import month_index, month_label
from abm.places import UKRAINE
from abm.policy.change import LeverChange
from dashboard.engine import shipped
from dashboard.engine.answer import NEEDED, Answer
from dashboard.engine.bands import Band
from dashboard.engine.catalogue import Catalogue
from dashboard.engine.choice import DEFAULT_UNTIL, Choices, own_lever
from dashboard.engine.differences import Difference, difference
from dashboard.engine.rules import levers_of, rule_now
from experiments.natural import experiment_ids, natural_experiment
from experiments.wording.numbers import rounding_step

CURVES, TRIED = "curves.json", "tried.json"
FILE = Path(__file__).resolve().parents[1] / "tried.yaml"

OUTCOMES = ("stock", "without_title", NEEDED)
"""What a curve shows: the three numbers that are always shown."""

SETTINGS = 4
TRIED_SEEDS, TRIED_SCALE = 4, 1000


class TriedFile(RootModel[dict[str, list[str]]]):
    """Natural experiments by the lever that was tried in them."""


def curve_settings(catalogue: Catalogue, name: str) -> list[LeverChange]:
    """Return up to four settings of a lever that differ from the rule in force; its example is one of them.

    They are set where its example is, as a lever on the page.
    """
    lever, about = catalogue.lever(name), levers_of(catalogue.root)[name]
    place = lever["example_place"] if lever["example_place"] in lever["places"] else lever["places"][0]
    start = max(catalogue.fork, catalogue.next_month)
    now = rule_now(catalogue.root, name, place, month_index(start)).value
    example = about.example
    values: list[float | str]
    if lever["is_switch"]:
        values = [float(about.range.least), float(about.range.most)]
    elif lever["is_month"]:
        first, last = month_index(start) + 6, month_index(DEFAULT_UNTIL) - 3
        months = [round(one) for one in np.linspace(first, last, SETTINGS)]
        values = [month_label(one) for one in months]
    else:
        least, most, step = float(about.range.least), float(about.range.most), about.range.step
        steps = [round(part * (most - least) / step) for part in np.linspace(0, 1, SETTINGS)]
        values = [round(least + number * step, 6) for number in steps]
        nearest = min(range(SETTINGS), key=lambda n: abs(float(values[n]) - float(example)))
        values[nearest] = float(example)
    made = [own_lever(name, place, start, value) for value in dict.fromkeys(values) if value != now]
    return [one for one in made if catalogue.message_about(one, DEFAULT_UNTIL) is None]


def measured_in(change: LeverChange) -> str:
    """Return where an effect is looked at: where it is set, the Netherlands for those of Ukraine."""
    return "NL" if change.place == UKRAINE else str(change.place)


def curve_of(changes: list[LeverChange], ask: Callable[[Choices], Answer]) -> dict[str, Any]:
    """Return the effect of every setting of a lever as plain data."""
    place, points = measured_in(changes[0]), []
    for change in changes:
        answer = ask(Choices(levers=(change,)))
        bands = {name: answer.difference(name, place) for name in OUTCOMES}
        effect = {name: {"ends": [*map(round, band)], "signs": band.signs} for name, band in bands.items()}
        points.append({"value": change.value, "effect": effect, "least": answer.least})
    return {"place": place, "set_in": changes[0].place, "start": changes[0].start, "points": points}


@dataclass(frozen=True)
class CurvePoint:
    """One setting of a lever and what it changes, by outcome."""

    value: float | str
    effect: Mapping[str, Difference]


@dataclass(frozen=True)
class EffectCurve:
    """What a lever changes at its settings."""

    place: str  # Where the effect is looked at
    start: str
    points: tuple[CurvePoint, ...]

    def typical(self, example: float | str) -> CurvePoint:
        """Return the setting of the example, else the last one."""
        return next((point for point in self.points if point.value == example), self.points[-1])


def effect_curve(name: str) -> EffectCurve | None:
    """Return the shipped curve of a lever; None where there is none."""
    if CURVES not in shipped.shipped_manifest()["files"]:
        return None
    found = shipped.document(CURVES).get(name)
    return None if found is None else read_curve(found)


def read_curve(found: Mapping[str, Any]) -> EffectCurve:
    """Return a curve from plain data."""
    points = [
        CurvePoint(
            point["value"],
            {name: difference(_band(one, point["least"])) for name, one in point["effect"].items()},
        )
        for point in found["points"]
    ]
    return EffectCurve(found["place"], found["start"], tuple(points))


def _band(one: Mapping[str, Any], least: float) -> Band:
    low, mid, high = one["ends"]
    up, down, runs = one["signs"]
    return Band((low, mid, high), rounding_step(mid, low, high, least), signs=(up, down, runs))


def tried_levers(root: Path) -> dict[str, list[str]]:
    """Return the natural experiments of every lever that was tried somewhere."""
    found = load(FILE, TriedFile).root
    known = {"lever": levers_of(root), "experiment": experiment_ids(root)}
    for lever, names in found.items():
        for kind, name in (("lever", lever), *(("experiment", one) for one in names)):
            if name not in known[kind]:
                raise EweaError(
                    f"{FILE}: {lever}: there is no {kind} {name}; known: {', '.join(known[kind])}."
                )
    return found


def tried_results(root: Path) -> dict[str, Any]:
    """Return what happened in every natural experiment of a lever, beside the model; minutes."""
    names = sorted({name for names in tried_levers(root).values() for name in names})
    seeds = range(1, TRIED_SEEDS + 1)
    return {name: natural_experiment(root, name, seeds, TRIED_SCALE) for name in names}


def tried(root: Path, lever: str) -> list[dict[str, Any]]:
    """Return the shipped natural experiments of a lever."""
    if TRIED not in shipped.shipped_manifest()["files"]:
        return []
    known = shipped.document(TRIED)
    return [known[name] for name in tried_levers(root).get(lever, []) if name in known]
