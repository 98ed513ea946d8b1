"""The API: what it describes is what it gives, faults are named whole, its limits are those of the pages."""

import re
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from api_client import ask_api

from dashboard.api.document import AnswerDocument
from dashboard.api.faults import ApiFault, FaultDocument
from dashboard.api.openapi import openapi_document
from dashboard.engine.choice import Choices
from dashboard.engine.engine import Engine
from dashboard.engine.limits import load_limits
from dashboard.messages.catalogue import LANGUAGES
from dashboard.messages.words import Words
from dashboard.shell.view import SETTINGS, View

ANSWER = "/api/v1/answer"
ENGINE = Engine(cache=None)  # refuses before anybody simulates: it starts no worker


def faults_of(link: str, status: int = 400) -> list[ApiFault]:
    [(found, body)] = ask_api(ENGINE, link)
    assert found == status
    return FaultDocument.model_validate(body).errors


FAULTS = {
    "place": (f"{ANSWER}?place=ATLANTIS", ["place value"]),
    "typing error": (f"{ANSWER}?plaace=DE", ["query parameter"]),
    "no day": (f"{ANSWER}?law=2026-02-30", ["law value"]),
    "twice": (f"{ANSWER}?place=DE&place=NL", ["place twice"]),
    "package that is no more": (f"{ANSWER}?a=p=rtb_extended_2028", ["a.p unknown_preset"]),
    "month that is over": (f"{ANSWER}?b=l=benefit_level:NL:2026-01:0.5", ["b.l lever_past"]),
    "value": (
        f"{ANSWER}?a=l=benefit_level:NL:2027-01:9,no:NL:2027-01:1", ["a.l lever_value", "a.l unknown_lever"]
    ),
    "another user's file": (f"{ANSWER}?a=f=0123456789abcdef", ["a.f unknown_upload"]),
    "script": (f"{ANSWER}?c=" + quote("w=<img src=x onerror=alert(1)>"), ["c link_part"]),
    "no text": (f"{ANSWER}?a=%ff%fe%00", ["a link_part"]),
    "far horizon": (f"{ANSWER}?a=u=2050-01", ["a.u until"]),
    "many levers": (
        f"{ANSWER}?a=l=" + ",".join(f"benefit_level:{one}:2027-01:0.5" for one in ENGINE.baseline.hosts[:30]),
        ["a.l too_many_levers"],
    ),
    "huge": (f"{ANSWER}?a=" + "l" * 100_000, ["query too_long"]),
}  # fmt: skip
"""Address by what is wrong with it, and key and code of every fault."""


@pytest.mark.parametrize(("link", "expected"), FAULTS.values(), ids=FAULTS)
def test_a_fault_names_key_what_was_found_what_is_allowed_and_what_to_do(link, expected):
    found = faults_of(link)
    assert [f"{fault.key} {fault.code}" for fault in found] == expected
    for fault in found:
        assert fault.found not in ("", None)
        assert fault.remedy
        assert fault.message
        assert "<" not in fault.message
        assert fault.allowed is not None or fault.code in ("twice", "unknown_upload")


def test_another_version_and_another_address_are_told_which_there_are():
    [version] = faults_of("/api/v0/answer?place=NL", 404)
    [path] = faults_of("/api/v1/answers", 404)
    assert (version.key, version.found, version.allowed) == ("version", "v0", ["v1"])
    assert (path.key, path.found) == ("path", "answers")
    assert "answer" in path.allowed


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_description_is_that_of_the_answer(language):
    [(status, document), (shown, page), (_, answer)] = ask_api(
        ENGINE, "/api/v1/openapi.json", f"/api/v1?lang={language}", f"{ANSWER}?lang={language}"
    )
    assert (status, shown, document) == (200, 200, openapi_document("https://example.org/ewea"))
    schemas = document["components"]["schemas"]
    assert set(answer) == set(schemas["AnswerDocument"]["properties"])
    for name, field in (("ApiScenario", "scenarios"), ("ApiLaw", "law"), ("ApiProvenance", "provenance")):
        part = answer[field][0] if isinstance(answer[field], list) else answer[field]
        assert set(part) == set(schemas[name]["properties"])
    named = {parameter["name"] for parameter in document["paths"]["/answer"]["get"]["parameters"]}
    assert named == {"lang", "place", "a", "b", "c", "d"}
    for name in (*named, *schemas["ApiScenario"]["properties"]):
        assert f"{name}</code>" in page
    assert f'<html lang="{language}">' in page


