"""What a choice changes, through what and how sure that is; the three numbers that are always shown."""

from collections.abc import Sequence
from typing import Any

import solara

from abm.months import month_index
from abm.policy.lever import Lever
from dashboard.components.element import el, page_link, paragraph, term
from dashboard.components.panels import BigNumber, Cards
from dashboard.engine import shipped
from dashboard.engine.answer import GAP, NEEDED, Answer
from dashboard.engine.bands import Difference, difference, display
from dashboard.engine.catalogue import Catalogue
from dashboard.engine.changes import changes_of_choice
from dashboard.engine.lever_effects import GRADES, coefficients_of, grade_of, grade_of_lever
from dashboard.engine.rules import levers_of
from dashboard.messages.words import Words
from dashboard.pages.shared.results import last_published, next_month
from dashboard.pages.shared.wording import in_place
from dashboard.shell.session import Session
from experiments.ensemble.outcomes import STOCKS

TITLES = tuple(name for name in STOCKS if name not in ("stock", "employed", "collective_used"))
"""Stocks that part the people of a place by their title."""

TERM_OF = {"stock": "people", "without_title": "title", NEEDED: "reception"}
"""Terms of the glossary that the three numbers are about."""

MOST_CAUSES = 2

_STRENGTH = ("less", "more", "likely_less", "likely_more", "unclear", "none")


def three(answer: Answer, place: str) -> tuple[str, ...]:
    """Return the three outcomes always shown; the gap in reception only where places are known."""
    return "stock", "without_title", GAP if answer.knows(GAP, place) else NEEDED


