"""Host countries: work, schools, housing, benefits, networks and onward moves."""

import numpy as np

from abm.codes import Employment
from abm.month.arrivals import host_draw
from abm.month.work import work_rates
from abm.state import State
from experiments.facts.bench import ACT, Bench, fact, lever

HALF = 0.5


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


fact(
    "A011",
    "onward moves rise with readiness, worse conditions, kin elsewhere and free admission",
    "+ + + -",
    lambda b: [
        b.shift("onward", readiness=1.0),
        b.shift("onward", housing=0),
        kin(b),
        b.between("onward_in", "NL", [lever("residence_requirement", "NL", 0.1)], []),
    ],
)
fact(
    "A012",
    "networks decide: close kin raise moving on more than a change of dwelling",
    "+",
    lambda b: kin(b) - b.shift("onward", housing=0),
    cannot="in this fit close kin and a place in reception weigh about the same, 0.16 and 0.17 log odds; no "
    "survey or register it uses tells them apart",
)
fact(
    "A053",
    "work and ties to the host lower return",
    "- -",
    lambda b: [b.shift("return", employed=1, employment=1), b.shift("return", integration=0.9)],
)
fact(
    "A066",
    "onward moves are rare: fewer than one in a hundred a month",
    "-",
    lambda b: b.odds("onward") + 4.6,
)
fact(
    "A079",
    "worse conditions drive onward moves: reception and a lost place",
    "+ +",
    lambda b: [b.shift("onward", housing=0), b.shift("onward", triggers=2)],
)
fact(
    "A083",
    "more work and skilled work hold people: a job at the own level lowers leaving",
    "- -",
    lambda b: [b.shift("return", employed=1, employment=2), b.shift("onward", employed=1, employment=2)],
)
fact(
    "A088",
    "work binds: lower return and fewer onward moves",
    "- -",
    lambda b: [b.shift("return", employed=1, employment=1), b.shift("onward", employed=1, employment=1)],
)
fact(
    "A111",
    "family and friends elsewhere raise onward moves",
    "+ +",
    lambda b: [kin(b), b.shift("onward", contacts_onward=1.0)],
)
fact(
    "A118",
    "onward moves change only when status or conditions change a lot: loss of status beats a benefit cut",
    "+",
    lambda b: b.shift("onward", status=5) - abs(b.shift("onward", lever("benefit_level", "NL", HALF))),
)
fact(
    "B046",
    "benefits count less for the settled than for newcomers, and less than a job",
    "+ +",
    lambda b: [
        abs(draw_change(b, "NL", HALF)) - abs(b.shift("return", lever("benefit_level", "NL", HALF))),
        abs(b.shift("onward", employed=1, employment=Employment.BELOW_LEVEL))
        - abs(b.shift("onward", lever("benefit_level", "NL", HALF))),
    ],
)
fact(
    "B047",
    "higher support, lower employment: half the support, more who find work",
    "+",
    lambda b: b.rate(finding, "DE", lever("benefit_level", "DE", HALF)),
)
fact(
    "B064",
    "a job programme raises employment",
    "+",
    lambda b: b.change("employed", "NL", lever("job_programme", "NL", 1.0)),
    "runs",
)
fact(
    "B065",
    "doubt about the law leaves people undecided, with the worst results at work",
    "-",
    lambda b: b.rate(
        lambda s: work_rates(s.world, s.month).find, "DE", lever("legal_uncertainty", "DE", 1.0)
    ),
)
fact(
    "B078",
    "own dwellings are hard to find where most live in reception: few leave it",
    "-",
    lambda b: _leave_rate(b),  # noqa: PLW0108 - defined below
)
fact("B082", "Ukrainian lessons online go with return", "+", lambda b: b.shift("return", schooling=3))
fact(
    "B104",
    "pay and jobs decide the choice of host more than benefits",
    "+",
    lambda b: b.base.coefficients["wage_per_500_eur"] - b.base.coefficients["benefit_choice"],
)
fact(
    "B117",
    "workers return less, but those with means return more",
    "- +",
    lambda b: [b.shift("return", employed=1, employment=1), b.shift("return", income=2)],
)
fact(
    "B126",
    "children in host schools keep families: lower return than Ukrainian lessons alone",
    "-",
    lambda b: b.odds("return", schooling=1) - b.odds("return", schooling=3),
)


def _leave_rate(b: Bench) -> float:
    """Return the rate of leaving reception in the Netherlands less the mean of the EU."""
    share = b.base.hosts.collective_share[ACT]
    nl = b.base.hosts.ids.index("NL")
    return float((1 - share[nl]) - np.mean(1 - share[b.base.hosts.is_eu]))
