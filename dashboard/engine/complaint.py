"""A sentence for the user that pages can also say in another language."""

from typing import Any


class Complaint(str):
    """A plain English sentence with the code and the values a translation is made from.

    Attributes
    ----------
    code : str
        Message key ``engine.complaint.<code>``.
    values : dict
        Fields of the message: numbers, texts, months (``YYYY-MM``), names in all languages
        (``{en, nl, uk}``), or tuples of these. The sentence itself has the English names.
    """

    __slots__ = ("code", "values")

    code: str
    values: dict[str, Any]

    def __new__(cls, code: str, text: str, **values: Any) -> "Complaint":
        """Return the sentence ``text`` with its ``values`` filled in."""
        self = super().__new__(cls, text.format(**{name: _english(value) for name, value in values.items()}))
        self.code, self.values = code, values
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.code, str(self), self.values)


def _english(value: Any) -> Any:
    """Return a value as an English sentence holds it."""
    if isinstance(value, dict):
        return value["en"]
    return ", ".join(str(_english(part)) for part in value) if isinstance(value, tuple) else value


def _again(code: str, text: str, values: dict[str, Any]) -> Complaint:
    self = str.__new__(Complaint, text)
    self.code, self.values = code, values
    return self


CODES = {
    "link_too_long": "The link is longer than {most} characters, so it was not read. The baseline is shown.",
    "link_part": "A part of the link could not be read and was left out: {part}.",
    "unknown_war": "There is no course of the war called {found}. The baseline is used.",
    "unknown_preset": "There is no policy package called {found}. It was left out.",
    "unknown_lever": "There is no lever called {found}. It was left out.",
    "lever_place": "{lever} cannot be set in {found}. Allowed: {allowed}.",
    "lever_value": "{lever} cannot be {found}. Allowed: {least} to {most}.",
    "lever_who": "{lever} cannot be limited to newcomers.",
    "lever_start": "{lever} cannot start in {found}. Choose a month from {earliest} to {latest}.",
    "until": "The horizon cannot be {found}. Choose a month from {earliest} to {latest}.",
    "too_many_levers": "{found} levers are set; at most {most} can be set at once.",
    "too_many_presets": "{found} policy packages are chosen; at most {most} can be chosen at once.",
    "unknown_indicator": "There is no indicator called {found}. It was left out.",
    "indicator_without_driver": "{found} cannot be simulated: {reason}",
    "indicator_score": "The score of {found} must be a whole number from -2 to 2.",
    "unknown_upload": "The uploaded scenario is no longer on the server. Upload the file again.",
    "contradiction": "These choices contradict each other: {detail}",
    "session_full": "{most} questions are open already. Wait for one of them, or cancel it.",
    "queue_full": "The server is busy: {most} questions are waiting. Try again in a minute.",
    "took_too_long": "The simulation took longer than {most} seconds and was stopped.",
    "worker_lost": "The simulation stopped unexpectedly {tries} times. Try again.",
    "refused": "The model cannot simulate this: {detail}",
    "internal": "Something went wrong on the server. The choice is kept; try again.",
    "stopped": "The server is stopping. Try again in a minute.",
    "upload_too_large": "The file has more than {most} bytes; at most {most} are read.",
    "upload_empty": "The file is empty.",
    "upload_not_text": "The file is not plain text. Save it as a text file in UTF-8.",
    "upload_aliases": "The file uses YAML anchors or aliases (& and *). Write the values out.",
    "upload_too_many_items": "The file holds more than {most} values; at most {most} are read.",
    "upload_fault": "The file cannot be used: {detail}",
    "upload_too_early": "The file changes something in {found}. The earliest month is {earliest}.",
    "one_lever": "Choose at least two levers to split an effect; there is nothing to split.",
    "split_too_many": "{found} levers are set; an effect can be split by at most {most}.",
    "no_story": "No simulated household lives differently under this choice.",
    "story_needs_choice": "Set a lever or a course of the war first; then a household can be followed.",
}
"""All sentences the engine says, by code."""


def complain(code: str, **values: Any) -> Complaint:
    """Return the sentence of a code."""
    return Complaint(code, CODES[code], **values)
