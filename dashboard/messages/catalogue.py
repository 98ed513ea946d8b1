"""The catalogue: reads the message files and finds a text by key, language and number.

``<people>`` in a text stands for the term ``people`` of ``terms.yaml`` (``<People>`` with a capital), so that
a word that many texts share is changed in one place; ``<band>`` is the level of the ranges shown.
"""

import re
from functools import cache
from pathlib import Path
from string import Formatter

from babel import Locale, negotiate_locale
from pydantic import RootModel, ValidationError, model_validator

from abm.band import IN_RUNS, OF_RUNS, percent
from abm.data.config import Strict, named_faults, read_plain, read_yaml
from abm.errors import ConfigError, EweaError
from experiments.ensemble.outcomes import entries

LANGUAGES = ("nl", "en", "uk")
"""Languages of the app; the first is the default."""

NAMES = {"nl": "Nederlands", "en": "English", "uk": "Українська"}
"""What each language calls itself."""

LOCALES = {language: Locale(language) for language in LANGUAGES}

FORMS = {"nl": ("one", "other"), "en": ("one", "other"), "uk": ("one", "few", "many")}
"""Forms of a counted noun a text must give when it gives more than one."""

FOLDER = Path(__file__).parent
PAGES = FOLDER.parent / "pages"
TERMS = "terms"
MOST_READ = 200
"""Characters of ``Accept-Language`` that are looked at; more is not a browser."""

type Text = str | dict[str, str]


class Message(Strict):
    """One text in all languages; a text that counts something gives one text per form."""

    nl: Text
    en: Text
    uk: Text

    @model_validator(mode="after")
    def _is_whole(self) -> "Message":
        """Ask for every form, and for the same fields in every language."""
        fields = {}
        for language in LANGUAGES:
            text: Text = getattr(self, language)
            if isinstance(text, dict) and set(text) != set(FORMS[language]):
                raise ValueError(f"{language} must give the forms {', '.join(FORMS[language])}")
            texts = list(text.values()) if isinstance(text, dict) else [text]
            if not all(part.strip() for part in texts):
                raise ValueError(f"{language} is empty")
            fields[language] = {name for part in texts for name in fields_of(part)}
        if len({frozenset(names) for names in fields.values()}) > 1:
            raise ValueError(f"fields differ between languages: {fields}")
        return self


class Area(RootModel[dict[str, Message]]):
    """One file: key to message."""


def fields_of(text: str) -> set[str]:
    """Return the names in braces of a text.

    >>> sorted(fields_of("{n} people in {place}"))
    ['n', 'place']
    """
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def message_files() -> dict[str, Path]:
    """Return the file of every area: ``messages/<area>.yaml``, or ``pages/<area>/messages.yaml``."""
    own = {path.parent.name: path for path in PAGES.glob("*/messages.yaml")}
    return dict(sorted({**{path.stem: path for path in FOLDER.glob("*.yaml")}, **own}.items()))


@cache
def all_messages() -> dict[str, Message]:
    """Return every message by its full key ``<area>.<key>``, terms filled in."""
    areas = {}
    for area, path in message_files().items():
        try:
            areas[area] = Area.model_validate(read_plain(path)).root
        except ValidationError as error:
            raise ConfigError(named_faults(path, read_yaml(path), error)) from error
    # What outcomes are called stands with their definitions, for the app, the terminal and the reports.
    areas["scenario"] |= {
        f"outcome_{name}": Message(**about.label.model_dump()) for name, about in entries().items()
    }
    terms = areas.pop(TERMS, {})
    return {
        f"{area}.{key}": Message.model_validate(
            {language: _with_terms(getattr(text, language), language, terms) for language in LANGUAGES}
        )
        for area, texts in areas.items()
        for key, text in texts.items()
    }


def _with_terms(text: Text, language: str, terms: dict[str, Message]) -> Text:
    """Return a text in which every ``<term>`` is written out."""
    if isinstance(text, dict):
        return {form: str(_with_terms(part, language, terms)) for form, part in text.items()}

    gap = "\u00a0" if language == "uk" else ""
    levels = {"band": f"{percent()}{gap}%", "in_runs": str(IN_RUNS), "of_runs": str(OF_RUNS)}

    def written(found: re.Match[str]) -> str:
        name = found[1]
        if name in levels:
            return levels[name]
        if name.lower() not in terms:
            raise EweaError(f"no term {found[0]} ({text!r}). Add it to {FOLDER.name}/{TERMS}.yaml.")
        term = str(getattr(terms[name.lower()], language))
        return term[:1].upper() + term[1:] if name[0].isupper() else term

    return re.sub(r"<([A-Za-z_]+)>", written, text)


def plural_form(language: str, count: float) -> str:
    """Return which form of a noun a count takes.

    >>> [plural_form("uk", n) for n in (1, 2, 5, 11, 21, 22, 112)]
    ['one', 'few', 'many', 'many', 'one', 'few', 'many']
    >>> [plural_form("en", n) for n in (0, 1, 1.5, 2)]
    ['other', 'one', 'other', 'other']
    """
    form = LOCALES[language].plural_form(abs(count))
    # Ukrainian has a form of its own for fractions; ours are counts that were rounded.
    return form if form in FORMS[language] else LOCALES[language].plural_form(abs(round(count)))


def message(key: str, language: str, count: float | None = None) -> str:
    """Return the text of a key, its fields still open; ``count`` chooses the form of one that counts."""
    found = all_messages().get(key)
    if found is None:
        area = key.partition(".")[0]
        file = message_files().get(area, FOLDER / f"{area}.yaml").relative_to(FOLDER.parents[1])
        raise EweaError(f"message {key!r} does not exist. Add it to {file}.")
    text: Text = getattr(found, language)
    if isinstance(text, str):
        return text
    if count is None:
        raise EweaError(f"message {key!r} counts something. Give n=..., the number it counts.")
    return text[plural_form(language, count)]


def language_of(asked: str, header: str) -> str:
    """Return the language a link asks for, else the one that the browser prefers among ours."""
    return asked if asked in LANGUAGES else preferred_language(header)


def preferred_language(header: str) -> str:
    """Return our language that stands first in ``Accept-Language``; Dutch if none does.

    >>> preferred_language("uk-UA,uk;q=0.9,en;q=0.8"), preferred_language("fr"), preferred_language("")
    ('uk', 'nl', 'nl')
    >>> preferred_language("en;q=0.4, nl;q=0.7"), preferred_language("en;q=x, uk;q=0.1")
    ('nl', 'uk')
    """
    ranked = []
    for part in header[:MOST_READ].split(","):
        found = re.fullmatch(r"\s*([A-Za-z-]+)\s*(?:;\s*q=([\d.]{1,5}))?\s*", part)
        if found and (found[2] or "1").count(".") <= 1:
            ranked.append((-float((found[2] or "1").strip(".") or 0), found[1].lower()))
    wanted = [name for _, name in sorted(ranked, key=lambda pair: pair[0])]
    return negotiate_locale(wanted, LANGUAGES, sep="-") or LANGUAGES[0]
