"""Compare: differences run by run, the page against the engine's own table, and the one-page briefing."""

import csv
import io
import re
from dataclasses import replace

import pytest
from made_up_answers import BASE, CATALOGUE, FULL, LINK, answer_with, full_briefing
from page_state import SECONDS
from playwright.sync_api import expect

from dashboard.engine.answer import comparable, set_against
from dashboard.messages.catalogue import LANGUAGES
from dashboard.messages.words import Words
from dashboard.pages.shared.results import briefing_of, difference

SCENARIO = "p=benefit_cut_all_80"
CALCULATED = """document.querySelector('.progress-done')
    && !document.querySelector('.progress:not(.progress-done)')
    && document.querySelector('.exports-bar button:not([disabled])')"""
PAGE_OF_PDF = rb"/Type\s*/Page\b"


def test_between_two_choices_it_is_run_by_run_and_channels_add_up():
    one, two = answer_with(stock=300, arrivals=20), answer_with(stock=100, returns=4)
    contrast = set_against(one, two)
    assert contrast.difference("stock", "NL") == pytest.approx((200, 200, 200), abs=0.1)
    months = len(one.flow_months) - one.flow_months.index(one.since)
    parts = contrast.channels("protected", "NL")
    assert parts["arrivals"][1] == pytest.approx(20 * months, rel=1e-3)
    assert parts["returns"][1] == pytest.approx(4 * months, rel=1e-3)  # fewer returns: more people
    assert sum(mid for _, mid, _ in parts.values()) == pytest.approx(
        contrast.mean_difference("protected", "NL")[1], abs=0.1
    )
    assert contrast.channels("arrivals", "NL") == {}


def test_answers_of_other_runs_or_dates_are_not_compared():
    one = answer_with(stock=1)
    assert comparable(one, answer_with())
    assert not comparable(one, replace(one, mine=replace(BASE, seeds=BASE.seeds[:4])))
    assert not comparable(one, replace(one, mine=replace(BASE, level=BASE.level[:, :, :-1])))


def check_briefing(browser, language):
    words = Words(language)
    page = browser.new_page()
    page.set_default_timeout(SECONDS * 1000)
    page.set_content(full_briefing(language))
    assert len(re.findall(PAGE_OF_PDF, page.pdf(prefer_css_page_size=True))) == 1
    text = page.inner_text("body")
    page.close()
    assert words.number(40_000) in text
    for key in ("scenario.outcome_transition_permit", "compare.briefing_assumption_projection"):
        assert words.t(key) in text
    assert words.label(next(w["label"] for w in CATALOGUE.wars if w["id"] == FULL.war)) in text
    for part in ("2024", "0.1.0", LINK):
        assert part in text
    assert "{" not in text


def test_briefing_is_one_page_even_with_twenty_levers(browser):
    for language in LANGUAGES:
        check_briefing(browser, language)


def test_briefing_never_calls_a_band_with_zero_a_difference():
    text = briefing_of(Words("en"), CATALOGUE, answer_with(), "NL", "")
    assert Words("en").t("scenario.difference_unclear") in text


def test_page_shows_what_the_engine_says(open_page):
    page = open_page("/compare?lang=en&a=p=rtb_end_transition_nl")
    page.wait_for_function(CALCULATED, timeout=120_000)
    with page.expect_download() as download:
        page.locator(".exports-bar button").nth(2).click()
    assert download.value.suggested_filename == "ewea-a-nl-2028-03.csv"
    words = Words("en")
    rows = csv.DictReader(
        line
        for line in io.StringIO(download.value.path().read_text("utf-8-sig"))
        if not line.startswith(("#", '"#'))
    )
    last = {
        row["outcome"]: tuple(float(row[f"difference_{end}"]) for end in ("low_80", "median", "high_80"))
        for row in rows
        if row["place"] == "NL" and row["month"] == "2028-03"
    }
    table = page.locator("#horizon table")
    for outcome in ("stock", "transition_permit", "without_title"):
        row = table.locator(
            "tr", has=page.get_by_role("rowheader", name=words.t(f"scenario.outcome_{outcome}"))
        )
        expect(row.locator("td").nth(0)).to_have_text(difference(last[outcome]).value(words))
    # Otherwise the three could agree by saying nothing.
    assert any(
        difference(last[outcome]).kind in ("more", "less")
        for outcome in ("transition_permit", "without_title")
    )


def test_slots_are_added_copied_swapped_and_removed(open_page):
    page = open_page(f"/compare?lang=en&a={SCENARIO}")
    words = Words("en")

    def link_has(test: str) -> None:
        page.wait_for_function(f"() => {{ const q = new URLSearchParams(location.search); return {test}; }}")

    page.get_by_role("button", name=words.t("compare.empty_described", slot="B")).click()
    link_has("q.get('b') === ''")
    page.get_by_role("button", name=words.t("compare.swap_described", slot="B")).click()
    link_has(f"!q.get('a') && q.get('b') === '{SCENARIO}'")
    page.get_by_role("button", name=words.t("compare.copy_described", slot="B")).click()
    link_has("!q.get('a') && q.get('b') === ''")
    page.locator(".empty-title", has_text=words.t("compare.empty_title")).wait_for()
    page.locator(".compare-slot-b select").nth(1).select_option("frozen_front")
    link_has("q.get('b') === 'w=frozen_front'")
    page.get_by_role("button", name=words.t("compare.remove_described", slot="B")).click()
    link_has("!q.has('b')")
    page.keyboard.press("Control+z")
    link_has("q.get('b') === 'w=frozen_front'")
