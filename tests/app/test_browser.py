"""What only a browser can tell: first paint, keys and focus, back, theme, connection, controls, a phone."""

import re
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from app_server import ROOT
from drawn_tab import wait_until
from made_up_answers import CATALOGUE
from page_state import PAGES, check_page, go_to, text_of, wait_until_answered, wait_until_still
from playwright.sync_api import expect

from dashboard.engine.choice import Choices
from dashboard.messages.words import Words
from dashboard.pages import page_by_id
from dashboard.shell.view import View, read_view

EN, NL = Words("en"), Words("nl")
WAR = Choices(war="frozen_front")


def view_in_address(page) -> tuple[View, list[str]]:
    where = page.evaluate("[location.pathname, location.search]")
    return read_view(where[0].strip("/"), where[1].lstrip("?"), "nl", ("NL", "EU", "ALL", "DE", "PL"))


def wait_for_query(page, part: str, there: bool = True) -> None:
    script = "([part, there]) => decodeURIComponent(location.search).includes(part) === there"
    page.wait_for_function(script, arg=[part, there])


def test_first_paint_needs_no_script(browser, app):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{app.url}/about-data?lang=uk")
    assert page.inner_text("h1") == Words("uk").t("about_data.title")
    assert page.locator(".pages a").count() == len(PAGES)
    context.close()


def test_language_keyboard_focus_back_and_theme(open_page):
    page = open_page("/compare", language="uk-UA", scheme="dark")
    assert page.get_attribute("html", "lang") == "uk"
    page.keyboard.press("Tab")
    page.wait_for_function("document.activeElement.className === 'skip'")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'main'")
    go_to(page, PAGES[0])
    page.wait_for_function("document.activeElement.id === 'title'")
    page.go_back()
    expect(page.locator("h1")).to_have_text(Words("uk").t("compare.heading"))
    page.wait_for_function("location.pathname === '/compare'")
    page.go_forward()
    page.wait_for_function("id => location.pathname === '/' + id", arg=PAGES[0].id)
    back = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(back) != "rgb(255, 255, 255)"
    page.select_option(".theme-select", "light")
    page.wait_for_function(f"location.search.includes('theme=light') && {back} === 'rgb(255, 255, 255)'")


def test_a_link_brings_back_what_was_made_by_hand(open_page):
    mine = open_page("/levers?lang=en&place=EU")
    mine.click("text=Nederlands")
    mine.locator("#levers-war select").select_option("frozen_front")
    mine.keyboard.press("Control+z")
    wait_for_query(mine, "a=", there=False)
    mine.keyboard.press("Control+Shift+z")
    go_to(mine, page_by_id("overview"))
    made = View("overview", "EU", choices={"A": WAR})
    wait_until(lambda: view_in_address(mine) == (made, []))
    mine.wait_for_selector(".progress-done", state="attached")
    theirs = open_page(mine.evaluate("location.pathname + location.search"), language="uk-UA", another=True)
    assert mine.context.cookies()[0]["value"] != theirs.context.cookies()[0]["value"]
    expect(theirs.locator("html")).to_have_attribute("lang", "nl")
    wait_until(lambda: text_of(theirs) == text_of(mine))


def test_a_hostile_link_is_said_and_the_page_works(open_page):
    script = "place=<script>alert(1)</script>&a=w=<img src=x onerror=alert(1)>"
    for query in (script, "a=" + "l" * 100_000):
        page = open_page(f"/about-data?lang=en&{query}", language="en-GB")
        page.once("dialog", lambda dialog: pytest.fail(f"a script of the link ran: {dialog.message}"))
        notice = page.locator(".notice-warning", has_text=EN.t("shell.link_problem_title"))
        assert EN.t("shell.link_problem_title") in notice.inner_text()
        assert len(notice.inner_text()) < 2_500
        assert notice.locator("img, script, b").count() == 0
        # What was wrong is gone from the address: shared on, the link is clean.
        wait_until(lambda page=page: view_in_address(page)[1] == [])
    page.click(f".notice-warning >> text={EN.t('shell.dismiss')}")
    notice.wait_for(state="detached")
    check_page(page, page_by_id("about-data"), "en")


