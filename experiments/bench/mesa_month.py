"""The full month as an idiomatic Mesa model: every process of the schedule inside ``step()``."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import exp, inf
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from abm.codes import AgeBand, Employment, FamilyInUkraine, Housing, Intention, PersonKind, Schooling, Status
from abm.flight import newcomer_attraction
from abm.kernels.layout import (
    HOUSING_LOSS,
    JOB_LOSS,
    MOST_MONTHS,
    PARTNER_CALL,
    SCHOOL_YEAR_END,
    STATUS_LOSS,
)
from abm.month.arrivals import redeparture_hazard
from abm.month.family import SUMMER, tie_rates
from abm.month.housing import housing_rules
from abm.month.start_month import terms_of_entry
from abm.month.status import asylum_terms
from abm.month.work import learning_rate, work_rates
from abm.months import calendar_month
from experiments.bench.mesa_objects import ONWARD, RETURN, DecisionModel, HouseholdAgent
from experiments.bench.mesa_routes import TitleOffers, apply_for_title, title_offers
from experiments.bench.month_tables import MonthTables

if TYPE_CHECKING:
    from abm.state import State

PROTECTED, REGULAR = int(Status.TEMPORARY_PROTECTION), int(Status.REGULAR_PERMIT)
ASYLUM, REFUGEE = int(Status.ASYLUM_PENDING), int(Status.REFUGEE)
NO_STATUS, NOT_NEEDED = int(Status.NONE), int(Status.NOT_NEEDED)
NO_JOB, BELOW_LEVEL, AT_LEVEL = int(Employment.NONE), int(Employment.BELOW_LEVEL), int(Employment.AT_LEVEL)
COLLECTIVE, HOSTED = int(Housing.COLLECTIVE), int(Housing.HOSTED)
SUBSIDISED, INDEPENDENT = int(Housing.SUBSIDISED), int(Housing.INDEPENDENT)
NO_MINORS, IN_HOST_SCHOOL = int(Schooling.NO_MINORS), int(Schooling.HOST)
BOTH, ONLINE = int(Schooling.BOTH), int(Schooling.UKRAINIAN_ONLINE)
NOBODY, PARENT, PARTNER = (int(family) for family in FamilyInUkraine)
MEN_18_22, MEN_23_60, YOUNG = int(PersonKind.MEN_18_22), int(PersonKind.MEN_23_60), int(AgeBand.AGE_18_34)
WISH_STAY, UNDECIDED = int(Intention.STAY), int(Intention.UNDECIDED)
WISH_RETURN, WISH_ONWARD = int(Intention.RETURN), int(Intention.ONWARD)


STEPS = {
    "start_month": "conditions, given",
    "arrivals": "MonthModel.admit_newcomers, MonthlyHousehold.leave_again",
    "routes": "mesa_routes.apply_for_title",
    "status": "MonthlyHousehold.update_status",
    "work": "MonthlyHousehold.work",
    "integration": "MonthlyHousehold.go_to_school",
    "housing": "MonthlyHousehold.live",
    "schooling": "MonthlyHousehold.go_to_school",
    "ties": "MonthlyHousehold.look_at_contacts",
    "split": "MonthlyHousehold.split",
    "intention": "MonthlyHousehold.answer",
    "decide": "HouseholdAgent.decide",
    "move": "MonthlyHousehold.move",
    "end_month": "MonthModel.observe",
}
"""Where every process of the schedule is done here; a test compares the two lists."""


def own_attributes(household: mesa.Agent) -> dict[str, Any]:
    """Return the attributes a household made in the image of another takes over."""
    return {k: v for k, v in vars(household).items() if k not in ("model", "unique_id", "pos")}


@dataclass(frozen=True)
class Conditions:
    """What is in force in the month, as plain lists by host, and the coefficients.

    Rules on regions and groups are left out: none is in force in the month of the comparison.

    Attributes
    ----------
    find, stay_limit : list of list of float
        By host and completed months in it; the rest by host, as in ``abm/month``.
    claims, claims_at_end, rulings, grants : list of float
        Of asylum, by host (:func:`abm.month.status.asylum_terms`).
    newcomers : list of float
        Households that arrive per household present, by host.
    places : list of float
        Collective places for the sample, by host; infinite where unlimited.
    hazard : list of float
        Probability of leaving Ukraine again, by unit.
    attraction : list of float
        Logit weight of every host for those who do.
    """

    find: list[list[float]]
    lose: list[float]
    upgrade: list[float]
    learn: list[float]
    visit: list[float]
    joins: list[float]
    leave_collective: list[float]
    worker_leaves: list[float]
    subsidised: list[float]
    stay_limit: list[list[float]]
    exempt: list[bool]
    duty: list[bool]
    claims: list[float]
    claims_at_end: list[float]
    rulings: list[float]
    grants: list[float]
    titles: TitleOffers
    collective_share: list[float]
    protected: list[bool]
    expired: list[bool]
    newcomers: list[float]
    places: list[float]
    hazard: list[float]
    attraction: list[float]
    coefficients: dict[str, float]
    school_year_ends: bool


def conditions(state: State, newcomers: list[float], sampled_share: float) -> Conditions:
    """Return the conditions of the month a run stands at."""
    world, month = state.world, state.month
    protected, collective_share = terms_of_entry(world, month)
    rates = {
        **work_rates(world, month)._asdict(),
        **tie_rates(world, month)._asdict(),
        **housing_rules(world, month)._asdict(),
        "learn": learning_rate(world, month),
        "collective_share": collective_share,
        "protected": protected,
        "expired": ~protected,
    }
    places = rates.pop("places") * sampled_share
    del rates["vulnerable_first"]
    asylum = ("claims", "claims_at_end", "rulings", "grants")
    return Conditions(
        **{name: values.tolist() for name, values in rates.items()},
        **{name: terms.tolist() for name, terms in zip(asylum, asylum_terms(state), strict=True)},
        titles=title_offers(state),
        newcomers=newcomers,
        places=places.tolist(),
        hazard=redeparture_hazard(state).tolist(),
        attraction=np.exp(newcomer_attraction(state)).tolist(),
        coefficients=dict(world.coefficients),
        school_year_ends=calendar_month(state.month) in SUMMER,
    )


class MonthlyHousehold(HouseholdAgent):
    """One household that lives through a month."""

    def step(self) -> None:
        """Go through the month in the order of the schedule."""
        if self.place == self.model.n_hosts:
            self.leave_again()
            return
        apply_for_title(self, self.model.now.titles, self.model.now.coefficients)
        self.update_status()
        self.work()
        self.live()
        self.go_to_school()
        self.look_at_contacts()
        self.split()
        self.answer()
        self.decide()
        self.move()

    def leave_again(self) -> None:
        """Leave Ukraine again, to a host of choice."""
        now = self.model.now
        if self.months_here > 0 and self.random.random() < now.hazard[self.ukraine_unit]:
            weights = list(now.attraction)
            if 0 <= self.last_place < len(weights):
                weights[self.last_place] *= exp(now.coefficients["redeparture_loyalty"])
            self.enter(self.random.choices(self.model.hosts, weights)[0])
        else:
            self.months_here += 1

    def update_status(self) -> None:
        """Change the legal status; a lost one is a trigger."""
        self.triggers = 0
        old = self.status
        if old not in (PROTECTED, ASYLUM):
            return
        now, here, u, new = self.model.now, self.place, self.random.random(), old
        if old == PROTECTED:
            if now.expired[here]:
                new = ASYLUM if u < now.claims_at_end[here] else NO_STATUS
            elif u > 1.0 - now.claims[here]:
                new = ASYLUM
        elif u < now.rulings[here]:
            new = REFUGEE if u < now.rulings[here] * now.grants[here] else NO_STATUS
        if new != old:
            self.status = new
            if new == NO_STATUS:
                self.triggers |= STATUS_LOSS

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

    def live(self) -> None:
        """Find or lose a dwelling; ask for a collective place if need be."""
        housing = self.housing
        if housing in (INDEPENDENT, SUBSIDISED):
            return
        model, u, random = self.model, self.random.random(), self.random.random
        now, here, works = model.now, self.place, self.employed > 0
        c, stay = now.coefficients, self.months_collective
        limit = now.stay_limit[here][min(self.months_here, MOST_MONTHS)]
        if now.exempt[here] and sum(self.persons[4:]) > 0:
            limit = inf
        if housing == COLLECTIVE:
            leaves = stay > 0 and u < now.leave_collective[here] * (now.worker_leaves[here] if works else 1.0)
            if leaves or (stay >= limit and random() < c["limit_finds_home_share"]):
                self.housing = SUBSIDISED if random() < now.subsidised[here] else INDEPENDENT
            elif stay >= limit:
                self.housing = HOSTED
                self.triggers |= HOUSING_LOSS
            if self.housing != COLLECTIVE and stay > 0:
                model.free_places[here] += sum(self.persons)
        elif u < c["leave_hosted_hazard"] * (c["housing_work_factor"] if works else 1.0):
            self.housing = INDEPENDENT
        elif u > 1.0 - c["hosting_ends_hazard"]:
            if self.months_here >= limit:
                self.triggers |= HOUSING_LOSS
            else:
                self.housing = COLLECTIVE
                self.months_collective = 0
        if self.housing == COLLECTIVE:
            placed = self.months_collective > 0 or model.take_places(here, sum(self.persons))
            if placed or now.duty[here]:
                self.months_collective += 1
            else:
                self.housing = HOSTED
                self.triggers |= HOUSING_LOSS

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

    def look_at_contacts(self) -> None:
        """See who returned or moved on; bonds fade, visits restore them, partners join or part."""
        ukraine, now = self.model.n_hosts, self.model.now
        c = now.coefficients
        known = self.known
        if known:
            places = [other.place for other in known]
            returned = places.count(ukraine)
            self.contacts_returned = returned / len(places)
            self.contacts_onward = (len(places) - returned - places.count(self.place)) / len(places)
        random = self.random.random
        ties = self.ties * (1.0 - c["ties_fade"])
        if random() < now.visit[self.place]:
            ties = min(1.0, ties + c["visit_gain"])
        self.ties = ties
        if self.family == PARTNER:
            u, joins = random(), now.joins[self.place]
            if u < joins:
                self.persons[MEN_23_60] += 1
                self.family = NOBODY
                self.update_profile()
            elif u < joins + c["partner_separates_hazard"]:
                self.family = NOBODY
                self.update_profile()
            elif u > 1.0 - c["partner_call_hazard"]:
                self.triggers |= PARTNER_CALL

    def update_profile(self) -> None:
        """Recompute the joint code of the slow attributes (:mod:`abm.decision.terms`)."""
        woman = self.persons[0] + self.persons[6] > 0
        draft_age_man = self.persons[1] + self.persons[2] > 0
        slow = ((self.age_band * 3 + self.family) * 3 + self.income) * 2 + self.works_remotely
        self.profile = (slow * 2 + woman) * 2 + draft_age_man

    def split(self) -> None:
        """Let a young man found a household of his own in the same host."""
        persons = self.persons
        if not persons[MEN_18_22] or sum(persons) == 1:
            return
        if self.random.random() >= self.model.now.coefficients["young_man_leaves_hazard"]:
            return
        son = MonthlyHousehold(self.model, own_attributes(self))
        persons[MEN_18_22] -= 1
        son.persons = [0] * len(persons)
        son.persons[MEN_18_22] = 1
        son.known = [self, *self.known[1:]]
        son.age_band, son.schooling, son.family = YOUNG, NO_MINORS, PARENT
        son.employed, son.employment = 0, NO_JOB
        if self.employed > sum(persons[:4]):
            self.employed -= 1
            son.employed, son.employment = 1, self.employment
            if self.employed == 0:
                self.employment = NO_JOB
        self.update_profile()
        son.update_profile()
        self.model.flows["split", self.place, self.place] += 1

    def answer(self) -> None:
        """Answer a survey: stay, undecided, return or onward; the personal error persists."""
        model = self.model
        t, w, cuts = model.t, model.t["intent_row"], model.t["intent_cuts"]
        wish = (
            self.return_value("wish_origin", "wish_elsewhere")
            + t["intent_host"][self.place]
            + t["profile_return"][self.profile]
            + t["duration_return"][min(self.months_displaced, MOST_MONTHS)]
            + t["schooling_return"][self.schooling]
            + w[0] * self.attachment + w[1] * self.readiness + w[2] * self.ties
            + w[3] * self.integration + w[4] * self.contacts_returned + w[5] * self.contacts_onward
            + self.opinion_return
        )  # fmt: skip
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
            model.flows["return", self.place, model.n_hosts] += sum(self.persons)
            self.last_place, self.place = self.place, model.n_hosts
            self.ukraine_unit = self.origin if home else self.random.randrange(len(t["return_origin"]))
            self.months_here = self.employed = self.triggers = self.months_collective = 0
            self.status, self.employment, self.housing, self.ties = NOT_NEEDED, NO_JOB, INDEPENDENT, 1.0
            if self.schooling != NO_MINORS:
                self.schooling = ONLINE
        elif self.choice == ONWARD:
            model.flows["onward", self.place, self.destination] += sum(self.persons)
            self.enter(self.destination)

    def enter(self, host: int) -> None:
        """Start anew in a host."""
        now = self.model.now
        self.last_place, self.place, self.ukraine_unit = self.place, host, -1
        self.status = PROTECTED if now.protected[host] else ASYLUM
        self.months_here = self.employed = self.triggers = self.months_collective = 0
        self.employment, self.integration = NO_JOB, 0.0
        u, share = self.random.random(), now.collective_share[host]
        self.housing = COLLECTIVE if u < share else HOSTED if u < 0.5 + 0.5 * share else INDEPENDENT
        if self.schooling != NO_MINORS:
            self.schooling = ONLINE


class MonthModel(DecisionModel):
    """A Mesa model of the whole month.

    Parameters
    ----------
    rows, t, seed
        As in :class:`~experiments.bench.mesa_objects.DecisionModel`, with all columns.
    now : Conditions
        What is in force.
    """

    def __init__(self, rows: list[dict[str, Any]], t: MonthTables, seed: int, now: Conditions) -> None:
        super().__init__(rows, t, seed, MonthlyHousehold)
        self.now = now
        self.flows: Counter[tuple[str, int, int]] = Counter()
        self.in_host: list[list[MonthlyHousehold]] = [[] for _ in self.hosts]
        for household in self.households:
            household.known = [self.households[other] for other in household.contacts if other >= 0]
            if household.place < self.n_hosts:
                self.in_host[household.place].append(household)
        self.free_places = [
            places - sum(sum(h.persons) for h in there if h.housing == COLLECTIVE and h.months_collective > 0)
            for places, there in zip(now.places, self.in_host, strict=True)
        ]
        self.datacollector = mesa.DataCollector(model_reporters={"stock": "stock", "counts": "counts"})

    def take_places(self, host: int, persons: int) -> bool:
        """Take collective places if there are enough; return whether there were."""
        if persons > self.free_places[host]:
            return False
        self.free_places[host] -= persons
        return True

    def admit_newcomers(self) -> None:
        """Create this month's arrivals in the image of households already there."""
        for host, there in enumerate(self.in_host):
            if not there:
                continue
            expected = len(there) * self.now.newcomers[host]
            for _ in range(int(expected + self.random.random())):
                like = self.random.choice(there)
                newcomer = MonthlyHousehold(self, own_attributes(like))
                newcomer.persons = list(like.persons)
                newcomer.months_displaced = 0
                newcomer.enter(host)
                self.flows["arrival", self.n_hosts, host] += sum(newcomer.persons)

    def observe(self) -> None:
        """Count persons by host, status and kind, and the indicators."""
        stock: Counter[tuple[int, int, int]] = Counter()
        counts: Counter[tuple[int, str, int]] = Counter()
        for household in self.agents:
            here = household.place
            if here == self.n_hosts:
                continue
            persons = household.persons
            for kind, number in enumerate(persons):
                if number:
                    stock[here, household.status, kind] += number
            total = sum(persons)
            counts[here, "working_age", 0] += sum(persons[:4])
            counts[here, "employed", 0] += household.employed
            counts[here, "housing", household.housing] += total
            counts[here, "intention", household.intention] += total
            if household.schooling:
                counts[here, "schooling", household.schooling] += persons[4] + persons[5]
            if household.family:
                counts[here, "family", 0] += total
            counts[here, "households", 0] += 1
        self.stock, self.counts = stock, counts
        self.datacollector.collect(self)

    def step(self) -> None:
        """Simulate one month."""
        self.admit_newcomers()
        self.agents.shuffle_do("step")
        self.observe()
