"""What is known of the effect of a lever: its curve at a few settings, where it was tried, and its grade.

``ewea app --precompute`` makes curves and trials. A curve is one lever by itself on the baseline, at the
default horizon. The grade is worked out from the status of the coefficients the lever acts on.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import RootModel

from abm.data.config import load
from abm.errors import EweaError
from abm.months import month_index, month_label
from abm.places import UKRAINE
from abm.policy.change import LeverChange
from abm.policy.lever import Lever
from dashboard.engine import shipped
from dashboard.engine.answer import NEEDED, Answer
from dashboard.engine.bands import Band, Difference, difference
from dashboard.engine.catalogue import Catalogue
from dashboard.engine.choice import DEFAULT_UNTIL, Choices, own_lever
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


Grade = Literal["judgement", "research", "measured"]

GRADES: tuple[Grade, ...] = ("judgement", "research", "measured")
"""From the weakest on; pages show one, two or three dots."""

_BY_STATUS: Mapping[str, Grade] = {"fitted": "measured", "prior": "research", "derived": "research"}

_STATUS = ("certainty_return", "certainty_onward", "no_status_return", "no_status_onward")
_ROUTES = ("after_apply", "route_interest_undecided", "route_interest_leaving")
_ASYLUM = ("asylum_claim_hazard", "asylum_ruling_hazard", "asylum_grant_share")
_HOUSING = ("leave_collective_hazard", "housing_work_factor", "collective_leave", "housing_loss_return")
_NEWCOMERS = ("deterred_men", "deterred_families", "deterred_regions", "deterred_divert", "refused_asylum")
_AFTER = ("after_asylum", "after_return", "after_move", "after_departure_months")
_LET_GO = ("flight_release_hazard",)

THROUGH: Mapping[str, tuple[str, ...]] = {
    "benefit": ("benefit_arrival_elasticity", "benefit_choice", "benefit_settled_share"),
    "find_work": ("job_return", "job_onward", "benefit_work_elasticity"),
    "job_level": ("job_at_level", "job_upgrade_hazard"),
    "language": ("integration_gain", "integration_return", "job_language_gain"),
    "collective_places": _HOUSING,
    "place_duty": _HOUSING,
    "priority_vulnerable": _HOUSING,
    "collective_stay_limit": (*_HOUSING, "limit_finds_home_share"),
    "own_contribution": _HOUSING[:2],
    "leave_collective": _HOUSING[:2],
    "rent_subsidy": ("subsidised_share", *_HOUSING[:2]),
    "admission": ("admission",),
    "visits": ("visit_hazard", "visit_gain", "ties_return"),
    "family_reunion": ("partner_joins_hazard", "partner_return"),
    "protection_end": (*_STATUS, *_ROUTES, *_AFTER),
    "protection_new": _NEWCOMERS,
    "protection_kept": (*_STATUS[2:], *_AFTER),
    "asylum_open": _ASYLUM,
    "asylum_claim": _ASYLUM,
    "asylum_ruling": _ASYLUM[1:],
    "asylum_grant": _ASYLUM[1:],
    "route_open": _ROUTES,
    "income_test": ("income_dispersion", "income_pay_ratio"),
    "permit_moves": ("settled_title_leave",),
    "legal_uncertainty": (*_STATUS[:2], "uncertainty_interest_gain", "uncertainty_asylum_gain"),
    "young_men_leave": (*_LET_GO, "flight_waiting_young_share", "flight_usual_young"),
    "men_leave": (*_LET_GO, "flight_waiting_men_share", "flight_usual_men", "partner_joins_hazard"),
    "mobilisation": ("draft_age_return", "draft_age_onward"),
    "remote_work": ("remote_return", "remote_share"),
}
"""Coefficients a mechanism works through, besides one that a lever names itself. The mechanisms left out add
to a utility by the coefficient of the lever alone."""


def coefficients_of(lever: Lever) -> tuple[str, ...]:
    """Return the coefficients a lever acts on."""
    found: dict[str, None] = {}
    for action in lever.acts_on:
        named = [action.at_example] if isinstance(action.at_example, str) else []
        found |= dict.fromkeys([*named, *THROUGH.get(action.mechanism, ())])
    return tuple(found)


def grade_of_lever(lever: Lever) -> Grade:
    """Return the grade that at least half of its coefficients reach."""
    status = {one["parameter"]: one["status"] for one in shipped.figures()["parameters"]}
    ranks = sorted(GRADES.index(_BY_STATUS.get(status[name], "judgement")) for name in coefficients_of(lever))
    return GRADES[ranks[(len(ranks) - 1) // 2]] if ranks else "judgement"


def grade_of(levers: Mapping[str, Lever], changes: Iterable[LeverChange]) -> Grade | None:
    """Return the weakest grade of the levers that are set; None where none is."""
    named = {change.lever for change in changes}
    return min((grade_of_lever(levers[name]) for name in named), key=GRADES.index, default=None)
