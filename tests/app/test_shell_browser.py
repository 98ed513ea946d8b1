"""The frame in a real browser: languages, navigation, the link, undo, themes, phones, isolation."""

import pytest
from page_state import SECONDS
from playwright.sync_api import expect

from dashboard.messages.words import Words
from dashboard.pages import all_pages

WAR = "frozen_front"


def query(page) -> str:
    return page.evaluate("location.search")


def wait_for_query(page, part: str) -> None:
    page.wait_for_function("part => location.search.includes(part)", arg=part)


def test_first_paint_needs_no_script(browser, app):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(SECONDS * 1000)
    page.goto(f"{app.url}/about-data?lang=uk")
    assert page.inner_text("h1") == Words("uk").t("about_data.title")
    assert page.locator(".pages a").count() == len(all_pages())
    context.close()


def test_language_of_the_browser_and_switch(open_page):
    page = open_page("/about-data", language="uk-UA")
    assert page.get_attribute("html", "lang") == "uk"
    page.click("text=Nederlands")
    wait_for_query(page, "lang=nl")
    page.wait_for_function("document.documentElement.lang === 'nl'")
    expect(page.locator("h1")).to_have_text(Words("nl").t("about_data.title"))


def test_shared_link_undo_redo_and_reset(open_page):
    page = open_page(f"/about-data?lang=en&a=w={WAR}")
    words = Words("en")
    assert page.inner_text(".choice-text") == words.t("shell.choices_some", n=1)
    page.click(f'button:text-is("{words.t("shell.reset")}")')
    page.wait_for_function("!location.search.includes('a=')")
    page.keyboard.press("Control+z")
    wait_for_query(page, WAR)
    page.keyboard.press("Control+Shift+z")
    page.wait_for_function("!location.search.includes('a=')")
    page.click(f'button:text-is("{words.t("shell.undo")}")')
    wait_for_query(page, WAR)
    again = open_page("/about-data" + query(page))
    assert again.inner_text(".choice-text") == words.t("shell.choices_some", n=1)


def test_back_button_and_focus(open_page):
    entries = all_pages()
    if len(entries) < 2:
        pytest.fail("navigation cannot be tested with one page")
    page = open_page(f"/{entries[0].id}?lang=nl")
    page.click(f'.pages a[data-page="{entries[-1].id}"]')
    page.wait_for_function("id => location.pathname === '/' + id", arg=entries[-1].id)
    page.wait_for_function("document.activeElement.id === 'title'")
    page.go_back()
    page.wait_for_function(
        "title => document.querySelector('h1').textContent === title", arg=Words("nl").t(entries[0].heading)
    )
    page.wait_for_function("id => location.pathname === '/' + id", arg=entries[0].id)
    page.go_forward()
    page.wait_for_function("id => location.pathname === '/' + id", arg=entries[-1].id)


def test_skip_link_and_theme_of_device_and_choice(open_page):
    back = "getComputedStyle(document.body).backgroundColor"
    page = open_page("/about-data?lang=nl", scheme="dark")
    page.keyboard.press("Tab")
    page.wait_for_function("document.activeElement.className === 'skip'")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'main'")
    dark = page.evaluate(back)
    page.select_option(".theme-select", "light")
    wait_for_query(page, "theme=light")
    page.wait_for_function(f"{back} === 'rgb(255, 255, 255)'")
    assert dark != "rgb(255, 255, 255)"


def test_lost_connection_is_said_and_comes_back(open_page):
    page = open_page(f"/about-data?lang=nl&a=w={WAR}")
    page.evaluate("solara.debug.dropConnection()")
    page.wait_for_function("solara.debug.reconnectCount > 0")
    page.wait_for_selector(".connection", state="detached")
    page.click("text=English")
    page.wait_for_function("document.documentElement.lang === 'en'")
    assert WAR in query(page)
