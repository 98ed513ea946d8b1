"""Months as integers: known labels, both ways, and what is refused."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.months import calendar_month, first_day, month_index, month_label


@pytest.mark.parametrize(
    ("label", "index"), [("2022-01", 0), ("2022-03", 2), ("2022-12", 11), ("2023-01", 12), ("2024-08", 31)]
)
def test_known_months(label, index):
    assert month_index(label) == index
    assert month_label(index) == label


@given(st.integers(0, 500))
def test_label_and_back(index):
    assert month_index(month_label(index)) == index
    assert first_day(index) == dt.date.fromisoformat(f"{month_label(index)}-01")
    assert calendar_month(index) == first_day(index).month


@pytest.mark.parametrize("label", ["2022-1", "2022-13", "2022-00", "22-01", "2022-01-01", "", "2022/01"])
def test_what_is_no_month_is_refused(label):
    with pytest.raises(ValueError, match="YYYY-MM"):
        month_index(label)
