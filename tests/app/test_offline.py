"""No page needs anything from outside: neither the server, its workers, nor the browser can reach it.

In every test the browser knows no other address (``FLAGS``), asks for none (``open_page``), and the server
cannot get out (``app``); here it is shown that this would be noticed, and that it works without any network.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from page_state import PAGES

ALONE = ["unshare", "--user", "--map-root-user", "--net"]
"""Runs a command where the only network is the machine's own loop-back device."""


def test_a_page_that_asks_for_something_outside_is_found_out(open_page, lasting_page):
    page, faults = open_page("/about-data?lang=nl"), lasting_page[1]
    assert not page.evaluate("fetch('https://example.org/').then(() => true, () => false)")
    assert any("https://example.org/" in fault for fault in faults)
    faults.clear()


def test_a_server_that_asks_for_something_outside_is_found_out(tmp_path):
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
