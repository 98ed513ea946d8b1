"""Links, undo and the choice of a language: pure logic, no browser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.engine.choice import Choices, own_lever
from dashboard.messages.catalogue import preferred_language
from dashboard.messages.words import Words
from dashboard.shell.view import MOST_STEPS, View, ViewHistory, read_view

PLACES = ("NL", "EU", "ALL", "DE")
CHOICE = Choices(war="frozen_front", levers=(own_lever("benefit_level", "NL", "2027-01", 0.5),))


def read(query, language="nl"):
    return read_view("overview", query, language, PLACES)


def test_a_link_brings_back_the_same_view():
    view = View(
        "overview",
        "DE",
        "uk",
        "dark",
        {"A": CHOICE, "B": Choices(war="winter_grid")},
        {"show": "arrivals"},
    )
    again, faults = read(view.query())
    assert again == view
    assert faults == []


def test_the_usual_is_left_out_of_a_link():
    assert View("overview").query() == "lang=nl"
    assert View("overview", choices={"A": Choices(), "C": Choices()}).query() == "lang=nl&c="


def test_every_fault_of_a_link_is_named_in_its_language():
    view, faults = read("lang=en&theme=pink&place=XX&Z=1&a=w=frozen_front", "nl")
    words = Words("en")
    assert view == View("overview", language="en", choices={"A": Choices(war="frozen_front")})
    assert faults == [
        words.t("shell.link_bad_theme", found="“pink”"),
        words.t("shell.link_bad_place", found="“XX”"),
        words.t("shell.link_bad_part", found="“Z”"),
    ]


def test_the_first_of_two_equal_names_counts():
    assert read("lang=uk&lang=en")[0].language == "uk"


@given(st.text(max_size=300))
def test_no_text_breaks_the_page(query):
    view, faults = read(query)
    assert read(view.query())[0] == view
    assert all(isinstance(message, str) for message in faults)


def test_a_very_long_link_is_not_read():
    view, faults = read("a=" + "w" * 9_000)
    assert view == View("overview")
    assert len(faults) == 1


def test_undo_and_redo_keep_page_and_language():
    history, old = ViewHistory(), View("levers")
    new = old.with_choice("A", CHOICE)
    history.note(old, new)
    moved = View("map", language="en", choices=new.choices)
    back = history.undo(moved)
    assert back == View("map", language="en")
    assert history.can_redo
    assert not history.can_undo
    assert history.redo(back) == moved


def test_a_new_choice_forgets_what_was_undone():
    history, old = ViewHistory(), View("levers")
    new = old.with_choice("A", CHOICE)
    history.note(old, new)
    history.note(old, old.with_choice("B", CHOICE))
    history.undo(new)
    history.note(old, new)
    assert not history.can_redo


def test_a_change_of_page_is_no_step():
    history = ViewHistory()
    history.note(View("levers"), View("map"))
    assert not history.can_undo


def test_history_is_bounded():
    history, view = ViewHistory(), View("levers")
    for month in range(MOST_STEPS + 20):
        new = view.with_choice("A", Choices(until=f"{2027 + month // 12}-{1 + month % 12:02d}"))
        history.note(view, new)
        view = new
    steps = 0
    while history.can_undo:
        view, steps = history.undo(view), steps + 1
    assert steps == MOST_STEPS


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("uk", "uk"),
        ("en-GB,en;q=0.9,nl;q=0.8", "en"),
        ("fr,de", "nl"),
        ("*", "nl"),
        ("en;q=x,uk", "uk"),
        ("\0" * 999, "nl"),
    ],
)
def test_language_of_the_browser(header, language):
    assert preferred_language(header) == language