def test_one_chart_has_an_address_of_its_own():
    asked = [("svg", "without_title"), ("html", "without_title"), ("svg", "nothing"), ("html", "nothing")]
    links = [f"/api/v1/chart.{kind}?lang=nl&place=DE&outcome={name}" for kind, name in asked]
    (status, picture), (framed, page), (refused, body), other = ask_api(ENGINE, *links)
    assert (status, framed, refused) == (200, 200, 400)
    assert other == (refused, body)
    assert picture.strip() in page
    assert 'href="https://example.org/ewea/overview?lang=nl&amp;place=DE" target="_blank"' in page
    assert not re.search(r"<script|src=[\"']?http|@import", page)
    drawn = ElementTree.fromstring(picture)
    said = " ".join(drawn.itertext())
    assert Words("nl").t("scenario.outcome_without_title") in said
    assert ENGINE.version in said
    assert len(drawn.findall(".//{*}polyline")) == 1
    high = float(drawn.get("height"))
    assert all(float(text.get("y", 0)) <= high for text in drawn.findall("{*}text"))
    [fault] = FaultDocument.model_validate(body).errors
    assert (fault.key, fault.found) == ("outcome", "nothing")
    assert "stock" in fault.allowed


def test_the_query_of_any_page_may_be_asked():
    settings = {"chart": "status", "map_show": "change"}
    assert set(settings) <= set(SETTINGS)
    query = View("map", "DE", "en", "dark", settings=settings, law="2026-11-01").query()
    [(status, body)] = ask_api(ENGINE, f"{ANSWER}?{query}")
    document = AnswerDocument.model_validate(body)
    assert (status, document.place, document.place_name) == (200, "DE", "Germany")
    assert document.scenarios[0].choice == ""
    assert document.page == "https://example.org/ewea/overview?lang=en&place=DE"


def test_one_user_has_one_budget_and_others_have_theirs():
    """Calls of one address count together; what is refused says so and nothing stays behind."""
    limits = load_limits().model_copy(update={"api_seconds": 1})
    idle = Engine(limits, cache=None)
    idle._started = True  # without workers everything waits
    levels = [f"{ANSWER}?a=l=benefit_level:NL:2027-01:{0.3 + n / 100:g}" for n in range(limits.jobs_per_user)]
    found = ask_api(idle, *levels, f"{ANSWER}?a=w=frozen_front&b=w=winter_grid")
    assert idle.ask("another", Choices(war="frozen_front")).state == "queued"
    codes = [fault.code for _, body in found for fault in FaultDocument.model_validate(body).errors]
    assert {status for status, _ in found} == {503}
    assert codes == ["api_slow"] * limits.jobs_per_user + ["user_full"] * 2
    assert list(idle._sessions) == ["another"]


def test_a_new_choice_is_simulated_for_the_api_as_for_a_page(engine):
    choice = Choices(war="frozen_front", presets=("rtb_end",))
    [(status, body)] = ask_api(engine, f"{ANSWER}?a={choice.to_query()}&place=EU")
    assert status == 200
    answer = engine.known(choice)
    [scenario] = AnswerDocument.model_validate(body).scenarios
    people = scenario.figures["stock"].scenario
    assert (people.low, people.mid, people.high) == answer.at_horizon("stock", "EU").shown
