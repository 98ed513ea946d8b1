"""axe-core finds nothing serious on any page, light and dark; every detail is opened for it.

axe-core lies in ``vendor`` with its licence (MPL-2.0), unchanged from npm; only the tests use it.
"""

from pathlib import Path

from page_state import PAGES, go_to, wait_until_answered, wait_until_drawn

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
    page.wait_for_function("document.getAnimations().every(one => one.playState !== 'running')")
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE)
    return [
        f"{found['id']} ({found['impact']}): {found['help']}: {node}"
        for found in page.evaluate(RUN)
        if found["impact"] in GRAVE
        for node in found["nodes"][:3]
    ]


def test_no_page_has_a_grave_finding(open_page):
    page = open_page(f"/{PAGES[0].id}?lang=nl")
    for entry in PAGES:
        go_to(page, entry)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert (entry.id, scheme, grave_findings(page)) == (entry.id, scheme, [])


def test_menu_notice_and_scenario_have_no_grave_finding(open_page):
    page = open_page("/overview?lang=uk&place=XX&a=w=frozen_front", width=390, height=844)
    page.wait_for_selector(".notice-warning")
    page.click("button.menu-button")
    assert grave_findings(page) == []
    wait_until_answered(page)
    assert grave_findings(page) == []


def test_open_lever_with_a_value_has_no_grave_finding(open_page):
    page = open_page("/levers?lang=en&lever=benefit_level&a=l=benefit_level:NL:2026-12:0.5", scheme="dark")
    page.wait_for_selector(".levers-changed")
    assert grave_findings(page) == []
    # And axe does find what is wrong.
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<button></button>')")
    assert any(found.startswith("button-name (critical)") for found in grave_findings(page))
