"""Every lever, set through its own control, changes the figures beside it in the direction it declares.

The figures of the first answer are enough: a lever that reaches no figure shows there. A few levers act in
circumstances only; they get those, and must then change what the circumstances alone give.
"""

import csv
import io
from dataclasses import dataclass

import pytest
from app_server import ROOT
from lever_controls import open_lever, set_lever
from page_state import wait_until_settled
from playwright.sync_api import expect

from abm.policy.lever import load_levers
from dashboard.engine.catalogue import Catalogue
from dashboard.engine.limits import load_limits
from dashboard.messages.words import Words

CATALOGUE = Catalogue(ROOT / "configs", load_limits())
SIGNS = {name: lever.signs for name, lever in load_levers(ROOT / "configs").items()}
WORDS = Words("en")
NOTHING, UNCLEAR = WORDS.t("scenario.difference_none"), WORDS.t("scenario.difference_unclear")
ROWS = {"employment": ("employed",), "regular_title": ("transition_permit", "regular_permit")}
"""Rows of the table of the page for declared outcomes that are called otherwise."""

FULL = WORDS.t("levers.chart_note", n=load_limits().full.seeds)
"""What stands below the chart once the full answer is drawn."""

SECONDS = 120_000
MOST_UNCLEAR = 0.5
"""Share of declared signs that four coarse runs may leave unclear."""


@dataclass(frozen=True)
class Case:
    """Circumstances in which a lever acts.

    Attributes
    ----------
    choice : str
        What is chosen already, as in a link.
    value : float, optional
        Instead of the example.
    place : str, optional
        Where to look and act instead of the example's place.
    """

    choice: str = ""
    value: float | None = None
    place: str = ""


CASES = {
    # More places help nobody while none are short; so few that they are.
    "reception_capacity": Case(value=20_000),
    # Changes something where places run out, and in the Netherlands it is in force already.
    "duty_to_place": Case("l=reception_capacity:BE:2026-12:0"),
    # Dutch claims by holders are so rare that five times as many are too few for four coarse runs.
    "asylum_claims": Case(value=200),
    # Concerns holders of a transition permit.
    "permit_residence_requirement": Case("l=transition_permit_eu:EU:2026-12:1"),
    # Acts where it is calm.
    "enforced_return": Case("w=middle_peace"),
    # A weak lever: seen where many people are.
    "return_hubs": Case(place="EU"),
    "return_go_and_see": Case(place="EU"),
}
OTHER_WAY = ("reception_capacity", "protection_end")
"""Levers set to the other side than their example: fewer places than now, a later end of protection."""

SHORTAGE = "l=exit_rule_men:UA:2026-12:5;l=reception_capacity:NO:2026-12:43000"
"""Many arrivals and few places, without a duty to place everybody: who is first then matters."""

IN_A_FILE = "priority_groups"
"""Lever that only says who waits: too little for rounded figures, it shows in the downloaded table."""

seen: dict[str, list[str]] = {}
"""What was seen of declared signs, by lever; judged by the last test."""


