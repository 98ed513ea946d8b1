"""War, territory, energy, economy and the outlook of Ukraine."""

import numpy as np

from abm.decision.terms import outlook
from abm.factors import MonthView
from abm.month.arrivals import push
from experiments.facts.bench import ACT, Bench, driver, fact, lever

LATE = ACT + 6
FRONT = ["UA12", "UA23", "UA63"]


def flight(b: Bench, *changes: object) -> float:
    """Return the change of the push out of Ukraine, mean over units, in the month it starts."""
    return float((push(b.world(*changes), ACT) - push(b.base, ACT)).mean())  # type: ignore[arg-type]


def wish(b: Bench, *changes: object) -> float:
    """Return what the outlook adds to the wish to return."""
    world = b.world(*changes)  # type: ignore[arg-type]
    return outlook(MonthView(world, LATE, np.zeros(len(world.hosts.ids)), base=b.base))


ATTACKS = driver("attack_intensity", 0.9)
CALM = driver("attack_intensity", 0.0)
BOOM, SLUMP = driver("economy", 2.0, None, "add"), driver("economy", -2.0, None, "add")
GUARANTEE = driver("security_guarantee", 1.0, None)
BORDERS = driver("occupied_share", 0.0)
LOST = driver("occupied_share", 0.8, FRONT)

fact(
    "A007",
    "the longer the war keeps people away, the fewer return",
    "-",
    lambda b: b.shift("return", months_displaced=60),
)
fact(
    "A008",
    "more attacks: more flight, fewer returns",
    "+ -",
    lambda b: [flight(b, ATTACKS), b.shift("return", ATTACKS)],
)
fact(
    "A009",
    "land regained: more return; more land lost: more flight",
    "+ +",
    lambda b: [
        b.shift("return", driver("occupied_share", 0.0), origin=b.base.origins.ids.index("UA65"))
        - b.shift("return", origin=b.base.origins.ids.index("UA65")),
        flight(b, LOST),
    ],
)
fact("A010", "a better economy in Ukraine: more return", "+", lambda b: b.shift("return", BOOM))
fact(
    "A047",
    "return rises with safety, with the economy and with return support",
    "+ + +",
    lambda b: [
        b.shift("return", CALM),
        b.shift("return", BOOM),
        b.shift("return", lever("return_cash", "NL", 2000.0)),
    ],
)
fact(
    "A048",
    "safety, a home and work in Ukraine each raise return",
    "+ - +",
    lambda b: [b.shift("return", CALM), b.shift("return", home=2), b.shift("return", BOOM)],
)
fact(
    "A050",
    "fewer from the south and east return than from the centre and west",
    "- -",
    lambda b: [
        b.shift("return", origin=b.base.origins.ids.index("UA65")),
        b.shift("return", origin=b.base.origins.ids.index("UA14")),
    ],
)
fact(
    "A054",
    "stricter mobilisation: draft-age men return less",
    "-",
    lambda b: (
        b.odds("return", lever("mobilisation", "UA", 2.0), persons=[0, 0, 1, 0, 0, 0, 0, 0])
        - b.odds("return", persons=[0, 0, 1, 0, 0, 0, 0, 0])
    ),
)
fact(
    "B002",
    "return falls with land lost and strikes, rises with the economy",
    "- - +",
    lambda b: [
        b.shift("return", driver("occupied_share", 1.0)),
        b.shift("return", ATTACKS),
        b.shift("return", BOOM),
    ],
)
fact(
    "B003",
    "duration -, intensity + flight and - return, territory, economy +",
    "- + - +",
    lambda b: [
        b.shift("return", months_displaced=60),
        flight(b, ATTACKS),
        b.shift("return", ATTACKS),
        b.shift("return", BOOM),
    ],
)
fact(
    "B017",
    "a collapse of the front snowballs: the second half of an advance drives out more than the first",
    "+",
    lambda b: _snowball(b),  # noqa: PLW0108 - defined below
)
fact(
    "B023",
    "failed reform and no prospect of EU membership lower the wish to return",
    "- +",
    lambda b: [wish(b, driver("reform", -1.0, None)), wish(b, driver("eu_accession", 1.0, None))],
)
fact(
    "B036",
    "after a cease-fire return depends on reconstruction: the economy matters more in peace",
    "+",
    lambda b: (
        (b.odds("return", CALM, GUARANTEE, BORDERS, BOOM) - b.odds("return", CALM, GUARANTEE, BORDERS))
        - (b.odds("return", BOOM) - b.odds("return"))
    ),
)
fact(
    "B058",
    "those from unsafe areas return less than others",
    "-",
    lambda b: b.shift("return", origin=b.base.origins.ids.index("UA14"), home=3),
)
fact(
    "B115",
    "territory, guarantees and reform each raise the wish; together more than the sum",
    "+ + + +",
    lambda b: [
        wish(b, GUARANTEE),
        wish(b, BORDERS, driver("security_guarantee", 0.01, None)),
        wish(b, driver("reform", 1.0, None)),
        wish(b, GUARANTEE, BORDERS)
        - wish(b, GUARANTEE)
        - wish(b, BORDERS, driver("security_guarantee", 0.01, None)),
    ],
)
fact(
    "B116",
    "the young react more to membership of the EU",
    "+",
    lambda b: (
        (b.odds("return", driver("eu_accession", 1.0, None), age_band=0) - b.odds("return", age_band=0))
        - b.shift("return", driver("eu_accession", 1.0, None))
    ),
)
fact(
    "B125",
    "a man of draft age, who fears stigma, returns less",
    "-",
    lambda b: b.shift("return", persons=[0, 0, 1, 0, 0, 0, 0, 0]),
)
fact(
    "A112",
    "more men leave: more people come",
    "+",
    lambda b: b.change("arrivals", "ALL", lever("exit_rule_men", "UA", 5.0)),
    "runs",
)


def _snowball(b: Bench) -> float:
    """Return flight in the second half of the collapse less the first, from the scenario itself."""
    from abm.months import month_index
    from abm.policy.scenario import scenario_world

    until = month_index("2027-09")
    collapse = scenario_world(b.root, until, "front_collapse")
    calm = scenario_world(b.root, until)
    extra = [
        float((push(collapse, m) - push(calm, m)) @ calm.origins.population)
        for m in range(month_index("2026-12"), month_index("2027-06"))
    ]
    return sum(extra[3:]) - sum(extra[:3])
