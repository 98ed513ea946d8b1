"""Levers: choose the war and the rules, and see at once what changes."""

from pathlib import Path
from typing import Any

import solara

from dashboard.components.controls import Button
from dashboard.components.element import details, el, heading, lead, paragraph, vue
from dashboard.components.panels import DataTable
from dashboard.messages.words import Words
from dashboard.pages.levers.assumptions import PackageChoice, ScenarioFile, WarChoice
from dashboard.pages.levers.editor import LeverEditor, Numbered, in_kept_order
from dashboard.pages.levers.summary import ResultMore, ResultNow, ResultPlace, WhatIsSet
from dashboard.pages.shared.wording import place_name, value_words
from dashboard.shell.session import Session

ID = "levers"
ORDER = 20
TITLE = "levers.title"
HEADING = "levers.heading"


@solara.component
def Page(session: Session) -> None:
    """Show the controls and, beside or below them, the result."""
    lead(session.words.t("levers.lead"))
    with el("div", classes="levers"):
        with el("div", classes="levers-controls"):
            LeverList(session)
            PackageChoice(session)
            WarChoice(session)
            ScenarioFile(session)
        with el("div", classes="levers-result"):
            ResultPlace(session)
            ResultNow(session)
            with el("div", classes="levers-more"):
                WhatIsSet(session)
                ResultMore(session)


_LeverHead = vue(Path(__file__).parent / "lever_head.vue", "name label state changed expanded event_toggled")


@solara.component
def LeverList(session: Session) -> None:
    """Show the subjects, and the levers of the chosen one."""
    words, catalogue = session.words, session.engine.catalogue
    groups = catalogue.groups
    opened = session.setting("lever", "")
    home = next((lever["group"] for lever in catalogue.levers if lever["id"] == opened), groups[0])
    group = session.setting("group", home, groups)
    set_here = {setting.lever for setting in session.choice.levers}
    heading(words.t("levers.levers_title"))
    paragraph(words.t("levers.levers_lead"))
    with el("div", classes="levers-groups", role="group", aria_label=words.t("levers.groups")):
        for name in groups:
            n = sum(lever["group"] == name and lever["id"] in set_here for lever in catalogue.levers)
            label = words.t(f"levers.group_{name}")
            Button(
                f"{label} ({words.t('levers.group_set', n=n)})" if n else label,
                lambda name=name: session.set_setting("group", name),
                kind="secondary",
                pressed=name == group,
            ).key(f"group-{name}")
    paragraph(words.t(f"levers.group_{group}_text"), classes="muted")
    with el("div", classes="levers-list"):
        for lever in catalogue.levers:
            if lever["group"] == group:
                LeverRow(session, lever, lever["id"] == opened).key(f"lever-{lever['id']}")


@solara.component
def LeverRow(session: Session, lever: dict[str, Any], opened: bool) -> None:
    """Show one lever: its name and state, and when open everything about it."""
    words = session.words
    name = f"lever-{lever['id']}"
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
        if opened:
            LeverBody(session, lever)


def _state(session: Session, words: Words, lever: dict[str, Any]) -> tuple[str, bool]:
    """Return how a lever stands, in words, and whether that differs from now."""
    own = [setting for setting in session.choice.levers if setting.lever == lever["id"]]
    if own:
        values = "; ".join(value_words(words, lever, setting.value) for setting in own)
        return words.t("levers.state_set", value=values), True
    by_package = any(
        lever["id"] in entry["levers"]
        for entry in (*session.engine.catalogue.policies, *session.engine.catalogue.wars)
        if entry["id"] in (*session.choice.presets, session.choice.war)
    )
    return words.t("levers.state_package" if by_package else "levers.state_now"), by_package


@solara.component
def LeverBody(session: Session, lever: dict[str, Any]) -> None:
    """Show explanation, settings by place, and existing rules of a lever."""
    words = session.words
    adding, set_adding = solara.use_state(False)
    order: solara.Ref[Numbered] = solara.use_ref(())
    set_here = [setting for setting in session.choice.levers if setting.lever == lever["id"]]
    own = order.current = in_kept_order(order.current, set_here)
    left = tuple(place for place in lever["places"] if place not in {setting.place for setting in set_here})
    blank = not own or (adding and bool(left))
    name = f"lever-{lever['id']}"
    with el("div", classes="levers-body", id=f"{name}-body", role="region", aria_labelledby=f"{name}-head"):
        paragraph(words.label(lever["explanation"]))
        for number, setting in own:
            LeverEditor(session, lever, setting, left, None).key(f"editor-{number}")
        if blank:
            # The number it will have once it is set: it stays the same editor.
            number = 1 + max((number for number, _ in own), default=-1)
            LeverEditor(session, lever, None, left, lambda: set_adding(False)).key(f"editor-{number}")
        elif left:
            Button(words.t("levers.elsewhere"), lambda: set_adding(True), kind="quiet")
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
                f"{line['publisher']}, {date_words(words, line['date'])}",
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
