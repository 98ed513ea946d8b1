"""What the page compares at one moment: slots, names, reference, outcome, and their differences."""

from dataclasses import dataclass
from typing import Any

from dashboard.engine.answer import Answer, comparable, set_against
from dashboard.engine.bands import difference
from dashboard.engine.choice import BASELINE
from dashboard.messages.words import Words
from dashboard.pages.shared.wording import in_place, place_name, slot_name
from dashboard.shell.jobs import JobState
from dashboard.shell.session import Session
from dashboard.shell.view import SLOTS
from experiments.ensemble.outcomes import FLOWS, STOCKS


@dataclass(frozen=True, eq=False)
class ComparedScenarios:
    """Everything the sections of the page draw from, by slot: jobs, names, horizons and contrasts."""

    words: Words
    catalogue: Any
    outcome: str
    place: str
    reference: str  # A slot or ``baseline``
    jobs: dict[str, JobState]
    contrasts: dict[str, Answer | None]  # None while the two cannot be compared yet
    names: dict[str, str]
    untils: dict[str, str]

    @property
    def ready(self) -> dict[str, Answer]:
        """Contrasts that can be drawn."""
        return {slot: found for slot, found in self.contrasts.items() if found is not None}

    @property
    def involved(self) -> list[JobState]:
        """What is calculated for the slots that are part of a difference."""
        return [self.jobs[slot] for slot in (*self.contrasts, self.reference) if slot in self.jobs]

    @property
    def outdated(self) -> bool:
        """Whether something drawn belongs to an earlier choice."""
        return any(job.outdated for job in self.involved)

    @property
    def provisional(self) -> bool:
        """Whether the full band is still missing somewhere."""
        return not all(job.settled for job in self.involved)

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
        return self.where if self.is_stock else f"({place_name(self.words, self.catalogue, self.place)})"

    @property
    def reference_name(self) -> str:
        """What is compared with, inside a sentence: "the baseline", "scenario A"."""
        if self.reference in SLOTS:
            return self.words.t("compare.scenario_slot", slot=self.reference)
        return self.words.t("compare.the_baseline")

    def t(self, key: str, **fields: Any) -> str:
        """Return a text of the page; outcome, place, reference and date are known to it."""
        known = {
            "outcome": self.outcome_name,
            "where": self.where_outcome,
            "reference": self.reference_name,
            "when": self.when(),
        }
        return self.words.t(key, **{**known, **fields})

    def when(self, outcome: str | None = None, slot: str = "A") -> str:
        """Return the day of a stock or the period of a flow, inside a sentence."""
        last = self.words.first_day(self.untils[slot])
        if (outcome or self.outcome) in STOCKS:
            return self.words.t("compare.on_day", date=last)
        since = min((found.since for found in self.ready.values()), default=self.untils[slot])
        return self.words.t("compare.in_period", first=self.words.first_day(since), last=last)

    def note(self) -> str:
        """Return the line below a figure: what it is, scenarios, data, version, band."""
        first = next(iter(self.jobs.values())).shown
        return self.t(
            "compare.note",
            scenarios="; ".join(self.names[slot] for slot in self.ready),
            runs=min((found.n_seeds for found in self.ready.values()), default=first.n_seeds),
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


def sentence(seen: ComparedScenarios, slot: str) -> str:
    """Return the difference of a slot in one sentence that claims no more than its band supports."""
    contrast = seen.contrasts[slot]
    if contrast is None:
        return missing(seen, slot)
    found = difference(contrast.difference(seen.outcome, seen.place))
    if found.kind == "none":
        return seen.t("compare.says_none", slot=slot)
    if found.kind == "unclear":
        low, high = seen.words.signed(found.low), seen.words.signed(found.high)
        return seen.t("compare.says_unclear", slot=slot, low=low, high=high)
    if not found.is_clear:
        return seen.t("compare.says_likely", slot=slot, text=found.sentence(seen.words).lower())
    least, most = sorted((abs(found.low), abs(found.high)))
    return seen.t(f"compare.says_{found.kind}", slot=slot, amount=abs(found.mid), low=least, high=most)


def missing(seen: ComparedScenarios, slot: str) -> str:
    """Return why a slot has no difference yet."""
    other_date = seen.untils[slot] != seen.untils["A"]
    return seen.t("compare.says_other_date" if other_date else "compare.says_waiting", slot=slot)
