"""The sentences on top of the overview, computed from the answer."""

from typing import TYPE_CHECKING, Any

from abm.months import month_index, month_label
from dashboard.engine.bands import display
from dashboard.engine.choice import Choices
from dashboard.messages.words import Words
from dashboard.pages.shared.results import difference
from dashboard.pages.shared.wording import in_place

if TYPE_CHECKING:
    from dashboard.engine.answer import Answer
    from dashboard.engine.catalogue import Catalogue


def headline_sentence(words: Words, catalogue: "Catalogue", answer: "Answer", place: str) -> str:
    """Return how many people there will be to protect, with the band."""
    low, mid, high = display(*answer.at_horizon("stock", place))
    under = "under_rules" if answer.choice.is_baseline else "under_scenario"
    return words.t(
        "overview.headline",
        under=words.t(f"overview.{under}"),
        where=in_place(words, catalogue, place),
        date=words.first_day(answer.months[-1]),
        mid=mid,
        band=words.band(low, high),
    )


def last_recorded(catalogue: "Catalogue", place: str) -> tuple[str, float] | None:
    """Return month and persons of the last register month in which every country published."""
    recorded = catalogue.recorded(place)
    rows = zip(recorded["months"], recorded["persons"], recorded["complete"], strict=True)
    whole = [(month, persons) for month, persons, complete in rows if complete]
    return whole[-1] if whole else None


def against_register(words: Words, catalogue: "Catalogue", answer: "Answer", place: str) -> str:
    """Return how that compares with the last register month; empty where there is none."""
    last = last_recorded(catalogue, place)
    if last is None:
        return ""
    month, persons = last
    low, mid, high = answer.at_horizon("stock", place)
    apart = difference((low - persons, mid - persons, high - persons))
    direction = "more" if mid >= persons else "less"
    key = direction if apart.kind in ("more", "less") else f"unclear_{direction}"
    return words.t(
        f"overview.register_{key}", n=abs(apart.mid), last=round(persons), month=words.month_inside(month)
    )


def against_rules(words: Words, answer: "Answer", place: str) -> str:
    """Return what the choice changes against the baseline; empty for the baseline itself."""
    if answer.choice.is_baseline:
        return ""
    apart = difference(answer.difference("stock", place))
    band = apart.band(words)
    if apart.kind in ("more", "less"):
        # The sentence says "more" or "fewer", so the range goes without signs.
        band = words.band(*sorted((abs(apart.low), abs(apart.high))))
    values: dict[str, Any] = {"n": abs(apart.mid), "band": band}
    return words.t(f"overview.change_{apart.kind}", **values)


def end_of_protection(choice: Choices, months: list[str]) -> str | None:
    """Return the last month with protection under the rules in force; None where a choice may move it.

    ``months`` are the first ones without protection of the hosts of the place.
    """
    if choice.presets or choice.upload or len(months) != 1:
        return None
    if any(setting.lever == "protection_end" for setting in choice.levers):
        return None
    return month_label(month_index(months[0]) - 1)
