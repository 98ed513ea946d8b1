"""The frame in a real browser: first paint, keyboard and focus, back, theme, link, lost connection."""

import re

import pytest
from page_state import PAGES, check_page, go_to, text_of, wait_until, wait_until_answered
from playwright.sync_api import expect

from dashboard.engine.choice import Choices
from dashboard.messages.words import Words
from dashboard.pages import page_by_id
from dashboard.shell.view import View, read_view

EN = Words("en")
WAR = Choices(war="frozen_front")


def view_in_address(page) -> tuple[View, list[str]]:
    """Return the view the address of a page stands for."""
    where = page.evaluate("[location.pathname, location.search]")
    return read_view(where[0].strip("/"), where[1].lstrip("?"), "nl", ("NL", "EU", "ALL", "DE", "PL"))


def test_first_paint_needs_no_script(browser, app):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{app.url}/about-data?lang=uk")
    assert page.inner_text("h1") == Words("uk").t("about_data.title")
    assert page.locator(".pages a").count() == len(PAGES)
    context.close()


def test_language_keyboard_focus_back_and_theme(open_page):
    page = open_page("/compare", language="uk-UA", scheme="dark")
    assert page.get_attribute("html", "lang") == "uk"
    page.keyboard.press("Tab")
    page.wait_for_function("document.activeElement.className === 'skip'")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'main'")
    go_to(page, PAGES[0])
    page.wait_for_function("document.activeElement.id === 'title'")
    page.go_back()
    expect(page.locator("h1")).to_have_text(Words("uk").t("compare.heading"))
    page.wait_for_function("location.pathname === '/compare'")
    page.go_forward()
    page.wait_for_function("id => location.pathname === '/' + id", arg=PAGES[0].id)
    back = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(back) != "rgb(255, 255, 255)"
    page.select_option(".theme-select", "light")
    page.wait_for_function(f"location.search.includes('theme=light') && {back} === 'rgb(255, 255, 255)'")


def test_a_link_brings_back_what_was_made_by_hand(open_page):
    mine = open_page("/levers?lang=en&place=EU")
    mine.click("text=Nederlands")
    mine.locator("#levers-war select").select_option("frozen_front")
    mine.keyboard.press("Control+z")
    mine.wait_for_function("!location.search.includes('a=')")
    mine.keyboard.press("Control+Shift+z")
    go_to(mine, page_by_id("overview"))
    made = View("overview", "EU", choices={"A": WAR})
    wait_until(mine, lambda: view_in_address(mine) == (made, []))
    mine.wait_for_selector(".progress-done", state="attached")
    theirs = open_page(mine.evaluate("location.pathname + location.search"), language="uk-UA", another=True)
    assert mine.context.cookies()[0]["value"] != theirs.context.cookies()[0]["value"]
    expect(theirs.locator("html")).to_have_attribute("lang", "nl")
    wait_until(theirs, lambda: text_of(theirs) == text_of(mine))
    # Each tab is by itself: what one takes back stays with the other.
    mine.keyboard.press("Control+z")
    theirs.keyboard.press("Control+z")
    mine.wait_for_function("!location.search.includes('a=')")
    assert view_in_address(theirs)[0] == made


def test_a_hostile_link_is_said_and_the_page_works(open_page):
    script = "place=<script>alert(1)</script>&a=w=<img src=x onerror=alert(1)>"
    for query in (script, "a=" + "l" * 100_000):
        page = open_page(f"/about-data?lang=en&{query}", language="en-GB")
        page.once("dialog", lambda dialog: pytest.fail(f"a script of the link ran: {dialog.message}"))
        notice = page.locator(".notice-warning")
        assert EN.t("shell.link_problem_title") in notice.inner_text()
        assert len(notice.inner_text()) < 2_500
        assert notice.locator("img, script, b").count() == 0
        # What was wrong is gone from the address: shared on, the link is clean.
        wait_until(page, lambda page=page: view_in_address(page)[1] == [])
    page.click(f".notice-warning >> text={EN.t('shell.dismiss')}")
    notice.wait_for(state="detached")
    check_page(page, page_by_id("about-data"), "en")


def test_lost_connection_is_said_and_comes_back(open_page):
    page = open_page("/intentions?lang=nl&a=w=frozen_front")
    page.evaluate("solara.debug.dropConnection()")
    page.wait_for_function("solara.debug.reconnectCount > 0")
    page.wait_for_selector(".connection", state="detached")
    page.click("text=English")
    page.wait_for_function("document.documentElement.lang === 'en'")
    assert view_in_address(page) == (View("intentions", language="en", choices={"A": WAR}), [])


def test_the_map_is_walked_by_keys_and_taken_home(open_page, baseline):
    page = open_page("/map?lang=nl&a=p=benefit_cut_all_80")
    wait_until_answered(page)
    shapes = page.locator('#map-hosts [data-id][tabindex="0"]')
    first = shapes.get_attribute("data-id")
    shapes.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("id => document.activeElement.dataset.id !== id", arg=first)
    second = page.evaluate("document.activeElement.dataset.id")
    label = page.evaluate("document.activeElement.ariaLabel")
    assert re.search(r": [0-9.]+ mensen; .*[0-9.]+.*[0-9.]+", label), label
    expect(page.locator(".map-tip")).to_be_visible()
    expect(page.locator(".map-ring")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_function("id => location.search.includes('place=' + id)", arg=second)
    page.wait_for_selector(f'#map-hosts [data-id="{second}"][aria-pressed="true"]')
    page.keyboard.press("Escape")
    page.wait_for_selector(".map-tip", state="detached")
    with page.expect_download() as asked:
        page.click("#map-hosts button:has-text('SVG')")
    picture = asked.value.path().read_text(encoding="utf-8")
    assert "Natural Earth" in picture
    assert picture.count("@font-face") == picture.count('url("data:font') == 2
