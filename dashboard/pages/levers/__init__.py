"""Levers: choose the war and the rules, and see at once what changes."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import solara

from abm.months import month_index, month_label
from dashboard.components.controls import Button, Checkboxes, MonthSelect, SearchField
from dashboard.components.element import details, el, heading, lead, paragraph, vue, with_meanings
from dashboard.components.panels import DataTable
from dashboard.engine.catalogue import Catalogue
from dashboard.engine.choice import with_terms
from dashboard.engine.rules import levers_of
from dashboard.messages.words import Words
from dashboard.pages.levers.assumptions import PackageChoice, ScenarioFile, WarChoice
from dashboard.pages.levers.editor import (
    PAST,
    START,
    LeverEditor,
    Numbered,
    first_start,
    in_kept_order,
    start_of,
)
from dashboard.pages.levers.effects import LeverEffects, effect_size, typical_sentence
from dashboard.pages.levers.summary import LastStep, ResultMore, ResultNow, ResultPlace, WhatIsSet
from dashboard.pages.shared.finding import grade_mark, grade_sentence
from dashboard.pages.shared.wording import place_name, value_words
from dashboard.shell.session import Session

ID = "levers"
ORDER = 20
TITLE = "levers.title"
HEADING = "levers.heading"


@solara.component
def Page(session: Session) -> None:
    """Show the controls and, beside or below them, the result."""
    lead(*with_meanings(session.words, session.words.t("levers.lead"), "lead"))
    with el("div", classes="levers"):
        with el("div", classes="levers-controls"):
            LeverList(session)
            WarChoice(session)
            PackageChoice(session)
            ScenarioFile(session)
        with el("div", classes="levers-result"):
            ResultPlace(session)
            ResultNow(session)
            with el("div", classes="levers-more"):
                WhatIsSet(session)
                LastStep(session)
                ResultMore(session)


_LeverHead = vue(Path(__file__).parent / "lever_head.vue", "name label state changed expanded event_toggled")


USED, ALL_GROUPS = "used", "all"
MOST_USED = (
    "protection_end", "transition_permit_nl", "transition_permit_nl_income", "reception_capacity",
    "own_contribution", "reception_limit", "benefit_level", "safe_regions_new", "group_exclusion",
    "asylum_benefits", "enforced_return", "return_cash",
)  # fmt: skip
"""Levers a ministry asks for most, the largest effects first (``ewea sensitivity``)."""


@solara.component
def LeverList(session: Session) -> None:
    """Show a search, the subjects, and the levers that fit."""
    words, catalogue = session.words, session.engine.catalogue
    found, set_found = solara.use_state("")
    groups = (USED, *catalogue.groups, ALL_GROUPS)
    opened = session.setting("lever", "")
    home = next((lever["group"] for lever in catalogue.levers if lever["id"] == opened), USED)
    group = session.setting("group", home, groups)
    set_here = {setting.lever for setting in session.choice.levers}
    heading(words.t("levers.levers_title"))
    with el("div", classes="levers-tools"):
        SearchField(words.t("levers.search"), found, set_found)
        ScenarioStart(session)
    with el("div", classes="levers-groups", role="group", aria_label=words.t("levers.groups")):
        for name in groups:
            n = sum(lever["id"] in set_here for lever in _of_group(catalogue, name))
            label = words.t(f"levers.group_{name}")
            Button(
                f"{label} ({words.t('levers.group_set', n=n)})" if n and name != ALL_GROUPS else label,
                lambda name=name: session.set_setting("group", name),
                kind="secondary",
                pressed=name == group and not found,
            ).key(f"group-{name}")
    shown = (
        [one for one in catalogue.levers if _fits(words, one, found)]
        if found
        else _of_group(catalogue, group)
    )
    text = words.t("levers.found", n=len(shown)) if found else words.t(f"levers.group_{group}_text")
    paragraph(text, classes="muted")
    with el("div", classes="levers-list"):
        for lever in shown:
            LeverRow(session, lever, lever["id"] == opened).key(f"lever-{lever['id']}")


def _of_group(catalogue: Catalogue, group: str) -> list[dict[str, Any]]:
    if group == USED:
        return [catalogue.lever(name) for name in MOST_USED]
    inside = [lever for lever in catalogue.levers if group in (ALL_GROUPS, lever["group"])]
    return sorted(inside, key=effect_size, reverse=True)


def _fits(words: Words, lever: dict[str, Any], text: str) -> bool:
    """Return whether every word searched for stands in name or explanation of a lever."""
    about = " ".join((words.label(lever["label"]), words.label(lever["explanation"]), lever["id"])).casefold()
    return all(part in about for part in text.casefold().split())


@solara.component
def ScenarioStart(session: Session) -> None:
    """Show the month in which levers start; those that share it move with it."""
    words, choice = session.words, session.choice
    start, last = start_of(session), month_label(month_index(choice.until) - 1)

    def set_start(new: str) -> None:
        before = start_of(session)
        moved = [with_terms(one, start=new) if one.start == before else one for one in session.choice.levers]
        past = any(one.start < session.engine.catalogue.next_month for one in moved)
        session.set_setting(START, new)
        session.choose(replace(session.choice, levers=tuple(moved), past=past))

    MonthSelect(words.t("levers.start_all"), start, set_start, first_start(session), max(last, start))
    with el("div", classes="levers-past"):
        Checkboxes(
            words.t("levers.past"),
            ("1",) if session.setting(PAST, "0", ("0", "1")) == "1" else (),
            [("1", words.t("levers.past_on"), words.t("levers.past_hint"))],
            lambda _, on: session.set_setting(PAST, "1" if on else "0"),
            most=1,
        )


@solara.component
def LeverRow(session: Session, lever: dict[str, Any], opened: bool) -> None:
    """Show one lever: name, state, grade and control; when open everything about it."""
    words = session.words
    name = f"lever-{lever['id']}"
    adding, set_adding = solara.use_state(False)
    order: solara.Ref[Numbered] = solara.use_ref(())
    set_here = [setting for setting in session.choice.levers if setting.lever == lever["id"]]
    own = order.current = in_kept_order(order.current, set_here)
    left = tuple(place for place in lever["places"] if place not in {setting.place for setting in set_here})
    blank = not own or (adding and bool(left))
    state, changed = _state(session, words, lever)
    with el("div", classes="levers-row", id=name):
        _LeverHead(
            name=name,
            label=words.label(lever["label"]),
            state=state,
            changed=changed,
            expanded=opened,
            event_toggled=lambda _: session.set_setting("lever", "" if opened else lever["id"]),
        )
        with el(
            "div", classes="levers-body", id=f"{name}-body", role="region", aria_labelledby=f"{name}-head"
        ):
            with el("div"):
                if opened:
                    paragraph(words.label(lever["explanation"]))
                if typical := typical_sentence(session, lever):
                    paragraph(typical, classes="small muted")
            for number, setting in own:
                LeverEditor(session, lever, setting, left, None, opened).key(f"editor-{number}")
            if blank:
                # The number it will have once it is set: it stays the same editor.
                number = 1 + max((number for number, _ in own), default=-1)
                LeverEditor(session, lever, None, left, lambda: set_adding(False), opened).key(
                    f"editor-{number}"
                )
            with el("div"):
                if opened:
                    LeverAbout(session, lever, None if blank or not left else lambda: set_adding(True))


def _state(session: Session, words: Words, lever: dict[str, Any]) -> tuple[str, bool]:
    """Return how a lever stands, in words, and whether that differs from the rule in force."""
    own = [setting for setting in session.choice.levers if setting.lever == lever["id"]]
    by_package = [
        one
        for entry in (*session.engine.catalogue.policies, *session.engine.catalogue.wars)
        if entry["id"] in (*session.choice.presets, session.choice.war)
        for one in entry["changes"].levers
        if one.lever == lever["id"] and one.lever not in session.choice.dropped
    ]
    if own:
        values = "; ".join(value_words(words, lever, setting.value) for setting in own)
        return words.t("levers.state_set", value=values), True
    if by_package:
        values = "; ".join(dict.fromkeys(value_words(words, lever, one.value) for one in by_package))
        return words.t("levers.state_package", value=values), True
    return "", False


@solara.component
def LeverAbout(session: Session, lever: dict[str, Any], add: Callable[[], None] | None) -> None:
    """Show how well the effect of a lever is known, and the rules of the real world."""
    words = session.words
    about = levers_of(session.engine.catalogue.root)[lever["id"]]
    if add is not None:
        Button(words.t("levers.elsewhere"), add, kind="quiet")
    said = with_meanings(words, grade_sentence(words, about), lever["id"])
    paragraph(grade_mark(words, about), " ", *said, classes="small")
    LeverEffects(session, lever)
    Variants(session, lever)
    paragraph(words.t("levers.sources_note", source=lever["source"]), classes="small muted")


_FULL_DATE = 10
"""Characters of ``YYYY-MM-DD``; shorter texts are months or years."""


@solara.component
def Variants(session: Session, lever: dict[str, Any]) -> None:
    """Show the rules of the real world that the configuration records for a lever."""
    words, catalogue = session.words, session.engine.catalogue
    lines = lever["lines"]
    if not lines:
        paragraph(words.t("levers.variants_none"), classes="small muted")
        return
    names = ("place", "from", "value", "status", "publisher", "note")
    heads = [words.t(f"levers.column_{name}") for name in names]
    rows = []
    for line in lines:
        places = line["place"] if isinstance(line["place"], list) else [line["place"]]
        rows.append(
            [
                ", ".join(place_name(words, catalogue, place) for place in places),
                (date_words(words, line["from"]), str(line["from"])),
                value_words(words, lever, line["value"]),
                words.t(f"levers.status_{line['status']}"),
                f"{words.own_dates(line['publisher'])}, {date_words(words, line['date'])}",
                line["note"] or "–",
            ]
        )
    english = words.language != "en" and any(line["note"] for line in lines)
    note = [paragraph(words.t("levers.variants_english"), classes="small muted")] if english else []
    table = DataTable(words.t("levers.variants_caption"), heads, rows, hide_caption=True)
    details(words.t("levers.variants", n=len(lines)), table, *note)


def date_words(words: Words, text: str) -> str:
    """Return a day, a month or a year in words."""
    if len(text) >= _FULL_DATE:
        return words.date(text[:_FULL_DATE])
    return words.month(text) if len(text) == len("2027-03") else text
