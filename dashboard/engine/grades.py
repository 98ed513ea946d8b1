"""How well the effect of a lever is known: worked out from the status of the coefficients it acts on."""

from collections.abc import Iterable, Mapping
from typing import Literal

from abm.policy.change import LeverChange
from abm.policy.lever import Lever
from dashboard.engine import shipped

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
