"""A shared link shows the same page to somebody else; a damaged one a notice and a page that works."""

from urllib.parse import quote, unquote

import pytest
from page_state import check_page, go_to, text_of, wait_until, wait_until_settled
from playwright.sync_api import expect

from dashboard.engine.choice import Choices, own_lever
from dashboard.engine.engine import Engine
from dashboard.messages.words import Words
from dashboard.pages import page_by_id
from dashboard.shell.session import view_of_link
from dashboard.shell.view import MOST_CHARACTERS, View, read_view

WAR = Choices(war="frozen_front")
CUT = Choices(
    war="winter_grid",
    presets=("benefit_cut_all_80",),
    levers=(own_lever("benefit_level", "DE", "2027-02", 0.65, "newcomers"),),
    scorecard=(("AX1-04", -2),),
    until="2027-12",
)


def view_in_address(page) -> tuple[View, list[str]]:
    """Return the view the address of a page stands for."""
    where = page.evaluate("[location.pathname, location.search]")
    return read_view(where[0].strip("/"), where[1].lstrip("?"), "nl", ("NL", "EU", "ALL", "DE", "PL"))


def test_link_brings_back_everything(open_page):
    view = View(
        "compare", "DE", "uk", "dark", {"A": CUT, "B": WAR}, {"map_show": "change", "group": "return"}
    )
    page = open_page(f"/compare?{view.query()}")
    words = Words("uk")
    assert words.t("shell.link_problem_title") not in page.inner_text("main")
    wait_until(page, lambda: view_in_address(page) == (view, []))
    assert page.get_attribute("html", "lang") == "uk"
    assert page.get_attribute("html", "data-theme") == "dark"
    expect(page.locator(".choice-text")).to_have_text(words.t("shell.choices_some", n=4))
    expect(page.locator("section.compare-slot-a, section.compare-slot-b")).to_have_count(2)
    go_to(page, page_by_id("levers"))
    expect(page.locator(".levers-place select")).to_have_value("DE")
    pressed = page.locator(".levers-groups [aria-pressed=true]")
    expect(pressed).to_contain_text(words.t("levers.group_return"))
    go_to(page, page_by_id("map"))
    there = View("map", "DE", "uk", "dark", {"A": CUT, "B": WAR}, view.settings)
    wait_until(page, lambda: view_in_address(page)[0] == there)


def test_colleague_sees_what_was_made_by_hand(open_page):
    mine = open_page("/overview?lang=en")
    mine.click("text=Nederlands")
    mine.select_option("main select >> nth=0", "EU")
    go_to(mine, page_by_id("levers"))
    mine.locator("#levers-war select").select_option("frozen_front")
    mine.wait_for_function("location.search.includes('frozen_front')")
    go_to(mine, page_by_id("overview"))
    wait_until_settled(mine)
    theirs = open_page(mine.evaluate("location.pathname + location.search"), language="uk-UA")
    wait_until_settled(theirs)
    expect(theirs.locator("html")).to_have_attribute("lang", "nl")
    wait_until(theirs, lambda: text_of(theirs) == text_of(mine))
    assert "frozen_front" in theirs.evaluate("location.search")


DAMAGED = {
    "cut in the middle": ("lang=en&a=" + quote(CUT.to_query())[:-21] + "&place=DE", "place=DE"),
    "value out of range": ("lang=en&a=l=benefit_level:NL:2027-01:99", ""),
    "value no number": ("lang=en&a=w=frozen_front;l=benefit_level:NL:2027-01:nan", "frozen_front"),
    "month before the model": ("lang=en&a=l=benefit_level:NL:1999-01:0.5", ""),
    "unknown war": ("lang=en&a=w=third_world_war;p=rtb_end", "p=rtb_end"),
    "unknown package, lever, score": (
        "lang=en&a=p=no;l=no:NL:2027-01:1;s=ZZ:9;w=frozen_front",
        "frozen_front",
    ),
    "unknown place": ("lang=en&place=ATLANTIS", ""),
    "unknown upload": ("lang=en&a=f=" + "0" * 12, ""),
    "path instead of an upload": ("lang=en&a=f=../../etc/passwd", ""),
    "unknown part": ("lang=en&colour-of-the-page=<b>red</b>", ""),
    "script": ("lang=en&place=<script>alert(1)</script>&a=w=<img src=x onerror=alert(1)>", ""),
    "script in a setting": ("lang=en&map_show=</script><script>alert(1)</script>", ""),
    "bytes that are no text": ("lang=en&a=%ff%fe%00%80", ""),
    "five thousand levers": ("lang=en&a=l=" + "benefit_level:NL:2027-01:0.5," * 200, ""),
    "a hundred thousand characters": ("lang=en&a=" + "l" * 100_000, ""),
}
"""Link by what is wrong with it, and what of it must survive."""


