"""No page needs anything from outside: neither the server, its workers, nor the browser can reach it."""

import subprocess
import sys
from pathlib import Path

import pytest
from page_state import PAGES, SECONDS, go_to, wait_until_drawn

ALONE = ["unshare", "--user", "--map-root-user", "--net"]
"""Runs a command where the only network is the machine's own loop-back device."""


def test_every_page_loads_in_a_browser_that_can_reach_nothing_else(app, browser):
    refused = []
    context = browser.new_context()
    context.route(lambda url: not url.startswith(f"{app.url}/"), lambda route: _refuse(route, refused))
    page = context.new_page()
    page.set_default_timeout(SECONDS * 1000)
    page.on("requestfailed", lambda request: refused.append(request.url))
    page.goto(f"{app.url}/{PAGES[0].id}?lang=nl")
    page.wait_for_selector("#app main h1")
    for entry in PAGES:
        go_to(page, entry)
        wait_until_drawn(page)
        assert page.locator("h1").count() == 1
    context.close()
    assert refused == []
    assert app.left_the_machine() == ""


def _refuse(route, refused: list[str]) -> None:
    refused.append(route.request.url)
    route.abort()


def test_the_guard_would_notice(tmp_path):
    """A process that is closed in the way the server is cannot get out, and is found out."""
    report = tmp_path / "report.txt"
    attempt = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r});"
        f"from pathlib import Path; from app_server import close_the_way_out;"
        f"close_the_way_out(Path({str(report)!r}));"
        f"import urllib.request; urllib.request.urlopen('https://example.org/', timeout=5)"
    )
    done = subprocess.run([sys.executable, "-c", attempt], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "tests let nothing leave the machine: example.org" in done.stderr
    assert report.read_text() == "example.org\n"


@pytest.mark.slow
def test_every_page_loads_without_any_network(tmp_path):
    """Server and browser start and show every page on a machine that has no network at all."""
    subprocess.run([*ALONE, "true"], check=True)
    script = Path(__file__).with_name("walk_without_network.py")
    done = subprocess.run(
        [*ALONE, sys.executable, str(script), str(tmp_path)],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.split() == ["no-network", *[entry.id for entry in PAGES]]
