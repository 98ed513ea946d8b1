"""Who they are and the story of a household, in a real browser, against the engine's answer."""

import re

import numpy as np
from playwright.sync_api import expect

from dashboard.engine.answer import display
from dashboard.messages.words import Words
from dashboard.pages.people import page as composition
from dashboard.pages.people import telling

NL = Words("nl")


def bar(page, attribute, value):
    return page.inner_text(f'[data-attribute="{attribute}"] [data-value="{value}"]')


def test_composition_is_that_of_the_engine(open_page, baseline):
    page = open_page("/people?lang=nl&place=EU")
    page.wait_for_selector(".people-bars")
    groups, mask = baseline.mine, baseline.mask("EU")
    sexes = [value for name, value in groups.axes.groups if name == "sex"]
    whole = sum(groups.group("sex", one)[:, mask].sum(axis=1, dtype=float) for one in sexes)
    for attribute, value in (("age_group", "0-17"), ("housing", "collective"), ("intention", "return")):
        persons = groups.group(attribute, value)[:, mask].sum(axis=1, dtype=float)
        said = bar(page, attribute, value)
        assert NL.number(display(*np.quantile(persons, [0.1, 0.5, 0.9]))[1]) in said
        assert NL.share(float(np.median(persons / whole))) in said
    # Children go to school or not, but nobody else does.
    assert page.locator('[data-attribute="schooling"] [data-value="minors"]').count() == 0
    assert set(composition.ATTRIBUTES) == set(
        page.eval_on_selector_all("[data-attribute]", "all => all.map(one => one.dataset.attribute)")
    )


def test_a_choice_stands_beside_the_baseline(open_page, baseline):
    page = open_page("/people?lang=nl")
    assert page.locator(".people-mark").count() == 0
    page = open_page("/people?lang=nl&a=p%3Drtb_extended_2028")
    page.wait_for_selector('[data-value="temporary_protection"] .people-mark')
    assert max(baseline.mine.group("status", "temporary_protection")[:, baseline.mask("NL")].sum(axis=1)) == 0
    page.click("#people-composition summary")
    found = page.locator(
        f"#people-composition tbody tr:has-text('{NL.t('people.status_temporary_protection')}') td"
    )
    expect(found).to_have_count(6)
    cells = found.all_inner_texts()
    # Persons, share and change agree: nobody has it without the choice.
    assert cells[4] == "0"
    assert cells[5] == f"+{cells[1]}"
    assert cells[1] != "0"


def test_a_story_is_told_of_a_simulated_household(open_page):
    page = open_page("/people?lang=nl")
    assert NL.t("people.story_not_real") in page.inner_text("#people-story .notice")
    page.click("#people-story .empty button >> nth=0")
    page.wait_for_selector(".people-months")
    expect(page).to_have_url(
        re.compile("people_home=any.*rtb_extended_2028|rtb_extended_2028.*people_home=any")
    )
    expect(page.locator(".people-apart")).not_to_have_count(0)
    expect(page.locator(".people-story")).to_contain_text(
        NL.t("people.event_status", status=NL.t("people.status_none"))
    )
    expect(page.locator(".people-story [class*=progress]")).to_have_count(0)
    first = page.inner_text(".people-about")
    page.click(f"text={NL.t('people.story_other')}")
    page.wait_for_function(
        "old => (document.querySelector('.people-about') || {innerText: old}).innerText !== old", arg=first
    )
    page.reload()
    page.wait_for_selector(".people-months")
    expect(page.locator(".people-about")).not_to_have_text(first, use_inner_text=True)


def state(**changes):
    usual = {
        "place": "NL", "status": "temporary_protection", "work": "none", "housing": "collective",
        "schooling": "no_minors", "intention": "undecided", "choice": "stay",
    }  # fmt: skip
    return {**usual, **changes}


def test_months_are_told_once_and_quiet_ones_together():
    gone = state(place="Ukraine", status="not_needed", housing="independent")
    sides = [
        (state(), state()), (state(), state()), (state(status="none"), state(choice="return")),
        (state(status="none"), gone), (None, gone),
    ]  # fmt: skip
    months = [
        {"month": f"2027-0{n}", "base": one, "other": two, "differs": one != two, "return": {}, "onward": {}}
        for n, (one, two) in enumerate(sides, 1)
    ]
    told = telling.told(NL, None, months)
    assert [month.when for month in told] == [
        "januari 2027 tot en met februari 2027", "maart 2027", "april 2027", "mei 2027"
    ]  # fmt: skip
    assert told[1].base == [NL.t("people.event_status", status=NL.t("people.status_none"))]
    assert told[1].other == [NL.t("people.event_return")]
    assert told[2].base == []
    assert told[2].other == [NL.t("people.event_in_ukraine")]
    assert told[3].base == [NL.t("people.event_gone")]


def test_chance_of_a_decision_is_the_logit_of_its_sums():
    months = [
        {
            "month": "2027-04", "base": state(choice="onward"), "other": state(), "differs": True,
            "return": {"base_rate": [-7.0, -7.0]},
            "onward": {"base_rate": [-6.0, -6.0], "legal_certainty": [2.229, 0.0], "wages": [-0.5, -0.5]},
        }
    ]  # fmt: skip
    (why,) = telling.reasons(NL, months)
    # exp(-4.271) / (1 + exp(-4.271) + exp(-7)) = 0.0138
    assert why.chance == NL.t("people.why_chance", n=1, of=100)
    assert [len(lines) for _, lines in why.lists] == [1, 1]
    assert "9,3" in why.lists[0][1][0]
    assert "1,6" in why.lists[1][1][0]


def test_every_factor_has_a_name():
    from abm.factors import factors

    assert [name for name in factors() if not NL.has(f"people.factor_{name}")] == []
