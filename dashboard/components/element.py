"""Plain HTML elements, and components that live in the browser.

Text given as children is always shown as text, never read as HTML. Form controls, tables and charts are our
own small templates, not Solara's Vuetify widgets: only native elements keep the bar of accessibility (label,
hint and error tied together, keyboard, 200 % zoom) without a megabyte of style sheets.
"""

import inspect
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import ipyvue
import solara
from reacton.core import ComponentWidget

from dashboard.messages.words import Words

type Child = str | solara.Element


class _Tagged(ComponentWidget):
    """An HTML element of one tag.

    The browser cannot change the tag of an element that is there. To Solara all of them would be one
    component; told apart by tag, an element that follows one of another tag is made anew.
    """

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, tag: str) -> None:
        super().__init__(ipyvue.Html)
        self.tag = tag

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Tagged) and self.tag == other.tag


def el(tag: str, *children: Child, classes: str = "", **attributes: Any) -> solara.Element:
    """Return an HTML element; usable as ``with el("div"):`` too.

    Underscores in the names of attributes become hyphens (``aria_label``), a trailing one is dropped
    (``for_``); None and False leave the attribute out.
    """
    written = {
        name.rstrip("_").replace("_", "-"): "" if value is True else value
        for name, value in attributes.items()
        if value is not None and value is not False
    }
    # No children at all must not be an empty list: "with el(...)" adds to what is given.
    given = {"children": list(children)} if children else {}
    return _Tagged(tag)(tag=tag, class_=classes or None, attributes=written, **given)  # type: ignore[no-any-return]


def vue(template: Path, properties: str) -> Callable[..., solara.Element]:
    """Return the component of a Vue template with these properties; ``event_...`` are called by it."""

    def component(**_: Any) -> None: ...

    component.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=None if name.startswith("event_") else inspect.Parameter.empty,
            )
            for name in properties.split()
        ]
    )
    return solara.component_vue(str(template), vuetify=False)(component)


def heading(text: str, level: int = 2, id_: str | None = None) -> solara.Element:
    """Return a heading of level 2 to 4; level 1 belongs to the shell."""
    assert level in (2, 3, 4), "level 1 is the page's own heading, made by the shell"
    return el(f"h{level}", text, classes=f"heading-{level}", id=id_)


def paragraph(*children: Child, classes: str = "") -> solara.Element:
    """Return a paragraph."""
    return el("p", *children, classes=classes)


def lead(*children: Child) -> solara.Element:
    """Return the sentence that says what a page is about, in larger type."""
    return el("p", *children, classes="lead")


def bullets(items: Sequence[Child], classes: str = "") -> solara.Element:
    """Return a list with bullets."""
    return el("ul", *[el("li", item) for item in items], classes=f"bullets {classes}".strip())


TERMS = (
    *("people", "protection", "title", "baseline", "lever", "range", "verdict", "reception", "gap"),
    *("estimate", "hindcast", "held_out", "evidence", "onward"),
)
"""Terms of the glossary; their words are ``help.term_<name>`` and ``help.means_<name>``."""

MOST_MARKED = 2
"""Terms marked in one text: each is a stop of the keyboard."""


def term(words: Words, name: str, text: str, where: str) -> solara.Element:
    """Return a text with what a term in it means, seen on hover and focus; ``where`` is unique on a page."""
    mark = f"term-{name}-{where}"
    tip = el("span", words.t(f"help.means_{name}"), classes="term-tip", role="tooltip", id=mark)
    return el("span", text, tip, classes="term", tabindex="0", aria_describedby=mark)


@cache
def _written(words: Words, name: str) -> re.Pattern[str]:
    """Return how a term is written in a text: its first words, with other endings too."""
    known = re.split(r"[,(:]", words.t(f"help.term_{name}"))[0].split()
    stems = [word[:-2] if words.language == "uk" and len(word) > 4 else word for word in known]
    return re.compile(r"\b" + r"\s+".join(rf"{re.escape(stem)}\w*" for stem in stems), re.IGNORECASE)


def with_meanings(words: Words, text: str, where: str) -> list[Child]:
    """Return a text in parts, its first terms of the glossary with what they mean."""
    found = {name: at for name in TERMS if (at := _written(words, name).search(text))}
    parts: list[Child] = []
    done = 0
    for name in sorted(found, key=lambda one: found[one].start())[:MOST_MARKED]:
        start, end = found[name].span()
        if start >= done:
            parts += [text[done:start], term(words, name, text[start:end], where)]
            done = end
    return [part for part in (*parts, text[done:]) if part != ""]


def page_link(text: str, session: Any, page: str, part: str = "") -> solara.Element:
    """Return a link to another page of the app, or a part of it by its id, that keeps the user's choices."""
    address = session.href(page) + (f"#{part}" if part else "")
    return el("a", text, classes="link", href=address, data_page=page, data_part=part or None)


def section(title: str, *children: Child, id_: str, **attributes: Any) -> solara.Element:
    """Return a section named by its heading; usable as ``with section(...):`` too."""
    named = heading(title, 2, f"{id_}-title")
    return el(
        "section", named, *children, classes="section", id=id_, aria_labelledby=f"{id_}-title", **attributes
    )


def details(summary: str, *children: Child, open_: bool = False) -> solara.Element:
    """Return text that opens on demand."""
    return el("details", el("summary", summary), el("div", *children, classes="details-body"), open=open_)
