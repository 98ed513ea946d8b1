"""Levers in a real browser: every kind of control, a click that reaches chart and file, files, a phone."""

import csv
import re

from app_server import ROOT
from page_state import wait_until, wait_until_answered, wait_until_still
from playwright.sync_api import expect

from dashboard.engine.answer import display
from dashboard.engine.catalogue import Catalogue
from dashboard.engine.limits import load_limits
from dashboard.messages.words import Words

CONFIGS = ROOT / "configs"
CATALOGUE = Catalogue(CONFIGS, load_limits())
EN, NL = Words("en"), Words("nl")
GOOD = (CONFIGS / "scenarios" / "rtb_extended_2028.yaml").read_bytes()


def wait_for_query(page, part: str) -> None:
    page.wait_for_function("part => decodeURIComponent(location.search).includes(part)", arg=part)


def set_lever(row, lever) -> str:
    """Set an open lever through its own control, to its example; return what the link must hold."""
    if lever["is_switch"]:
        row.locator('.levers-editor input[type=radio][id$="1"]').first.check()
        return "1"
    if lever["is_month"]:
        row.locator(".levers-editor .month select >> nth=1").select_option("2028")
        return "2028-04"
    if lever["neutral"] is None:
        row.get_by_text(re.compile("^" + EN.t("levers.set_to", value=""))).first.click()
    else:
        box = row.locator("input[type=number]").first
        box.fill(f"{lever['example']:g}")
        box.press("Tab")
    return f"{lever['example']:g}"


KINDS = ("benefit_level", "transition_permit_nl", "protection_end", "reception_limit")
"""A slider, a switch, a month, and a lever that is not set until it gets a value."""


def test_a_lever_of_every_kind_is_set_by_its_control(open_page):
    page, link = open_page("/levers?lang=en"), []
    for name in KINDS:
        lever = CATALOGUE.lever(name)
        group = page.locator(".levers-groups button", has_text=EN.t(f"levers.group_{lever['group']}"))
        group.click()
        expect(group).to_have_attribute("aria-pressed", "true")
        row = page.locator(f"#lever-{name}")
        row.locator(".levers-toggle").click()
        for said in (lever["explanation"]["en"], lever["source"]):
            expect(row.locator(".levers-body")).to_contain_text(said, use_inner_text=True)
        link.append(f"{name}:{lever['example_place']}:2026-12:{set_lever(row, lever)}")
        wait_for_query(page, link[-1])
        row.locator(".levers-changed").wait_for()
    row.get_by_text(EN.t("levers.remove"), exact=True).click()
    page.wait_for_function("part => !decodeURIComponent(location.search).includes(part)", arg=link.pop())
    for part in link:
        wait_for_query(page, part)


def test_a_click_reaches_table_chart_and_file(open_page):
    page = open_page("/levers?lang=en&lever=transition_permit_nl")
    permit = page.locator(".levers-more tbody tr", has_text=EN.t("scenario.outcome_transition_permit"))
    expect(permit.locator("td")).to_have_text(["0"])
    page.locator('#lever-transition_permit_nl input[type=radio][id$="1"]').check()
    page.wait_for_selector(".levers-more thead th:nth-child(3)", timeout=300_000)  # the answer is there
    page.wait_for_selector(".progress-done", state="attached")
    expect(permit.locator("td >> nth=1")).to_have_text(re.compile(r"^\+[1-9][0-9]+,[0-9]{3} "))
    names = [EN.t("overview.series_scenario"), EN.t("overview.series_rules")]
    page.wait_for_function(
        "names => names.every(n => document.querySelector('.chart-canvas')?.data?.some(t => t.name === n))",
        arg=names,
    )
    page.click(f"text={EN.t('levers.result_link')}")
    with page.expect_download() as download:
        page.locator(".exports-bar button").nth(2).click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith(("#", '"#')))
    wanted = {"place": "NL", "outcome": "transition_permit", "month": "2028-03"}
    [row] = [row for row in rows if wanted.items() <= row.items()]
    mid = display(*(float(row[name]) for name in ("low_80", "median", "high_80")))[1]
    page.go_back()
    expect(permit.locator("td >> nth=0")).to_have_text(re.compile(rf"^{EN.number(mid)}\b"))


def test_an_editor_stays_under_the_hand_and_quick_presses_count(open_page):
    both = "benefit_level:NL:2026-12:0.5,benefit_level:PL:2026-12:0.8"
    page = open_page(f"/levers?lang=en&lever=benefit_level&a=l={both}")
    editors = page.locator("#lever-benefit_level .levers-editor")
    expect(editors).to_have_count(2)
    places = [editors.nth(number).locator(".levers-terms select").first for number in (0, 1)]
    places[0].focus()
    places[0].select_option("SE")  # sorted behind PL from now on
    wait_for_query(page, "benefit_level:SE:2026-12:0.5")
    expect(page.locator(".levers-items li")).to_have_count(2)
    expect(places[0]).to_have_value("SE")
    expect(places[0]).to_be_focused()
    expect(places[1]).to_have_value("PL")
    expect(page.locator(".levers-items li", has_text=CATALOGUE.hosts["SE"]["en"])).to_have_count(1)
    wait_until_still(page)
    # In one go, so that the page has no time to be drawn anew in between.
    remove = page.locator(".levers-items button")
    expect(remove).to_have_count(2)
    remove.evaluate_all("all => all.forEach(one => one.click())")
    page.wait_for_function("!location.search.includes('a=')")
    expect(remove).to_have_count(0)


def test_a_scenario_file_is_read_strictly(open_page):
    page = open_page("/levers?lang=nl")
    field = page.locator("input[type=file]")

    def give(content: bytes) -> None:
        field.set_input_files({"name": "mijn.yaml", "mimeType": "text/yaml", "buffer": content})

    fault = page.locator(".field-fault")
    give(GOOD.replace(b"protection_end", b"protection_and"))
    expect(fault).to_contain_text("protection_and")
    assert "/tmp" not in fault.inner_text()
    give(b"a" * 300_000)
    expect(fault).to_contain_text("0.3")  # refused in the browser: never sent
    assert "f=" not in page.evaluate("location.search")  # refused files never get into the link
    give(GOOD)
    wait_for_query(page, "a=f=")
    page.locator(".levers-uploaded", has_text="mijn.yaml").wait_for()
    expect(fault).to_have_count(0)
    page.click(f"text={NL.t('levers.upload_remove')}")
    page.wait_for_function("!location.search.includes('a=')")


def test_figures_stay_in_sight_on_a_phone(open_page):
    phone = {"width": 390, "height": 844}
    page = open_page(
        "/levers?lang=uk&lever=return_cash&group=return&a=w=frozen_front", scheme="dark", **phone
    )
    wait_until_answered(page)
    heads = page.locator(".levers-more thead th")
    expect(heads).to_have_count(3)
    frame = page.locator(".levers-more .table-scroll")
    wait_until(page, lambda: frame.evaluate("frame => frame.scrollWidth <= frame.clientWidth"))
    wait_until(page, lambda: heads.last.evaluate("head => head.getBoundingClientRect().right") <= 390)
    page.locator("#lever-return_cash").scroll_into_view_if_needed()
    box = page.locator(".levers-now").bounding_box()
    assert box["y"] + box["height"] <= 844 + 1
    assert box["height"] < 844 / 3
