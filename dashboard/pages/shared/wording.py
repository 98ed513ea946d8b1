"""A choice in words: the course of the war, packages, levers with place, month and value."""

import re
from typing import TYPE_CHECKING, Any

from abm.places import FIRST_CHOICE
from dashboard.engine.choice import BASELINE, Choice, LeverChoice
from dashboard.messages import Words

if TYPE_CHECKING:
    from dashboard.engine.catalogue import Catalogue
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import solara

from dashboard.components import Select

if TYPE_CHECKING:
    from dashboard.engine.catalogue import Catalogue
from typing import TYPE_CHECKING

from dashboard.components import paragraph
from dashboard.engine import display
from dashboard.shell import Session
from dashboard.shell.job_state import JobState

if TYPE_CHECKING:
    from dashboard.engine.answer import Answer
    from dashboard.engine.catalogue import Catalogue


def unit_key(unit: str) -> str:
    """Return the part of a message key that stands for a unit of the configuration.

    >>> unit_key("0 (closed) or 1 (open)")
    '0_closed_or_1_open'
    """
    return re.sub(r"[^a-z0-9]+", "_", unit.lower()).strip("_")


def scale_words(words: Words, lever: dict[str, Any]) -> str:
    """Return what the numbers of a lever mean; the unit as configured where no text exists."""
    key = f"scenario.scale_{unit_key(lever['unit'])}"
    return words.t(key) if words.has(key) else str(lever["unit"])


def switch_words(words: Words, lever: dict[str, Any], on: bool) -> str:
    """Return what a switch says: on or off, open or closed, as the lever's unit has it."""
    state = "on" if on else "off"
    key = f"scenario.{state}_{unit_key(lever['unit'])}"
    return words.t(key if words.has(key) else f"scenario.{state}")


def value_words(words: Words, lever: dict[str, Any], value: float | str | None) -> str:
    """Return a value of a lever with its unit: "0.5 × the present amount", "March 2028", "On"."""
    if value is None:
        return words.t("scenario.now")
    if isinstance(value, str):
        return words.month(value)
    if lever["is_switch"]:
        return switch_words(words, lever, bool(value))
    key = f"scenario.value_{unit_key(lever['unit'])}"
    # The other units are strengths from none to full; a bare number would say nothing.
    return words.t(key if words.has(key) else "scenario.value_strength", value=value)


def lever_words(words: Words, catalogue: "Catalogue", setting: LeverChoice) -> str:
    """Return a lever that was set by hand, in one line."""
    lever = catalogue.lever(setting.lever)
    line = words.t(
        "scenario.lever_line",
        label=words.label(lever["label"]),
        place=place_name(words, catalogue, setting.place),
        month=words.month(setting.start),
        value=value_words(words, lever, setting.value),
    )
    return f"{line} ({words.t('scenario.newcomers_only')})" if setting.who == "newcomers" else line


def war_words(words: Words, catalogue: "Catalogue", war: str) -> str:
    """Return the course of the war by name."""
    if war == BASELINE:
        return words.t("scenario.war_baseline")
    return words.label(_entry(catalogue.wars, war)["label"])


def package_words(words: Words, catalogue: "Catalogue", package: str) -> str:
    """Return a policy package by name."""
    return words.label(_entry(catalogue.policies, package)["label"])


def policy_lines(words: Words, catalogue: "Catalogue", choice: Choice) -> list[str]:
    """Return every part of a choice but the war, one line each; empty if there is none."""
    lines = [package_words(words, catalogue, package) for package in choice.presets]
    if choice.upload:
        lines.append(words.t("scenario.upload"))
    lines += [lever_words(words, catalogue, setting) for setting in choice.levers]
    labels = {item["id"]: item["label"] for item in catalogue.indicators}
    for item, score in choice.scorecard:
        named = words.label(labels[item]) if item in labels else item
        lines.append(words.t("scenario.score", label=named, score=words.signed(score)))
    return lines


def _entry(entries: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next((entry for entry in entries if entry["id"] == name), {"label": {"en": name}})


def place_name(words: Words, catalogue: "Catalogue", place: str) -> str:
    """Return the name of a host, ``EU``, ``ALL`` or ``UA``."""
    if words.has(f"scenario.place_{place}"):
        return words.t(f"scenario.place_{place}")
    return words.label(catalogue.hosts[place])


def in_place(words: Words, catalogue: "Catalogue", place: str) -> str:
    """Return where, as it stands inside a sentence: "in the Netherlands"."""
    if words.has(f"scenario.in_{place}"):
        return words.t(f"scenario.in_{place}")
    return f"({place_name(words, catalogue, place)})"


def PlaceSelect(
    words: Words,
    catalogue: "Catalogue",
    label: str,
    place: str,
    on_place: Callable[[str], None],
    places: Sequence[str],
    compact: bool = False,
    hint: str = "",
) -> solara.Element:
    """Return a list of places: the Netherlands, the EU, all hosts, then countries by name.

    Parameters
    ----------
    words, catalogue : Words, Catalogue
        Language and names.
    label, hint : str
        What the place is for.
    place : str
        Chosen place.
    on_place : callable
        Gets the new place.
    places : sequence of str
        Places that can be chosen.
    compact : bool
        Label beside the list.
    """
    names = {known: place_name(words, catalogue, known) for known in places}
    first = [(known, names[known]) for known in FIRST_CHOICE if known in names]
    rest = sorted(((known, name) for known, name in names.items() if known not in FIRST_CHOICE), key=_by_name)
    groups = [(words.t("scenario.countries"), rest)] if rest else []
    return Select(label, place, first, on_place, groups=groups, compact=compact, hint=hint)


def _by_name(option: tuple[str, str]) -> tuple[bool, str]:
    return option[0] == "elsewhere", option[1]


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
