"""A choice in words, in one of the three languages."""

from collections.abc import Callable, Mapping

from dashboard.engine.catalogue import Catalogue
from dashboard.engine.choice import BASELINE, Choice

SCENARIO_WORDS: Mapping[str, str] = {
    "baseline": "Baseline: policy and war go on as they are.",
    "war": "War: {label}",
    "preset": "Policy package: {label}",
    "lever": "{label}, {place}, from {month}: {value} ({unit})",
    "on": "on",
    "off": "off",
    "newcomers": "newcomers only",
    "score": "Scorecard: {label}, moved by {score}",
    "upload": "Uploaded scenario",
    "place_EU": "EU",
    "place_ALL": "all hosts",
    "place_UA": "Ukraine",
}
"""English words; pages pass the same keys in other languages."""


def _same(text: str) -> str:
    return text


def scenario_in_words(
    choice: Choice,
    catalogue: Catalogue,
    language: str = "en",
    words: Mapping[str, str] | None = None,
    month: Callable[[str], str] = _same,
    number: Callable[[float], str] | None = None,
) -> list[str]:
    """Return a choice as short lines.

    Parameters
    ----------
    words : mapping of str to str, optional
        As :data:`SCENARIO_WORDS`, in the language.
    month, number : callable, optional
        How the language writes ``YYYY-MM`` and numbers.
    """
    say = {**SCENARIO_WORDS, **(words or {})}

    def label(entry: Mapping[str, str]) -> str:
        return entry.get(language, entry["en"])

    lines = []
    if choice.war != BASELINE:
        names = {war["id"]: label(war["label"]) for war in catalogue.wars}
        lines.append(say["war"].format(label=names.get(choice.war, choice.war)))
    names = {policy["id"]: label(policy["label"]) for policy in catalogue.policies}
    lines += [say["preset"].format(label=names.get(preset, preset)) for preset in choice.presets]
    if choice.upload:
        lines.append(say["upload"])
    for lever in choice.levers:
        about = catalogue.lever(lever.lever)
        place = say.get(f"place_{lever.place}") or label(
            catalogue.hosts.get(lever.place, {"en": lever.place})
        )
        if about["is_switch"]:
            value = say["on"] if lever.value else say["off"]
        elif isinstance(lever.value, str):
            value = month(lever.value)
        else:
            value = number(lever.value) if number is not None else f"{lever.value:g}"
        line = say["lever"].format(
            label=label(about["label"]),
            place=place,
            month=month(lever.start),
            value=value,
            unit=about["unit"],
        )
        lines.append(f"{line}, {say['newcomers']}" if lever.who == "newcomers" else line)
    items = {item["id"]: label(item["label"]) for item in catalogue.indicators}
    lines += [
        say["score"].format(label=items.get(i, i), score=f"{score:+d}") for i, score in choice.scorecard
    ]
    return lines or [say["baseline"]]