def test_lost_connection_is_said_and_comes_back(open_page):
    page = open_page("/intentions?lang=nl&a=w=frozen_front")
    page.evaluate("solara.debug.dropConnection()")
    page.wait_for_function("solara.debug.reconnectCount > 0")
    page.wait_for_selector(".connection", state="detached")
    page.click("text=English")
    page.wait_for_function("document.documentElement.lang === 'en'")
    assert view_in_address(page) == (View("intentions", language="en", choices={"A": WAR}), [])


def test_a_chart_stands_in_a_frame_of_another_site_and_a_page_does_not(browser, app, tmp_path):
    context = browser.new_context()
    page, chart = context.new_page(), "/api/v1/chart.html?lang=en&outcome=without_title"
    frames = "".join(f'<iframe src="{app.url}{path}"></iframe>' for path in (chart, "/overview?lang=en"))
    (tmp_path / "index.html").write_text(frames)
    files = partial(SimpleHTTPRequestHandler, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), files) as ministry:
        Thread(target=ministry.serve_forever, daemon=True).start()
        page.goto(f"http://127.0.0.1:{ministry.server_port}/index.html")
        ministry.shutdown()
    first, second = (page.frame_locator("iframe").nth(number) for number in (0, 1))
    expect(first.locator("svg polyline")).to_be_visible()
    expect(first.locator("svg")).to_contain_text(EN.t("scenario.outcome_without_title"))
    expect(first.locator("a")).to_have_attribute("href", re.compile("/overview[?]lang=en"))
    # Chromium shows an error page of its own in the place of what it refuses to frame.
    expect(second.locator("main")).to_have_count(0)
    context.close()


def test_a_term_says_what_it_means_to_mouse_and_keyboard(open_page):
    page = open_page("/overview?lang=en")
    term = page.locator(".card .term").first
    tip = term.get_by_role("tooltip")
    expect(tip).to_be_hidden()
    term.focus()
    expect(tip).to_have_text(EN.t("help.means_people"))
    expect(tip).to_be_visible()
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    term.hover()
    expect(tip).to_be_visible()


def test_the_map_is_walked_by_keys_and_taken_home(open_page):
    page = open_page("/map?lang=nl&a=p=benefit_cut_all_80")
    # A full answer puts a new map in the place of the first, and what had the focus is gone.
    page.wait_for_selector(".progress-done", state="attached", timeout=300_000)
    wait_until_still(page)
    shapes = page.locator('#map-hosts [data-id][tabindex="0"]')
    first = shapes.get_attribute("data-id")
    shapes.focus()
    page.keyboard.press("ArrowRight")
    reached = page.wait_for_function(
        "id => {const at = document.activeElement;"
        " return at.ariaLabel && at.dataset.id !== id && [at.dataset.id, at.ariaLabel]}",
        arg=first,
    )
    second, label = reached.json_value()
    assert re.search(r": [0-9.]+ mensen; .*[0-9.]+.*[0-9.]+", label), label
    expect(page.locator(".map-tip")).to_be_visible()
    expect(page.locator(".map-ring")).to_have_count(1)
    page.keyboard.press("Enter")
    wait_for_query(page, f"place={second}")
    page.wait_for_selector(f'#map-hosts [data-id="{second}"][aria-pressed="true"]')
    page.keyboard.press("Escape")
    page.wait_for_selector(".map-tip", state="detached")
    with page.expect_download() as asked:
        page.click("#map-hosts button:has-text('SVG')")
    picture = asked.value.path().read_text(encoding="utf-8")
    assert "Natural Earth" in " ".join(re.findall(r">([^<]+)<", picture))  # whole, in however many lines
    assert picture.count("@font-face") == picture.count('url("data:font') == 2


# Levers -------------------------------------------------------------------------------------------


def slide(row) -> None:
    box = row.locator("input[type=number]").first
    box.fill("0.5")
    box.press("Tab")


KINDS = {
    "benefit_level": (slide, "NL:2026-12:0.5"),
    "transition_permit_nl": (
        lambda row: row.locator('.levers-editor input[type=radio][id$="1"]').first.check(),
        "NL:2026-12:1",
    ),
    "protection_end": (
        lambda row: row.locator(".levers-editor .month select >> nth=1").select_option("2029"),
        "EU:2026-12:2029",
    ),
    "reception_limit": (
        lambda row: row.get_by_text(re.compile("^" + EN.t("levers.set_to", value=""))).first.click(),
        "",
    ),
}
"""A slider, a switch, a month, a lever not set until it gets a value: how to set it, what is then set."""


