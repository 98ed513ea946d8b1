"""Every page in three languages, on a phone and on a desk, with and without a scenario."""

import pytest
from page_state import PAGES, check_page, go_to, wait_until_answered, wait_until_drawn
from playwright.sync_api import expect

from dashboard.messages.words import Words

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
SCENARIO = "&a=w=frozen_front;p=benefit_cut_all_80&b=p=rtb_extended_2028"


@pytest.mark.parametrize(("language", "choice"), [("nl", ""), ("en", ""), ("uk", SCENARIO)])
def test_walk_through_all_pages_on_phone_and_desk(open_page, language, choice):
    words = Words(language)
    page = open_page(f"/{PAGES[0].id}?lang={language}{choice}", **PHONE)
    if choice:
        wait_until_answered(page)
    for entry in PAGES:
        page.set_viewport_size(PHONE)
        go_to(page, entry)
        for size in (PHONE, DESK):
            page.set_viewport_size(size)
            wait_until_drawn(page)
            check_page(page, entry, language)
        expect(page.locator('.pages [aria-current="page"]')).to_have_text(words.t(entry.title))
        if choice:  # it goes along
            expect(page.locator(".choice-text")).to_have_text(words.t("shell.choices_some", n=2))
