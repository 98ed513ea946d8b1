"""Months as integers: the only calendar the model knows.

Month 0 is January 2022, the first month of the driver series; March 2022 is 2.
A month takes the value in force on its first day; levers, scenarios and routes that start on or before the
15th count for their month (:mod:`abm.policy.change`).
"""

import datetime as dt
import re

EPOCH_YEAR = 2022
_LABEL = re.compile(r"^(\d{4})-(0[1-9]|1[0-2])$")


def month_index(label: str) -> int:
    """Return the month number of a label such as ``"2024-08"``.

    Raises
    ------
    ValueError
        If the label is not ``YYYY-MM``.

    >>> month_index("2022-01"), month_index("2022-03"), month_index("2024-08")
    (0, 2, 31)
    """
    match = _LABEL.match(label)
    if match is None:
        raise ValueError(f"{label!r} is not a month; write it as YYYY-MM, for example 2024-08")
    return (int(match[1]) - EPOCH_YEAR) * 12 + int(match[2]) - 1


def month_label(index: int) -> str:
    """Return ``YYYY-MM`` of a month number.

    >>> month_label(31)
    '2024-08'
    """
    year, month = divmod(index, 12)
    return f"{EPOCH_YEAR + year:04d}-{month + 1:02d}"


def first_day(index: int) -> dt.date:
    """Return the first day of a month.

    >>> first_day(31)
    datetime.date(2024, 8, 1)
    """
    year, month = divmod(index, 12)
    return dt.date(EPOCH_YEAR + year, month + 1, 1)


def to_day(text: str) -> dt.date:
    """Return the day a date text names; a month or a year names its first day.

    >>> to_day("2024-09")
    datetime.date(2024, 9, 1)
    """
    completed = {len("YYYY"): "-01-01", len("YYYY-MM"): "-01"}.get(len(text), "")
    return dt.date.fromisoformat(text + completed)


def calendar_month(index: int) -> int:
    """Return the month of the year, 1 to 12.

    >>> calendar_month(31)
    8
    """
    return index % 12 + 1
