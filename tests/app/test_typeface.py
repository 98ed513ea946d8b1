"""Whatever fonts a machine has: screen and briefing look the same, as they bring their typeface along."""

import os
import re
import shutil

import matplotlib as mpl
import pytest
from app_server import ROOT
from fontTools.ttLib import TTFont
from made_up_answers import full_briefing
from page_state import PAGES, wait_until_drawn

from conftest import launch
from experiments.figures.style import FONTS, WEIGHTS

WRITTEN = ("abm", "calibration", "configs", "dashboard", "experiments")
ENDINGS = {".py", ".yaml", ".csv", ".j2", ".vue", ".css", ".js"}
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


def test_it_holds_every_sign_the_project_writes():
    signs = {
        sign
        for folder in WRITTEN
        for path in (ROOT / folder).rglob("*")
        if path.suffix in ENDINGS and "vendor" not in path.parts
        for sign in path.read_text(encoding="utf-8")
        if sign.isprintable()
    }
    for name in WEIGHTS:
        assert {
            sign for sign in signs if ord(sign) not in TTFont(FONTS / f"{name}.ttf").getBestCmap()
        } == set()


@pytest.fixture(params=["DejaVuSans", "STIXGeneral"])
def other_machine(request, tmp_path, browser):
    """A browser on a machine with one font."""
    shutil.copy(f"{mpl.get_data_path()}/fonts/ttf/{request.param}.ttf", tmp_path)
    settings = tmp_path / "fonts.conf"
    settings.write_text(
        f'<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>{tmp_path}</dir>'
        f"<cachedir>{tmp_path}/cache</cachedir></fontconfig>"
    )
    chromium = launch(browser.browser_type, env={**os.environ, "FONTCONFIG_FILE": str(settings)})
    yield chromium
    chromium.close()


def test_briefing_and_pages_are_the_same_with_other_fonts(app, browser, other_machine):
    def seen(chromium) -> list[object]:
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        page.set_content(full_briefing("uk"))
        page.evaluate("document.fonts.ready")
        paper = page.pdf(prefer_css_page_size=True)
        found = [len(re.findall(rb"/Type\s*/Page\b", paper)), page.evaluate(WHERE_TEXT_STANDS)]
        page.goto(f"{app.url}/{PAGES[0].id}?lang=uk")
        page.wait_for_selector("#app main h1")
        wait_until_drawn(page)
        page.evaluate("document.fonts.ready")
        found.append(page.evaluate(WHERE_TEXT_STANDS))
        page.close()
        return found

    here, there = seen(browser), seen(other_machine)
    assert len(here[1]) > 50
    assert len(here[2]) > 50
    assert here == there
