"""How the facts of ``configs/facts.yaml`` are measured: one number, an array over seeds, or a list of either.

Numbers stand in the order of the signs expected; a constant is the limit the evidence names.
"""

from collections.abc import Callable

import numpy as np

from abm.arrays import Floats
from abm.codes import Employment, FamilyInUkraine, Status
from abm.factors import MonthView
from abm.factors.outlook import outlook
from abm.month.arrival_level import host_draw, push
from abm.month.status import eligible, title_rates
from abm.month.work import work_rates
from abm.months import month_index, month_label
from abm.policy.change import DriverChange, LeverChange
from abm.policy.scenario import scenario_world
from abm.state import State
from experiments.facts.bench import ACT, Bench, driver, lever

MAN = [0, 0, 1, 0, 0, 0, 0, 0]
WOMAN = [1, 0, 0, 0, 0, 0, 0, 0]
HALF = 0.5
WORKING = {"employed": 1, "employment": int(Employment.BELOW_LEVEL)}
AT_OWN_LEVEL = {"employed": 1, "employment": int(Employment.AT_LEVEL)}

PARTNER = {"family": FamilyInUkraine.PARTNER}
LONG, LONGER = {"months_displaced": 48}, {"months_displaced": 60}

GO_AND_SEE, CASH = lever("return_go_and_see", "NL", 1.0), lever("return_cash", "NL", 1000.0)
CUT = lever("benefit_level", "NL", HALF)
DOUBT = lever("legal_uncertainty", "NL", 1.0)
ENDS = lever("protection_end", "NL", month_label(ACT + 1))
REGION_NEW = lever("safe_regions_new", "NL", 1.0)
REGION_HELD = lever("safe_regions_holders", "NL", 1.0)

LATE = ACT + 6
FRONT = ["UA12", "UA23", "UA63"]
ATTACKS = driver("attack_intensity", 0.9)
CALM = driver("attack_intensity", 0.0)
BOOM = driver("economy", 2.0, None, "add")
GUARANTEE, FAINT_GUARANTEE = (driver("security_guarantee", value, None) for value in (1.0, 0.01))
BORDERS = driver("occupied_share", 0.0)
MEMBERSHIP = driver("eu_accession", 1.0, None)
LOST = driver("occupied_share", 0.8, FRONT)


def claim_rates(state: State) -> Floats:
    """Return the monthly probability that a holder of protection claims asylum, by host."""
    expired = state.world.hosts.protection_end <= state.month
    return title_rates(state.world, state.month, expired, ahead=True).claims


def near_less_far(b: Bench) -> float:
    """Return the log odds of return in neighbours less elsewhere, both weighted by the registers."""
    hosts = b.base.hosts
    persons = np.nan_to_num(b.base.registers.stock_by(b.base.registers.last_month))
    odds = np.array([b.odds("return", place=place) for place in range(len(hosts.ids))])
    near, far = hosts.is_neighbour, ~hosts.is_neighbour
    return float(np.average(odds[near], weights=persons[near]) - np.average(odds[far], weights=persons[far]))


def man_less_woman(b: Bench, way: str) -> float:
    """Return the log odds of a man of draft age alone less those of a woman alone."""
    return b.odds(way, persons=MAN, schooling=0) - b.odds(way, persons=WOMAN, schooling=0)


def draw_change(b: Bench, place: str, value: float) -> float:
    """Return the change of the attraction of a host to newcomers when its cash support changes."""
    host = b.base.hosts.ids.index(place)
    world = b.world(lever("benefit_level", place, value))
    return float(host_draw(world, ACT + 1)[host] - host_draw(b.base, ACT + 1)[host])


def finding(state: State) -> np.ndarray:
    """Return the hazard of finding work, float64[H, completed months there]."""
    return work_rates(state.world, state.month).find


def kin(b: Bench) -> float:
    """Return what close kin in Germany add to the log odds of moving on."""
    return b.shift("onward", kin_hosts=[b.base.hosts.ids.index("DE"), -1])


