"""The compared scenarios: choosing what is in each slot, copying, swapping, removing, adding."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import solara

from dashboard.components.controls import Button, Select, setting_select
from dashboard.components.element import bullets, details, el, heading, paragraph
from dashboard.components.panels import NoticeBox
from dashboard.engine.choice import BASELINE, Choices
from dashboard.messages.words import Words
from dashboard.pages.shared.wording import PlaceSelect, package_words, policy_lines
from dashboard.shell.session import Session
from dashboard.shell.view import SLOTS
from experiments.ensemble.outcomes import FLOWS, STOCKS

SEVERAL = "several"
"""Value of the list of packages when more than one is chosen."""

HORIZONS = ("2027-03", "2028-03", "2029-03", "2030-03", "2031-03")
"""End dates offered beside the present one."""

LEVERS_PAGE = "levers"


@solara.component
def Slots(session: Session) -> None:
    """Show one card per scenario, and one to add the next."""
    words = session.words
    with el("div", classes="compare-slots"):
        for slot in session.choices:
            SlotCard(session, slot).key(f"slot-{slot}")
        if free := _free(session):
            title = words.t("compare.add_title", slot=free)
            with el("section", classes="compare-slot compare-slot-add", aria_label=title):
                heading(title, 3)
                paragraph(words.t("compare.add_text"), classes="small muted")
                with el("div", classes="row"):
                    Button(
                        words.t("compare.add_copy"),
                        lambda: _add(session, session.choice),
                        kind="secondary",
                        described=words.t("compare.copy_described", slot=free),
                    )
                    Button(
                        words.t("compare.add_empty"),
                        lambda: _add(session, Choices(until=session.choice.until)),
                        kind="quiet",
                        described=words.t("compare.empty_described", slot=free),
                    )
    _Horizons(session)


def _free(session: Session) -> str:
    return next((slot for slot in SLOTS if slot not in session.choices), "")


def _add(session: Session, choice: Choices) -> None:
    """Put a choice into the slot that is free at the press."""
    if free := _free(session):
        session.choose(choice, free)


@solara.component
def SlotCard(session: Session, slot: str) -> None:
    """Show one scenario and what can be done with it."""
    if slot not in session.choices:
        return
    words, catalogue, choice = session.words, session.engine.catalogue, session.choices[slot]
    title = words.t("compare.slot_title", slot=slot)

    def change(how: Callable[[Choices], Choices]) -> None:
        # What the slot holds now, not when this was drawn: two quick changes must both count.
        if slot in session.choices:
            session.choose(how(session.choices[slot]), slot)

    with el("section", classes=f"compare-slot compare-slot-{slot.lower()}", aria_label=title):
        el("h3", el("span", classes="compare-mark", aria_hidden="true"), title, classes="heading-3")
        Select(
            words.t("compare.policy"),
            SEVERAL if len(choice.presets) > 1 else (choice.presets or (BASELINE,))[0],
            _packages(words, catalogue, choice),
            lambda package: change(lambda now: _with_package(now, package)),
        )
        wars = [(war["id"], words.label(war["label"])) for war in catalogue.wars]
        wars.insert(0, (BASELINE, words.t("scenario.war_baseline")))
        Select(words.t("compare.war"), choice.war, wars, lambda war: change(lambda now: now.with_war(war)))
        if len(choice.presets) > 1:
            bullets([package_words(words, catalogue, package) for package in choice.presets], classes="small")
        details(words.t("compare.explained"), *_explained(words, catalogue, choice))
        lines = policy_lines(words, catalogue, replace(choice, presets=()))
        if lines:
            details(f"{words.t('compare.own_levers')} ({len(lines)})", bullets(lines, classes="small"))
        else:
            paragraph(words.t("compare.no_levers"), classes="small muted")
        _Actions(session, slot)


@solara.component
def _Actions(session: Session, slot: str) -> None:
    words = session.words

    def swap() -> None:
        choices = session.choices
        if slot in choices:  # two quick presses: it may just have been removed
            session.choose_all({**choices, "A": choices[slot], slot: choices["A"]})

    def edit() -> None:
        # The page of levers always changes A.
        if slot != "A":
            swap()
        session.go(LEVERS_PAGE)
        if slot != "A":
            session.notify(
                "information", words.t("compare.swapped_title", slot=slot), words.t("compare.swapped_text")
            )

    actions = {"edit" if slot == "A" else "edit_other": edit}
    if slot != "A":
        actions |= {
            "copy": lambda: session.choose(session.choice, slot),
            "swap": swap,
            "remove": lambda: session.choose(None, slot),
        }
    with el("div", classes="compare-actions"):
        for name, act in actions.items():
            label = words.t("compare.copy_here" if name == "copy" else f"compare.{name}")
            Button(label, act, kind="quiet", described=words.t(f"compare.{name}_described", slot=slot))


@solara.component
def _Horizons(session: Session) -> None:
    """Say when the scenarios do not end on the same date, and offer to mend it."""
    words = session.words
    until = session.choice.until
    if all(choice.until == until for choice in session.choices.values()):
        return

    def align() -> None:
        session.choose_all({slot: choice.with_until(until) for slot, choice in session.choices.items()})

    button = Button(words.t("compare.horizons_align", date=words.first_day(until)), align, kind="secondary")
    title, text = (words.t(f"compare.horizons_differ_{part}") for part in ("title", "text"))
    NoticeBox("warning", title, text, button, words=words)


@solara.component
def CompareSettings(session: Session) -> None:
    """Show what is compared: outcome, place, reference and end date."""
    words, choices = session.words, session.choices
    catalogue = session.engine.catalogue
    until = session.choice.until
    reference = session.setting("c_ref", BASELINE, (BASELINE, *choices))

    def option(name: str) -> tuple[str, str]:
        return name, words.t(f"scenario.outcome_{name}")

    def set_until(month: str) -> None:
        session.choose_all({slot: choice.with_until(month) for slot, choice in session.choices.items()})

    horizons = sorted(
        {until, *(m for m in HORIZONS if catalogue.earliest_until <= m <= catalogue.latest_until)}
    )
    with el("div", classes="compare-settings"):
        outcome = session.setting("c_out", "stock", (*STOCKS, *FLOWS))
        groups = [
            (words.t("compare.outcomes_stock"), [option(name) for name in STOCKS]),
            (words.t("compare.outcomes_flow"), [option(name) for name in FLOWS]),
        ]
        setting_select(session, "c_out", words.t("compare.outcome"), outcome, [], groups=groups)
        PlaceSelect(session, words.t("compare.place"))
        references = [(slot, words.t("compare.slot_title", slot=slot)) for slot in choices]
        references.insert(0, (BASELINE, words.t("compare.reference_baseline")))
        setting_select(session, "c_ref", words.t("compare.reference"), reference, references)
        ends = [(month, words.first_day(month)) for month in horizons]
        Select(words.t("compare.horizon"), until, ends, set_until)


def _packages(words: Words, catalogue: Any, choice: Choices) -> list[tuple[str, str]]:
    listed = [(BASELINE, words.t("scenario.policy_none"))]
    if len(choice.presets) > 1:
        listed.append((SEVERAL, words.t("compare.several", count=len(choice.presets))))
    named = [(entry["id"], words.label(entry["label"])) for entry in catalogue.policies]
    return listed + named


def _with_package(choice: Choices, package: str) -> Choices:
    """Return the choice with one package in the place of all others; "several" changes nothing."""
    if package == SEVERAL:
        return choice
    return replace(choice, presets=() if package == BASELINE else (package,))


def _explained(words: Words, catalogue: Any, choice: Choices) -> list[solara.Element]:
    """Return what packages and course of the war mean, one paragraph each."""
    chosen = [entry for entry in catalogue.policies if entry["id"] in choice.presets]
    chosen += [entry for entry in catalogue.wars if entry["id"] == choice.war]
    said = [
        (el("strong", words.label(entry["label"])), f" – {words.label(entry['explanation'])}")
        for entry in chosen
    ]
    return [paragraph(*parts, classes="small") for parts in said or [(words.t("scenario.baseline"),)]]
