"""The map in a real browser: its numbers are the engine's, it can be walked by keys, nobody is left out."""

import numpy as np
from playwright.sync_api import expect

from abm.data.folder import default_configs
from abm.data.hosts import load_countries
from dashboard.engine.answer import display
from dashboard.messages.words import Words
from dashboard.pages.map import geometry, hosts
from dashboard.pages.map import moves as flows

NL = Words("nl")


def label(page, shape, part="#map-hosts"):
    return page.get_attribute(f'{part} [data-id="{shape}"]', "aria-label")


def test_hosts_and_moves_are_those_of_the_engine_and_none_is_left_out(open_page, baseline):
    page = open_page("/map?lang=nl")
    page.wait_for_selector("#map-hosts .map-live")
    drawn = page.eval_on_selector_all("#map-hosts [data-id]", "all => all.map(one => one.dataset.id)")
    assert {*drawn, *geometry.OFF_MAP} == set(baseline.hosts)
    assert page.locator("#map-hosts .map-tile").count() == len(geometry.OFF_MAP)
    for host in ("NL", "PL", "CZ"):
        low, mid, high = display(*baseline.at_horizon("stock", host))
        said = label(page, host)
        assert NL.t("map.persons", n=mid) in said
        assert NL.band(low, high) in said
    malta = page.inner_text("#map-hosts .map-tile:has-text('Malta') strong")
    assert malta == NL.number(display(*baseline.at_horizon("stock", "MT"))[1])
    page.wait_for_selector("#map-flows .map-move")
    moved = baseline.mine.flows[:, 1:].sum(axis=1, dtype=float)[:, len(baseline.hosts), :-1]
    most = int(np.median(moved, axis=0).argmax())
    low, mid, high = display(*np.quantile(moved[:, most], [0.1, 0.5, 0.9]))
    name = NL.label(names()[baseline.hosts[most]])
    said = label(page, f"UA-{baseline.hosts[most]}", "#map-flows")
    assert f"→ {name}" in said
    assert NL.number(mid) in said
    assert NL.band(low, high) in said
    assert page.locator("#map-flows .map-move").count() == flows.DRAWN
    page.click(f"#map-flows label:has-text('{NL.t('map.flows_between')}')")
    page.wait_for_selector('#map-flows [data-id^="UA-"]', state="detached")
    ends = page.eval_on_selector_all("#map-flows .map-move", "all => all.map(one => one.dataset.id)")
    assert ends
    assert not any("UA" in pair.split("-") for pair in ends)


def test_per_inhabitant_its_table_and_origins_say_the_same(open_page, baseline):
    page = open_page("/map?lang=nl&map_show=per-thousand&place=PL")
    page.wait_for_selector("#map-hosts .map-live")
    people = hosts.inhabitants(default_configs())["CZ"]
    rate = NL.number(1000 * baseline.at_horizon("stock", "CZ")[1] / people, 0)
    assert NL.t("map.rate", value=rate) in label(page, "CZ")
    page.click("#map-hosts details:not(.chart-details) > summary")
    row = page.locator("#map-hosts tbody tr:has-text('Tsjechië') td").all_inner_texts()
    assert row[0] == NL.number(display(*baseline.at_horizon("stock", "CZ"))[1])
    assert row[2] == rate
    page.wait_for_selector("#map-origins .map-live")
    assert page.locator("#map-origins [data-id]").count() == len(baseline.axes.units)
    for place in ("PL", "NL"):
        page.select_option("#map-origins select", place)
        mid = display(*baseline.origin_units(place)["UA63"])[1]
        page.wait_for_function(
            "text => document.querySelector('#map-origins [data-id=UA63]').ariaLabel.includes(text)",
            arg=f": {NL.t('map.persons', n=mid)};",
        )


def test_arrows_walk_and_enter_chooses(open_page, baseline):
    page = open_page("/map?lang=nl")
    page.wait_for_selector("#map-hosts .map-live")
    page.focus('#map-hosts [data-id][tabindex="0"]')
    page.keyboard.press("ArrowRight")
    largest = sorted(
        (host for host in baseline.hosts if host not in geometry.OFF_MAP),
        key=lambda host: -baseline.at_horizon("stock", host)[1],
    )
    page.wait_for_function("id => document.activeElement.dataset.id === id", arg=largest[1])
    expect(page.locator(".map-tip")).to_be_visible()
    expect(page.locator(".map-ring")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_function("id => location.search.includes('place=' + id)", arg=largest[1])
    page.wait_for_selector(f'#map-hosts [data-id="{largest[1]}"][aria-pressed="true"]')
    page.keyboard.press("Escape")
    page.wait_for_selector(".map-tip", state="detached")


def test_a_change_needs_a_choice_and_then_shows_it(open_page):
    page = open_page("/map?lang=nl&map_show=change")
    assert NL.t("map.empty_title") in page.inner_text("#map-hosts .empty")
    page = open_page("/map?lang=nl&map_show=change&a=p%3Dbenefit_cut_all_80")
    # The direction stands in the full answer only, which takes its time on a busy machine.
    page.wait_for_selector('#map-hosts [data-id="NL"][aria-label*="Nederland: −"]', timeout=90_000)
    expect(page.locator("#map-hosts .map-down1, #map-hosts .map-down2")).not_to_have_count(0)
    with page.expect_download() as asked:
        page.click("#map-hosts button:has-text('SVG')")
    picture = asked.value.path().read_text(encoding="utf-8")
    assert "Natural Earth" in picture
    assert picture.count("@font-face") == picture.count('url("data:font') == 2


def names():
    return {country.id: country.label.model_dump() for country in load_countries(default_configs())}
