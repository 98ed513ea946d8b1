"""Everything a link holds (page, place, language, theme, choices, settings of pages), and undo of it.

Pure data and parsing; whatever a link says, a usable view comes out, and what could not be used is said.
Solara's router knows the page of an address, not these settings, so the query is read and written here.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, quote

from dashboard.engine.choice import Choices
from dashboard.messages.catalogue import LANGUAGES
from dashboard.messages.words import Words

SLOTS = ("A", "B", "C", "D")
"""Names of the choices that can be compared; A is the one shown."""

THEMES = ("auto", "light", "dark")

DEFAULT_PLACE = "NL"

MOST_STEPS = 100
"""Steps of undo that are kept; older ones are forgotten."""

MOST_CHARACTERS = 8_000
"""Longest link that is read; servers and mail programs cut longer ones."""

SETTINGS = (
    *("ahead", "answer", "c_file", "c_group", "c_out", "c_ref", "c_split", "c_view", "chart", "date"),
    *("evidence", "group", "lever", "map_flows", "map_show", "months", "past", "people_home", "people_seed"),
    *("report", "start", "where", "window"),
)
"""What pages keep in a link."""

_VALUE = re.compile(r"[A-Za-z0-9_.,:-]{0,80}")
_UNRESERVED = "~!*'():;@,/="


@dataclass(frozen=True)
class View:
    """What one tab shows: choices by slot (A is always there), and what pages keep in the link by name."""

    page: str
    place: str = DEFAULT_PLACE
    language: str = LANGUAGES[0]
    theme: str = "auto"
    choices: dict[str, Choices] = field(default_factory=lambda: {"A": Choices()})
    settings: dict[str, str] = field(default_factory=dict)
    law: str = field(default="", compare=False)  # Day of the law it was made under, ``YYYY-MM-DD``

    def query(self) -> str:
        """Return the part of the link after ``?``; what is as usual is left out, the language never."""
        parts = [("lang", self.language)]
        if self.theme != "auto":
            parts.append(("theme", self.theme))
        if self.place != DEFAULT_PLACE:
            parts.append(("place", self.place))
        if self.law:
            parts.append(("law", self.law))
        for slot, choice in sorted(self.choices.items()):
            text = choice.to_query()
            if text or slot != "A":
                parts.append((slot.lower(), text))
        parts += sorted(self.settings.items())
        return "&".join(f"{name}={quote(text, safe=_UNRESERVED)}" for name, text in parts)

    def with_choice(self, slot: str, choice: Choices | None) -> "View":
        """Return the view with another choice in a slot; None takes the slot away (A becomes empty)."""
        choices = {name: kept for name, kept in self.choices.items() if name != slot}
        if choice is not None or slot == "A":
            choices[slot] = choice if choice is not None else Choices()
        return replace(self, choices=dict(sorted(choices.items())))


class ViewHistory:
    """The views before and after the present one, by choice and place. The session guards it."""

    def __init__(self) -> None:
        self._before: list[View] = []
        self._after: list[View] = []

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._before)

    @property
    def can_redo(self) -> bool:
        """Whether a step was taken back."""
        return bool(self._after)

    @property
    def last_choice(self) -> Choices | None:
        """The choice shown before the last step."""
        return self._before[-1].choices["A"] if self._before else None

    def note(self, old: View, new: View) -> None:
        """Remember a change of the choices; any other change leaves no trace."""
        if (old.choices, old.place) != (new.choices, new.place):
            self._before = [*self._before, old][-MOST_STEPS:]
            self._after = []

    def undo(self, present: View) -> View:
        """Return the view before the last change (the present one if there is none)."""
        return self._step(self._before, self._after, present)

    def redo(self, present: View) -> View:
        """Return the view that was taken back last (the present one if there is none)."""
        return self._step(self._after, self._before, present)

    @staticmethod
    def _step(source: list[View], target: list[View], present: View) -> View:
        if not source:
            return present
        target.append(present)
        kept = source.pop()
        return replace(present, choices=kept.choices, place=kept.place)


def is_day(text: str) -> bool:
    """Return whether a text is a day as links write it."""
    try:
        return len(text) == len("2026-11-29") and dt.date.fromisoformat(text).year > 2000
    except ValueError:
        return False


def read_view(
    page: str,
    query: str,
    language: str,
    places: Iterable[str],
    read_choice: Callable[[str], tuple[Choices, list[Any]]] = Choices.from_query,
) -> tuple[View, list[str]]:
    """Return the view a link asks for, and faults in the language of the view.

    ``page`` exists, ``query`` is what the browser sent after ``?``, ``language`` counts if the link names
    none.
    ``engine.read_choice`` as ``read_choice`` also leaves out what does not exist.
    """
    if len(query) > MOST_CHARACTERS:
        words = Words(language)
        return View(page, language=language), [words.t("shell.link_too_long", most=MOST_CHARACTERS)]
    asked: dict[str, str] = {}
    for name, text in parse_qsl(query, keep_blank_values=True, errors="replace"):
        asked.setdefault(name, text)  # the first of two equal names counts
    wanted = asked.get("lang", language)
    view = View(page, language=wanted if wanted in LANGUAGES else language)
    words = Words(view.language)
    known = {"lang": LANGUAGES, "theme": THEMES, "place": set(places)}
    fields = {"lang": "language", "theme": "theme", "place": "place"}
    faults = []
    for name, text in asked.items():
        if name in known and text in known[name]:
            view = replace(view, **{fields[name]: text})
        elif name in known:
            faults.append(words.t(f"shell.link_bad_{fields[name]}", found=f"“{text[:40]}”"))
        elif name.upper() in SLOTS and len(name) == 1:
            choice, left_out = read_choice(text)
            view = view.with_choice(name.upper(), choice)
            faults += [words.user_message(fault) for fault in left_out]
        elif name == "law":
            if is_day(text):
                view = replace(view, law=text)
            else:
                faults.append(words.t("shell.link_bad_law", found=f"“{text[:40]}”"))
        elif name in SETTINGS and _VALUE.fullmatch(text):
            view = replace(view, settings={**view.settings, name: text})
        elif name not in ("kernelid", "modelid"):
            faults.append(words.t("shell.link_bad_part", found=f"“{name[:40]}”"))
    return view, faults
