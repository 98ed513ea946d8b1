"""A choice in words: the course of the war, packages, levers with place, month and value."""

import re
from typing import TYPE_CHECKING, Any

from dashboard.engine.choice import BASELINE, Choice, LeverChoice
from dashboard.messages import Words
from dashboard.pages_parts.places import place_name

if TYPE_CHECKING:
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
