"""Choices and links, whole and damaged: one way to write them, nothing in them can do harm; undo."""

from dataclasses import replace
from urllib.parse import quote, unquote

import pytest
from drawn_tab import DrawnTab, text_of
from hypothesis import given
from hypothesis import strategies as st
from made_up_answers import CATALOGUE
from test_numbers_agree import ready

from abm.data.folder import default_configs
from abm.errors import EweaError
from dashboard.engine.bundle import choice_key
from dashboard.engine.changes import law_of, law_since
from dashboard.engine.choice import Choices, own_lever
from dashboard.engine.engine import Engine
from dashboard.messages.catalogue import preferred_language
from dashboard.messages.words import Words
from dashboard.shell.session import view_of_link
from dashboard.shell.view import MOST_CHARACTERS, MOST_STEPS, View, ViewHistory

HALF = own_lever("benefit_level", "NL", "2027-01", 0.5)
FULL = Choices(
    war="frozen_front",
    presets=("benefit_cut_all_80", "return_package"),
    levers=(
        own_lever("benefit_level", "DE", "2027-02", 0.65, "newcomers"),
        own_lever("benefit_level", "NL", "2027-01", 0.5, "everyone"),
        HALF,
        own_lever("protection_end", "EU", "2026-12", "2028-04"),
    ),
    until="2029-01",
    scorecard=(("AX1-04", -2), ("AX1-02", 1)),
)
ENGINE = Engine(cache=None)  # only reads links: it starts no worker


def opened(query, language="en"):
    return view_of_link(ENGINE, "about-data", query, language)


def choices() -> st.SearchStrategy[Choices]:
    parts = {
        name: st.lists(st.sampled_from(getattr(FULL, name)), unique=True).map(tuple)
        for name in ("presets", "levers", "scorecard")
    }
    wars = st.sampled_from([entry["id"] for entry in CATALOGUE.wars])
    return st.builds(Choices, war=wars, until=st.sampled_from(["2028-03", "2029-01"]), **parts)


@given(st.fixed_dictionaries({"A": choices(), "B": choices()}), st.sampled_from(["NL", "EU", "ALL", "DE"]))
def test_a_link_gives_the_view_back(slots, place):
    view = View("about-data", place, "uk", "dark", slots, {"map_show": "arrivals", "group": "return"})
    assert opened(view.query()) == (view, [])


def test_the_usual_is_left_out_of_a_link():
    assert View("overview").query() == "lang=nl"
    assert View("overview", choices={"A": Choices(), "C": Choices()}).query() == "lang=nl&c="
    assert Choices.from_query("") == (Choices(), [])


def test_equal_choices_have_one_key_and_different_ones_another():
    turned = replace(
        FULL, presets=FULL.presets[::-1], levers=FULL.levers[::-1], scorecard=FULL.scorecard[::-1]
    )
    assert turned == FULL
    assert choice_key(turned) == choice_key(FULL)
    others = (Choices(), FULL.with_until("2029-02"), FULL.with_war("baseline"))
    assert len({choice_key(one) for one in (FULL, *others)}) == 4


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, "soon"])
def test_what_cannot_be_written_cannot_be_chosen(value):
    with pytest.raises(EweaError, match="value"):
        own_lever("benefit_level", "NL", "2027-01", value)


def test_what_does_not_exist_is_left_out_and_said():
    wrong = Choices(
        war="rtb_end",  # a policy, not a war
        presets=("frozen_front", "rtb_end"),
        levers=(
            own_lever("benefit_level", "NL", "2027-02", 3.0),
            own_lever("benefit_level", "UA", "2027-01", 0.5),
            own_lever("benefit_level", "NL", "2024-08", 0.5),
            own_lever("protection_end", "EU", "2026-12", 5.0),
            own_lever("no_such_lever", "NL", "2027-01", 1.0),
            HALF,
        ),
        until="2050-01",
        scorecard=(("AX2-99", 1),),
        upload="0" * 16,
    )
    clean, said = CATALOGUE.cleaned(wrong)
    assert clean == Choices(presets=("rtb_end",), levers=(HALF,))
    assert sorted(one.code for one in said) == [
        "lever_place", "lever_start", "lever_value", "lever_value", "unknown_indicator", "unknown_lever",
        "unknown_preset", "unknown_upload", "unknown_war", "until",
    ]  # fmt: skip
    assert CATALOGUE.check(clean) == []


def test_packages_that_contradict_each_other_are_named():
    clean, [said] = CATALOGUE.cleaned(Choices(presets=("rtb_end", "rtb_extended_2029")))
    assert (said.code, clean.presets) == ("contradiction", ())
    assert "protection_end" in said
    assert str(default_configs().resolve()) not in said


def test_every_example_of_every_lever_and_every_scenario_can_be_chosen():
    for entry in CATALOGUE.levers:
        lever = own_lever(entry["id"], entry["example_place"], "2027-01", entry["example"])
        assert CATALOGUE.message_about(lever, "2028-03") is None, entry["id"]
    for entry in CATALOGUE.policies:
        assert CATALOGUE.check(Choices(presets=(entry["id"],))) == []
    for entry in CATALOGUE.wars:
        assert CATALOGUE.check(Choices(war=entry["id"])) == []


# Damaged links ------------------------------------------------------------------------------------


@given(st.text(max_size=300), st.sampled_from(["", "a="]))
def test_no_text_breaks_the_page(text, part):
    view, faults = opened(part + text)
    assert opened(view.query())[0] == view
    assert all("<" not in message for message in faults if part)


