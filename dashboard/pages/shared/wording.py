"""Words that several pages share: places, the course of the war, packages, levers with their values."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import solara

from abm.months import month_index, month_label
from abm.places import FIRST_CHOICE
from abm.policy.change import DriverChange, LeverChange
from abm.policy.law import LawRow
from dashboard.components.controls import Select
from dashboard.engine.answer import Answer
from dashboard.engine.catalogue import Catalogue
from dashboard.engine.changes import drivers_of
from dashboard.engine.choice import BASELINE, Choices, arrived_of
from dashboard.engine.rules import rule_now
from dashboard.messages.words import Words
from dashboard.shell.session import Session

MOST_LINES = 4
"""Parts of a scenario named in a note; the bar above the page counts the rest."""

MOST_NAME = 42
"""Characters of one part of a name in a legend."""

MOST_NAMED = 2
"""Parts of a scenario named in a legend; more are counted."""


def unit_key(unit: str) -> str:
    """Return the part of a message key that stands for a unit of the configuration.

    >>> unit_key("0 (closed) or 1 (open)")
    '0_closed_or_1_open'
    """
    return re.sub(r"[^a-z0-9]+", "_", unit.lower()).strip("_")


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
        day = len(value) == len("2028-03-04")  # a law names the last day, a control the first month without
        return words.t("scenario.value_last_day", date=words.date(value)) if day else words.month(value)
    if lever["is_switch"]:
        return switch_words(words, lever, bool(value))
    key = f"scenario.value_{unit_key(lever['unit'])}"
    # The other units are strengths from none to full; a bare number would say nothing.
    known = key if words.has(key) else "scenario.value_strength"
    return words.t(known, value=value, share=words.share(value))


def rule_value_words(words: Words, catalogue: Catalogue, row: LawRow) -> str:
    """Return what a rule of the law sets."""
    lever, number = catalogue.by_id.get(row.rule), isinstance(row.value, float | int)
    if lever is not None:
        return value_words(words, lever, row.value)
    if number and row.unit.startswith(("0 ", "1 ")):
        return words.t("about_data.law_yes" if row.value else "about_data.law_no")
    return f"{row.value:g} {row.unit}" if number else words.date(str(row.value))


def rule_words(words: Words, catalogue: Catalogue, row: LawRow) -> str:
    """Return a rule of the law in one line: what, where, its value, from when, how it stands."""
    return words.t(
        "scenario.rule_line",
        label=words.label(row.label),
        place=place_name(words, catalogue, row.place),
        value=rule_value_words(words, catalogue, row),
        date=words.date(row.since),
        standing=words.t(f"about_data.law_{row.status}"),
    )


def now_words(words: Words, catalogue: Catalogue, lever: dict[str, Any], place: str, month: str) -> str:
    """Return the rule in force for a lever at a place in a month, with its source and when it was checked."""
    now = rule_now(catalogue.root, lever["id"], place, month_index(month))
    if now.mixed:
        return words.t("scenario.now_mixed")
    if now.line is None:
        value = "" if now.value is None or not lever["is_switch"] else value_words(words, lever, now.value)
        said = words.t("scenario.now_switch", value=value) if value else words.t("scenario.now_no_rule")
        if money := _money_now(words, catalogue, lever, place):
            said = money
    else:
        said = words.t(
            "scenario.now_rule",
            value=value_words(words, lever, now.line.value),
            source=words.own_dates(now.line.publisher),
            checked=words.date(now.line.checked_on),
        )
    if now.following is not None:
        said += " " + words.t(
            "scenario.now_then",
            date=words.date(now.following.start),
            value=value_words(words, lever, now.following.value),
        )
    return said


def _money_now(words: Words, catalogue: Catalogue, lever: dict[str, Any], place: str) -> str:
    """Return the cash support a share is taken of, in euros; empty for other levers and for several hosts."""
    if lever["id"] != "benefit_level" or place not in catalogue.hosts:
        return ""
    figure = catalogue.benefits[place]
    return words.t(
        "scenario.now_money",
        value=round(figure.value),
        source=words.own_dates(figure.publisher),
        checked=words.date(figure.checked_on or figure.date),
    )


def change_words(words: Words, catalogue: Catalogue, change: LeverChange | DriverChange) -> str:
    """Return one thing that a package sets, in one line."""
    if isinstance(change, DriverChange):
        card = drivers_of(catalogue.root)[change.driver]
        label, month = words.label(card.label.model_dump()), words.month(change.start)
        return words.t("scenario.driver_line", label=label, month=month)
    line = lever_words(words, catalogue, change)
    if change.until is None:
        return line
    return words.t("scenario.until_line", line=line, date=words.date(change.until))


def lever_words(words: Words, catalogue: Catalogue, setting: LeverChange) -> str:
    """Return a lever that was set by hand, in one line."""
    lever = catalogue.lever(setting.lever)
    line = words.t(
        "scenario.lever_line",
        label=words.label(lever["label"]),
        place=place_name(words, catalogue, setting.place),
        month=words.month(month_label(setting.start_month)),
        value=value_words(words, lever, setting.value),
    )
    return f"{line} ({words.t('scenario.newcomers_only')})" if arrived_of(setting) == "newcomers" else line


def war_words(words: Words, catalogue: Catalogue, war: str) -> str:
    """Return the course of the war by name."""
    return words.t("scenario.war_baseline") if war == BASELINE else _named(words, catalogue.wars, war)


def package_words(words: Words, catalogue: Catalogue, package: str) -> str:
    """Return a policy package by name."""
    return _named(words, catalogue.policies, package)


def policy_lines(words: Words, catalogue: Catalogue, choice: Choices) -> list[str]:
    """Return every part of a choice but the war, one line each; empty if there is none."""
    lines = [package_words(words, catalogue, package) for package in choice.presets]
    if choice.dropped:
        known = {name: card.label.model_dump() for name, card in drivers_of(catalogue.root).items()}
        names = [words.label(known.get(name) or catalogue.lever(name)["label"]) for name in choice.dropped]
        lines.append(words.t("scenario.dropped", names=", ".join(names)))
    if choice.past:
        lines.append(words.t("scenario.past"))
    if choice.upload:
        lines.append(words.t("scenario.upload"))
    lines += [lever_words(words, catalogue, setting) for setting in choice.levers]
    for item, score in choice.scorecard:
        label = _named(words, catalogue.indicators, item)
        lines.append(words.t("scenario.score", label=label, score=words.signed(score)))
    return lines


def figure_note(session: Session, key: str, answer: Answer, **more: str) -> str:
    """Return what stands below a figure: scenario (one line), runs, data, version, what the page adds."""
    words, catalogue, choice = session.words, session.engine.catalogue, answer.choice
    lines = [words.t("scenario.baseline")]
    if not choice.is_baseline:
        lines = policy_lines(words, catalogue, choice) or [words.t("scenario.policy_none")]
        lines[MOST_LINES:] = ["…"] if len(lines) > MOST_LINES else []
        lines.append(war_words(words, catalogue, choice.war))
    made = {"n": answer.n_seeds, "data": words.date(answer.data_date), "version": answer.version}
    return words.t(key, scenario="; ".join(lines), **made, **more)


def slot_name(words: Words, catalogue: Any, slot: str, choice: Choices) -> str:
    """Return a short name of a slot: its letter and what it holds."""
    parts = [package_words(words, catalogue, package) for package in choice.presets]
    if choice.war != BASELINE:
        parts.append(war_words(words, catalogue, choice.war))
    own = len(choice.levers) + len(choice.scorecard) + bool(choice.upload)
    if own:
        parts.append(words.t("compare.own_changes", n=own))
    if len(parts) > MOST_NAMED:
        parts = [*parts[: MOST_NAMED - 1], words.t("compare.more_parts", n=len(parts) - MOST_NAMED + 1)]
    text = " + ".join(_short(part) for part in parts) or words.t("compare.baseline_short")
    return f"{slot}: {text}"


def _short(text: str) -> str:
    """Return a name that fits a legend."""
    return text if len(text) <= MOST_NAME else text[: MOST_NAME - 1].rstrip(" ,") + "…"


def _named(words: Words, entries: Sequence[dict[str, Any]], name: str) -> str:
    return words.label(next((entry["label"] for entry in entries if entry["id"] == name), {"en": name}))


def place_name(words: Words, catalogue: Catalogue, place: str) -> str:
    """Return the name of a host, ``EU``, ``ALL`` or ``UA``."""
    key = f"scenario.place_{place}"
    return words.t(key) if words.has(key) else words.label(catalogue.hosts[place])


def in_place(words: Words, catalogue: Catalogue, place: str) -> str:
    """Return where, as it stands inside a sentence: "in the Netherlands"."""
    key = f"scenario.in_{place}"
    return words.t(key) if words.has(key) else f"({place_name(words, catalogue, place)})"


def PlaceSelect(
    session: Session,
    label: str,
    place: str | None = None,
    on_place: Callable[[str], None] | None = None,
    places: Sequence[str] = (),
    compact: bool = False,
) -> solara.Element:
    """Return a list of places: the Netherlands, the EU, all hosts, then countries by name.

    Without ``place`` and ``on_place`` it is the place the session looks at; without ``places`` all of them.
    """
    words, catalogue = session.words, session.engine.catalogue
    shown = places or session.engine.baseline.places
    names = {known: place_name(words, catalogue, known) for known in shown}
    first = [(known, names[known]) for known in FIRST_CHOICE if known in names]
    rest = [(known, name) for known, name in names.items() if known not in FIRST_CHOICE]
    rest.sort(key=lambda option: (option[0] == "elsewhere", option[1]))
    groups = [(words.t("scenario.countries"), rest)]
    chosen = session.place if place is None else place
    return Select(label, chosen, first, on_place or session.set_place, groups=groups, compact=compact)
