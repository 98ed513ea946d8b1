"""Scorecard: published beside own scores, editing, files, and what that does."""

import csv
import io
import re

from page_state import wait_until_answered
from playwright.sync_api import expect

from dashboard.engine import uploads
from dashboard.engine.engine import Engine
from dashboard.messages.catalogue import all_messages
from dashboard.messages.words import Words
from dashboard.pages.scorecard.explained import scorecard_csv
from dashboard.pages.scorecard.page import agreement

REPORT = "2025-11"


def test_agreement_counts_scores_other_than_zero(open_page):
    page = open_page("/scorecard?lang=en")
    rows = Engine.shipped_scorecard(REPORT)
    given = [row for row in rows if row["published"] in (-2, -1, 1, 2) and row["model"] is not None]
    same = sum((row["published"] > 0) == (row["model"] > 0) and row["model"] != 0 for row in given)
    assert agreement(rows) == (same, len(given))
    assert f"Of the {len(given)} non-zero scores" in page.inner_text(".lead")
    assert f"direction of {same}." in page.inner_text(".lead")
    assert page.locator(".scorecard-row").count() == len(rows)
    assert page.locator(".scorecard-own select").count() == sum(row["reason"] is None for row in rows)


def test_a_score_changes_the_people_to_protect(open_page):
    page = open_page("/scorecard?lang=en")
    page.get_by_label("Your score: Civilian deaths").select_option("-2")
    page.wait_for_function("location.search.includes('AX1-07')")
    page.wait_for_selector(".scorecard-sentence")
    wait_until_answered(page)
    expect(page.locator(".card").first).to_contain_text(re.compile(r"\+[1-9]"))  # more people to protect


def test_a_scorecard_goes_out_comes_back_and_a_wrong_one_is_refused(open_page):
    engine, words = Engine(cache=None), Words("en")  # not started: no workers
    text = scorecard_csv(engine.shipped_scorecard(REPORT), {"AX1-08": -1, "AX1-13": 2}, words, engine)
    assert len(list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))) == 37
    assert uploads.read_scorecard(text.encode()) == (("AX1-08", -1), ("AX1-13", 2))
    page = open_page("/scorecard?lang=en")
    bad = b"indicator,score\nAX1-08,7\n"
    page.set_input_files("input[type=file]", {"name": "card.csv", "mimeType": "text/csv", "buffer": bad})
    page.wait_for_selector(".field-fault:text('AX1-08')")
    assert "AX1-08" not in page.evaluate("location.search")
    page.set_input_files(
        "input[type=file]", {"name": "card.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.wait_for_function("decodeURIComponent(location.search).includes('AX1-08:-1,AX1-13:2')")
    chosen = "[...document.querySelectorAll('.scorecard-row')].find(row => row.innerText.includes('AX1-13'))"
    page.wait_for_function(f"{chosen}.querySelector('select').value === '2'")


def test_names_are_those_of_the_configuration():
    messages = all_messages()
    for row in Engine.shipped_scorecard(REPORT):
        key = row["indicator"].lower().replace("-", "_")
        assert messages[f"scorecard.name_{key}"].en == row["label"]["en"]
        assert messages[f"scorecard.name_{key}"].nl == row["label"]["nl"]
        if row["reason"]:
            assert messages[f"scorecard.reason_{key}"].en == row["reason"]
