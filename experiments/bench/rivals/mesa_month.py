"""The month as an idiomatic Mesa model.

Our month is timed on the processes of :data:`STEPS`, so neither is charged for what the other does not do.
"""

from collections import Counter
from math import exp
from types import SimpleNamespace
from typing import Any

from abm.codes import Employment, Housing, Intention, Schooling, Status
from abm.kernels.layout import JOB_LOSS, MOST_MONTHS, SCHOOL_YEAR_END
from abm.month.family import SUMMER
from abm.month.turn import terms_of_entry
from abm.month.work import learning_rate, work_rates
from abm.months import calendar_month
from abm.state import State
from experiments.bench.rivals.mesa_objects import ONWARD, RETURN, STAY, DecisionModel, HouseholdAgent
from experiments.bench.rivals.tables import MonthTables

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


def survey_answer(wish: float, ready: bool, cuts: list[float]) -> int:
    """Return the answer a wish gives."""
    if wish > cuts[1]:
        return WISH_RETURN
    if ready:
        return WISH_ONWARD
    return UNDECIDED if wish > cuts[0] else WISH_STAY


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
            + t["intent_duration"][min(self.months_displaced, MOST_MONTHS)]
            + t["schooling_return"][self.schooling]
            + self.row_terms(t["intent_row"])
            + self.opinion_return
        )
        level = cuts[2] + t["intent_onward"][self.place]
        ready = level + t["row_onward"][1] * self.readiness + self.opinion_onward > 0.0
        self.intention = survey_answer(wish, ready, cuts)
        self.aim = survey_answer(wish + t["intent_deed"][self.place][self.status], ready, cuts)

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
