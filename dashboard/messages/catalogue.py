"""The catalogue: reads the message files and finds a text by key, language and number."""

from functools import cache
from pathlib import Path
from string import Formatter

from pydantic import RootModel, ValidationError, model_validator

from abm.data.config import Strict, explain, plain, read_yaml
from abm.errors import ConfigError, EweaError

LANGUAGES = ("nl", "en", "uk")
"""Languages of the app; the first is the default."""

NAMES = {"nl": "Nederlands", "en": "English", "uk": "Українська"}
"""What each language calls itself."""

FOLDER = Path(__file__).parent

PAGES = FOLDER.parent / "pages"

FORMS = {"nl": ("one", "other"), "en": ("one", "other"), "uk": ("one", "few", "many")}
"""Forms of a counted noun a text must give when it gives more than one."""

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
    """Return every message by its full key ``<area>.<key>``.

    Raises
    ------
    ConfigError
        If a file of the folder is not a whole catalogue; names file, line and key.
    """
    found = {}
    for area, path in message_files().items():
        data = read_yaml(path)
        try:
            texts = Area.model_validate(plain(data))
        except ValidationError as error:
            raise ConfigError(explain(path, data, error)) from error
        found.update({f"{area}.{key}": value for key, value in texts.root.items()})
    return found


def plural_form(language: str, count: float) -> str:
    """Return which form of a noun a count takes.

    >>> [plural_form("uk", n) for n in (1, 2, 5, 11, 21, 22, 112)]
    ['one', 'few', 'many', 'many', 'one', 'few', 'many']
    >>> [plural_form("en", n) for n in (0, 1, 2)]
    ['other', 'one', 'other']
    """
    whole = abs(round(count))
    if language != "uk":
        return "one" if whole == 1 and abs(count) == 1 else "other"
    if whole % 10 == 1 and whole % 100 != 11:
        return "one"
    if whole % 10 in (2, 3, 4) and whole % 100 not in (12, 13, 14):
        return "few"
    return "many"


def message(key: str, language: str, count: float | None = None) -> str:
    """Return the text of a key, its fields still open.

    Raises
    ------
    EweaError
        If there is no such key, or the text counts and no count is given.
    """
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
