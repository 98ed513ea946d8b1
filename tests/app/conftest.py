"""Fixtures of the tests of the app: one server, one Chromium, one engine.

``open_tab`` draws the app without a browser (:mod:`drawn_tab`) in a tenth of the time: what a page says and
what a press does is asked there. ``open_page`` is for what only a browser can tell. Its page is always the
same one, which goes on to the next address: what a browser keeps compiled makes a page open four times as
fast. ``.ci/browser`` brings Chromium; where it is missing the tests fail and say so.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from app_server import AppServer, at_rest, running_server, small_limits
from drawn_tab import DrawnTab
from page_state import SECONDS, wait_until_still
from playwright.sync_api import Browser, BrowserType, Page, expect

from dashboard.engine import shipped
from dashboard.engine.answer import Answer
from dashboard.engine.choice import Choices
from dashboard.engine.engine import Engine

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # the browser reaches this machine only
]
MISSING = f"{CHROMIUM} is missing, so the app cannot be tested in a browser. Run: bash .ci/browser"
expect.set_options(timeout=SECONDS * 1000)


@pytest.fixture(scope="session")
def app(tmp_path_factory) -> Iterator[AppServer]:
    """Return the running app with small samples; nothing of it may try to leave the machine."""
    with running_server(tmp_path_factory.mktemp("app"), small=True) as server:
        yield server
    assert server.left_the_machine() == ""


def launch(kind: BrowserType, **settings: object) -> Browser:
    if not CHROMIUM.exists():
        pytest.fail(MISSING)
    return kind.launch(executable_path=CHROMIUM, args=FLAGS, **settings)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = launch(playwright.chromium)
        yield chromium
        chromium.close()


@contextmanager
def watched(browser: Browser, app: AppServer) -> Iterator[tuple[Page, list[str]]]:
    """Give a page in a browser of its own, and what goes wrong in it or is asked for outside."""
    own = rf"({re.escape(app.url)}/|data:|blob:{re.escape(app.url)}/|ws://127\.0\.0\.1:{app.port}/)"
    faults: list[str] = []

    page = browser.new_context().new_page()
    page.set_default_timeout(SECONDS * 1000)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: line.type == "error" and faults.append(line.text))
    page.on("request", lambda asked: re.match(own, asked.url) or faults.append(f"outside: {asked.url}"))
    yield page, faults
    page.context.close()


@pytest.fixture(scope="session")
def lasting_page(app, browser) -> Iterator[tuple[Page, list[str]]]:
    """Return the page that all tests use one after the other, and its faults."""
    with watched(browser, app) as found:
        yield found


@pytest.fixture
def open_page(app, browser, lasting_page) -> Iterator[Callable[..., Page]]:
    """Return how to open an address; at the end no page may have erred or asked for anything outside.

    ``open_page("/about-data?lang=nl", width=390, height=844, scheme="dark", language="nl-NL")``. Every test
    begins as a new user; ``another=True`` opens a second page, of another user.
    """
    with ExitStack() as stack:
        opened = [lasting_page]
        lasting_page[0].context.clear_cookies()
        lasting_page[1].clear()

        def open_(path: str, width=1280, height=900, scheme="light", language="nl-NL", another=False):
            if another:
                opened.append(stack.enter_context(watched(browser, app)))
            page = opened[-1 if another else 0][0]
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)
            page.set_extra_http_headers({"Accept-Language": language})
            page.goto(app.url + path)
            page.wait_for_selector("#app main h1")
            page.wait_for_selector("#boot", state="detached")
            wait_until_still(page)
            return page

        yield open_
        assert [faults for _, faults in opened] == [[] for _ in opened]


@pytest.fixture(scope="session")
def engine(tmp_path_factory) -> Iterator[Engine]:
    """Return an engine with real workers and small samples."""
    made = Engine(small_limits(), cache=tmp_path_factory.mktemp("app-cache"))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def no_answers(engine) -> Iterator[None]:
    """Let the workers rest: a test asks what a control sets, not what becomes of it."""
    with at_rest(engine._pool.pids()):
        yield


@pytest.fixture
def open_tab(engine) -> Iterator[Callable[..., DrawnTab]]:
    """Return how to open an address without a browser: ``open_tab("/map?lang=nl", language="uk")``."""
    opened: list[DrawnTab] = []

    def open_(link: str, **given: Any) -> DrawnTab:
        opened.append(DrawnTab(engine, link, **given))
        return opened[-1]

    yield open_
    for tab in opened:
        tab.close()


@pytest.fixture(scope="session")
def baseline() -> Answer:
    return Answer(Choices(), shipped.baseline(), shipped.baseline())
