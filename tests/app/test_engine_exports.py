"""What users take home, and what two choices differ by."""

import csv
import io
import re
from dataclasses import replace

import pytest
from made_up_answers import BASE, CATALOGUE, answer_with
from openpyxl import load_workbook

from dashboard.engine import shipped
from dashboard.engine.answer import Answer, comparable, set_against
from dashboard.engine.choice import DEFAULT_UNTIL, Choices, own_lever
from dashboard.engine.exports import briefing, csv_bytes, excel_bytes
from dashboard.messages.words import Words
from dashboard.pages.shared.results import briefing_of

ANSWER = Answer(Choices(), shipped.baseline(), shipped.baseline(), True, "0.1.0", "2024-08")
LEVERS = Choices(war="frozen_front", levers=(own_lever("benefit_level", "NL", "2027-01", 0.5),))
AGAINST = Answer(LEVERS, shipped.baseline(), shipped.baseline(), True, "0.1.0", "2024-08")


def test_the_table_is_complete_and_says_what_it_is():
    text = csv_bytes(ANSWER, ("NL",)).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    notes = [row for row in rows if row[0].startswith("#")]
    table = rows[len(notes) :]
    assert ["# register data to", "2024-08"] in notes
    assert len(table) - 1 == len(ANSWER.axes.outcomes) * len(ANSWER.months)
    last = next(row for row in table if row[1] == "stock" and row[3] == DEFAULT_UNTIL)
    assert float(last[5]) == round(ANSWER.at_horizon("stock", "NL")[1], 1)


def test_the_workbook_opens_and_holds_the_same():
    book = load_workbook(io.BytesIO(excel_bytes(ANSWER, ("NL",))), read_only=True)
    assert book.sheetnames == ["about", "months", "hosts", "groups"]
    rows = book["months"].iter_rows(values_only=True)
    next(rows)
    assert sum(1 for _ in rows) == len(ANSWER.axes.outcomes) * len(ANSWER.months)


def test_the_briefing_stands_alone_and_shows_no_html_of_others():
    evil = "<img src=x onerror=alert(1)>"
    page = briefing(Words("en"), AGAINST, "NL", evil, [evil], "javascript:alert(1)")
    assert "<img" not in page
    assert "javascript:" not in page
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)
    assert page.count("<svg") == 1
    for part in ('<html lang="en">', 'aria-label="', "80%", "August 2024"):
        assert part in page


def test_briefing_never_calls_a_band_with_zero_a_difference():
    text = briefing_of(Words("en"), CATALOGUE, answer_with(), "NL", "")
    assert Words("en").t("scenario.difference_unclear") in text


def test_between_two_choices_it_is_run_by_run_and_channels_add_up():
    one, two = answer_with(stock=300, arrivals=20), answer_with(stock=100, returns=4)
    contrast = set_against(one, two)
    assert contrast.difference("stock", "NL") == pytest.approx((200, 200, 200), abs=0.1)
    months = len(one.flow_months) - one.flow_months.index(one.since)
    parts = {name: mid for name, (_, mid, _) in contrast.channels("protected", "NL").items()}
    assert parts["arrivals"] == pytest.approx(20 * months, rel=1e-3)
    assert parts["returns"] == pytest.approx(4 * months, rel=1e-3)  # fewer returns: more people
    whole = contrast.mean_difference("protected", "NL")[1]
    assert sum(parts.values()) == pytest.approx(whole, abs=0.1)
    assert contrast.channels("arrivals", "NL") == {}


def test_answers_of_other_runs_or_dates_are_not_compared():
    one = answer_with(stock=1)
    assert comparable(one, answer_with())
    assert not comparable(one, replace(one, mine=replace(BASE, seeds=BASE.seeds[:4])))
    assert not comparable(one, replace(one, mine=replace(BASE, level=BASE.level[:, :, :-1])))
