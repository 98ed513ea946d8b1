"""Links old and new, whole and damaged; undo; the choice of a language."""

from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.engine.choice import Choices, own_lever
from dashboard.engine.engine import Engine
from dashboard.messages.catalogue import preferred_language
from dashboard.messages.words import Words
from dashboard.shell.session import view_of_link
from dashboard.shell.view import MOST_CHARACTERS, MOST_STEPS, View, ViewHistory, read_view

PLACES = ("NL", "EU", "ALL", "DE")
CHOICE = Choices(war="frozen_front", levers=(own_lever("benefit_level", "NL", "2027-01", 0.5),))
CUT = Choices(
    war="winter_grid",
    presets=("benefit_cut_all_80",),
    levers=(own_lever("benefit_level", "DE", "2027-02", 0.65, "newcomers"),),
    scorecard=(("AX1-04", -2),),
    until="2027-12",
)
ENGINE = Engine(cache=None)  # only reads links: it starts no worker


def read(query, language="nl"):
    return read_view("overview", query, language, PLACES)


def opened(query, language="en"):
    return view_of_link(ENGINE, "about-data", query, language)


def test_a_link_brings_back_the_same_view():
    slots = {"A": CUT, "B": Choices(war="winter_grid")}
    view = View("about-data", "DE", "uk", "dark", slots, {"show": "arrivals", "group": "return"})
    assert opened(view.query()) == (view, [])


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


@given(st.text(max_size=300), st.sampled_from(["", "a="]))
def test_no_text_breaks_the_page(text, part):
    view, faults = opened(part + text)
    assert opened(view.query())[0] == view
    assert all("<" not in message for message in faults if part)


@pytest.mark.parametrize(
    "text",
    ["w=../../etc/passwd", "l=benefit_level:NL:2027-13:0.5", "l=benefit_level:NL:2027-01:1e9",
     "l=benefit_level:NL:2027-01:٥", "s=AX1-02:3", "<script>alert(1)</script>", "z=1", "u=2027-1",
     "w=a" * 5000, None, b"w=x"],
)  # fmt: skip
def test_a_hostile_choice_shows_the_baseline(text):
    choice, faults = Choices.from_query(text)
    assert choice == Choices()
    assert faults or not isinstance(text, str)


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
    "unknown language": ("lang=xx", "lang=en"),
    "path instead of a language": ("lang=../uk", "lang=en"),
}
"""Link by what is wrong with it, and what of it must survive."""


@pytest.mark.parametrize(("query", "kept"), DAMAGED.values(), ids=DAMAGED)
def test_what_is_wrong_with_a_link_is_said_and_left_out(query, kept):
    view, faults = opened(query)
    assert faults
    clean = view.query()
    assert kept in unquote(clean)
    assert len(clean) < MOST_CHARACTERS
    assert opened(clean) == (view, [])


@pytest.mark.parametrize("query", ["%", "&&&===", "lang=nl&lang=en", "lang=nl&&a=&", "?lang=nl"])
def test_sloppy_links_work(query):
    assert opened(query, "nl")[0] == View("about-data")


def test_undo_and_redo_keep_page_and_language():
    history, old = ViewHistory(), View("levers")
    new = old.with_choice("A", CHOICE)
    history.note(old, new)
    moved = View("map", language="en", choices=new.choices)  # a change of page is no step
    back = history.undo(moved)
    assert back == View("map", language="en")
    assert (history.can_undo, history.can_redo) == (False, True)
    assert history.redo(back) == moved


def test_a_new_choice_forgets_what_was_undone_and_a_page_is_no_step():
    history, old = ViewHistory(), View("levers")
    history.note(old, View("map"))
    assert not history.can_undo
    new = old.with_choice("A", CHOICE)
    history.note(old, new)
    history.undo(new)
    history.note(old, new)
    assert not history.can_redo


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
    [("uk", "uk"), ("en-GB,en;q=0.9,nl;q=0.8", "en"), ("fr,de", "nl"), ("*", "nl"), ("en;q=x,uk", "uk"),
     ("\0" * 999, "nl")],
)  # fmt: skip
def test_language_of_the_browser(header, language):
    assert preferred_language(header) == language
