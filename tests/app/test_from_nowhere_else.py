"""Nothing comes from outside: server, workers and browser reach this machine only, files are shipped whole.

In every test the browser knows no other address (``FLAGS``), asks for none (``open_page``), and the server
cannot get out (``app``); here it is shown that this would be noticed, and that it works without any network.
"""

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import matplotlib as mpl
import pytest
import solara
from app_server import ROOT
from fontTools.ttLib import TTFont
from made_up_answers import CATALOGUE, FULL, LINK, full_briefing
from page_state import PAGES, wait_until_drawn

from conftest import launch
from dashboard.messages.catalogue import LANGUAGES
from dashboard.messages.words import Words
from experiments.figures.style import FONTS, WEIGHTS


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


ALONE = ["unshare", "--user", "--map-root-user", "--net"]
"""Runs a command where the only network is the machine's own loop-back device, which is off at first."""

WALK = """
import fcntl, pytest, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
    fcntl.ioctl(control, 0x8914, struct.pack("16sH14x", b"lo", 1))
try:
    socket.create_connection(("1.1.1.1", 443), timeout=3)
except OSError:
    sys.exit(pytest.main(sys.argv[1:]))
sys.exit("there is a network")
"""


@pytest.mark.slow
def test_every_page_loads_without_any_network(tmp_path):
    walk = "tests/app/test_every_page.py::test_walk_through_all_pages[nl]"
    options = ["-q", "--benchmark-disable", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'walk'}"]
    command = [*ALONE, sys.executable, "-c", WALK, *options, walk]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


# Scripts ------------------------------------------------------------------------------------------

VENDOR = ROOT / "dashboard" / "assets" / "vendor"
SOLARA = Path(solara.__file__).parent
# Read as text: importing the server imports Solara's, which warns about what it imports itself.
NAMED = (ROOT / "dashboard" / "server" / "page.py").read_text(encoding="utf-8")
SOLARA_BUNDLE = re.search(r'^SOLARA_BUNDLE = "(.+)"$', NAMED, re.MULTILINE)[1]
REQUIREJS = re.search(r'^REQUIREJS = "(.+)"$', NAMED, re.MULTILINE)[1]


def test_the_front_end_is_the_one_solaras_own_page_names():
    major = version("ipywidgets").split(".")[0]
    page = (SOLARA / "server" / "templates" / "solara.html.j2").read_text(encoding="utf-8")
    assert f"{{{{cdn}}}}/{SOLARA_BUNDLE}" in page.replace("{{ipywidget_major_version}}", major)
    assert (VENDOR / SOLARA_BUNDLE).stat().st_size > 1_000_000
    named = [re.findall(r"requirejs@([\d.]+)/", path.read_text("utf-8")) for path in SOLARA.rglob("*.py")]
    [folder] = {found for one in named for found in one}
    assert REQUIREJS.startswith(f"requirejs@{folder}/")
    assert f"RequireJS {folder} " in (VENDOR / REQUIREJS).read_text(encoding="utf-8").splitlines()[1]


@pytest.mark.parametrize("folder", [VENDOR, Path(__file__).parent / "vendor"], ids=["app", "tests"])
def test_every_vendored_script_has_its_licence_and_nothing_else_is_vendored(folder):
    scripts = list(folder.rglob("*.js"))
    assert scripts
    for script in scripts:
        package = script.relative_to(folder).as_posix()
        assert re.search(r"@\d+\.\d+\.\d+/", package), f"{package}: no version in its folder"
        assert "plotly" not in package
        beside = [path for path in script.parent.iterdir() if "LICENSE" in path.name.upper()]
        assert beside, f"{package}: no licence beside it"
        assert all(path.stat().st_size > 500 for path in beside)
    assert {path.suffix for path in VENDOR.rglob("*") if path.is_file()} == {".js", ".txt"}


# Typeface -----------------------------------------------------------------------------------------

WRITTEN = ("abm", "calibration", "configs", "dashboard", "experiments")
ENDINGS = {".py", ".yaml", ".csv", ".j2", ".vue", ".css", ".js"}
PAGE_OF_PDF = rb"/Type\s*/Page\b"
WHERE_TEXT_STANDS = """() => {
    const found = [], range = new Range();
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
        range.selectNodeContents(node);
        const box = range.getBoundingClientRect();
        if (box.width) found.push([node.data.trim(), box.x, box.y, box.width, box.height].join(' '));
    }
    return found;
}"""


def test_the_typeface_holds_every_sign_the_project_writes():
    signs = {
        sign
        for folder in WRITTEN
        for path in (ROOT / folder).rglob("*")
        if path.suffix in ENDINGS and "vendor" not in path.parts
        for sign in path.read_text(encoding="utf-8")
        if sign.isprintable()
    }
    for name in WEIGHTS:
        known = TTFont(FONTS / f"{name}.ttf").getBestCmap()
        assert {sign for sign in signs if ord(sign) not in known} == set()


def briefing_seen(page, language: str) -> tuple[int, list[str], str]:
    """Return of the longest briefing how many pages it takes, where its text stands, and the text."""
    page.set_content(full_briefing(language))
    page.evaluate("document.fonts.ready")
    paper = page.pdf(prefer_css_page_size=True)
    return len(re.findall(PAGE_OF_PDF, paper)), page.evaluate(WHERE_TEXT_STANDS), page.inner_text("body")


def test_briefing_and_pages_are_the_same_with_other_fonts(app, browser, tmp_path):
    """On a machine whose only font is DejaVu Sans, and on one whose only font is STIX."""
    seen = []
    for font in ("DejaVuSans", "STIXGeneral"):
        settings = tmp_path / f"{font}.conf"
        (tmp_path / font).mkdir()
        shutil.copy(f"{mpl.get_data_path()}/fonts/ttf/{font}.ttf", tmp_path / font)
        settings.write_text(
            f'<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
            f"<dir>{tmp_path / font}</dir><cachedir>{tmp_path / font}/cache</cachedir></fontconfig>"
        )
        machine = launch(browser.browser_type, env={**os.environ, "FONTCONFIG_FILE": str(settings)})
        page = machine.new_page(viewport={"width": 1280, "height": 900})
        found = [briefing_seen(page, "uk")]
        page.goto(f"{app.url}/{PAGES[0].id}?lang=uk")
        page.wait_for_selector("#app main h1")
        wait_until_drawn(page)
        page.evaluate("document.fonts.ready")
        seen.append([*found, page.evaluate(WHERE_TEXT_STANDS)])
        machine.close()
    assert min(len(seen[0][0][1]), len(seen[0][1])) > 50
    assert seen[0] == seen[1]


def test_briefing_is_one_page_even_with_twenty_levers(browser):
    page = browser.new_page()
    for language in LANGUAGES:
        words = Words(language)
        n_pages, _, text = briefing_seen(page, language)
        assert n_pages == 1
        war = words.label(next(entry["label"] for entry in CATALOGUE.wars if entry["id"] == FULL.war))
        keys = ("scenario.outcome_transition_permit", "compare.briefing_assumption_projection")
        for part in (words.number(40_000), *map(words.t, keys), war, "2024", "0.1.0", LINK):
            assert part in text
        assert "{" not in text
    page.close()
