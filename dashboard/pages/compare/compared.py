"""What the page compares at one moment: slots, names, reference, outcome, and their differences."""

from dataclasses import dataclass
from typing import Any

from dashboard.engine.answer import Answer, comparable, set_against
from dashboard.engine.choice import BASELINE
from dashboard.messages.words import Words
from dashboard.pages.shared.results import difference
from dashboard.pages.shared.wording import in_place, place_name, slot_name
from dashboard.shell.jobs import JobState
from dashboard.shell.session import Session
from dashboard.shell.view import SLOTS
from experiments.ensemble.outcomes import FLOWS, STOCKS


@dataclass(frozen=True, eq=False)
class ComparedScenarios:
    """Everything the sections of the page draw from, by slot: jobs, names, horizons and contrasts.

    ``reference`` is a slot or ``baseline``; a contrast is None while the two cannot be compared yet.
    """

    words: Words
    catalogue: Any
    outcome: str
    place: str
    reference: str
    jobs: dict[str, JobState]
    contrasts: dict[str, Answer | None]
    names: dict[str, str]
    untils: dict[str, str]

    @property
    def until(self) -> str:
        """The end date of what is compared: that of A; a slot with another one is left out."""
        return self.untils["A"]

    @property
    def ready(self) -> dict[str, Answer]:
        """Contrasts that can be drawn."""
        return {slot: found for slot, found in self.contrasts.items() if found is not None}

    @property
    def outdated(self) -> bool:
        """Whether something drawn belongs to an earlier choice."""
        return any(self.jobs[slot].outdated for slot in self.involved)

    @property
    def provisional(self) -> bool:
        """Whether the full band is still missing somewhere."""
        return any(not self.jobs[slot].settled for slot in self.involved)

    @property
    def involved(self) -> tuple[str, ...]:
        """Slots that are part of a difference."""
        return (*self.contrasts, *([self.reference] if self.reference in self.jobs else []))

    @property
    def letters(self) -> dict[str, str]:
        """Short names for legends, which a phone cuts off: the note below has the full ones."""
        return {slot: self.words.t("compare.slot_title", slot=slot) for slot in self.names}

    @property
    def is_stock(self) -> bool:
        """Whether the outcome is counted on a day."""
        return self.outcome in STOCKS

    @property
    def outcome_name(self) -> str:
        """The outcome in words."""
        return self.words.t(f"scenario.outcome_{self.outcome}")

    @property
    def where(self) -> str:
        """The place inside a sentence."""
        return in_place(self.words, self.catalogue, self.place)

    @property
    def where_outcome(self) -> str:
        """The place after the name of the outcome; in brackets for a flow ("Returns to Ukraine (EU)")."""
        return self.where if self.is_stock else f"({self.place_name})"

    @property
    def place_name(self) -> str:
        """The place by name."""
        return place_name(self.words, self.catalogue, self.place)

    @property
    def reference_name(self) -> str:
        """What is compared with, inside a sentence: "the baseline", "scenario A"."""
        return reference_words(self.words, self.reference)

    def when(self, outcome: str | None = None, slot: str = "A") -> str:
        """Return the day of a stock or the period of a flow, inside a sentence."""
        until = self.untils[slot]
        if (outcome or self.outcome) in STOCKS:
            return self.words.t("compare.on_day", date=self.words.first_day(until))
        since = min((found.since for found in self.ready.values()), default=until)
        return self.words.t(
            "compare.in_period",
            first=self.words.first_day(since),
            last=self.words.first_day(until),
        )

    def note(self) -> str:
        """Return the line below a figure: what it is, scenarios, data, version, band."""
        first = next(iter(self.jobs.values())).shown
        seeds = min((found.n_seeds for found in self.ready.values()), default=first.n_seeds)
        return self.words.t(
            "compare.note",
            scenarios="; ".join(self.names[slot] for slot in self.ready),
            reference=self.reference_name,
            runs=seeds,
            month=self.words.short_month(first.data_date),
            version=first.version,
        )


def compared(session: Session) -> ComparedScenarios:
    """Return what is compared; reading it inside a component draws that anew when anything changes."""
    choices, words = session.choices, session.words
    jobs = {slot: session.job(slot) for slot in choices}
    reference = session.setting("c_ref", BASELINE, (BASELINE, *choices))
    contrasts: dict[str, Answer | None] = {}
    for slot, job in jobs.items():
        if slot == reference or (reference == BASELINE and choices[slot].is_baseline):
            continue
        other = None if reference == BASELINE else jobs[reference].shown
        fits = choices[slot].until == choices["A"].until and (other is None or comparable(job.shown, other))
        # Nothing has been calculated yet when the baseline stands in for the answer.
        waits = job.outdated and job.shown.choice.is_baseline
        contrasts[slot] = set_against(job.shown, other) if fits and not waits else None
    return ComparedScenarios(
        words,
        session.engine.catalogue,
        session.setting("c_out", "stock", (*STOCKS, *FLOWS)),
        session.place,
        reference,
        jobs,
        contrasts,
        {slot: slot_name(words, session.engine.catalogue, slot, choice) for slot, choice in choices.items()},
        {slot: choice.until for slot, choice in choices.items()},
    )


def reference_words(words: Words, reference: str) -> str:
    """Return the reference inside a sentence."""
    if reference in SLOTS:
        return words.t("compare.scenario_slot", slot=reference)
    return words.t("compare.the_baseline")


def sentence(seen: ComparedScenarios, slot: str) -> str:
    """Return the difference of a slot in one sentence that claims no more than its band supports."""
    contrast = seen.contrasts[slot]
    words = seen.words
    fields = {
        "outcome": seen.outcome_name,
        "where": seen.where_outcome,
        "slot": slot,
        "when": seen.when(),
        "reference": seen.reference_name,
    }
    if contrast is None:
        return missing(seen, slot)
    found = difference(contrast.difference(seen.outcome, seen.place))
    if found.kind == "none":
        return words.t("compare.says_none", **fields)
    if found.kind == "unclear":
        return words.t(
            "compare.says_unclear", **fields, low=words.signed(found.low), high=words.signed(found.high)
        )
    ends = sorted((abs(found.low), abs(found.high)))
    return words.t(f"compare.says_{found.kind}", **fields, amount=abs(found.mid), low=ends[0], high=ends[1])


def missing(seen: ComparedScenarios, slot: str) -> str:
    """Return why a slot has no difference yet."""
    other_date = seen.untils[slot] != seen.until
    return seen.words.t("compare.says_other_date" if other_date else "compare.says_waiting", slot=slot)
