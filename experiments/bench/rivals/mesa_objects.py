"""Decision and month as idiomatic Mesa models: one Python object per household, ``step()`` by shuffle.

Written as a Mesa modeller who cares for speed writes it: plain Python numbers and lists, month tables on the
model, no NumPy inside the loop. Where Mesa could be charged or spared, it is spared: a sample of households
fits the processor's cache better than all of them, and the month tables are handed over ready-made. Our month
is timed on the processes of :data:`STEPS`, so neither is charged for what the other does not do.
"""

from collections import Counter
from math import exp, log
from types import SimpleNamespace
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray

from abm.arrays import Integers
from abm.codes import Choice, Employment, Housing, Intention, Schooling, Status
from abm.kernels.layout import JOB_LOSS, MOST_MONTHS, ROW_FACTORS, SCHOOL_YEAR_END
from abm.month.family import SUMMER
from abm.month.turn import terms_of_entry
from abm.month.work import learning_rate, work_rates
from abm.months import calendar_month
from abm.state import State
from experiments.bench.rivals.tables import MonthTables

STAY, RETURN, ONWARD = int(Choice.STAY), int(Choice.RETURN), int(Choice.ONWARD)
LOOKED_UP = ("host", "entry", "profile", "duration", "schooling", "trigger", "intention", "row")


class HouseholdAgent(mesa.Agent):
    """One household that decides; attributes as the columns of :mod:`abm.households`."""

    def __init__(self, model: mesa.Model, attributes: dict[str, Any]) -> None:
        super().__init__(model)
        vars(self).update(attributes)
        self.destination = -1

    def step(self) -> None:
        """Decide, and nothing else."""
        self.decide()

    def weigh_hosts(self) -> list[float]:
        """Return the logit weight of every host inside the onward nest; 0 for the present one."""
        t, scale = self.model.t, self.model.onward_scale
        weights = [exp(v / scale) for v in t["destination"][self.place][self.employment]]
        for host in self.kin_hosts:
            if host >= 0:
                weights[host] *= self.model.kin_factor
        weights[self.place] = 0.0
        return weights

    def return_value(self, origin: str = "return_origin", elsewhere: str = "return_elsewhere") -> float:
        """Return the inclusive value of the two places in Ukraine."""
        t, mu = self.model.t, self.model.return_scale
        own, other = t[origin][self.origin][self.home], t[elsewhere][self.origin][self.home]
        return mu * log(exp(own / mu) + exp(other / mu))

    def row_terms(self, w: list[float]) -> float:
        """Return the part of a utility that depends on the continuous columns."""
        return (
            w[0] * self.attachment + w[1] * self.readiness + w[2] * self.ties
            + w[3] * self.integration + w[4] * self.contacts_returned + w[5] * self.contacts_onward
        )  # fmt: skip

    def common_terms(self, alternative: str, duration: int) -> float:
        """Return what the utilities of return and of moving onward look up alike."""
        host, entry, profile, months, schooling, trigger, intention, row = self.model.looked_up[alternative]
        return (
            host[self.place][self.status][self.employment][self.housing]
            + entry[self.place][self.employment][min(self.months_here, MOST_MONTHS)]
            + profile[self.profile]
            + months[min(duration, MOST_MONTHS)]
            + schooling[self.schooling]
            + trigger[self.triggers]
            + intention[self.intention]
            + self.row_terms(row)
        )

    def decide(self) -> None:
        """Choose between staying, the places in Ukraine and all other hosts."""
        self.choice = STAY
        model = self.model
        if self.place == model.n_hosts or self.months_here == 0:
            return
        weights = self.weigh_hosts()
        odds_return = exp(self.return_value() + self.common_terms("return", self.months_displaced))
        odds_onward = exp(
            model.onward_scale * log(sum(weights)) + self.common_terms("onward", self.months_here)
        )
        u = self.random.random() * (1.0 + odds_return + odds_onward)
        if u < odds_return:
            self.choice = RETURN
        elif u < odds_return + odds_onward:
            self.choice = ONWARD
            self.destination = self.random.choices(model.hosts, weights)[0]


