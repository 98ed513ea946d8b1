"""An answer as plain data: the numbers, words and grounds that the pages show, for programs."""

from typing import Any

from pydantic import Field

from abm.band import LEVEL
from abm.data.config import Strict
from dashboard.engine.answer import GAP, NEEDED, Answer
from dashboard.engine.bands import Band, difference, display
from dashboard.engine.catalogue import Catalogue
from dashboard.engine.changes import changes_of_choice, end_of_protection_of, law_of
from dashboard.engine.lever_effects import grade_of_lever
from dashboard.engine.rules import levers_of
from dashboard.engine.tables import SHOWN
from dashboard.messages.words import Words
from dashboard.pages.shared.finding import finding_sentence, months_ahead, places_sentence, tested_months
from dashboard.pages.shared.results import kind_of
from dashboard.pages.shared.wording import now_words, place_name, policy_lines, war_words


class ApiRange(Strict):
    """Persons, rounded as every page of the app shows them; the range holds 80 % of the runs."""

    low: int
    mid: int = Field(description="The middle run.")
    high: int

    @classmethod
    def of(cls, band: Band) -> "ApiRange":
        """Return a band as it is shown."""
        low, mid, high = display(band)
        return cls(low=low, mid=mid, high=high)


class ApiChange(ApiRange):
    """The scenario less the baseline, run by run on the same chance events."""

    verdict: str = Field(
        description="none, unclear, likely_less, likely_more, less or more: what the runs support."
    )
    agree: int = Field(description="Runs that agree on the direction.")
    runs: int
    said: str = Field(description="The difference as the pages say it.")


class ApiFigure(Strict):
    """One outcome: a stock on the first day of `until`, or a flow summed from `since` to the month before."""

    name: str
    kind: str = Field(description="stock or flow.")
    scenario: ApiRange
    baseline: ApiRange
    difference: ApiChange


class ApiReception(Strict):
    """Places in collective reception."""

    needed: ApiRange = Field(description="People in reception, and those who asked in vain.")
    available: int | None = Field(description="Places there are; null where nobody knows.")
    gap: ApiRange | None = Field(description="Needed less available; null where the places are not known.")
    said: str


class ApiReason(Strict):
    """One way by which the number of displaced people changes."""

    name: str
    difference: ApiChange


class SetLever(Strict):
    """One lever of the scenario, beside the rule in force without it."""

    lever: str
    name: str
    place: str
    start: str = Field(alias="from")
    value: float | str | None
    now: str = Field(description="The rule in force at this place in that month, with its source.")
    evidence: str = Field(description="measured, research or judgement.")


class ApiHorizon(Strict):
    """How far ahead the numbers are, and how far ahead the model was tested."""

    kind: str = Field(description="register, estimate or projection.")
    tested_months: int
    months_ahead: int | None = Field(description="Months after the last register; null without one.")


class ApiScenario(Strict):
    """The answer to one choice of the link."""

    slot: str
    since: str = Field(description="First month over which flows are summed.")
    until: str = Field(description="Stocks are counted on the first day of this month.")
    horizon: ApiHorizon
    choice: str = Field(description="The choice as a link writes it; empty for the baseline.")
    says: list[str] = Field(description="What is chosen, in words.")
    finding: str = Field(description="What it changes, through what, and how sure; empty for the baseline.")
    people: ApiRange
    without_right_to_stay: ApiRange
    reception: ApiReception
    figures: dict[str, ApiFigure] = Field(description="Every outcome by its id.")
    reasons: list[ApiReason]
    levers: list[SetLever]
    protection_ends: str | None = Field(description="First month without temporary protection.")


class ApiLaw(Strict):
    """The rules of the place that the baseline follows, as of a day."""

    day: str
    protection_until: str | None = Field(description="Last day of temporary protection.")
    stale: int = Field(description="Rules that nobody has checked for too long.")
    rules: list[dict[str, Any]]


class ApiProvenance(Strict):
    """What the numbers were made with."""

    model: str
    data: str = Field(description="Last month of register data.")
    runs: int
    scale: int = Field(description="Households one simulated household stands for.")
    range: float = Field(description="Share of the runs inside a range.")
    stale: bool = Field(description="Whether an older model or configuration made them.")


