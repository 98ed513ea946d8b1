"""Everything a link holds: page, place, language, theme, the compared choices, and settings of pages.

Pure data and parsing; whatever a link says, a usable view comes out, with complaints about the rest.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, quote

from dashboard.engine.choice import Choice
from dashboard.messages import LANGUAGES, Words

SLOTS = ("A", "B", "C", "D")
"""Names of the choices that can be compared; A is the one shown."""

THEMES = ("auto", "light", "dark")

DEFAULT_PLACE = "NL"

MOST_CHARACTERS = 8_000
"""Longest link that is read; servers and mail programs cut longer ones."""

MOST_SETTINGS = 12
"""Settings of pages a link may hold."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
_VALUE = re.compile(r"[A-Za-z0-9_.,:-]{0,80}")
_UNRESERVED = "~!*'():;@,/="


@dataclass(frozen=True)
class View:
    """What one tab shows.

    Attributes
    ----------
    page : str
        Id of the page.
    place : str
        ``NL``, ``EU``, ``ALL`` or a host.
    language : str
        One of :data:`dashboard.messages.LANGUAGES`.
    theme : str
        ``auto`` (as the device), ``light`` or ``dark``.
    choices : dict of str to Choice
        By slot; A is always there.
    settings : dict of str to str
        What pages keep in the link (a tab, an outcome), by name.
    """

    page: str
    place: str = DEFAULT_PLACE
    language: str = LANGUAGES[0]
    theme: str = "auto"
    choices: dict[str, Choice] = field(default_factory=lambda: {"A": Choice()})
    settings: dict[str, str] = field(default_factory=dict)

    def query(self) -> str:
        """Return the part of the link after ``?``; what is as usual is left out, the language never."""
        parts = [("lang", self.language)]
        if self.theme != "auto":
            parts.append(("theme", self.theme))
        if self.place != DEFAULT_PLACE:
            parts.append(("place", self.place))
        for slot, choice in sorted(self.choices.items()):
            text = choice.to_query()
            if text or slot != "A":
                parts.append((slot.lower(), text))
        parts += sorted(self.settings.items())
        return "&".join(f"{name}={quote(text, safe=_UNRESERVED)}" for name, text in parts)

    def with_choice(self, slot: str, choice: Choice | None) -> "View":
        """Return the view with another choice in a slot; None takes the slot away (A becomes empty)."""
        choices = {name: kept for name, kept in self.choices.items() if name != slot}
        if choice is not None or slot == "A":
            choices[slot] = choice if choice is not None else Choice()
        return replace(self, choices=dict(sorted(choices.items())))


def read_view(
    page: str,
    query: str,
    language: str,
    places: Iterable[str],
    read_choice: Callable[[str], tuple[Choice, list[Any]]] = Choice.from_query,
    in_words: Callable[[str, Words], str] = lambda complaint, _: complaint,
) -> tuple[View, list[str]]:
    """Return the view a link asks for, and complaints in the language of the view.

    Parameters
    ----------
    page : str
        Id of the page (already known to exist).
    query : str
        The part after ``?``, as the browser sent it.
    language : str
        Language if the link names none.
    places : iterable of str
        Places that exist.
    read_choice : callable
        Reads one choice; ``engine.read_choice`` also leaves out what does not exist.
    in_words : callable
        Says a complaint of the engine about a choice in the language of the view.
    """
    if len(query) > MOST_CHARACTERS:
        words = Words(language)
        return View(page, language=language), [words.t("shell.link_too_long", most=MOST_CHARACTERS)]
    asked: dict[str, str] = {}
    for name, text in parse_qsl(query, keep_blank_values=True, errors="replace"):
        asked.setdefault(name, text)  # the first of two equal names counts
    wrong_language = asked.get("lang", language) not in LANGUAGES
    view = View(page, language=language if wrong_language else asked.get("lang", language))
    words = Words(view.language)
    complaints = []
    known = set(places)
    for name, text in asked.items():
        shown = f"“{text[:40]}”"
        if name == "lang":
            if wrong_language:
                complaints.append(words.t("shell.link_bad_language", found=shown))
        elif name == "theme":
            if text in THEMES:
                view = replace(view, theme=text)
            else:
                complaints.append(words.t("shell.link_bad_theme", found=shown))
        elif name == "place":
            if text in known:
                view = replace(view, place=text)
            else:
                complaints.append(words.t("shell.link_bad_place", found=shown))
        elif name.upper() in SLOTS and len(name) == 1:
            choice, faults = read_choice(text)
            view = view.with_choice(name.upper(), choice)
            complaints += [in_words(fault, words) for fault in faults]
        elif _NAME.fullmatch(name) and _VALUE.fullmatch(text) and len(view.settings) < MOST_SETTINGS:
            view = replace(view, settings={**view.settings, name: text})
        elif name not in ("kernelid", "modelid"):
            complaints.append(words.t("shell.link_bad_part", found=f"“{name[:40]}”"))
    return view, complaints
