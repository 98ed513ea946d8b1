"""What the tests across pages ask of a page: that it has drawn everything, and whether it fits.

The parts of a page change one after the other, as the server tells them to. What a test reads after a change
it must wait for (``expect``); that one part is done says nothing about the next, and that an element is there
says nothing about what is inside it. A page just opened or walked to is waited for whole.
"""

from playwright.sync_api import expect

from dashboard.messages.words import Words
from dashboard.pages import PageEntry, all_pages

DRAWN = """() => {
    const charts = [...document.querySelectorAll('.chart-canvas')];
    const maps = document.querySelectorAll('.map-canvas, .map-live').length
        ? document.querySelectorAll('.map-live').length : 1;
    return !document.querySelector('#boot') && charts.every(c => c.querySelector('.main-svg')) && maps > 0;
}"""
"""Whether every chart and map of the page is there."""

STILL = """() => new Promise(done => {
    const element = node => node.nodeType === Node.ELEMENT_NODE;
    let quiet = 0;
    const watch = new MutationObserver(all => {
        if (all.some(one => [...one.addedNodes, ...one.removedNodes].some(element))) quiet = 0;
    });
    watch.observe(document.body, { childList: true, subtree: true });
    const look = () => {
        if (++quiet < 4) return setTimeout(look, 40);
        watch.disconnect();
        done(true);
    };
    look();
})"""
"""Resolves when no element came or went for a while: an element may be there before what is inside it."""

PAGES = all_pages()
SECONDS = 90
"""How long a page may take on a busy machine before a test gives up."""


def wait_until_still(page) -> None:
    """Wait until everything the server has sent so far stands on the page."""
    page.wait_for_function(STILL)


def wait_until_drawn(page) -> None:
    """Wait until every chart of the page is drawn and nothing moves any more."""
    page.wait_for_function(DRAWN)
    wait_until_still(page)
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def wait_until_answered(page) -> None:
    page.wait_for_selector(".progress-first, .progress-done", state="attached", timeout=300_000)


def text_of(page) -> str:
    return page.evaluate(
        """() => {
            const main = document.querySelector('main').cloneNode(true);
            main.querySelectorAll('svg, .chart-canvas').forEach(drawn => drawn.remove());
            return main.textContent.replace(/\\s+/g, ' ');
        }"""
    )


def check_page(page, entry: PageEntry, language: str) -> None:
    """Assert what holds of every page in every language and width."""
    words = Words(language)
    expect(page.locator("#app h1")).to_have_text(words.t(entry.heading))
    expect(page.locator("h1")).to_have_count(1)
    expect(page).to_have_title(words.t("shell.title", page=words.t(entry.heading)))
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("main")).to_have_count(1)
    assert page.locator(".notice-error, .chart-failed").all_inner_texts() == []
    assert wider_than_window(page) == []


def wider_than_window(page) -> list[str]:
    """Return what sticks out to the right, if the page scrolls sideways."""
    return page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
        [...document.querySelectorAll('main *, header *, footer *, nav *')]
            .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
            .map(e => `${e.tagName}.${e.className} ${Math.round(e.getBoundingClientRect().right)} px`)
            .slice(0, 5)"""
    )


def go_to(page, entry: PageEntry) -> None:
    button = page.locator("button.menu-button")
    if button.is_visible() and button.get_attribute("aria-expanded") == "false":
        button.click()
    page.click(f'.pages a[data-page="{entry.id}"]')
    page.wait_for_selector(f'.pages a[data-page="{entry.id}"][aria-current="page"]', state="attached")
    page.wait_for_function("id => location.pathname === '/' + id", arg=entry.id)
    wait_until_still(page)
