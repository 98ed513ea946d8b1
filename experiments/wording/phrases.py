"""Months, days, lists and counts in words, and the sentences of a file."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from abm.data.config import read_yaml
from abm.months import month_label

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
UNKNOWN = "–"


def spoken_day(iso: str) -> str:
    """Return a date in words.

    >>> spoken_day("2028-03-01")
    '1 March 2028'
    """
    year, month, day = iso.split("-")
    return f"{int(day)} {MONTHS[int(month) - 1]} {year}"


def short_day(iso: str) -> str:
    """Return a date in few letters.

    >>> short_day("2028-03-01")
    '1 Mar 2028'
    """
    day, month, year = spoken_day(iso).split()
    return f"{day} {month[:3]} {year}"


def spoken_month(month: str | float) -> str:
    """Return a month, given as a label or by its number, in words.

    >>> spoken_month("2024-08"), spoken_month(24.0), spoken_month(float("nan"))
    ('August 2024', 'January 2024', '–')
    """
    label = month if isinstance(month, str) else short_month(month)
    if label == UNKNOWN:
        return UNKNOWN
    year, number = label.split("-")
    return f"{MONTHS[int(number) - 1]} {year}"


def short_month(number: float) -> str:
    """Return ``YYYY-MM``."""
    return month_label(round(number)) if math.isfinite(number) else UNKNOWN


def spoken_span(first: int, until: int) -> str:
    """Return the months from ``first`` to the one before ``until`` in words.

    >>> spoken_span(24, 27)
    'January 2024 to March 2024'
    """
    return f"{spoken_month(first)} to {spoken_month(until - 1)}"


def listed(names: Sequence[str], joint: str = "and") -> str:
    """Return names as part of a sentence.

    >>> listed(["a", "b", "c"]), listed(["a", "b"], "or"), listed([])
    ('a, b and c', 'a or b', '')
    """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {joint} {names[-1]}"


def count_of(number: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun.

    >>> count_of(1, "survey"), count_of(2, "survey")
    ('1 survey', '2 surveys')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def capitalised(text: str) -> str:
    """Return a text with a capital at its start and everything else as it is."""
    return text[:1].upper() + text[1:]


def sentences_of(path: Path, part: str) -> Callable[..., str]:
    """Return what writes the sentences of one part of a YAML file: by name, with the values in its braces."""

    def say(name: str, **values: object) -> str:
        return _texts(path)[part][name].format(**values)

    return say


@cache
def _texts(path: Path) -> Mapping[str, Mapping[str, str]]:
    return read_yaml(path)
