"""Every page in three languages, on a phone and on a desk, with and without a scenario."""

import pytest
from page_state import PAGES, check_page, go_to, wait_until_drawn, wait_until_settled
from playwright.sync_api import expect

from dashboard.messages.catalogue import LANGUAGES
from dashboard.messages.words import Words

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.id)
def test_page_renders_on_phone_and_desk(open_page, entry, language):
    page = open_page(f"/{entry.id}?lang={language}", **PHONE)
    wait_until_drawn(page)
    check_page(page, entry, language)
    page.set_viewport_size(DESK)
    wait_until_drawn(page)
    check_page(page, entry, language)
    expect(page.locator('.pages [aria-current="page"]')).to_have_text(Words(language).t(entry.title))


@pytest.mark.parametrize(("language", "size"), [("nl", PHONE), ("uk", DESK)], ids=["nl-phone", "uk-desk"])
def test_walk_through_all_pages_with_a_scenario(open_page, language, size):
    link = f"/{PAGES[0].id}?lang={language}&a=w=frozen_front;p=benefit_cut_all_80&b=p=rtb_extended_2028"
    page = open_page(link, **size)
    wait_until_settled(page)
    for entry in PAGES:
        go_to(page, entry)
        wait_until_drawn(page)
        check_page(page, entry, language)
        # The choice goes along.
        expect(page.locator(".choice-text")).to_have_text(Words(language).t("shell.choices_some", n=2))