def leave_rate(b: Bench) -> float:
    """Return the rate of leaving reception in the Netherlands less the mean of the EU."""
    share = b.base.hosts.collective_share[ACT]
    nl = b.base.hosts.ids.index("NL")
    return float((1 - share[nl]) - np.mean(1 - share[b.base.hosts.is_eu]))


def seven_oblasts(b: Bench) -> float:
    """Return the share of the displaced in Switzerland from the seven western oblasts."""
    seven = ("UA07", "UA56", "UA46", "UA61", "UA21", "UA26", "UA73")
    units = [b.unit(name) for name in seven]
    return float(b.base.composition.origin[b.base.hosts.ids.index("CH"), units].sum())


def failing(b: Bench, name: str) -> float:
    """Return the share who fail the income test of a route among those who meet all other conditions."""
    item = next(route for route in b.base.routes if route.id == name)
    columns, income = b.population(item.hosts[0])
    others = [c for c in item.conditions if c.column not in ("income_eur_month", "employed")]
    ones = np.ones(len(income))
    rest = eligible(others, columns, income, ones)
    every = eligible(item.conditions, columns, income, ones)
    weight = columns["stands_for"].astype(float)
    return 1.0 - float((weight * every).sum() / (weight * rest).sum())


def passing(b: Bench, name: str, works: bool) -> float:
    """Return the share of those in the Netherlands with or without a job who meet a route's conditions."""
    item = next(route for route in b.base.routes if route.id == name)
    columns, income = b.population("NL")
    chosen = (columns["employed"] > 0) == works
    return float(eligible(item.conditions, columns, income, np.ones(len(income)))[chosen].mean())


def flight(b: Bench, *changes: LeverChange | DriverChange) -> float:
    """Return the change of the push out of Ukraine, mean over units, in the month it starts."""
    return float((push(b.world(*changes), ACT) - push(b.base, ACT)).mean())


def outlook_adds(b: Bench, *changes: LeverChange | DriverChange) -> float:
    """Return what the outlook adds to the intention to return."""
    world = b.world(*changes)
    return outlook(MonthView(world, LATE, np.zeros(len(world.hosts.ids)), base=b.base))


def snowball(b: Bench) -> float:
    """Return flight in the second half of the collapse less the first, from the scenario itself."""
    until = month_index("2027-09")
    collapse = scenario_world(b.root, until, "front_collapse")
    calm = scenario_world(b.root, until)
    extra = [
        float((push(collapse, m) - push(calm, m)) @ calm.origins.population)
        for m in range(month_index("2026-12"), month_index("2027-06"))
    ]
    return sum(extra[3:]) - sum(extra[:3])


