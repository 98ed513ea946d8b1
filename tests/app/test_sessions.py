"""Users are apart, work ends when nobody waits for it any more, and a restarted server is recovered from."""

import re
import time

import pytest
from app_server import start_server
from page_state import wait_until_settled, wait_until_still
from playwright.sync_api import expect

from dashboard.messages.words import Words

HEAVY = "l=benefit_level:NL:2025-03:{value};u=2031-12"
"""A choice that takes long: it acts before the month simulations are kept at, and runs far."""

WORDS = Words("en")
SECONDS = 120


def wait_for(true, what: str) -> None:
    """Wait until a question about the server is answered with yes."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < SECONDS, f"waited too long: {what}"
        time.sleep(0.1)


def figure(page, outcome: str) -> str:
    """Return what the table beside the levers says about an outcome."""
    return row(page, outcome).locator("td >> nth=0").inner_text().split(" ")[0]


def row(page, outcome: str):
    """Return the row of the table beside the levers about an outcome."""
    return page.locator(".levers-more tbody tr", has_text=WORDS.t(f"scenario.outcome_{outcome}")).first


def test_two_users_do_not_see_each_other(open_page):
    one = open_page("/levers?lang=en&lever=transition_permit_nl")
    two = open_page("/levers?lang=en&lever=reception_limit", language="en-GB")
    assert one.context.cookies()[0]["value"] != two.context.cookies()[0]["value"]
    untouched = figure(two, "stock"), figure(two, "collective_used")
    one.locator('#lever-transition_permit_nl input[type=radio][id$="1"]').check()
    one.wait_for_selector(".levers-more thead th:nth-child(3)", timeout=SECONDS * 1000)
    wait_until_settled(one)
    expect(row(one, "transition_permit").locator("td >> nth=0")).to_contain_text(re.compile(r"^[1-9][0-9]+,"))
    # The other still looks at the rules as they are, with the figures of before.
    assert two.inner_text(".choice-text") == WORDS.t("shell.choices_none")
    assert (figure(two, "stock"), figure(two, "collective_used")) == untouched
    assert figure(two, "transition_permit") == "0"
    assert "a=" not in two.evaluate("location.search")
    two.get_by_text(re.compile("^" + WORDS.t("levers.set_to", value=""))).first.click()
    two.wait_for_selector(".levers-more thead th:nth-child(3)", timeout=SECONDS * 1000)
    wait_until_settled(two)
    assert figure(two, "transition_permit") == "0"
    level = row(two, "collective_used").locator("td >> nth=0")
    expect(level).not_to_have_text(re.compile("^" + re.escape(untouched[1]) + r"\b"))
    assert int(figure(one, "transition_permit").replace(",", "")) > 10_000
    assert "reception_limit" not in one.evaluate("location.search")


def test_a_stopped_calculation_stays_stopped(open_page, app):
    page = open_page("/levers?lang=en")
    before = page.inner_text(".levers-figures")
    runs = app.health()["open_runs"]
    page.goto(f"{app.url}/levers?lang=en&a={HEAVY.format(value=0.411)}")
    page.locator(".levers-now .progress-bar").wait_for()
    page.get_by_role("button", name=WORDS.t("shell.cancel")).first.click()
    page.locator(".levers-now .progress-cancelled").wait_for()
    expect(page.locator(".levers-now .progress-text")).to_have_text(WORDS.t("shell.progress_cancelled"))
    wait_for(lambda: app.health()["open_runs"] <= runs, "the run of a stopped calculation ends")
    wait_until_still(page)
    stopped = page.inner_text(".levers-figures")  # those of before, or of a first answer that was quicker
    # What the server sent of the run before its end is here before its answer to a later press.
    page.get_by_role("link", name="Nederlands", exact=True).click()
    page.wait_for_function("document.documentElement.lang === 'nl'")
    page.get_by_role("link", name="English", exact=True).click()
    page.wait_for_function("document.documentElement.lang === 'en'")
    expect(page.locator(".levers-figures")).to_have_text(stopped, use_inner_text=True)
    expect(page.locator(".levers-now .progress-cancelled")).to_have_count(1)
    # It can be taken up again, and another choice starts at once.
    page.get_by_role("button", name=WORDS.t("shell.try_again")).first.click()
    page.locator(".levers-now .progress-bar").wait_for()
    page.get_by_role("button", name=WORDS.t("shell.reset")).click()
    page.locator(".levers-now .progress-done").wait_for(state="attached")
    expect(page.locator(".levers-figures")).to_have_text(before, use_inner_text=True)


def test_browser_closed_in_mid_run_frees_its_work(tmp_path, browser):
    server = start_server(tmp_path)  # its own: it counts sessions, and tabs of other tests go when they like
    try:
        context = browser.new_context()
        page = context.new_page()
        page.set_default_timeout(SECONDS * 1000)
        page.goto(f"{server.url}/overview?lang=en&a={HEAVY.format(value=0.422)}")
        page.locator(".progress-bar").first.wait_for()
        health = server.health()
        assert (health["open_runs"], health["sessions"]) == (1, 1)
        page.close(run_before_unload=True)  # as a user closes a window: the page may still say goodbye
        wait_for(lambda: server.health()["open_runs"] == 0, "the run of a closed browser ends")
        wait_for(lambda: server.health()["sessions"] == 0, "the session of a closed browser goes")
        context.close()
    finally:
        server.stop()


@pytest.mark.slow
def test_browser_that_dies_frees_its_memory_when_its_time_is_up(tmp_path, browser):
    """A browser that cannot say goodbye: its tab is forgotten after the idle time (here a minute)."""
    server = start_server(tmp_path, idle_minutes="1")
    try:
        # Offline at once: no beacon and no close of the connection reaches the server.
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{server.url}/overview?lang=en&a=w=frozen_front")
        page.wait_for_selector("#app main h1", timeout=60_000)
        wait_for(lambda: server.health()["sessions"] == 1, "the session is there")
        page.evaluate("solara.debug.dropConnection()")
        context.set_offline(True)
        began = time.monotonic()
        while server.health()["sessions"]:
            assert time.monotonic() - began < 180
            time.sleep(1)
        assert server.health()["open_runs"] == 0
        context.close()
    finally:
        server.stop()


@pytest.mark.slow
def test_server_restart_in_mid_run_is_said_and_recovered_from(tmp_path, browser):
    first = start_server(tmp_path)
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(SECONDS * 1000)
    try:
        choice = HEAVY.format(value=0.433)
        page.goto(f"{first.url}/overview?lang=en&place=EU&a={choice}&b=w=frozen_front")
        page.locator(".progress-bar").first.wait_for()
        link = page.evaluate("location.href")
        first.stop()
        trouble = page.locator(".connection")
        trouble.wait_for()
        expect(trouble).to_have_text(WORDS.t("shell.connection_lost"))
    except BaseException:
        first.process.kill()
        raise
    second = start_server(tmp_path, port=first.port)
    try:
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
    finally:
        context.close()
        second.stop()
