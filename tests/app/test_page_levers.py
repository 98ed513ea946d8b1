"""The page on levers in a real browser: every lever can be set, and the result follows."""

import re
from pathlib import Path

import pytest
from page_state import wait_until, wait_until_settled, wait_until_still
from playwright.sync_api import expect

from dashboard.engine.catalogue import Catalogue
from dashboard.engine.limits import load_limits
from dashboard.messages.words import Words

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
CATALOGUE = Catalogue(CONFIGS, load_limits())
WORDS = Words("en")
GOOD = (CONFIGS / "scenarios" / "rtb_extended_2028.yaml").read_bytes()


def wait_for_query(page, part: str) -> None:
    page.wait_for_function("part => decodeURIComponent(location.search).includes(part)", arg=part)


def wait_for_items(page, n: int) -> None:
    page.wait_for_function("n => document.querySelectorAll('.levers-items li').length === n", arg=n)


def set_lever(page, lever) -> str:
    """Set an open lever through its own control, to its example; return what the link must hold.

    Switches are put to the other side; the month of a lever that is a month becomes April 2028.
    """
    row = page.locator(f"#lever-{lever['id']}")
    if lever["is_switch"]:
        state = "0" if lever["neutral"] in (1, None) else "1"
        row.locator(f'.levers-editor input[type=radio][id$="{state}"]').first.check()
        return f":{state}"
    if lever["is_month"]:
        row.locator(".levers-editor .month select >> nth=1").select_option("2028")
        return ":2028-04"
    if lever["neutral"] is None:
        row.get_by_text(re.compile("^" + WORDS.t("levers.set_to", value=""))).first.click()
        return f":{lever['example']:g}"
    value = lever["example"]
    box = row.locator("input[type=number]").first
    box.fill(f"{value:g}")
    box.press("Tab")
    return f":{value:g}"


KINDS = ("benefit_level", "transition_permit_nl", "protection_end", "reception_limit")
"""A slider, a switch, a month, and a lever that is not set until it gets a value."""


@pytest.mark.parametrize("lever", [CATALOGUE.lever(name) for name in KINDS], ids=KINDS)
def test_a_lever_of_every_kind_can_be_set_and_taken_back(open_page, lever):
    page = open_page(f"/levers?lang=en&group={lever['group']}")
    row = page.locator(f"#lever-{lever['id']}")
    assert row.locator(".levers-label").inner_text() == lever["label"]["en"]
    row.locator(".levers-toggle").click()
    for said in (lever["explanation"]["en"], lever["source"]):
        expect(row.locator(".levers-body")).to_contain_text(said, use_inner_text=True)
    wait_for_query(page, f"a=l={lever['id']}:{lever['example_place']}:2026-12{set_lever(page, lever)}")
    row.locator(".levers-changed").wait_for()
    row.get_by_text(WORDS.t("levers.remove"), exact=True).click()
    page.wait_for_function("!location.search.includes('a=')")


def figures_of(row) -> list[str]:
    """Return the middle figures of a row of the table, all read at once."""
    return row.evaluate("row => [...row.querySelectorAll('td')].map(cell => cell.innerText.split(' ')[0])")


def test_lever_reaches_the_result(open_page):
    page = open_page("/levers?lang=en&lever=transition_permit_nl")
    permit = page.locator(".levers-more tbody tr", has_text="With a transition document")
    assert figures_of(permit) == ["0"]
    page.locator('#lever-transition_permit_nl input[type=radio][id$="1"]').check()
    change = permit.locator("td >> nth=1")
    change.wait_for()
    wait_until_settled(page)
    expect(page.locator(".chart-note")).to_contain_text("20 runs")
    expect(change).to_contain_text(re.compile(r"^\+[1-9][0-9]+,[0-9]{3} "))  # taken by tens of thousands
    # Nobody holds one under the present rules, so all of it is the difference. Read together: both change.
    wait_until(page, lambda: figures_of(permit)[1].lstrip("+") == figures_of(permit)[0])
    page.wait_for_function(
        "names => names.every(n => document.querySelector('.chart-canvas')?.data?.some(t => t.name === n))",
        arg=[WORDS.t("overview.series_scenario"), WORDS.t("overview.series_rules")],
    )


def test_place_month_and_people_move_with_the_lever(open_page):
    page = open_page("/levers?lang=en&lever=benefit_level&a=l=benefit_level:NL:2026-12:0.5")
    editor = page.locator("#lever-benefit_level .levers-editor")
    editor.locator("select >> nth=0").select_option("EU")
    wait_for_query(page, "benefit_level:EU:2026-12:0.5")
    editor.locator(".month select >> nth=1").select_option("2027")
    wait_for_query(page, "benefit_level:EU:2027-12:0.5")
    editor.get_by_label(WORDS.t("levers.who_newcomers")).check()
    wait_for_query(page, "benefit_level:EU:2027-12:0.5:n")
    page.get_by_text(WORDS.t("levers.elsewhere")).click()
    box = page.locator("#lever-benefit_level input[type=number] >> nth=1")
    box.fill("0.8")
    box.press("Tab")
    wait_for_query(page, ":0.8")
    wait_for_items(page, 2)
    page.click(f"text={WORDS.t('levers.take_all')}")
    page.wait_for_function("!location.search.includes('a=')")
    page.keyboard.press("Control+z")
    wait_for_query(page, "benefit_level:EU:2027-12:0.5:n")


