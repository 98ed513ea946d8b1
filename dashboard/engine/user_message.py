"""A sentence for the user that pages can say in every language; the texts are in ``messages/engine.yaml``."""

from typing import Any

from dashboard.messages import catalogue


class UserMessage(str):
    """A plain English sentence with the code and the values a translation is made from."""

    __slots__ = ("code", "values")

    code: str  # Message key ``engine.<code>``
    # Fields of the message: numbers, texts, months (``YYYY-MM``), names in all languages (``{en, nl, uk}``),
    # or tuples of these. The sentence itself has the English names
    values: dict[str, Any]

    def __new__(cls, code: str, text: str, values: dict[str, Any]) -> "UserMessage":
        """Return a sentence with what it was made from."""
        self = super().__new__(cls, text)
        self.code, self.values = code, values
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return UserMessage, (self.code, str(self), self.values)


def user_message(code: str, **values: Any) -> UserMessage:
    """Return the sentence of a code."""
    text = catalogue.message(f"engine.{code}", "en")
    return UserMessage(code, text.format(**{name: _english(value) for name, value in values.items()}), values)


def _english(value: Any) -> Any:
    """Return a value as an English sentence holds it."""
    if isinstance(value, dict):
        return value["en"]
    return ", ".join(str(_english(part)) for part in value) if isinstance(value, tuple) else value