ENGINE = Engine(cache=None)  # only reads links: it starts no worker


@pytest.mark.parametrize(("query", "kept"), DAMAGED.values(), ids=DAMAGED)
def test_what_is_wrong_with_a_link_is_said_and_left_out(query, kept):
    view, faults = view_of_link(ENGINE, "about-data", query, "en")
    assert faults
    clean = view.query()
    assert kept in unquote(clean)
    assert len(clean) < MOST_CHARACTERS
    assert view_of_link(ENGINE, "about-data", clean, "en") == (view, [])


@pytest.mark.parametrize("query", ["lang=xx", "lang=nl%27--", "lang=" + "x" * 5_000, "lang=../uk"])
def test_an_unknown_language_becomes_that_of_the_browser(query):
    view, faults = view_of_link(ENGINE, "about-data", query, "uk")
    assert view.language == "uk"
    assert faults


@pytest.mark.parametrize("query", ["%", "&&&===", "lang=nl&lang=en", "lang=nl&&a=&", "?lang=nl"])
def test_sloppy_links_work(query):
    assert view_of_link(ENGINE, "about-data", query, "nl")[0] == View("about-data")


def test_a_damaged_link_is_said_and_the_page_works(open_page):
    for name in ("script", "bytes that are no text", "a hundred thousand characters"):
        query, kept = DAMAGED[name]
        page = open_page(f"/about-data?{query}", language="en-GB")
        page.on("dialog", lambda dialog: pytest.fail(f"a script of the link ran: {dialog.message}"))
        notice = page.locator(".notice-warning")
        assert Words("en").t("shell.link_problem_title") in notice.inner_text()
        assert len(notice.inner_text()) < 2_500
        assert notice.locator("img, script, b").count() == 0
        # What was wrong is gone from the address: shared on, the link is clean.
        wait_until(page, lambda page=page: view_in_address(page)[1] == [])
        assert kept in page.evaluate("decodeURIComponent(location.search)")
    page.click(f".notice-warning >> text={Words('en').t('shell.dismiss')}")
    notice.wait_for(state="detached")
    page.click("text=Українська")
    page.wait_for_function("document.documentElement.lang === 'uk'")
    check_page(page, page_by_id("about-data"), "uk")


def test_two_tabs_of_one_user_do_not_fight(open_page):
    one = open_page("/levers?lang=en&lever=transition_permit_nl")
    two = open_page("/overview?lang=uk&place=EU&a=w=frozen_front", same=one)
    assert one.context.cookies() == two.context.cookies()
    assert len(one.context.cookies()) == 1
    one.locator('#lever-transition_permit_nl input[type=radio][id$="1"]').check()
    one.wait_for_function("location.search.includes('a=l=transition_permit_nl')")
    one_wants = view_in_address(one)[0]
    wait_until_settled(one)
    wait_until_settled(two)
    assert view_in_address(one)[0] == one_wants
    assert view_in_address(two)[0] == View("overview", "EU", "uk", choices={"A": WAR})
    # Each shows its own answer, and taking back in one takes nothing back in the other.
    permit = one.locator(".levers-more tbody tr", has_text="With a transition document")
    permit.locator("td >> nth=1").wait_for()
    two.keyboard.press("Control+z")
    one.keyboard.press("Control+z")
    one.wait_for_function("!location.search.includes('a=')")
    assert view_in_address(two)[0].choices == {"A": WAR}
    assert two.get_attribute("html", "lang") == "uk"
