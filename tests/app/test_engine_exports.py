"""What users take home, and what two choices differ by."""

import csv
import io
import re
from dataclasses import replace

import pytest
from made_up_answers import BASE, CATALOGUE, answer_of, answer_with
from openpyxl import load_workbook

from dashboard.engine.answer import GAP, comparable, set_against
from dashboard.engine.bands import difference
from dashboard.engine.briefing import briefing
from dashboard.engine.choice import DEFAULT_UNTIL, Choices, own_lever
from dashboard.engine.tables import HEADS, SHOWN, Told, csv_bytes, excel_bytes
from dashboard.messages.words import Words
from dashboard.pages.shared.exports_bar import briefing_of, comparison_briefing
from dashboard.pages.shared.finding import finding_sentence

ANSWER = answer_of(Choices(), BASE)
LEVERS = Choices(war="frozen_front", levers=(own_lever("benefit_level", "NL", "2027-01", 0.5),))
AGAINST = answer_of(LEVERS, BASE)


def told(language: str) -> Told:
    words = Words(language)
    return Told(words, lambda place: words.t(f"scenario.place_{place}") if place == "EU" else place)


def test_the_table_opens_in_columns_with_the_numbers_of_the_pages():
    """Dutch Excel parts by semicolons; what is not known of a place is left out."""
    for language, sign in (("nl", ";"), ("en", ",")):
        text = csv_bytes(ANSWER, ("NL", "DE"), told(language)).decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text), delimiter=sign))
        names = dict(zip(HEADS, rows[0], strict=True))
        table = [dict(zip(names.values(), row, strict=True)) for row in rows[1:] if len(row) == len(HEADS)]
        by_outcome = {(row[names["place_id"]], row[names["outcome_id"]]) for row in table}
        assert {outcome for place, outcome in by_outcome if place == "NL"} == set(SHOWN)
        assert not {("DE", GAP), ("DE", "places_short")} & by_outcome
        here = {names["place_id"]: "NL", names["outcome_id"]: "stock", names["month"]: DEFAULT_UNTIL}
        [last] = [row for row in table if here.items() <= row.items()]
        low, mid, high = ANSWER.at_horizon("stock", "NL").shown
        assert [int(last[names[f"scenario_{end}"]]) for end in ("low", "mid", "high")] == [low, mid, high]
        assert [f"# {Words(language).t('files.data')}", "2024-08"] in rows


def test_the_workbook_begins_with_words_and_rounded_numbers():
    book = load_workbook(io.BytesIO(excel_bytes(ANSWER, ("NL",), told("nl"))), read_only=True)
    summary, *others = book.worksheets
    cells = [row for row in summary.iter_rows(values_only=True) if row]
    assert cells[0][0] == Words("nl").t("files.about", place="NL")
    [people] = [row for row in cells if row[0] == Words("nl").t("scenario.outcome_stock")]
    assert people[1:4] == ANSWER.at_horizon("stock", "NL").shown
    assert [one.title for one in others] == [
        Words("nl").t(f"files.sheet_{name}") for name in ("months", "hosts", "groups", "raw")
    ]


def test_the_briefing_stands_alone_and_shows_no_html_of_others():
    evil = "<img src=x onerror=alert(1)>"
    page = briefing(Words("en"), {"A": AGAINST}, "NL", evil, [evil], "javascript:alert(1)")
    assert "<img" not in page
    assert "javascript:" not in page
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)
    assert page.count("<svg") == 1
    for part in ('<html lang="en">', 'aria-label="', "80%", "August 2024"):
        assert part in page


def test_the_briefing_of_a_comparison_sets_every_scenario_against_the_baseline():
    packages = ("benefit_cut_all_80", "rtb_end", "men_excluded_new", "de_asylum_benefits")
    answers = {
        slot: replace(answer_with(stock=1_000 * n, without_title=-50.0 * n), choice=Choices(presets=(name,)))
        for n, (slot, name) in enumerate(zip("ABCD", packages, strict=True), 1)
    }
    page = comparison_briefing(Words("en"), CATALOGUE, answers, "NL", "https://example.org/compare")
    rows = [re.sub(r"<[^>]*>", "|", row) for row in re.findall(r"<tr>.*?</tr>", page, re.S)]
    base = Words("en").number(answers["A"].at_horizon("stock", "NL", "baseline").shown[1])
    changes = [difference(one.difference("stock", "NL")).value(Words("en")) for one in answers.values()]
    [people] = [row for row in rows if Words("en").t("scenario.outcome_stock") in row]
    assert [cell for cell in people.split("|") if cell in (base, *changes)] == [base, *changes]
    assert page.count("<polyline") == len(answers) + 1
    assert page.count("<polygon") == 1  # the band of the baseline: several would mix
    for slot, answer in answers.items():
        assert f"{slot}: {finding_sentence(Words('en'), CATALOGUE, answer, 'NL')}" in page


def test_briefing_never_calls_a_band_with_zero_a_difference():
    """All three numbers of :func:`answer_with` without arguments are those of the baseline."""
    text = briefing_of(Words("en"), CATALOGUE, answer_with(), "NL", "")
    assert Words("en").t("finding.none", names="").removeprefix(": ") in text
    assert Words("en").t("scenario.difference_none") in text
    table = re.sub(r"<[^>]*>", "", text.split("<tbody>")[1].split("</tbody>")[0])
    assert "+" not in table


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
