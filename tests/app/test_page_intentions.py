"""Intentions: surveys beside the model, fit and held out told apart, intentions beside behaviour."""

import numpy as np
import pytest

from dashboard.engine import shipped
from dashboard.engine.answer import display
from dashboard.messages.words import Words
from dashboard.pages.intentions import figures as rows
from dashboard.pages.intentions.figures import said_and_done


def test_errors_on_the_page_are_those_of_the_surveys(open_page):
    page = open_page("/intentions?lang=en")
    words = Words("en")
    found = rows.answers_of_surveys(shipped.simulated_against_surveys())
    held = [row for row in found if row["use"] == "holdout"]
    cards = page.locator(".card").all_inner_texts()
    assert words.t("intentions.points", n=round(rows.rms_points(held))) in cards[1]
    assert f"{sum(row['inside'] for row in held)} of {len(held)}" in cards[2]


def test_the_error_of_surveys_is_that_of_the_validation():
    found = rows.answers_of_surveys(shipped.simulated_against_surveys())
    told = shipped.figures()["intentions"]["survey_rmse_pp"]
    for use in ("fit", "holdout"):
        assert rows.rms_points([row for row in found if row["use"] == use]) == pytest.approx(told[use])


def test_answer_and_country_choose_the_surveys(open_page):
    page = open_page("/intentions?lang=en&answer=stay&where=PL")
    found = rows.answers_of_surveys(shipped.simulated_against_surveys())
    wanted = [row for row in found if row["label"] == "stay" and row["hosts"] == ["PL"]]
    assert {row["use"] for row in wanted} >= {"fit", "holdout"}
    page.click(f"summary:has-text('{Words('en').t('intentions.table_open')}')")
    body = page.locator("table:has(caption:text('Wants to stay')) tbody tr")
    assert body.count() == len(wanted)
    assert body.filter(has_text=Words("en").t("intentions.use_holdout")).count() == sum(
        row["use"] == "holdout" for row in wanted
    )
    page.locator("main select").first.select_option("onward")
    page.wait_for_function("location.search.includes('answer=onward')")
    page.wait_for_selector("table:has(caption:text('Wants to move on'))", state="attached")


def test_intention_and_behaviour_are_those_of_the_engine(open_page, baseline):
    page = open_page("/intentions?lang=en")
    answer = baseline
    nl = answer.hosts.index("NL")
    said, stock = answer.mine.group("intention", "return"), answer.mine.outcome("stock")
    said_share = np.median(said[:, nl] / stock[:, -1, nl])
    found = said_and_done(answer, "NL")
    assert found.intention[1] == pytest.approx(said_share, rel=1e-6)
    assert found.behaviour[1] < found.intention[1]
    said = Words("en").number(display(*(1000 * part for part in found.intention))[1])
    assert f"about {said} say" in page.inner_text("#intentions-behaviour")