def test_an_editor_stays_under_the_hand_when_its_place_changes(open_page):
    page = open_page(
        "/levers?lang=en&lever=benefit_level&a=l=benefit_level:NL:2026-12:0.5,benefit_level:PL:2026-12:0.8"
    )
    editors = page.locator("#lever-benefit_level .levers-editor")
    expect(editors).to_have_count(2)
    places = [editors.nth(number).locator(".levers-terms select").first for number in (0, 1)]
    places[0].focus()
    places[0].select_option("SE")
    wait_for_query(page, "benefit_level:SE:2026-12:0.5")
    wait_for_items(page, 2)
    wait_until_still(page)
    expect(places[0]).to_have_value("SE")
    expect(places[0]).to_be_focused()
    expect(places[1]).to_have_value("PL")


def test_war_and_packages_are_chosen_apart_from_levers(open_page):
    page = open_page("/levers?lang=en")
    page.locator("#levers-war select").select_option("frozen_front")
    wait_for_query(page, "w=frozen_front")
    page.click(f"text={WORDS.t('levers.packages_open', n=len(CATALOGUE.policies))}")
    page.get_by_label("Protection extended to March 2028").check()
    wait_for_query(page, "p=rtb_extended_2028")
    row = page.locator("#lever-protection_end .levers-state")
    row.get_by_text(WORDS.t("levers.state_package")).wait_for()
    wait_for_items(page, 2)
    expect(page.locator(".levers-items li", has_text="Frozen front")).to_have_count(1)


def test_two_quick_presses_both_count(open_page):
    page = open_page("/levers?lang=en")
    page.click(f"text={WORDS.t('levers.packages_open', n=len(CATALOGUE.policies))}")
    # In one go, so that the page has no time to be drawn anew in between.
    press = "all => all.forEach(one => one.click())"
    boxes = page.locator(".levers-controls input[type=checkbox]")
    two = boxes.and_(page.locator('[id$="rtb_extended_2028"], [id$="benefit_cut_all_80"]'))
    expect(two).to_have_count(2)
    two.evaluate_all(press)
    wait_for_items(page, 2)
    wait_for_query(page, "rtb_extended_2028")
    wait_for_query(page, "benefit_cut_all_80")
    remove = page.locator(".levers-items button")
    expect(remove).to_have_count(2)  # the lines may be there before their buttons
    remove.evaluate_all(press)
    page.wait_for_function("!location.search.includes('a=')")
    wait_for_items(page, 0)


def test_a_link_may_set_a_lever_twice_in_other_words(open_page):
    twice = "benefit_level:NL:2027-01:0.5,benefit_level:NL:2027-01:0.5:e"
    page = open_page(f"/levers?lang=en&a=l={twice}")
    wait_for_items(page, 2)
    page.locator(".levers-items button").first.click()
    page.wait_for_function("!location.search.includes('a=')")


def test_scenario_file_is_read_strictly(open_page):
    page = open_page("/levers?lang=nl")
    field = page.locator("input[type=file]")
    bad = GOOD.replace(b"protection_end", b"protection_and")
    field.set_input_files({"name": "mijn.yaml", "mimeType": "text/yaml", "buffer": bad})
    fault = page.locator(".field-fault")
    expect(fault).to_contain_text("protection_and")
    assert "/tmp" not in fault.inner_text()
    field.set_input_files({"name": "mijn.yaml", "mimeType": "text/yaml", "buffer": b"a: &x [1]\nb: *x\n"})
    page.wait_for_function("document.querySelector('.field-fault')?.innerText.includes('YAML-verwijzingen')")
    assert "f=" not in page.evaluate("location.search")  # refused files never get into the link
    field.set_input_files({"name": "mijn.yaml", "mimeType": "text/yaml", "buffer": GOOD})
    wait_for_query(page, "a=f=")
    page.locator(".levers-uploaded", has_text="mijn.yaml").wait_for()
    expect(page.locator(".field-fault")).to_have_count(0)
    page.click(f"text={Words('nl').t('levers.upload_remove')}")
    page.wait_for_function("!location.search.includes('a=')")


def test_figures_stay_in_sight_on_a_phone(open_page):
    page = open_page(
        "/levers?lang=uk&lever=return_cash&group=return&a=w=frozen_front",
        width=390,
        height=844,
        scheme="dark",
    )
    expect(page.locator(".levers-more thead th")).to_have_count(3)
    frame = page.locator(".levers-more .table-scroll")
    wait_until(page, lambda: frame.evaluate("frame => frame.scrollWidth <= frame.clientWidth"))
    right = page.locator(".levers-more thead th").last
    wait_until(page, lambda: right.evaluate("head => head.getBoundingClientRect().right") <= 390)
    page.locator("#lever-return_cash").scroll_into_view_if_needed()
    box = page.locator(".levers-now").bounding_box()
    assert box["y"] + box["height"] <= 844 + 1
    assert box["height"] < 844 / 3
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
