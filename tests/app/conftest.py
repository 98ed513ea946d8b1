"""Fixtures of the tests of the app: one app, one Chromium, one engine, and a page that tolerates no error.

``.ci/browser`` brings Chromium; where it is missing the tests fail and say so.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from app_server import AppServer, start_server
from page_state import SECONDS, wait_until_still
from playwright.sync_api import Browser, BrowserType, expect

from dashboard.engine import shipped
from dashboard.engine.answer import Answer
from dashboard.engine.choice import Choices
from dashboard.engine.engine import Engine
from dashboard.engine.limits import Resolution, RunSample, load_limits

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MISSING = f"{CHROMIUM} is missing, so the app cannot be tested in a browser. Run: bash .ci/browser"
expect.set_options(timeout=SECONDS * 1000)


@pytest.fixture(scope="session")
def app(tmp_path_factory) -> Iterator[AppServer]:
    """Return the running app; nothing of it may try to leave the machine."""
    server = start_server(tmp_path_factory.mktemp("app"))
    yield server
    server.stop()
    assert server.left_the_machine() == ""


def launch(kind: BrowserType, **settings: object) -> Browser:
    """Return a new Chromium."""
    if not CHROMIUM.exists():
        pytest.fail(MISSING)
    return kind.launch(executable_path=CHROMIUM, args=FLAGS, **settings)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = launch(playwright.chromium)
        yield chromium
        chromium.close()


SMALL = {"scale": 2000, "households_per_host": 40}


@pytest.fixture(scope="session")
def engine(tmp_path_factory) -> Iterator[Engine]:
    """Return an engine with real workers and small samples."""
    limits = {
        "first": RunSample(seeds=2, **SMALL),
        "full": RunSample(seeds=4, scale=1500, households_per_host=50),
        "split": Resolution(**SMALL),
        "story_scale": 2000,
        "scorecard": RunSample(seeds=2, **SMALL),
    }
    made = Engine(load_limits().model_copy(update=limits), cache=tmp_path_factory.mktemp("app-cache"))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def baseline() -> Answer:
    """Return the shipped baseline."""
    return Answer(Choices(), shipped.baseline(), shipped.baseline())


@pytest.fixture
def open_page(app, browser) -> Iterator[Callable[..., object]]:
    """Return how to open an address; at the end no page may have erred or asked for anything outside.

    ``open_page("/about-data?lang=nl", width=390, height=844, scheme="dark", language="nl-NL")``
    """
    contexts, faults = [], []

    def open_(path: str, width=1280, height=900, scheme="light", language="nl-NL", same=None):
        context = (
            same.context
            if same
            else browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme, locale=language
            )
        )
        if not same:
            contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(SECONDS * 1000)
        page.on("pageerror", lambda error: faults.append(f"page error: {error}"))
        page.on(
            "console", lambda line: faults.append(f"console: {line.text}") if line.type == "error" else None
        )
        page.on("request", lambda request: _note_foreign(request.url, app, faults))
        page.goto(app.url + path)
        page.wait_for_selector("#app main h1")
        page.wait_for_selector("#boot", state="detached")
        wait_until_still(page)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert faults == []


def _note_foreign(url: str, app: AppServer, faults: list[str]) -> None:
    """Note a request that goes anywhere but to the app."""
    if not re.match(
        rf"({re.escape(app.url)}/|data:|blob:{re.escape(app.url)}/|ws://127\.0\.0\.1:{app.port}/)", url
    ):
        faults.append(f"request outside: {url}")
