"""Numbers as readers want them: rounded to what their band supports, with separators and units.

A rounding step is the coarser of two: a quarter of the band, and three significant digits (a band over seeds
alone is narrower than what is really unknown). It never falls below the persons one simulated unit stands
for.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from abm.band import IN_RUNS, OF_RUNS
from abm.data.config import read_yaml
from abm.months import month_label

MISSING = "–"
MINUS = "−"
JOINED = "\N{NO-BREAK SPACE}"
"""Between a number and its unit, so that they stay on one line."""

DIGITS = 3
"""Significant digits shown at most."""

PARTS_OF_BAND = 4
"""Steps that fit into the band at least."""


def rounding_step(
    value: float, low: float | None = None, high: float | None = None, least: float = 1.0
) -> int:
    """Return the step to which a figure and its band are rounded: 1 or 5 times a power of ten.

    ``low`` and ``high`` are absent when there is a single seed; ``least`` is the smallest meaningful
    difference (the scale of the run).

    >>> rounding_step(134_321, 128_431, 141_992)
    1000
    >>> rounding_step(134_321, 100_000, 170_000)
    10000
    >>> rounding_step(4_123_456, 4_120_000, 4_126_000)
    10000
    """
    largest = max(abs(value), abs(low or 0.0), abs(high or 0.0))
    by_digits = 10.0 ** (math.floor(math.log10(largest)) - DIGITS + 1) if largest > 0 else 1.0
    by_band = 0.0
    if low is not None and high is not None:
        by_band = _nice_below((high - low) / PARTS_OF_BAND)
    return max(1, round(max(by_digits, by_band, _nice_below(least))))


def to_step(value: float, step: int) -> int:
    """Return the multiple of ``step`` nearest to ``value``; halves go away from zero.

    >>> to_step(134_321, 1000), to_step(-2_500, 1000)
    (134000, -3000)
    """
    return int(math.copysign(math.floor(abs(value) / step + 0.5) * step, value))


def spoken(value: float, step: int) -> str:
    """Return a rounded figure with thousands separators.

    >>> spoken(134_321, 1000)
    '134,000'
    """
    return f"{to_step(value, step):,}"


def amount(middle: float, low: float, high: float, least: float) -> str:
    """Return a difference with its band, rounded to what the band supports.

    >>> amount(-12_345, -15_000, -9_000, 100)
    '-12,000 (-15,000 to -9,000)'
    >>> amount(0, 0, 0, 100)
    'no change'
    """
    if middle == low == high == 0:
        return "no change"
    step = rounding_step(middle, low, high, least)
    values = [f"{to_step(v, step):+,}".replace("+0", "0") for v in (middle, low, high)]
    return f"{values[0]} ({values[1]} to {values[2]})"


def _nice_below(width: float) -> float:
    """Return the largest of 1, 5, 10, 50, ... that is at most ``width`` (0 below 1)."""
    if width < 1:
        return 0.0
    power = 10.0 ** math.floor(math.log10(width))
    return 5 * power if width >= 5 * power else power


def fixed(value: float, digits: int = 1) -> str:
    """Return a number with fixed digits and thousands separators.

    >>> fixed(-1234.56), fixed(float("nan"))
    ('−1,234.6', '–')
    """
    if not math.isfinite(value):
        return MISSING
    text = f"{value:,.{digits}f}"
    return text.replace("-", MINUS) if float(text.replace(",", "")) else text.lstrip("-")


def significant(value: float) -> str:
    """Return a number to three significant digits, trailing zeros included, never fewer before the point.

    >>> significant(0.00452), significant(123456.0), significant(0.5), significant(0.0)
    ('0.00452', '123,456', '0.500', '0')
    """
    if not math.isfinite(value) or value == 0:
        return fixed(value, 0)
    return fixed(value, min(max(DIGITS - 1 - math.floor(math.log10(abs(value))), 0), 6))


def shown(value: float) -> str:
    """Return a number rounded to three significant digits, without trailing zeros or an exponent.

    >>> shown(98000.0), shown(0.0045), shown(1234567.0), shown(0.5), shown(-12.345)
    ('98,000', '0.0045', '1,230,000', '0.5', '−12.3')
    """
    near = float(f"{value:.{DIGITS}g}")
    text = f"{near:,.0f}" if abs(near) >= 100 else f"{near:.10f}".rstrip("0").rstrip(".")
    return text.replace("-", MINUS)


def as_percent(share: float, digits: int = 1) -> str:
    """Return a share as percent.

    >>> as_percent(0.123).replace(JOINED, " ")
    '12.3 %'
    """
    return MISSING if not math.isfinite(share) else f"{fixed(100 * share, digits)}{JOINED}%"


def points(share: float) -> str:
    """Return a difference of shares in percentage points, with its sign.

    >>> points(-0.041)
    '−4.1'
    """
    text = fixed(100 * share, 1)
    return f"+{text}" if math.isfinite(share) and not text.startswith((MINUS, "0.0")) else text


def persons(value: float) -> str:
    """Return persons; large numbers in millions.

    >>> persons(1_234_567).replace(JOINED, " "), persons(20_345)
    ('1.23 million', '20,300')
    """
    if not math.isfinite(value):
        return MISSING
    if abs(value) >= 1e6:
        return f"{fixed(value / 1e6, 2)}{JOINED}million"
    step = 10 ** max(math.floor(math.log10(abs(value))) - 2, 0) if value else 1
    return fixed(round(value / step) * step, 0)


def with_unit(value: float, unit: str) -> str:
    """Return a value in the words of its unit.

    >>> [with_unit(x, unit).replace(JOINED, " ") for x, unit in ((0.0123, "share/month"), (4e6, "persons"))]
    ['1.23 % a month', '4.00 million persons']
    """
    return f"{_bare(value, unit)}{_after(unit)}" if math.isfinite(value) else MISSING


def interval(middle: float, low: float, high: float, unit: str) -> str:
    """Return a middle with its range, and the unit once.

    >>> interval(0.5, 0.4, 0.6, "share").replace(JOINED, " ")
    '50.0 % (40.0 % to 60.0 %)'
    """
    return f"{_bare(middle, unit)} ({between(low, high, unit, named=False)}){_after(unit)}"


def between(low: float, high: float, unit: str, named: bool = True) -> str:
    """Return a range in the words of its unit; without the unit if it is named elsewhere."""
    return f"{_bare(low, unit)} to {_bare(high, unit)}{_after(unit) if named else ''}"


def _bare(value: float, unit: str) -> str:
    if unit == "share":
        return as_percent(value)
    if unit == "share/month":
        return as_percent(value, 2)
    return persons(value) if unit == "persons" else significant(value)


def _after(unit: str) -> str:
    if unit in ("share", "1"):
        return ""
    return " a month" if unit == "share/month" else f" {unit}"


MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


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
    if label == MISSING:
        return MISSING
    year, number = label.split("-")
    return f"{MONTHS[int(number) - 1]} {year}"


def short_month(number: float) -> str:
    """Return ``YYYY-MM``."""
    return month_label(round(number)) if math.isfinite(number) else MISSING


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


def count_of(number: int, one: str) -> str:
    """Return a count with its noun.

    >>> count_of(1, "survey"), count_of(2, "survey")
    ('1 survey', '2 surveys')
    """
    return f"{number:,} {one}{'s' * (number != 1)}"


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


Verdict = Literal["none", "unclear", "likely_more", "likely_less", "more", "less"]

LIKELY = IN_RUNS / OF_RUNS
"""Share of the runs that must agree on a direction to call it likely."""


def verdict(low: float, high: float, more: int, fewer: int, runs: int) -> Verdict:
    """Return what a difference supports: its band as shown, and in how many runs it is above and below 0.

    >>> verdict(-4_000, -2_000, 0, 20, 20), verdict(-4_000, 0, 2, 17, 20), verdict(-4_000, 900, 9, 11, 20)
    ('less', 'likely_less', 'unclear')
    >>> verdict(0, 0, 0, 0, 20)
    'none'
    """
    if runs and not more and not fewer:
        return "none"
    if low > 0 or high < 0:
        return "more" if low > 0 else "less"
    if runs and max(more, fewer) >= LIKELY * runs:
        return "likely_more" if more > fewer else "likely_less"
    return "unclear"