class DecisionModel(mesa.Model):
    """A Mesa model whose households only decide; ``rows`` as :func:`household_rows` returns them."""

    def __init__(
        self,
        rows: list[dict[str, Any]],
        t: MonthTables,
        seed: int,
        kind: type[HouseholdAgent] = HouseholdAgent,
    ) -> None:
        super().__init__(rng=seed)
        self.t = t.as_lists()
        self.n_hosts = t.n_hosts
        self.hosts = range(t.n_hosts)
        self.return_scale, self.onward_scale = self.t["scales"]
        self.kin_factor = exp(self.t["kin"][0] / self.onward_scale)
        self.looked_up = {
            alternative: [self.t[f"{table}_{alternative}"] for table in LOOKED_UP]
            for alternative in ("return", "onward")
        }
        self.households = [kind(self, row) for row in rows]

    def step(self) -> None:
        """Let every household step, in random order."""
        self.agents.shuffle_do("step")


def household_rows(columns: dict[str, NDArray[np.generic]], rows: Integers) -> list[dict[str, Any]]:
    """Return the attributes of some households as plain Python values."""
    lists = {name: column[rows].tolist() for name, column in columns.items()}
    for name in ROW_FACTORS:
        lists[name] = [float(value) for value in lists[name]]
    return [dict(zip(lists, values, strict=True)) for values in zip(*lists.values(), strict=True)]


PROTECTED, ASYLUM = int(Status.TEMPORARY_PROTECTION), int(Status.ASYLUM_PENDING)
NO_STATUS, NOT_NEEDED = int(Status.NONE), int(Status.NOT_NEEDED)
NO_JOB, BELOW_LEVEL, AT_LEVEL = int(Employment.NONE), int(Employment.BELOW_LEVEL), int(Employment.AT_LEVEL)
COLLECTIVE, HOSTED, INDEPENDENT = int(Housing.COLLECTIVE), int(Housing.HOSTED), int(Housing.INDEPENDENT)
NO_MINORS, IN_HOST_SCHOOL = int(Schooling.NO_MINORS), int(Schooling.HOST)
BOTH, ONLINE = int(Schooling.BOTH), int(Schooling.UKRAINIAN_ONLINE)
WISH_STAY, UNDECIDED = int(Intention.STAY), int(Intention.UNDECIDED)
WISH_RETURN, WISH_ONWARD = int(Intention.RETURN), int(Intention.ONWARD)

STEPS = {
    "start_month": "conditions, MonthlyHousehold.step",
    "work": "MonthlyHousehold.work",
    "integration": "MonthlyHousehold.go_to_school",
    "schooling": "MonthlyHousehold.go_to_school",
    "intention": "MonthlyHousehold.answer",
    "decide": "HouseholdAgent.decide",
    "move": "MonthlyHousehold.move",
    "end_month": "MonthlyHousehold.move, MonthModel.observe",
}
"""Where these processes of the schedule are done here."""


def conditions(state: State) -> SimpleNamespace:
    """Return what is in force in the month as plain lists by host, and the coefficients."""
    world, month = state.world, state.month
    protected, collective_share = terms_of_entry(world, month)
    by_host = {
        **work_rates(world, month)._asdict(),
        "learn": learning_rate(world, month),
        "collective_share": collective_share,
        "protected": protected,
    }
    return SimpleNamespace(
        **{name: values.tolist() for name, values in by_host.items()},
        coefficients=dict(world.coefficients),
        school_year_ends=calendar_month(month) in SUMMER,
    )


