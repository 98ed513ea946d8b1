"""Sentences that the maps (and the page *People*) share."""

from typing import TYPE_CHECKING

from dashboard.components import paragraph
from dashboard.engine import display
from dashboard.messages import Words
from dashboard.pages_parts.choice_words import policy_lines, war_words
from dashboard.pages_parts.places import in_place
from dashboard.shell import Session
from dashboard.shell.job_state import JobState

if TYPE_CHECKING:
    from dashboard.engine.answer import Answer
    from dashboard.engine.catalogue import Catalogue

MOST_LINES = 4
"""Parts of a scenario named in a note; the bar above the page counts the rest."""


def note(session: Session, answer: "Answer") -> str:
    """Return what stands below a map: projection, scenario, band, data, version, borders."""
    words = session.words
    return words.t(
        "map.note",
        scenario=scenario_text(session, answer),
        n=answer.n_seeds,
        data=words.date(answer.data_date),
        version=answer.version,
    )


def scenario_text(session: Session, answer: "Answer") -> str:
    """Return the choice behind an answer in one line."""
    words, catalogue, choice = session.words, session.engine.catalogue, answer.choice
    if choice.is_baseline:
        return words.t("scenario.baseline")
    lines = policy_lines(words, catalogue, choice) or [words.t("scenario.policy_none")]
    more = ["…"] if len(lines) > MOST_LINES else []
    return "; ".join([*lines[:MOST_LINES], *more, war_words(words, catalogue, choice.war)])


def provisional(words: Words, job: JobState) -> None:
    """Say that figures are a first estimate, where they are."""
    if not job.shown.final:
        paragraph(words.t("map.provisional", n=job.shown.n_seeds), classes="muted small")


def number_of(words: Words, band: tuple[float, float, float]) -> str:
    """Return the middle of a band, rounded to what the band supports."""
    return words.number(display(*band)[1])


def place_inside(words: Words, catalogue: "Catalogue", place: str) -> str:
    """Return a place as it stands inside a sentence."""
    return in_place(words, catalogue, place)
