"""Values in force from a date on: the day, the day before, and faults of order."""

import datetime as dt

import numpy as np
import pytest

from abm.data.dated import Dated
from abm.data.figures import EurosMonth, interpolated, steps, to_day
from abm.errors import ConfigError
from abm.months import calendar_month, first_day, month_index, month_label

PROTECTION = Dated.of([("2022-03-04", True), ("2027-03-05", False)], "protection")


def euros(date: str, value: float) -> EurosMonth:
    return EurosMonth(value=value, unit="EUR/month", date=date, publisher="somebody", status="recorded")


def test_protection_covers_4_march_2027_but_not_the_day_after() -> None:
    assert PROTECTION.on(dt.date(2027, 3, 4))
    assert not PROTECTION.on(dt.date(2027, 3, 5))
    assert PROTECTION.on(dt.date(2027, 3, 1))
    assert not PROTECTION.on(dt.date(2027, 4, 1))


def test_there_is_no_value_before_the_first_date() -> None:
    assert PROTECTION.on(dt.date(2022, 3, 4))
    with pytest.raises(ConfigError, match=r"protection: no value on 2022-03-03; the first starts 2022-03-04"):
        PROTECTION.on(dt.date(2022, 3, 3))


def test_a_month_starts_on_its_first_day() -> None:
    step = Dated.of([("2024-09", 1)], "x")
    assert step.on(dt.date(2024, 9, 1)) == 1


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], "no dated value"),
        ([("2024-01-01", 1), ("2024-01-01", 2)], "two values start on 2024-01-01; dates overlap"),
        ([("2024-01-01", 1), ("2024-01", 2)], "two values start on 2024-01-01"),
        ([("2024-02-01", 1), ("2024-01-01", 2)], "2024-01-01 stands after 2024-02-01"),
        ([("2024-02-30", 1)], "'2024-02-30' is not a date"),
        ([("soon", 1)], "'soon' is not a date"),
    ],
)
def test_wrong_dates_are_refused(lines: list[tuple[str, int]], expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        Dated.of(lines, "x")


def test_months_and_labels_are_inverse() -> None:
    for month in range(-30, 100):
        assert month_index(month_label(month)) == month
        assert first_day(month).strftime("%Y-%m") == month_label(month)
        assert calendar_month(month) == first_day(month).month


@pytest.mark.parametrize(
    "text", ["2024", "2024-1", "2024-00", "2024-13", "24-01", "2024-01-01", "", " 2024-01"]
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a month"):
        month_index(text)


def test_steps_take_the_value_in_force_on_the_first_day() -> None:
    figures = [euros("2022-02-01", 10.0), euros("2022-04-02", 20.0)]
    assert steps(figures, 6).tolist() == [10, 10, 10, 10, 20, 20]


def test_observations_are_interpolated_by_days() -> None:
    figures = [euros("2022-02-01", 0.0), euros("2022-04-01", 59.0)]
    # February has 28 of the 59 days.
    assert np.allclose(interpolated(figures, 5), [0, 0, 28, 59, 59])


def test_a_year_or_month_names_its_first_day() -> None:
    assert to_day("2024") == dt.date(2024, 1, 1)
    assert to_day("2024-09") == dt.date(2024, 9, 1)
    with pytest.raises(ValueError, match=r"Invalid isoformat|month must be"):
        to_day("2024-13")
