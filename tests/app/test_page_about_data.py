"""About the data: every table of the inventory is there, with what is known about it."""

from dashboard.engine import shipped
from dashboard.messages.words import Words
from dashboard.pages.about_data.page import SUBJECTS, absent_words, subject_of, table_name


def test_every_table_is_listed_with_licence_status_and_gaps(open_page):
    page = open_page("/about-data?lang=en")
    words, tables = Words("en"), shipped.tables()
    page.wait_for_selector("#about-data-tables")
    assert {subject_of(table) for table in tables} <= set(SUBJECTS)
    assert page.locator(".about-data-card").count() == len(tables)
    shown = page.locator("main").inner_text()
    cards = dict(
        page.evaluate(
            "[...document.querySelectorAll('details:has(.about-data-card)')]"
            ".map(one => [one.querySelector('summary').textContent, one.textContent])"
        )
    )
    for table in tables:
        name = table_name(table, words)
        assert name != table["file"]
        assert name in shown
        for field in ("publisher", "date", "licence", "status", "gaps"):
            assert words.t(f"about_data.column_{field}") in cards[name]
        assert str(table.get("licence", "")) in cards[name]
    decisions = next(table for table in tables if table.get("id") == "tp_decisions")
    assert len(decisions["gaps"]) > 0
    hosts = {"MD": {"en": "Moldova"}, "UK": {"en": "United Kingdom"}}
    assert "Moldova" in absent_words(decisions, words, hosts)


def test_the_family_of_evidence_is_in_the_link(open_page):
    page = open_page("/about-data?lang=nl&evidence=H")
    rows = [name for name in shipped.sources() if name.startswith("H")]
    page.click(f"summary:has-text('{Words('nl').t('about_data.evidence_open')}')")
    assert page.locator(".table-scroll[role=region] tbody tr:has(td[lang=en])").count() == len(rows)
