"""axe-core finds nothing serious on any page, light and dark; every detail is opened for it.

axe-core lies in ``vendor`` with its licence (MPL-2.0), unchanged from npm; only the tests use it.
"""

from pathlib import Path

import pytest
from page_state import PAGES, wait_until_drawn, wait_until_settled

AXE = next(Path(__file__).parent.glob("vendor/axe-core@*/axe.min.js")).read_text(encoding="utf-8")
GRAVE = ("serious", "critical")
RUN = """async () => {
    const found = await axe.run(document, {resultTypes: ['violations'], preload: false});
    return found.violations.map(v => ({impact: v.impact, id: v.id, help: v.help,
        nodes: v.nodes.map(n => n.html.slice(0, 200) + ' | ' + n.failureSummary)}));
}"""


def grave_findings(page) -> list[str]:
    """Return what axe finds serious or critical, with every closed detail opened."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    wait_until_drawn(page)
    page.wait_for_timeout(300)  # colours fade over when the theme changes
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE)
    return [
        f"{found['id']} ({found['impact']}): {found['help']}: {node}"
        for found in page.evaluate(RUN)
        if found["impact"] in GRAVE
        for node in found["nodes"][:3]
    ]


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.id)
def test_page_has_no_grave_finding(open_page, entry):
    page = open_page(f"/{entry.id}?lang=nl")
    wait_until_drawn(page)
    assert grave_findings(page) == []
    page.emulate_media(color_scheme="dark")
    assert grave_findings(page) == []


def test_menu_notice_and_scenario_have_no_grave_finding(open_page):
    page = open_page("/overview?lang=uk&place=XX&a=w=frozen_front", width=390, height=844)
    page.wait_for_selector(".notice-warning")
    page.click("button.menu-button")
    assert grave_findings(page) == []
    wait_until_settled(page)
    assert grave_findings(page) == []


def test_open_lever_with_a_value_has_no_grave_finding(open_page):
    page = open_page("/levers?lang=en&lever=benefit_level&a=l=benefit_level:NL:2026-12:0.5", scheme="dark")
    page.wait_for_selector(".levers-changed")
    assert grave_findings(page) == []


def test_axe_itself_would_find_something(open_page):
    page = open_page("/about-data?lang=en")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<button></button>')")
    assert any(found.startswith("button-name (critical)") for found in grave_findings(page))
