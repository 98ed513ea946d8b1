"""Legal status: end of protection, safe regions, routes, asylum, return support."""

import numpy as np

from abm.codes import Status
from abm.month.status import asylum_terms, eligible
from experiments.facts.bench import ACT, Bench, fact, lever

DOUBT = lever("legal_uncertainty", "NL", 1.0)
ENDS = lever("protection_end", "NL", float(ACT + 1))
REGION_NEW = lever("safe_regions_new", "NL", 1.0)
REGION_HELD = lever("safe_regions_holders", "NL", 1.0)


def route(b: Bench, name: str) -> int:
    """Return the number of a route."""
    return [r.id for r in b.base.routes].index(name)


fact(
    "A065",
    "doubt about the law sets off onward moves; an early, clear extension dampens them",
    "+ -",
    lambda b: [
        b.shift("onward", DOUBT, month=ACT + 17),
        b.odds("onward", lever("protection_end", "NL", float(ACT + 60)), month=ACT + 17)
        - b.odds("onward", month=ACT + 17),
    ],
)
fact(
    "B037",
    "stay under protection, options after it and ties each matter",
    "- - +",
    lambda b: [
        b.odds("return") - b.odds("return", status=Status.NONE),
        b.odds("return", status=Status.REGULAR_PERMIT) - b.odds("return", status=Status.NONE),
        b.shift("return", ties=1.0),
    ],
)
fact(
    "B042",
    "legal doubt: many apply for another status",
    "+",
    lambda b: b.change("applications", "PL", lever("legal_uncertainty", "PL", 1.0)),
    "runs",
)
fact(
    "B053", "a region rule raises asylum claims", "+", lambda b: b.change("asylum", "NL", REGION_HELD), "runs"
)
fact(
    "B054",
    "few come from the seven oblasts: less than a quarter in Switzerland",
    "-",
    lambda b: _seven(b) - 0.25,
)
fact(
    "B055",
    "a region rule for newcomers hardly moves onward migration: less than one in a hundred of the stock",
    "-",
    lambda b: (
        np.abs(b.change("onward_out", "NL", REGION_NEW))
        - 0.01 * np.array([r["stock"][-1, b.hosts("NL")].sum() for r in b.runs()])
    ),
    "runs",
)
fact(
    "B056",
    "a region rule can backfire: the people stay and claim asylum",
    "+ -",
    lambda b: [
        b.change("asylum", "NL", REGION_HELD),
        np.abs(b.change("stock", "NL", REGION_HELD)) - np.abs(b.change("protected", "NL", REGION_HELD)),
    ],
    "runs",
)
fact(
    "B088",
    "Finland: the income test stops more than half of those who apply",
    "+",
    lambda b: _failing(b, "fi_regular") - 0.5,
)
fact(
    "B090",
    "work is rewarded with stay: workers pass, those without a job do not",
    "+",
    lambda b: _passing(b, "regular_work", works=True) - _passing(b, "regular_work", works=False),
)
fact(
    "B093",
    "Czech income test: the main stumbling block; without it more pass",
    "+",
    lambda b: _failing(b, "cz_zdp") - 0.4,
)
fact(
    "B096",
    "France: insecure support goes with many more asylum claims than elsewhere",
    "+",
    lambda b: float(b.base.policy.now("asylum_claim", ACT)[b.base.hosts.ids.index("FR")]) - 4.0,
)
fact(
    "B100",
    "a residence requirement keeps permit holders from moving on",
    "-",
    lambda b: (
        b.odds("onward", lever("permit_residence_requirement", "EU", 0.3), status=Status.TRANSITION_PERMIT)
        - b.odds("onward", status=Status.TRANSITION_PERMIT)
    ),
)
fact(
    "B101",
    "a permit for the self-sufficient leaves the rest to move on: without a title onward moves rise",
    "+",
    lambda b: b.odds("onward", status=Status.NONE) - b.odds("onward", status=Status.TRANSITION_PERMIT),
)
fact(
    "B102",
    "when the perspective vanishes onward is considered before return: its odds rise more",
    "+",
    lambda b: (
        b.shift("onward", status=Status.NONE, triggers=4) - b.shift("return", status=Status.NONE, triggers=4)
    ),
)
fact(
    "B103",
    "rather an asylum claim than a move: claims rise more than onward moves",
    "+",
    lambda b: b.change("asylum", "NL", ENDS) - b.change("onward_out", "NL", ENDS),
    "runs",
)
fact(
    "B108",
    "without a status some consider return even in war",
    "+",
    lambda b: b.shift("return", status=Status.NONE),
)
fact(
    "B121",
    "go-and-see visits and help with housing and work raise return",
    "+ +",
    lambda b: [
        b.shift("return", lever("return_go_and_see", "NL", 1.0)),
        b.shift("return", lever("return_reintegration", "NL", 1.0)),
    ],
)
fact(
    "B122",
    "a return bonus adds a little: above none, below three tenths",
    "+ -",
    lambda b: [
        b.shift("return", lever("return_cash", "NL", 1000.0)),
        b.shift("return", lever("return_cash", "NL", 1000.0)) - 0.3,
    ],
)
fact(
    "B130",
    "asylum claims rise with doubt",
    "+",
    lambda b: b.rate(lambda s: asylum_terms(s)[0], "DE", lever("legal_uncertainty", "DE", 1.0)),
)


def _seven(b: Bench) -> float:
    """Return the share of the displaced in Switzerland from the seven western oblasts."""
    seven = ("UA07", "UA56", "UA46", "UA61", "UA21", "UA26", "UA73")
    units = [b.base.origins.ids.index(u) for u in seven]
    return float(b.base.composition.origin[b.base.hosts.ids.index("CH"), units].sum())


def _failing(b: Bench, name: str) -> float:
    """Return the share who fail the income test among those who meet all other conditions."""
    item = b.base.routes[route(b, name)]
    columns, income = b.population(item.hosts[0])
    others = [c for c in item.conditions if c.column not in ("income_eur_month", "employed")]
    ones = np.ones(len(income))
    rest = eligible(others, columns, income, ones)
    every = eligible(item.conditions, columns, income, ones)
    weight = columns["stands_for"].astype(float)
    return 1.0 - float((weight * every).sum() / (weight * rest).sum())


def _passing(b: Bench, name: str, works: bool) -> float:
    item = b.base.routes[route(b, name)]
    columns, income = b.population("NL")
    chosen = (columns["employed"] > 0) == works
    return float(eligible(item.conditions, columns, income, np.ones(len(income)))[chosen].mean())
