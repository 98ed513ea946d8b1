"""How sure are we: the numbers are those of the shipped validation, misses included."""

from dashboard.engine import shipped
from dashboard.messages.words import Words
from dashboard.pages.how_sure import figures as scores
from dashboard.pages.how_sure.figures import error_percent

HELD = "held_out"


def test_headline_misses_and_assumptions_are_those_of_the_validation(open_page):
    page = open_page("/how-sure?lang=nl")
    words, figures = Words("nl"), shipped.figures()
    window = figures["windows"][HELD]
    shown = page.inner_text("main")
    error = window["horizons"]["6"]["median_error_pct"]
    assert error_percent(words, error["model"]) in page.inner_text(".lead")
    assert error_percent(words, error["persistence"]) in page.inner_text(".lead")
    assert words.share(window["coverage_80_pooled"]) in shown
    points = figures["intentions"]["survey_rmse_pp"]["holdout"]
    assert f"{words.number(points, 1)} procentpunten" in shown
    misses = page.inner_text("#how-sure-misses")
    for place in ("Polen", "Tsjechië", "2023", "Vrede"):
        assert place in misses
    free = [one for one in figures["parameters"] if one["distribution"] != "fixed"]
    fitted = sum(one["status"] == "fitted" for one in free)
    assert words.t("intentions.of", some=fitted, all=len(free)) in shown


def test_hosts_where_a_rival_wins_are_counted(open_page):
    page = open_page("/how-sure?lang=en&ahead=12")
    by_host = shipped.figures()["windows"][HELD]["horizons"]["12"]["mean_error_pct_by_host"]
    won = sum(one["model"] <= min(one["persistence"], one["constant_inflow"]) for one in by_host.values())
    text = page.inner_text("#how-sure-won")
    assert text.startswith(f"In {won} of {len(by_host)} countries")
    page.locator("main select").first.select_option("1")
    page.wait_for_function("location.search.includes('ahead=1') && !location.search.includes('ahead=12')")


def test_important_assumptions_exist_and_are_not_fitted():
    parameters = shipped.figures()["parameters"]
    found = scores.important(parameters)
    assert len(found) >= 10
    assert all(one["status"] != scores.FITTED for one in found)
    assert {"guarantee_return", "peace_interaction"} <= {one["parameter"] for one in found}


def test_a_rival_that_wins_is_named():
    window = {
        "levels": [
            {"id": "better_in_PL", "met": False, "value": {"persistence": 1.4, "constant_inflow": 0.7}},
            {"id": "better_in_NL", "met": True, "value": {"persistence": 0.2, "constant_inflow": 0.9}},
        ]
    }
    assert scores.beaten_hosts(window) == [("PL", ("persistence",))]
    assert scores.levels_met(window) == (1, 2)