class AnswerDocument(Strict):
    """What the pages of the app show for a link."""

    place: str
    place_name: str
    scenarios: list[ApiScenario]
    law: ApiLaw
    provenance: ApiProvenance
    page: str = Field(description="Address of the page with the same numbers.")


def document_of(
    words: Words, catalogue: Catalogue, answers: dict[str, Answer], place: str, page: str
) -> AnswerDocument:
    """Return the answers to the slots of a link."""
    first = answers[min(answers)]
    state, rules, day = law_of(catalogue.root, place)
    return AnswerDocument(
        place=place,
        place_name=place_name(words, catalogue, place),
        scenarios=[_scenario(words, catalogue, slot, answer, place) for slot, answer in answers.items()],
        law=ApiLaw(
            day=state.day,
            protection_until=day,
            stale=state.stale,
            rules=[rule.to_dict(state.day) for rule in rules],
        ),
        provenance=ApiProvenance(
            model=first.version,
            data=first.data_date,
            runs=first.n_seeds,
            scale=first.mine.scale,
            range=LEVEL,
            stale=any(answer.stale for answer in answers.values()),
        ),
        page=page,
    )


def _scenario(words: Words, catalogue: Catalogue, slot: str, answer: Answer, place: str) -> ApiScenario:
    choice = answer.choice
    ways = () if choice.is_baseline else answer.channels("stock", place).items()
    war = f"{words.t('compare.war')}: {war_words(words, catalogue, choice.war)}"
    there = answer.places_there(place)
    return ApiScenario(
        slot=slot,
        since=answer.since,
        until=answer.months[-1],
        horizon=ApiHorizon(
            kind=kind_of(answer, place, catalogue.today),
            tested_months=tested_months(),
            months_ahead=months_ahead(answer, place),
        ),
        choice=choice.to_query(),
        says=[war, *(policy_lines(words, catalogue, choice) or [words.t("scenario.policy_none")])],
        finding="" if choice.is_baseline else finding_sentence(words, catalogue, answer, place),
        people=ApiRange.of(answer.at_horizon("stock", place)),
        without_right_to_stay=ApiRange.of(answer.at_horizon("without_title", place)),
        reception=ApiReception(
            needed=ApiRange.of(answer.at_horizon(NEEDED, place)),
            available=None if there is None else round(float(there[-1])),
            gap=None if there is None else ApiRange.of(answer.at_horizon(GAP, place)),
            said=places_sentence(words, answer, place),
        ),
        figures={
            name: ApiFigure(
                name=words.t(f"scenario.outcome_{name}"),
                kind="stock" if answer.is_stock(name) else "flow",
                scenario=ApiRange.of(answer.at_horizon(name, place)),
                baseline=ApiRange.of(answer.at_horizon(name, place, "baseline")),
                difference=_change(words, answer.difference(name, place)),
            )
            for name in SHOWN
            if answer.knows(name, place)
        },
        reasons=[
            ApiReason(name=words.t(f"compare.channel_{name}"), difference=_change(words, band))
            for name, band in ways
        ],
        levers=_levers(words, catalogue, answer),
        protection_ends=end_of_protection_of(catalogue.root, choice, place),
    )


def _change(words: Words, band: Band) -> ApiChange:
    one = difference(band)
    low, mid, high = one.low, one.mid, one.high
    return ApiChange(
        low=low, mid=mid, high=high, verdict=one.kind, agree=one.agree, runs=one.runs,
        said=one.sentence(words),
    )  # fmt: skip


def _levers(words: Words, catalogue: Catalogue, answer: Answer) -> list[SetLever]:
    known, found = levers_of(catalogue.root), []
    for change in changes_of_choice(catalogue.root, answer.choice).levers:
        for one in change.each_place():
            entry, where = catalogue.lever(one.lever), str(one.place)
            found.append(
                SetLever.model_validate(
                    {
                        "lever": one.lever,
                        "name": words.label(entry["label"]),
                        "place": where,
                        "from": one.start,
                        "value": one.value,
                        "now": now_words(words, catalogue, entry, where, one.start[:7]),
                        "evidence": grade_of_lever(known[one.lever]),
                    }
                )
            )
    return found