def by_effect(answer: Answer, place: str, outcomes: Sequence[str]) -> list[tuple[str, Difference]]:
    """Return outcomes with their differences, the surest and largest first."""
    found = [
        (name, difference(answer.difference(name, place))) for name in outcomes if answer.knows(name, place)
    ]
    return sorted(found, key=lambda one: (_STRENGTH.index(one[1].kind) // 2, -abs(one[1].mid)))


def causes(words: Words, answer: Answer, place: str, outcome: str) -> list[tuple[str, Difference]]:
    """Return by what an outcome changes: moves, and for a title the titles people have instead."""
    found = {
        words.t(f"compare.channel_{name}"): difference(band)
        for name, band in answer.channels("stock", place).items()
    }
    if outcome in TITLES:
        found |= {
            words.t(f"scenario.outcome_{name}"): difference(answer.difference(name, place))
            for name in TITLES
            if name != outcome
        }
    known = [(name, one) for name, one in found.items() if one.way and one.mid]
    return sorted(known, key=lambda one: (not one[1].is_clear, -abs(one[1].mid)))[:MOST_CAUSES]


def finding_sentence(words: Words, catalogue: Catalogue, answer: Answer, place: str) -> str:
    """Return what a choice changes in the three numbers, through what, and how sure that is."""
    ranked = by_effect(answer, place, three(answer, place))
    parts, left = [], {"unclear": [], "none": []}  # type: ignore[var-annotated]
    for name, one in ranked:
        label = words.t(f"scenario.outcome_{name}")
        label = _inside(label) if parts else label
        if one.is_clear:
            ends = sorted((abs(one.low), abs(one.high)))
            parts.append(words.t(f"finding.{one.kind}", name=label, n=abs(one.mid), band=words.band(*ends)))
        elif one.way:
            parts.append(words.t("finding.likely", name=label, text=_inside(one.sentence(words))))
        else:
            left[one.kind].append(label if not (parts or left["unclear"]) else _inside(label))
    parts += [words.t(f"finding.{kind}", names=", ".join(names)) for kind, names in left.items() if names]
    date, where = words.first_day(answer.months[-1]), in_place(words, catalogue, place)
    said = [words.t("finding.on_day", date=date, where=where, text="; ".join(parts))]
    first, change = ranked[0]
    if change.way and (through := causes(words, answer, place, first)):
        listed = ", ".join(f"{_inside(name)} {words.signed(one.mid)}" for name, one in through)
        said.append(words.t("finding.through", list=listed))
    grade = grade_words(words, catalogue, answer.choice)
    if change.way:
        said.append(words.t("finding.sure", agree=change.agree, runs=change.runs, grade=grade))
    else:
        said.append(words.t("finding.evidence", grade=grade))
    return " ".join(said)


def _inside(text: str) -> str:
    """Return a text as it goes on inside a sentence."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def grade_words(words: Words, catalogue: Catalogue, choice: Any) -> str:
    """Return how well the effect of what is chosen is known; the weakest lever decides."""
    levers = levers_of(catalogue.root)
    grade = grade_of(levers, changes_of_choice(catalogue.root, choice).levers)
    return words.t(f"finding.grade_{grade or 'war'}")


def grade_mark(words: Words, lever: Lever) -> solara.Element:
    """Return the grade of a lever as one, two or three dots."""
    grade = grade_of_lever(lever)
    dots = GRADES.index(grade) + 1
    said = words.t(f"finding.grade_{grade}")
    drawn = "●" * dots + "○" * (len(GRADES) - dots)
    return el("span", drawn, classes="grade", role="img", aria_label=said, title=said)


def grade_sentence(words: Words, lever: Lever) -> str:
    """Return the grade of a lever and what it is worked out from."""
    status = {one["parameter"]: one["status"] for one in shipped.figures()["parameters"]}
    acted = coefficients_of(lever)
    return words.t(
        "finding.grade_said",
        grade=words.t(f"finding.grade_{grade_of_lever(lever)}"),
        all=len(acted),
        assumed=sum(status.get(name) == "assumed" for name in acted),
    )


def tested_months() -> int:
    """Return how many months ahead forecasts were held against registers."""
    figures = shipped.figures()
    by_horizon = figures.get("rolling") or figures["windows"]["held_out"]["horizons"]
    return max(int(months) for months in by_horizon)


def months_ahead(answer: Answer, place: str) -> int | None:
    """Return how many months after its last register the horizon of a place is; None without a register."""
    published = last_published(place)
    return None if published is None else month_index(answer.months[-1]) - month_index(published) - 1


def HorizonBadge(session: Session, answer: Answer) -> solara.Element:
    """Return how far ahead the model was tested, how far this is, with a link to what it rests on."""
    words, ahead = session.words, months_ahead(answer, session.place)
    said = words.t("finding.tested_none")
    if ahead is not None:
        said = words.t("finding.tested", tested=tested_months(), ahead=ahead)
    link = page_link(words.t("finding.to_how_sure"), session, "how-sure")
    return paragraph(f"{said} ", link, classes="badge-line small")


def three_numbers(
    words: Words, catalogue: Catalogue, answer: Answer, place: str, busy: bool
) -> solara.Element:
    """Return people, people without a right to stay, and places needed against those there: now, then."""
    now = next_month(catalogue.today)
    cards = []
    for outcome, key in (("stock", "people"), ("without_title", "without_title"), (NEEDED, "places")):
        low, mid, high = display(answer.at_horizon(outcome, place))
        value = words.number(mid)
        if now in answer.months[:-1]:
            before = words.number(display(answer.at(now, outcome, place))[1])
            value = words.t("finding.arrow", now=before, then=value)
        notes = [places_sentence(words, answer, place)] if outcome == NEEDED else []
        if not answer.choice.is_baseline:
            change = difference(answer.difference(outcome, place)).sentence(words)
            notes.append(words.t("finding.change", change=_inside(change)))
        name = words.t(
            f"finding.{key}", **({"where": in_place(words, catalogue, place)} if key == "people" else {})
        )
        band = "" if low == high or not answer.final else words.band(low, high)
        label = term(words, TERM_OF[outcome], name, "number")
        cards.append(BigNumber(label, value, band, " ".join(notes), busy))
    return Cards(cards)


def places_sentence(words: Words, answer: Answer, place: str) -> str:
    """Return how many places there are at the horizon, and by how many that is too few or too many."""
    there = answer.places_there(place)
    if there is None:
        return words.t("finding.gap_unknown")
    gap = answer.at_horizon(GAP, place)
    low, mid, high = display(gap)
    fields = {"places": words.number(round(float(there[-1])))}
    if low <= 0 <= high:
        return words.t("finding.gap_unclear", band=words.signed_band(low, high), **fields)
    ends = sorted((abs(low), abs(high)))
    return words.t(
        f"finding.gap_{'short' if mid > 0 else 'over'}", n=abs(mid), band=words.band(*ends), **fields
    )