MEASURES: dict[str, Callable[[Bench], object]] = {
    # Who the people are: sex, age, family, duration, ties.
    "A006": lambda b: [b.shift("onward", months_here=48), b.shift("return", **LONG)],
    "A035": lambda b: [b.odds("return") + 2.3, b.odds("onward") + 2.3],
    "A049": lambda b: b.shifts("return", PARTNER, {"attachment": 1.0}, {"schooling": 3}),
    "A051": lambda b: b.base.coefficients["redeparture_hazard"],
    "A077": lambda b: [-man_less_woman(b, "return"), -man_less_woman(b, "onward")],
    "A078": lambda b: man_less_woman(b, "return"),
    "B105": lambda b: b.shifts("return", LONG, {"ties": 0.2}),
    "B106": lambda b: [
        near_less_far(b),
        b.shift("return", **WORKING),
        man_less_woman(b, "return"),
        b.shift("return", age_band=0),
    ],
    "B107": lambda b: [
        b.shift("return", **PARTNER),
        *(
            b.shift("return", **PARTNER) - other
            for other in b.shifts(
                "return", {"family": FamilyInUkraine.PARENT}, {"works_remotely": 1}, {"income": 2}
            )
        ),
    ],
    "B109": lambda b: float(
        np.subtract(*(b.odds("return", place=b.base.hosts.ids.index(host)) for host in ("BG", "NO")))
    ),
    "B112": lambda b: b.shift("return", ties=0.9),
    "B118": lambda b: [b.base.coefficients["redeparture_hazard"], b.shift("return", works_remotely=1)],
    "B120": lambda b: b.base.coefficients["relocation"],
    "B127": lambda b: b.change("returns", "EU", lever("travel_allowance", "EU", 2.0)),
    "A115": lambda b: b.shift("return", GO_AND_SEE),
    # Host countries: work, schools, housing, benefits, networks and onward moves.
    "A011": lambda b: [
        *b.shifts("onward", {"readiness": 1.0}, {"housing": 0}),
        kin(b),
        b.change("onward_in", "NL", lever("residence_requirement", "NL", 0.1)),
    ],
    "A012": lambda b: kin(b) - b.shift("onward", housing=0),
    "A053": lambda b: b.shifts("return", WORKING, {"integration": 0.9}),
    "A066": lambda b: b.odds("onward") + 4.6,
    "A079": lambda b: b.shifts("onward", {"housing": 0}, {"triggers": 2}),
    "A083": lambda b: [b.shift("return", **AT_OWN_LEVEL), b.shift("onward", **AT_OWN_LEVEL)],
    "A088": lambda b: [b.shift("return", **WORKING), b.shift("onward", **WORKING)],
    "A111": lambda b: [kin(b), b.shift("onward", contacts_onward=1.0)],
    "A118": lambda b: b.shift("onward", status=Status.NONE) - abs(b.shift("onward", CUT)),
    "B046": lambda b: [
        abs(draw_change(b, "NL", HALF)) - abs(b.shift("return", CUT)),
        abs(b.shift("onward", **WORKING)) - abs(b.shift("onward", CUT)),
    ],
    "B047": lambda b: b.rate(finding, "DE", lever("benefit_level", "DE", HALF)),
    "B064": lambda b: b.change("employed", "NL", lever("job_programme", "NL", 1.0)),
    "B065": lambda b: b.rate(finding, "DE", lever("legal_uncertainty", "DE", 1.0)),
    "B078": leave_rate,
    "B082": lambda b: b.shift("return", schooling=3),
    "B104": lambda b: b.base.coefficients["wage_per_500_eur"] - b.base.coefficients["benefit_choice"],
    "B117": lambda b: b.shifts("return", WORKING, {"income": 2}),
    "B126": lambda b: b.odds("return", schooling=1) - b.odds("return", schooling=3),
    # Legal status: end of protection, safe regions, routes, asylum, return support.
    "A065": lambda b: [
        # The end known then, March 2026, is ten months away.
        b.shift("onward", DOUBT, month=ACT + 2),
        b.odds("onward", lever("protection_end", "NL", month_label(ACT + 60)), month=ACT + 2)
        - b.odds("onward", month=ACT + 2),
    ],
    "B037": lambda b: [
        b.odds("return") - b.odds("return", status=Status.NONE),
        b.odds("return", status=Status.REGULAR_PERMIT) - b.odds("return", status=Status.NONE),
        b.shift("return", ties=1.0),
    ],
    "B042": lambda b: b.change("applications", "PL", lever("legal_uncertainty", "PL", 1.0)),
    "B053": lambda b: b.change("asylum", "NL", REGION_HELD),
    "B054": lambda b: seven_oblasts(b) - 0.25,
    "B055": lambda b: (
        np.abs(b.change("onward_out", "NL", REGION_NEW))
        - 0.01 * np.array([r["stock"][-1, b.hosts("NL")].sum() for r in b.runs()])
    ),
    "B056": lambda b: [
        b.change("asylum", "NL", REGION_HELD),
        np.abs(b.change("stock", "NL", REGION_HELD)) - np.abs(b.change("protected", "NL", REGION_HELD)),
    ],
    "B088": lambda b: failing(b, "fi_regular") - 0.5,
    "B090": lambda b: passing(b, "regular_work", works=True) - passing(b, "regular_work", works=False),
    "B093": lambda b: failing(b, "cz_zdp") - 0.4,
    "B096": lambda b: float(b.base.policy.now("asylum_claim", ACT)[b.base.hosts.ids.index("FR")]) - 4.0,
    "B100": lambda b: (
        b.odds("onward", lever("permit_residence_requirement", "EU", 0.3), status=Status.TRANSITION_PERMIT)
        - b.odds("onward", status=Status.TRANSITION_PERMIT)
    ),
    "B101": lambda b: (
        b.odds("onward", status=Status.NONE) - b.odds("onward", status=Status.TRANSITION_PERMIT)
    ),
    "B102": lambda b: (
        b.shift("onward", status=Status.NONE, triggers=4) - b.shift("return", status=Status.NONE, triggers=4)
    ),
    "B103": lambda b: b.change("asylum", "NL", ENDS) - b.change("onward_out", "NL", ENDS),
    "B108": lambda b: b.shift("return", status=Status.NONE),
    "B121": lambda b: b.shifts("return", GO_AND_SEE, lever("return_reintegration", "NL", 1.0)),
    "B122": lambda b: [b.shift("return", CASH), b.shift("return", CASH) - 0.3],
    "B130": lambda b: b.rate(claim_rates, "DE", lever("legal_uncertainty", "DE", 1.0)),
    # War, territory, energy, economy and the outlook of Ukraine.
    "A007": lambda b: b.shift("return", **LONGER),
    "A008": lambda b: [flight(b, ATTACKS), b.shift("return", ATTACKS)],
    "A009": lambda b: [
        b.shift("return", BORDERS, origin=b.unit("UA65")) - b.shift("return", origin=b.unit("UA65")),
        flight(b, LOST),
    ],
    "A010": lambda b: b.shift("return", BOOM),
    "A047": lambda b: b.shifts("return", CALM, BOOM, lever("return_cash", "NL", 2000.0)),
    "A048": lambda b: b.shifts("return", CALM, {"home": 2}, BOOM),
    "A050": lambda b: b.shifts("return", {"origin": b.unit("UA65")}, {"origin": b.unit("UA14")}),
    "A054": lambda b: (
        b.odds("return", lever("mobilisation", "UA", 2.0), persons=MAN) - b.odds("return", persons=MAN)
    ),
    "B002": lambda b: b.shifts("return", driver("occupied_share", 1.0), ATTACKS, BOOM),
    "B003": lambda b: [b.shift("return", **LONGER), flight(b, ATTACKS), *b.shifts("return", ATTACKS, BOOM)],
    "B017": snowball,
    "B023": lambda b: [outlook_adds(b, driver("reform", -1.0, None)), outlook_adds(b, MEMBERSHIP)],
    "B036": lambda b: (
        (b.odds("return", CALM, GUARANTEE, BORDERS, BOOM) - b.odds("return", CALM, GUARANTEE, BORDERS))
        - (b.odds("return", BOOM) - b.odds("return"))
    ),
    "B058": lambda b: b.shift("return", origin=b.unit("UA14"), home=3),
    "B115": lambda b: [
        outlook_adds(b, GUARANTEE),
        outlook_adds(b, BORDERS, FAINT_GUARANTEE),
        outlook_adds(b, driver("reform", 1.0, None)),
        outlook_adds(b, GUARANTEE, BORDERS)
        - outlook_adds(b, GUARANTEE)
        - outlook_adds(b, BORDERS, FAINT_GUARANTEE),
    ],
    "B116": lambda b: (
        (b.odds("return", MEMBERSHIP, age_band=0) - b.odds("return", age_band=0))
        - b.shift("return", MEMBERSHIP)
    ),
    "B125": lambda b: b.shift("return", persons=MAN),
    "A112": lambda b: b.change("arrivals", "ALL", lever("exit_rule_men", "UA", 5.0)),
}
"""What is measured for every row of the evidence."""