def figures(page) -> dict[str, list[str]]:
    """Return the table beside the levers: figures by name of the outcome."""
    return page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('.levers-more tbody tr')]
            .map(row => [...row.cells].map(cell => cell.innerText.trim()))
            .map(([name, ...rest]) => [name, rest]))"""
    )


def wait_for_figures(page, before: dict[str, list[str]], lever: str) -> dict[str, list[str]]:
    """Return the figures once a level differs from before, or a difference is said that was not."""
    try:
        page.wait_for_function(
            """([before, nothing]) => {
                if (!document.querySelector('.progress-first, .progress-done')) return false;
                const rows = [...document.querySelectorAll('.levers-more tbody tr')];
                return rows.some(row => {
                    const cells = [...row.cells].map(cell => cell.innerText.trim());
                    if (cells.length < 3) return false;
                    const old = before[cells[0]];
                    return old.length < 2 ? cells[2] !== nothing : old[1] !== cells[2];
                });
            }""",
            arg=[before, NOTHING],
            timeout=SECONDS,
        )
    except Exception as error:
        raise AssertionError(f"{lever}: no figure changed: {figures(page)}") from error
    return figures(page)


def wait_for_link(page, part: str) -> None:
    page.wait_for_function("part => decodeURIComponent(location.search).includes(part)", arg=part)


@pytest.mark.parametrize("group", CATALOGUE.groups)
def test_every_lever_changes_the_figure_it_should(open_page, group):
    page = open_page(f"/levers?lang=en&group={group}")
    for lever in CATALOGUE.levers:
        if lever["group"] != group or lever["id"] == IN_A_FILE:
            continue
        case = CASES.get(lever["id"], Case())
        place = case.place or lever["example_place"]
        look_at(page, "ALL" if place == "UA" else place)
        if case.choice:
            page.close()
            page = open_page(f"/levers?lang=en&group={group}&place={place}&a={case.choice}")
            page.wait_for_selector(".levers-more thead th:nth-child(3)", timeout=SECONDS)
            wait_until_settled(page)
            expect(page.locator(".chart-note")).to_contain_text(FULL)
        open_lever(page, lever)
        before = figures(page)  # what was on its way to the page before the lever opened is there
        if case.place:
            page.locator(f"#lever-{lever['id']} .levers-editor select").first.select_option(place)
        wait_for_link(page, f"{lever['id']}:{place}:2026-12{set_lever(page, lever, case.value)}")
        after = wait_for_figures(page, before, lever["id"])
        check_signs(lever["id"], case, after)
        page.locator(f"#lever-{lever['id']}").get_by_text(WORDS.t("levers.remove"), exact=True).click()
        page.wait_for_function("id => !location.search.includes('l=' + id)", arg=lever["id"])
        if case.choice:
            page.get_by_role("button", name=WORDS.t("shell.reset"), exact=True).click()
        page.wait_for_function("document.querySelectorAll('.levers-more thead th').length === 2")


def look_at(page, place: str) -> None:
    """Look at the figures of a place."""
    chosen = page.locator(".levers-place select")
    if chosen.input_value() != place:
        chosen.select_option(place)
        wait_for_link(page, f"place={place}" if place != "NL" else "lang=en")
        page.wait_for_function(
            "place => document.querySelector('.levers-place select').value === place", arg=place
        )


def check_signs(lever: str, case: Case, after: dict[str, list[str]]) -> None:
    """Assert that no figure says the opposite of what the lever declares."""
    for sign in SIGNS[lever]:
        if sign.sign == "0" or sign.place == "others":
            continue
        more = (sign.sign == "+") != (lever in OTHER_WAY)
        mark = "+" if more else "−"
        for outcome in ROWS.get(sign.outcome, (sign.outcome,)):
            said = after[WORDS.t(f"scenario.outcome_{outcome}")][1]
            seen.setdefault(f"{lever} {sign.outcome}", []).append(said[0] if said[0] in "+−" else "?")
            if sign.outcome != "regular_title":
                assert said.startswith((mark, UNCLEAR, NOTHING)), (
                    f"{lever}: {outcome} {sign.sign}, page: {said}"
                )
        if sign.outcome == "regular_title":
            # One of the two titles may lose to the other; one of them goes the declared way.
            told = [after[WORDS.t(f"scenario.outcome_{one}")][1] for one in ROWS["regular_title"]]
            assert any(one.startswith((mark, UNCLEAR)) for one in told), (
                f"{lever}: titles {sign.sign}, page: {told}"
            )


def test_who_is_first_shows_in_the_downloaded_table(open_page):
    page = open_page(f"/overview?lang=en&place=NO&group=reception&a={SHORTAGE}")
    before = downloaded(page)
    page.click('.pages a[data-page="levers"]')
    lever = CATALOGUE.lever(IN_A_FILE)
    open_lever(page, lever)
    page.locator(f"#lever-{IN_A_FILE} .levers-editor select").first.select_option("NO")
    wait_for_link(page, f"{IN_A_FILE}:NO:2026-12{set_lever(page, lever)}")
    page.click('.pages a[data-page="overview"]')
    after = downloaded(page)
    assert len(after) == len(before) > 100
    assert "places_short" in {key[0] for key, row in after.items() if row != before[key]}


def downloaded(page) -> dict[tuple[str, str, str], str]:
    """Return the table of the full answer that the overview offers, by outcome, place and month."""
    page.wait_for_selector(".overview-top")
    page.wait_for_selector(".progress-done", state="attached", timeout=2 * SECONDS)
    with page.expect_download() as download:
        page.get_by_role("button", name=WORDS.t("compare.export_csv")).click()
    text = download.value.path().read_text("utf-8-sig")
    rows = csv.DictReader(line for line in io.StringIO(text) if not line.startswith(("#", '"#')))
    return {(row["outcome"], row["place"], row["month"]): str(row) for row in rows}


def test_most_declared_signs_are_seen_clearly():
    declared = {name for name, signs in SIGNS.items() if any(sign.sign != "0" for sign in signs)}
    if {name.split()[0] for name in seen} != declared:
        pytest.skip("judged only when every group of levers has run before")
    unclear = [name for name, marks in seen.items() if set(marks) == {"?"}]
    assert len(unclear) <= MOST_UNCLEAR * len(seen), unclear
