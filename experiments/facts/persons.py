"""Who the people are: sex, age, family, duration, ties."""

import numpy as np

from abm.codes import FamilyInUkraine
from experiments.facts.bench import Bench, fact, lever

MAN = [0, 0, 1, 0, 0, 0, 0, 0]
WOMAN = [1, 0, 0, 0, 0, 0, 0, 0]


def near_less_far(b: Bench) -> float:
    """Return the log odds of return in Ukraine's neighbours less elsewhere, each weighted by the registers.

    One pair of hosts would not do: a host's own level may hide what distance does.
    """
    hosts = b.base.hosts
    persons = np.nan_to_num(b.base.registers.stock[b.base.registers.last_month])
    odds = np.array([b.odds("return", place=place) for place in range(len(hosts.ids))])
    near, far = hosts.is_neighbour, ~hosts.is_neighbour
    return float(np.average(odds[near], weights=persons[near]) - np.average(odds[far], weights=persons[far]))


fact(
    "A006",
    "as the war lasts host factors gain: time in the host lowers leaving, the duration of the war return",
    "- -",
    lambda b: [b.shift("onward", months_here=48), b.shift("return", months_displaced=48)],
)
fact(
    "A035",
    "most wait and see: nobody's monthly odds of leaving exceed one in ten",
    "- -",
    lambda b: [b.odds("return") + 2.3, b.odds("onward") + 2.3],
)
fact(
    "A049",
    "family, patriotism and Ukrainian schooling raise return",
    "+ + +",
    lambda b: [
        b.shift("return", family=FamilyInUkraine.PARTNER),
        b.shift("return", attachment=1.0),
        b.shift("return", schooling=3),
    ],
)
fact(
    "A051",
    "temporary return is common: most who come home are still in reach of leaving again",
    "+",
    lambda b: b.base.coefficients["redeparture_hazard"],
)
fact(
    "A077",
    "women have more ties and return more; men move on more",
    "+ -",
    lambda b: [
        b.odds("return", persons=WOMAN, schooling=0) - b.odds("return", persons=MAN, schooling=0),
        b.odds("onward", persons=WOMAN, schooling=0) - b.odds("onward", persons=MAN, schooling=0),
    ],
)
fact(
    "A078",
    "draft-age men return less",
    "-",
    lambda b: b.shift("return", persons=MAN, schooling=0) - b.shift("return", persons=WOMAN, schooling=0),
)
fact(
    "B105",
    "return falls with time abroad and fading ties",
    "- -",
    lambda b: [b.shift("return", months_displaced=48), b.shift("return", ties=0.2)],
)
fact(
    "B106",
    "return is lower far away, with a job, for men, and for the young",
    "+ - - -",
    lambda b: [
        near_less_far(b),
        b.shift("return", employed=1, employment=1),
        b.odds("return", persons=MAN, schooling=0) - b.odds("return", persons=WOMAN, schooling=0),
        b.shift("return", age_band=0),
    ],
)
fact(
    "B107",
    "a partner in Ukraine raises return more than a parent, a remote job or higher income",
    "+ + + +",
    lambda b: [
        b.shift("return", family=FamilyInUkraine.PARTNER),
        b.shift("return", family=FamilyInUkraine.PARTNER) - b.shift("return", family=FamilyInUkraine.PARENT),
        b.shift("return", family=FamilyInUkraine.PARTNER) - b.shift("return", works_remotely=1),
        b.shift("return", family=FamilyInUkraine.PARTNER) - b.shift("return", income=2),
    ],
)
fact(
    "B109",
    "hosts differ in who they hold: return is higher from Bulgaria than from Norway",
    "+",
    lambda b: (
        b.odds("return", place=b.base.hosts.ids.index("BG"))
        - b.odds("return", place=b.base.hosts.ids.index("NO"))
    ),
)
fact("B112", "ties kept by visits raise return", "+", lambda b: b.shift("return", ties=0.9))
fact(
    "B118",
    "outcomes are not binary: returnees leave again and remote workers live in two countries",
    "+ +",
    lambda b: [b.base.coefficients["redeparture_hazard"], b.shift("return", works_remotely=1)],
)
fact(
    "B120",
    "another place in Ukraine is refused: relocation lowers the worth of return",
    "-",
    lambda b: b.base.coefficients["relocation"],
)
fact(
    "B127",
    "freer travel strengthens ties and with them return",
    "+",
    lambda b: b.change("returns", "EU", lever("travel_allowance", "EU", 2.0)),
    "runs",
)
fact(
    "A115",
    "a lost right after a stay in Ukraine matters: return support without loss of status helps",
    "+",
    lambda b: b.shift("return", lever("return_go_and_see", "NL", 1.0)),
)