DAMAGED = {
    "cut in the middle": ("lang=en&a=" + quote(FULL.to_query())[:-21] + "&place=DE", "place=DE"),
    "value out of range": ("lang=en&a=l=benefit_level:NL:2027-01:99", ""),
    "value no number": ("lang=en&a=w=frozen_front;l=benefit_level:NL:2027-01:nan", "frozen_front"),
    "value in other digits": ("lang=en&a=l=benefit_level:NL:2027-01:٥", ""),
    "value too long": ("lang=en&a=l=benefit_level:NL:2027-01:1e9", ""),
    "month that does not exist": ("lang=en&a=u=2027-1;l=benefit_level:NL:2027-13:0.5", ""),
    "month before the model": ("lang=en&a=l=benefit_level:NL:1999-01:0.5", ""),
    "unknown war": ("lang=en&a=w=third_world_war;p=rtb_end", "p=rtb_end"),
    "unknown package, lever, score": (
        "lang=en&a=p=no;l=no:NL:2027-01:1;s=ZZ:9;w=frozen_front",
        "frozen_front",
    ),
    "unknown place": ("lang=en&place=ATLANTIS", ""),
    "path instead of an upload": ("lang=en&a=f=../../etc/passwd", ""),
    "unknown part": ("lang=en&colour-of-the-page=<b>red</b>", ""),
    "script": ("lang=en&place=<script>alert(1)</script>&a=w=<img src=x onerror=alert(1)>", ""),
    "script in a setting": ("lang=en&map_show=</script><script>alert(1)</script>", ""),
    "bytes that are no text": ("lang=en&a=%ff%fe%00%80", ""),
    "five thousand levers": ("lang=en&a=l=" + "benefit_level:NL:2027-01:0.5," * 200, ""),
    "a hundred thousand characters": ("lang=en&a=" + "l" * 100_000, ""),
    "day that does not exist": ("lang=en&law=2026-02-30&place=DE", "place=DE"),
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


def test_every_fault_of_a_link_is_named_in_its_language():
    view, faults = opened("lang=en&theme=pink&place=XX&Z=1&a=w=frozen_front", "nl")
    assert view == View("about-data", language="en", choices={"A": Choices(war="frozen_front")})
    found = {"theme": "“pink”", "place": "“XX”", "part": "“Z”"}
    assert faults == [Words("en").t(f"shell.link_bad_{key}", found=text) for key, text in found.items()]


def test_a_link_of_older_law_says_what_changed_since():
    """In July 2026 protection ended on 4 March 2027 and took newcomers without a condition."""
    today = law_of(ENGINE.root, "NL")[0].day
    rules = {(row.rule, row.value, row.status) for row in law_since(ENGINE.root, "NL", "2026-07-01")}
    assert rules >= {("protection_end", "2028-03-04", "in_force"), ("military_condition", 0.5, "in_force")}
    assert ("protection_end", "2027-03-04", "lapsed") not in rules  # another took its place
    assert law_since(ENGINE.root, "NL", today) == []
    assert {row.place for row in law_since(ENGINE.root, "UA", "2020-01-01")} == {"UA"}
    tab = DrawnTab(ready(), "/overview?lang=en&law=2026-07-01", "en")
    said = text_of(tab.part(classes="notice-information"))
    for part in ("1 July 2026", "rules in the Netherlands have changed", "EU: to 4 March 2028"):
        assert part in said
    assert f"law={today}" in tab.link
    for link in (tab.link, "/overview?lang=en"):
        again = DrawnTab(ready(), link, "en")
        assert again.parts(classes="notice-information") == []
        assert f"law={today}" in again.link


@pytest.mark.parametrize("query", ["%", "&&&===", "lang=nl&lang=en", "lang=nl&&a=&", "?lang=nl"])
def test_sloppy_links_work(query):
    assert opened(query, "nl")[0] == View("about-data")


@pytest.mark.parametrize(
    ("header", "language"),
    [("uk", "uk"), ("en-GB,en;q=0.9,nl;q=0.8", "en"), ("fr,de", "nl"), ("*", "nl"), ("en;q=x,uk", "uk"),
     ("\0" * 999, "nl")],
)  # fmt: skip
def test_language_of_the_browser(header, language):
    assert preferred_language(header) == language


# Undo ---------------------------------------------------------------------------------------------


def test_undo_and_redo_keep_page_and_language():
    history, old = ViewHistory(), View("levers")
    new = old.with_choice("A", FULL)
    history.note(old, new)
    moved = View("map", language="en", choices=new.choices)
    history.note(new, moved)  # a change of page is no step
    back = history.undo(moved)
    assert back == View("map", language="en")
    assert (history.can_undo, history.can_redo) == (False, True)
    assert history.redo(back) == moved


def test_undo_goes_back_so_many_steps_and_a_new_choice_forgets_what_was_undone():
    history, views = ViewHistory(), [View("levers")]
    for month in range(MOST_STEPS + 20):
        until = f"{2027 + month // 12}-{1 + month % 12:02d}"
        views.append(views[-1].with_choice("A", Choices(until=until)))
        history.note(*views[-2:])
    view = views[-1]
    for before in views[-2 : -MOST_STEPS - 2 : -1]:
        view = history.undo(view)
        assert view == before
    assert not history.can_undo
    history.note(view, views[0])
    assert not history.can_redo
