"""What the tests across pages ask of a page: that it has drawn everything, and whether it fits."""

from dashboard.messages import Words
from dashboard.pages import PageEntry, all_pages

DRAWN = """() => {
    const charts = [...document.querySelectorAll('.chart-canvas')];
    const maps = document.querySelectorAll('.map-canvas, .map-live').length
        ? document.querySelectorAll('.map-live').length : 1;
    return !document.querySelector('#boot') && charts.every(c => c.querySelector('.main-svg')) && maps > 0;
}"""
"""Whether every chart and map of the page is there."""

PAGES = all_pages()


def wait_until_drawn(page, milliseconds: int | None = None) -> None:
    """Wait until every chart of the page is drawn and nothing moves any more."""
    page.wait_for_function(DRAWN, timeout=milliseconds)
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def wait_until_settled(page, milliseconds: int = 120_000) -> None:
    """Wait until the calculation of choice A is done."""
    page.wait_for_selector(".progress-done", state="attached", timeout=milliseconds)


def text_of(page) -> str:
    """Return everything written on a page, without what charts draw."""
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
    page.wait_for_function(
        "title => document.querySelector('#app h1')?.innerText === title", arg=words.t(entry.heading)
    )
    assert page.locator("h1").all_inner_texts() == [words.t(entry.heading)]
    assert page.title() == words.t("shell.title", page=words.t(entry.heading))
    assert page.get_attribute("html", "lang") == language
    assert page.locator("main").count() == 1
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
    """Walk to another page through the navigation, as a user does."""
    button = page.locator("button.menu-button")
    if button.is_visible() and button.get_attribute("aria-expanded") == "false":
        button.click()
    page.click(f'.pages a[data-page="{entry.id}"]')
    page.wait_for_selector(f'.pages a[data-page="{entry.id}"][aria-current="page"]', state="attached")
    page.wait_for_function("id => location.pathname === '/' + id", arg=entry.id)
