"""Uploads: the strict rules of the configuration, and nothing hostile gets near a parser."""

import time
import tracemalloc

import pytest
from made_up_answers import CATALOGUE

from abm.data.folder import default_configs
from abm.errors import EweaError
from abm.months import month_index
from abm.policy.scenario import changed_world, scenario_world
from dashboard.engine.changes import changes_of_choice
from dashboard.engine.choice import DEFAULT_UNTIL, Choices
from dashboard.engine.uploads import read_scenario, read_scorecard

ROOT = default_configs()
GOOD = (ROOT / "scenarios" / "front_collapse.yaml").read_bytes()

BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"

HOSTILE = {
    "bomb": (BOMB, "upload_aliases"),
    "hundred_megabytes": (b"a" * 100_000_000, "upload_too_large"),
    "binary": (bytes(range(256)) * 10, "upload_not_text"),
    "zip": (b"PK\x03\x04" + bytes(100), "upload_not_text"),
    "empty": (b"  \n", "upload_empty"),
    "nested": (b"a: " + b"[" * 5000, "upload_fault"),
    "many": (b"a:\n" + b"- x\n" * 5000, "upload_too_many_items"),
    "tag": (b"a: !!python/object/apply:os.system ['true']\n", "upload_fault"),
    "not_a_mapping": (b"- 1\n- 2\n", "upload_fault"),
    "unknown_key": (GOOD + b"\nsurprise: 1\n", "upload_fault"),
    "twice": (GOOD + b"\nid: front_collapse\n", "upload_fault"),
    "path": (GOOD.replace(b"kind: war", b"kind: war\nbuilds_on: [../../etc/passwd]"), "upload_fault"),
    "early": (GOOD.replace(b"2026-12", b"2023-12"), "upload_too_early"),
    "unit": (GOOD.replace(b"UA12", b"UA99"), "upload_fault"),
}


@pytest.mark.parametrize(("data", "code"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_hostile_or_wrong_is_refused_in_plain_words(data, code):
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises(EweaError) as refused:
        read_scenario(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    message = refused.value.args[0]
    assert message.code == code
    assert "/tmp" not in message
    assert "Traceback" not in message
    assert time.process_time() - started < 5
    assert peak < 50_000_000


def test_an_upload_is_chosen_and_simulated_like_the_shipped_scenario():
    choice = Choices().with_upload(read_scenario(GOOD))
    assert CATALOGUE.check(choice) == []
    assert Choices.from_query(choice.to_query()) == (choice, [])
    changes, shipped = (changes_of_choice(ROOT, one) for one in (choice, Choices(war="front_collapse")))
    assert [one.model_dump() for one in changes.drivers] == [one.model_dump() for one in shipped.drivers]
    mine = changed_world(ROOT, month_index(DEFAULT_UNTIL), changes)
    theirs = scenario_world(ROOT, month_index(DEFAULT_UNTIL), "front_collapse")
    assert (mine.drivers["occupied_share"] == theirs.drivers["occupied_share"]).all()
    assert mine.policy.digest == theirs.policy.digest


def test_scorecards_are_read_from_csv_and_yaml():
    wanted = (("AX1-02", 1), ("AX1-04", -2))
    assert read_scorecard(b"indicator,score\nAX1-04,-2\nAX1-02,1\n") == wanted
    assert read_scorecard("\ufeffindicator;score;note\r\nAX1-04;-2;x\r\nAX1-02;+1;\r\n".encode()) == wanted
    assert read_scorecard(b"AX1-04: -2\nAX1-02: 1\n") == wanted
    shipped = (ROOT / "scorecards" / "2025-11.yaml").read_bytes()
    assert ("AX1-04", -1) in read_scorecard(shipped)


@pytest.mark.parametrize(
    "text",
    ["indicator,score\nAX1-99,1\n", "indicator,score\nAX1-02,3\n", "indicator,score\nAX1-02,1\nAX1-02,2\n",
     "indicator,value\nAX1-02,1\n", "AX1-02: lots\n", "scores: 5\n", BOMB.decode()],
)  # fmt: skip
def test_a_faulty_scorecard_is_refused(text):
    with pytest.raises(EweaError):
        read_scorecard(text.encode())
