"""Numbers as a reader wants them: percent, points, rounded persons, and months in words."""

import math
from collections.abc import Sequence

from abm.months import month_label
from experiments.summary import spoken_month

MISSING = "–"
MINUS = "−"
JOINED = "\N{NO-BREAK SPACE}"
"""Between a number and its unit, so that they stay on one line."""


def fixed(value: float, digits: int = 1) -> str:
    """Return a number with fixed digits and thousands separators.

    >>> fixed(-1234.56), fixed(float("nan"))
    ('−1,234.6', '–')
    """
    if not math.isfinite(value):
        return MISSING
    text = f"{value:,.{digits}f}"
    return text.replace("-", MINUS) if float(text.replace(",", "")) else text.lstrip("-")


def digits_of(value: float, significant: int = 3) -> int:
    """Return the decimals that show a number to its significant digits."""
    if not math.isfinite(value) or value == 0:
        return 0
    return max(significant - 1 - math.floor(math.log10(abs(value))), 0)


def plain(value: float) -> str:
    """Return a number to three significant digits, without powers of ten.

    >>> plain(0.00452), plain(123456.0), plain(0.0)
    ('0.00452', '123,456', '0')
    """
    return fixed(value, min(digits_of(value), 6))


def percent(share: float, digits: int = 1) -> str:
    """Return a share as percent.

    >>> percent(0.123).replace(JOINED, " ")
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


def measured(value: float, unit: str) -> str:
    """Return a value in the words of its unit.

    >>> [measured(x, unit).replace(JOINED, " ") for x, unit in ((0.0123, "share/month"), (4e6, "persons"))]
    ['1.23 % a month', '4.00 million persons']
    """
    return f"{_amount(value, unit)}{_after(unit)}" if math.isfinite(value) else MISSING


def interval(middle: float, low: float, high: float, unit: str) -> str:
    """Return a middle with its range, and the unit once.

    >>> interval(0.5, 0.4, 0.6, "share").replace(JOINED, " ")
    '50.0 % (40.0 % to 60.0 %)'
    """
    return f"{_amount(middle, unit)} ({between(low, high, unit, named=False)}){_after(unit)}"


def between(low: float, high: float, unit: str, named: bool = True) -> str:
    """Return a range in the words of its unit; without the unit if it is named elsewhere."""
    return f"{_amount(low, unit)} to {_amount(high, unit)}{_after(unit) if named else ''}"


def _amount(value: float, unit: str) -> str:
    if unit == "share":
        return percent(value)
    if unit == "share/month":
        return percent(value, 2)
    return persons(value) if unit == "persons" else plain(value)


def _after(unit: str) -> str:
    if unit in ("share", "1"):
        return ""
    return " a month" if unit == "share/month" else f" {unit}"


def month(number: float) -> str:
    """Return a month in words.

    >>> month(24.0)
    'January 2024'
    """
    return spoken_month(month_label(round(number))) if math.isfinite(number) else MISSING


def short_month(number: float) -> str:
    """Return ``YYYY-MM``."""
    return month_label(round(number)) if math.isfinite(number) else MISSING


def listed(names: Sequence[str]) -> str:
    """Return names as part of a sentence.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun.

    >>> counted(1, "survey"), counted(2, "survey")
    ('1 survey', '2 surveys')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"
