"""Whatever fonts a machine has: screen and briefing look the same, as they bring their typeface along."""

import os
import re
import shutil

import matplotlib as mpl
from app_server import ROOT
from fontTools.ttLib import TTFont
from made_up_answers import CATALOGUE, FULL, LINK, full_briefing
from page_state import PAGES, wait_until_drawn

from conftest import launch
from dashboard.messages.catalogue import LANGUAGES
from dashboard.messages.words import Words
from experiments.figures.style import FONTS, WEIGHTS

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
        fonts = tmp_path / font
        fonts.mkdir()
        shutil.copy(f"{mpl.get_data_path()}/fonts/ttf/{font}.ttf", fonts)
        (fonts / "fonts.conf").write_text(
            f'<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>{fonts}</dir>'
            f"<cachedir>{fonts}/cache</cachedir></fontconfig>"
        )
        machine = launch(
            browser.browser_type, env={**os.environ, "FONTCONFIG_FILE": str(fonts / "fonts.conf")}
        )
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
        assert words.number(40_000) in text
        for key in ("scenario.outcome_transition_permit", "compare.briefing_assumption_projection"):
            assert words.t(key) in text
        assert words.label(next(w["label"] for w in CATALOGUE.wars if w["id"] == FULL.war)) in text
        for part in ("2024", "0.1.0", LINK):
            assert part in text
        assert "{" not in text
    page.close()
