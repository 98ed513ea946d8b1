"""The levers, subject by subject; one is open at a time."""

from pathlib import Path
from typing import Any

import solara

from dashboard.components import Button, el, heading, paragraph
from dashboard.messages import Words
from dashboard.pages_parts.choice_words import value_words
from dashboard.pages_parts.levers.change import Numbered, in_kept_order, lever_places_left
from dashboard.pages_parts.levers.editor import LeverEditor
from dashboard.pages_parts.levers.variants import Variants
from dashboard.shell import Session


@solara.component_vue(str(Path("vue") / "lever_head.vue"), vuetify=False)
def _LeverHead(
    name: str,
    label: str,
    state: str,
    changed: bool,
    expanded: bool,
    event_toggled: Any = None,
) -> None:
    """Show the name of a lever and how it stands; opens and closes it."""


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
        one["lever"] == lever["id"]
        for entry in (*session.engine.catalogue.policies, *session.engine.catalogue.wars)
        if entry["id"] in (*session.choice.presets, session.choice.war)
        for one in entry["levers"]
    )
    return words.t("levers.state_package" if by_package else "levers.state_now"), by_package


@solara.component
def LeverBody(session: Session, lever: dict[str, Any]) -> None:
    """Show explanation, settings by place, and existing rules of a lever."""
    words = session.words
    adding, set_adding = solara.use_state(False)
    order: solara.Ref[Numbered] = solara.use_ref(())
    own = order.current = in_kept_order(
        order.current, [setting for setting in session.choice.levers if setting.lever == lever["id"]]
    )
    left = lever_places_left(session.choice, lever["id"], lever["places"])
    blank = not own or (adding and bool(left))
    with el(
        "div",
        classes="levers-body",
        id=f"lever-{lever['id']}-body",
        role="region",
        aria_labelledby=f"lever-{lever['id']}-head",
    ):
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