class MonthlyHousehold(HouseholdAgent):
    """One household that lives through a month."""

    def step(self) -> None:
        """Go through the month in the order of the schedule."""
        self.choice = STAY  # who came home last month is not counted again
        if self.place == self.model.n_hosts:
            self.months_here += 1
            return
        self.triggers = 0
        self.work()
        self.go_to_school()
        self.answer()
        self.decide()
        self.move()

    def work(self) -> None:
        """Find, lose or improve a job."""
        adults = sum(self.persons[:4])
        if adults == 0:
            return
        now, u, employed = self.model.now, self.random.random(), self.employed
        c, random = now.coefficients, self.random.random
        find = now.find[self.place][min(self.months_here, MOST_MONTHS)]
        if self.status == NO_STATUS:
            find *= c["job_without_status"]
        chance = (adults - employed) * find * (1.0 + c["job_language_gain"] * self.integration)
        if u < min(0.9, chance):
            self.employed = employed + 1
            if employed == 0:
                self.employment = AT_LEVEL if random() < c["job_at_level_share"] else BELOW_LEVEL
        elif u > 1.0 - employed * now.lose[self.place]:
            self.employed = employed - 1
            if employed == 1:
                self.employment = NO_JOB
                self.triggers |= JOB_LOSS
        elif self.employment == BELOW_LEVEL and random() < now.upgrade[self.place] * self.integration:
            self.employment = AT_LEVEL

    def go_to_school(self) -> None:
        """Learn; the minors enter a host school or drop the Ukrainian one."""
        now = self.model.now
        c = now.coefficients
        gain = now.learn[self.place] * (1.0 + c["integration_work_gain"] if self.employed > 0 else 1.0)
        self.integration += gain * (1.0 - self.integration)
        schooling = self.schooling
        if schooling == NO_MINORS:
            return
        if now.school_year_ends:
            self.triggers |= SCHOOL_YEAR_END
        if schooling == ONLINE:
            if self.random.random() < c["enter_school_hazard"]:
                self.schooling = BOTH
        elif schooling == BOTH and self.random.random() < c["leave_online_hazard"]:
            self.schooling = IN_HOST_SCHOOL

    def answer(self) -> None:
        """Answer a survey: stay, undecided, return or onward; the personal error persists."""
        t = self.model.t
        cuts = t["intent_cuts"]
        wish = (
            self.return_value("wish_origin", "wish_elsewhere")
            + t["intent_host"][self.place]
            + t["profile_return"][self.profile]
            + t["duration_return"][min(self.months_displaced, MOST_MONTHS)]
            + t["schooling_return"][self.schooling]
            + self.row_terms(t["intent_row"])
            + self.opinion_return
        )
        if wish > cuts[1]:
            self.intention = WISH_RETURN
        elif cuts[2] + t["row_onward"][1] * self.readiness + self.opinion_onward > 0.0:
            self.intention = WISH_ONWARD
        else:
            self.intention = UNDECIDED if wish > cuts[0] else WISH_STAY

    def move(self) -> None:
        """Carry out the choice and book the flow."""
        self.months_here += 1
        self.months_displaced += 1
        model = self.model
        if self.choice == RETURN:
            t, mu = model.t, model.return_scale
            own = exp(t["return_origin"][self.origin][self.home] / mu)
            other = exp(t["return_elsewhere"][self.origin][self.home] / mu)
            home = self.random.random() * (own + other) < own
            self.leave_for(model.n_hosts, "return")
            self.ukraine_unit = self.origin if home else self.random.randrange(len(t["return_origin"]))
            self.status, self.housing, self.ties = NOT_NEEDED, INDEPENDENT, 1.0
        elif self.choice == ONWARD:
            host, now = self.destination, model.now
            self.leave_for(host, "onward")
            self.status = PROTECTED if now.protected[host] else ASYLUM
            self.integration, u, share = 0.0, self.random.random(), now.collective_share[host]
            self.housing = COLLECTIVE if u < share else HOSTED if u < 0.5 + 0.5 * share else INDEPENDENT

    def leave_for(self, place: int, flow: str) -> None:
        """Start anew in another place."""
        self.model.flows[flow, self.place, place] += sum(self.persons)
        self.last_place, self.place, self.ukraine_unit = self.place, place, -1
        self.months_here = self.employed = self.triggers = self.months_collective = 0
        self.employment = NO_JOB
        if self.schooling != NO_MINORS:
            self.schooling = ONLINE


class MonthModel(DecisionModel):
    """A Mesa model of these processes; ``rows`` hold all columns, ``now`` what is in force."""

    def __init__(self, rows: list[dict[str, Any]], t: MonthTables, seed: int, now: SimpleNamespace) -> None:
        super().__init__(rows, t, seed, MonthlyHousehold)
        self.now = now
        self.flows: Counter[tuple[str, int, int]] = Counter()
        self.counts: Counter[tuple[int, str, int]] = Counter()

    def observe(self) -> None:
        """Count persons by host, status, dwelling and answer, and the adults at work."""
        self.counts.clear()
        for household in self.agents:
            here = household.place
            if here == self.n_hosts:
                continue
            total = sum(household.persons)
            for name in ("status", "housing", "intention"):
                self.counts[here, name, getattr(household, name)] += total
            self.counts[here, "working_age", 0] += sum(household.persons[:4])
            self.counts[here, "employed", 0] += household.employed

    def step(self) -> None:
        """Simulate one month."""
        super().step()
        self.observe()