def test_a_lever_of_every_kind_is_set_by_its_control(open_page):
    page = open_page("/levers?lang=en")
    for name, (set_lever, written) in KINDS.items():
        lever = CATALOGUE.lever(name)
        group = page.locator(".levers-groups button", has_text=EN.t(f"levers.group_{lever['group']}"))
        group.click()
        expect(group).to_have_attribute("aria-pressed", "true")
        row = page.locator(f"#lever-{name}")
        row.locator(".levers-toggle").click()
        for said in (lever["explanation"]["en"], lever["source"]):
            expect(row.locator(".levers-body")).to_contain_text(said, use_inner_text=True)
        set_lever(row)
        wait_for_query(page, f"{name}:{written}")
        row.locator(".levers-changed").wait_for()
    row.get_by_text(EN.t("levers.remove"), exact=True).click()
    wait_for_query(page, f"{name}:", there=False)
    for other in list(KINDS)[:-1]:
        wait_for_query(page, f"{other}:")


def test_a_click_reaches_table_chart_and_file(open_page):
    page = open_page("/levers?lang=en&lever=transition_permit_nl")
    permit = page.locator(".levers-more tbody tr", has_text=EN.t("scenario.outcome_transition_permit"))
    # By the law of today every holder gets the document when protection ends; without it nobody does.
    expect(permit.locator("td")).to_have_text([re.compile(r"^[1-9][0-9]+,[0-9]{3} ")])
    page.locator('#lever-transition_permit_nl input[type=radio][id$="0"]').check()
    wait_until_answered(page)
    expect(permit.locator("td >> nth=0")).to_have_text(re.compile(r"^−[1-9][0-9]+,[0-9]{3} "))
    names = [EN.t("overview.series_scenario"), EN.t("overview.series_rules")]
    page.wait_for_function(
        "names => names.every(n => document.querySelector('.chart-canvas')?.data?.some(t => t.name === n))",
        arg=names,
    )
    page.click(f"text={EN.t('levers.result_link')}")
    with page.expect_download() as download:
        page.locator(".exports-bar button").nth(2).click()
    assert "transition_permit_nl" in download.value.path().read_text(encoding="utf-8-sig")


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
    wait_for_query(page, "a=", there=False)
    expect(remove).to_have_count(0)


def test_a_scenario_file_is_read_strictly(open_page):
    page = open_page("/levers?lang=nl")
    good = (ROOT / "configs" / "scenarios" / "rtb_extended_2029.yaml").read_bytes()

    def give(content: bytes) -> None:
        file = {"name": "mijn.yaml", "mimeType": "text/yaml", "buffer": content}
        page.locator("input[type=file]").set_input_files(file)

    fault = page.locator(".field-fault")
    give(good.replace(b"protection_end", b"protection_and"))
    expect(fault).to_contain_text("protection_and")
    assert "/tmp" not in fault.inner_text()
    give(b"a" * 300_000)
    expect(fault).to_contain_text("0.3")  # refused in the browser: never sent
    assert "f=" not in page.evaluate("location.search")  # refused files never get into the link
    give(good)
    wait_for_query(page, "a=f=")
    page.locator(".levers-uploaded", has_text="mijn.yaml").wait_for()
    expect(fault).to_have_count(0)
    page.click(f"text={NL.t('levers.upload_remove')}")
    wait_for_query(page, "a=", there=False)


def test_figures_stay_in_sight_on_a_phone(open_page):
    link = "/levers?lang=uk&lever=return_cash&group=return&a=w=frozen_front"
    page = open_page(link, scheme="dark", width=390, height=844)
    wait_until_answered(page)
    frames = page.locator(".levers-more .table-scroll").filter(visible=True)
    wait_until(lambda: 3 in [one.locator("thead th").count() for one in frames.all()])
    for frame in frames.all():
        wait_until(lambda table=frame: table.evaluate("frame => frame.scrollWidth <= frame.clientWidth"))
        right = frame.locator("thead th").last
        wait_until(lambda head=right: head.evaluate("head => head.getBoundingClientRect().right") <= 390)
    page.locator("#lever-return_cash").scroll_into_view_if_needed()
    box = page.locator(".levers-now").bounding_box()
    assert box["y"] + box["height"] <= 844 + 1
    assert box["height"] < 844 / 3
