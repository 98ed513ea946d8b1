"""The parts of the frame that live in the browser: the address, the header, the bar of choices."""

from pathlib import Path
from typing import Any

import solara


@solara.component_vue(str(Path("vue") / "address.vue"), vuetify=False)
def Address(
    url: str,
    title: str,
    language: str,
    theme: str,
    said: list[Any],
    event_moved: Any = None,
    event_undo: Any = None,
    event_redo: Any = None,
) -> None:
    """Keep the browser's address, title, language and theme as the session says; hear links and keys."""


@solara.component_vue(str(Path("vue") / "header.vue"), vuetify=False)
def Header(
    words: dict[str, str],
    home: str,
    home_page: str,
    pages: list[Any],
    languages: list[Any],
    themes: list[Any],
    theme: str,
    event_theme: Any = None,
) -> None:
    """Show the skip link, the name of the service, navigation, languages and themes."""


@solara.component_vue(str(Path("vue") / "choice_bar.vue"), vuetify=False)
def ChoiceBar(
    label: str,
    text: str,
    words: dict[str, str],
    can_undo: bool,
    can_redo: bool,
    can_reset: bool,
    event_undo: Any = None,
    event_redo: Any = None,
    event_reset: Any = None,
) -> None:
    """Show what is chosen, with undo, redo, clear and a button that copies the link."""
