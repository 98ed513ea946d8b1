"""The engine's complaints in the language of the user."""

import re
from typing import TYPE_CHECKING, Any

from abm.errors import EweaError
from dashboard.messages import Words

if TYPE_CHECKING:
    from dashboard.engine.complaint import Complaint

_MONTH = re.compile(r"[12]\d{3}-(0[1-9]|1[0-2])")


def complaint_in_words(complaint: "Complaint | str", words: Words) -> str:
    """Return a complaint in words; its own English sentence where the catalogue has none."""
    key = f"engine.complaint.{getattr(complaint, 'code', '')}"
    if not words.has(key):
        return str(complaint)
    try:
        values = getattr(complaint, "values", {})
        return words.t(key, **{name: _written(value, words) for name, value in values.items()})
    except (EweaError, KeyError, IndexError):
        return str(complaint)


def _written(value: Any, words: Words) -> Any:
    """Return a value of a complaint as the language writes it: names, places, months."""
    if isinstance(value, dict):
        return words.label(value)
    if isinstance(value, tuple):
        return ", ".join(str(_written(part, words)) for part in value)
    if isinstance(value, str) and _MONTH.fullmatch(value):
        return words.month(value)
    if isinstance(value, str) and words.has(f"scenario.place_{value}"):
        return words.t(f"scenario.place_{value}")
    return value
