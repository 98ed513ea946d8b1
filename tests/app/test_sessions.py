"""Work ends when nobody waits for it any more, and a restarted server is recovered from."""

import re

import pytest
from app_server import at_rest, running_server
from drawn_tab import wait_until
from page_state import SECONDS
from playwright.sync_api import expect

from dashboard.messages.words import Words

WORDS = Words("en")


def test_browser_closed_in_mid_run_frees_its_work(tmp_path, browser):
    # A server of its own, as it counts sessions.
    with running_server(tmp_path, small=True) as server, at_rest(server.workers()):
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{server.url}/overview?lang=en&a=w=frozen_front")
        page.locator(".progress-bar").first.wait_for()
        health = server.health()
        assert (health["open_runs"], health["sessions"]) == (1, 1)
        page.close(run_before_unload=True)  # as a user closes a window: the page may still say goodbye
        wait_until(lambda: server.health()["open_runs"] == 0)
        wait_until(lambda: server.health()["sessions"] == 0)
        context.close()


@pytest.mark.slow
def test_browser_that_dies_frees_its_memory_when_its_time_is_up(tmp_path, browser):
    """A browser that cannot say goodbye: its tab is forgotten after the idle time (here a minute)."""
    with running_server(tmp_path, small=True, idle_minutes="1") as server:
        # Offline at once: no beacon and no close of the connection reaches the server.
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{server.url}/overview?lang=en&a=w=frozen_front")
        page.wait_for_selector("#app main h1", timeout=60_000)
        wait_until(lambda: server.health()["sessions"] == 1)
        page.evaluate("solara.debug.dropConnection()")
        context.set_offline(True)
        wait_until(lambda: server.health()["sessions"] == 0)
        assert server.health()["open_runs"] == 0
        context.close()


@pytest.mark.slow
def test_server_restart_in_mid_run_is_said_and_recovered_from(tmp_path, browser):
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(SECONDS * 1000)
    with running_server(tmp_path) as first:
        # It takes long: it acts before the month simulations are kept at, and runs far.
        choice = "l=benefit_level:NL:2026-02:0.433;u=2031-12"
        page.goto(f"{first.url}/overview?lang=en&place=EU&a={choice}&b=w=frozen_front")
        page.locator(".progress-bar").first.wait_for()
        link = page.evaluate("location.href")
    trouble = page.locator(".connection")
    trouble.wait_for()
    expect(trouble).to_have_text(WORDS.t("shell.connection_lost"))
    with running_server(tmp_path, port=first.port) as second:
        trouble.wait_for(state="detached")
        page.wait_for_selector("#app main h1")
        # The same page, place and choices as before, and the calculation is under way again.
        page.locator(".progress-bar").first.wait_for()
        expect(page).to_have_url(link)
        expect(page.locator(".choice-text")).to_have_text(WORDS.t("shell.choices_some", n=1))
        assert page.locator(".notice-error").count() == 0
        page.click("text=Nederlands")
        page.wait_for_function("document.documentElement.lang === 'nl'")
        assert re.search("place=EU", page.evaluate("location.search"))
        assert second.left_the_machine() == ""
        context.close()
