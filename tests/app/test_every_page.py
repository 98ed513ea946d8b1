"""Every page in three languages, two widths, light and dark, with and without a scenario.

axe-core lies in ``vendor`` with its licence (MPL-2.0), unchanged from npm; only the tests use it.
"""

from pathlib import Path

import pytest
from page_state import PAGES, check_page, go_to, wait_until_answered, wait_until_drawn
from playwright.sync_api import expect

from dashboard.messages.words import Words

AXE = next(Path(__file__).parent.glob("vendor/axe-core@*/axe.min.js")).read_text(encoding="utf-8")
RUN = """async () => {
    const found = await axe.run(document, {resultTypes: ['violations'], preload: false});
    return found.violations.filter(v => ['serious', 'critical'].includes(v.impact)).flatMap(v =>
        v.nodes.slice(0, 3).map(n => `${v.id}: ${v.help}: ${n.html.slice(0, 200)} | ${n.failureSummary}`));
}"""
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
SCENARIO = "a=w=frozen_front;p=benefit_cut_all_80&b=p=rtb_extended_2029"


def grave_findings(page) -> list[str]:
    """Return what axe finds serious or critical, with every closed detail opened."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    wait_until_drawn(page)
    page.wait_for_function("document.getAnimations().every(one => one.playState !== 'running')")
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE)
    return page.evaluate(RUN)


@pytest.mark.parametrize(
    ("language", "choice", "scheme", "sizes"),
    [
        pytest.param("nl", "", "light", [DESK], id="nl"),
        pytest.param("uk", SCENARIO, "dark", [DESK, PHONE], id="uk"),
        pytest.param("en", "", "light", [DESK, PHONE], id="en", marks=pytest.mark.slow),
        pytest.param("nl", "", "dark", [PHONE, DESK], id="nl dark", marks=pytest.mark.slow),
    ],
)
def test_walk_through_all_pages(open_page, language, choice, scheme, sizes):
    """On a phone, on a desk or on both; axe looks at the last, each page light and dark, small and large."""
    words = Words(language)
    page = open_page(f"/{PAGES[0].id}?lang={language}&{choice}", scheme=scheme, **sizes[0])
    if choice:
        wait_until_answered(page)
    for entry in PAGES:
        go_to(page, entry)
        for size in sizes:
            page.set_viewport_size(size)
            wait_until_drawn(page)
            check_page(page, entry, language)
        assert (entry.id, grave_findings(page)) == (entry.id, [])
        expect(page.locator('.pages [aria-current="page"]')).to_have_text(words.t(entry.title))
        if choice:  # it goes along
            expect(page.locator(".choice-text")).to_have_text(words.t("shell.choices_some", n=2))


def test_menu_notice_and_open_lever_have_no_grave_finding(open_page):
    link = "lang=uk&place=XX&lever=benefit_level&a=l=benefit_level:NL:2026-12:0.5"
    page = open_page(f"/levers?{link}", scheme="light", **PHONE)
    page.wait_for_selector(".notice-warning")
    page.wait_for_selector(".levers-changed")
    page.click("button.menu-button")
    assert grave_findings(page) == []
    # And axe does find what is wrong.
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<button></button>')")
    assert any(found.startswith("button-name: ") for found in grave_findings(page))
