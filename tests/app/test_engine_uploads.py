"""Uploads: the strict rules of the configuration, and nothing hostile gets near a parser."""

import time
import tracemalloc

import pytest

from abm.data.folder import default_configs
from abm.errors import EweaError
from dashboard.engine.catalogue import Catalogue
from dashboard.engine.changes import changes_of_choice
from dashboard.engine.choice import Choices
from dashboard.engine.limits import load_limits
from dashboard.engine.uploads import read_scenario, read_scorecard

GOOD = (default_configs() / "scenarios" / "front_collapse.yaml").read_bytes()

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


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_or_wrong_is_refused_in_plain_words(name):
    data, code = HOSTILE[name]
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


def test_a_scenario_is_read_and_can_be_chosen():
    choice = Choices().with_upload(read_scenario(GOOD))
    same = changes_of_choice(default_configs(), Choices(war="front_collapse"))
    assert [d.model_dump() for d in changes_of_choice(default_configs(), choice).drivers] == [
        d.model_dump() for d in same.drivers
    ]
    assert Catalogue(default_configs(), load_limits()).check(choice) == []
    assert Choices.from_query(choice.to_query()) == (choice, [])


def test_a_mark_nobody_uploaded_is_left_out():
    catalogue = Catalogue(default_configs(), load_limits())
    clean, said = catalogue.cleaned(Choices(upload="0" * 16))
    assert clean == Choices()
    assert [one.code for one in said] == ["unknown_upload"]


def test_an_upload_is_simulated_like_the_shipped_scenario():
    """Checked on the world: the same digest of drivers gives the same run."""
    from abm.months import month_index
    from abm.policy.scenario import changed_world, scenario_world

    root, until = default_configs(), month_index("2028-03")
    contents = changes_of_choice(root, Choices().with_upload(read_scenario(GOOD)))
    mine = changed_world(root, until, contents)
    theirs = scenario_world(root, until, "front_collapse")
    assert (mine.origins.occupied_share == theirs.origins.occupied_share).all()
    assert mine.policy.digest == theirs.policy.digest


def test_scorecards_are_read_from_csv_and_yaml():
    wanted = (("AX1-02", 1), ("AX1-04", -2))
    assert read_scorecard(b"indicator,score\nAX1-04,-2\nAX1-02,1\n") == wanted
    assert read_scorecard("\ufeffindicator;score;note\r\nAX1-04;-2;x\r\nAX1-02;+1;\r\n".encode()) == wanted
    assert read_scorecard(b"AX1-04: -2\nAX1-02: 1\n") == wanted
    shipped = (default_configs() / "scorecards" / "2025-11.yaml").read_bytes()
    assert ("AX1-04", -1) in read_scorecard(shipped)


FAULTY = (
    "indicator,score\nAX1-99,1\n", "indicator,score\nAX1-02,3\n", "indicator,score\nAX1-02,1\nAX1-02,2\n",
    "indicator,value\nAX1-02,1\n", "AX1-02: lots\n", "scores: 5\n", BOMB.decode(),
)  # fmt: skip


@pytest.mark.parametrize("text", FAULTY)
def test_a_faulty_scorecard_is_refused(text):
    with pytest.raises(EweaError):
        read_scorecard(text.encode())
