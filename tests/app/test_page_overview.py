"""The overview in a real browser: its sentence, figures and chart say what the engine says."""

import csv
import io

import numpy as np
import pytest
from page_state import wait_until_settled
from playwright.sync_api import expect

from dashboard.engine import shipped
from dashboard.engine.answer import display
from dashboard.messages.words import Words
from dashboard.pages.shared.results import difference

PERMIT = "l=transition_permit_nl:NL:2026-12:1"


def drawn(page, number: int = 0) -> list:
    """Return the traces of a chart as plotly has them."""
    page.wait_for_function("n => document.querySelectorAll('.chart-canvas')[n]?.data", arg=number)
    return page.evaluate(
        "n => document.querySelectorAll('.chart-canvas')[n].data.map(t => "
        "({x: Array.from(t.x), y: Array.from(t.y), mode: t.mode, dash: t.line && t.line.dash}))",
        number,
    )


def test_headline_is_the_engines_band(open_page, baseline):
    page = open_page("/overview?lang=nl")
    for language, name, place in (
        ("nl", "Nederlands", "NL"),
        ("en", "English", "EU"),
        ("uk", "Українська", "ALL"),
    ):
        words = Words(language)
        page.get_by_role("link", name=name, exact=True).click()
        page.select_option("main select >> nth=0", place)
        people = baseline.mine.outcome("stock")[:, -1, baseline.mask(place)].sum(axis=1, dtype=float)
        low, mid, high = display(*np.quantile(people, [0.1, 0.5, 0.9]))
        for said in (words.number(mid), words.band(low, high), words.date("2028-03-01")):
            expect(page.locator(".overview-top .lead")).to_contain_text(said)
        if place != "ALL":  # a card is about the place or the Union
            expect(page.locator(".card-value", has_text=words.number(mid))).not_to_have_count(0)


def test_chart_holds_register_hindcast_and_projection(open_page, baseline):
    page = open_page("/overview?lang=en")
    traces = drawn(page)
    fan = baseline.fan("stock", "NL")
    assert any(trace["y"] == pytest.approx(fan["mid"]) for trace in traces)
    past = shipped.document(shipped.PAST)
    points = next(trace for trace in traces if trace["mode"] == "markers")
    assert points["y"] == past["recorded"]["NL"]["persons"]
    # The register counts at the end of August; that is the first of September on the axis.
    assert points["x"][-1].startswith("2024-09-01")
    assert any(trace["y"] == past["hindcast"]["NL"]["register"]["mid"] for trace in traces)
    assert "reconstruction" in page.inner_text(".chart-note")
    assert "80%" in page.inner_text(".chart-note")


def test_scenario_is_said_in_words_and_set_against_the_rules(open_page):
    page = open_page(f"/overview?lang=en&a=w=frozen_front;{PERMIT}")
    assert "Frozen front" in page.inner_text(".overview-list")
    assert "Dutch transition permit – Netherlands, from December 2026: Open" in page.inner_text(
        ".overview-list"
    )
    wait_until_settled(page)
    page.wait_for_selector("text=In this scenario")
    with page.expect_download() as download:
        page.click("text=Table (CSV)")
    text = download.value.path().read_text(encoding="utf-8-sig")
    lines = [line for line in text.splitlines(keepends=True) if not line.lstrip('"').startswith("#")]
    rows = csv.DictReader(io.StringIO("".join(lines)))
    wanted = {"place": "NL", "outcome": "transition_permit", "month": "2028-03"}
    permit = next(row for row in rows if wanted.items() <= row.items())
    low, mid, high = (float(permit[name]) for name in ("low_80", "median", "high_80"))
    shown = page.locator(".table tr", has_text="With a transition document").locator("td")
    expect(shown.nth(1)).to_have_text(Words("en").number(display(low, mid, high)[1]))
    # Nobody holds one under the present rules, so all of it is the difference.
    expect(shown.nth(0)).to_have_text(difference((low, mid, high)).sentence(Words("en")))
    assert mid > 10_000


def test_too_small_to_tell_is_judged_as_shown():
    assert difference((0.0, 0.0, 0.0)).kind == "none"
    assert difference((-4_000.0, -2_000.0, -20.0)).kind == "unclear"  # shown as "-4,000 and 0"
    assert difference((-4_000.0, -3_000.0, -2_000.0)).kind == "less"
    assert difference((-1.0, 1_000.0, 2_000.0)).value(Words("nl")) == Words("nl").t(
        "scenario.difference_unclear"
    )
