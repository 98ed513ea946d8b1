"""Whatever is spoiled in one place of a valid input is refused by name, or another result that says so."""

import csv
import random
import re
import shutil
from pathlib import Path

import pytest
from damages import TABLE_DAMAGES, WITHOUT_LINE, YAML_DAMAGES
from file_readers import Reader
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.data.config import read_plain
from abm.data.folder import config_files, default_configs
from abm.errors import EweaError
from abm.months import month_index
from abm.policy.scenario import baseline_world

FILES = sorted(
    path.relative_to(default_configs())
    for path in default_configs().rglob("*")
    if path.suffix in (".yaml", ".csv") and path.parent.name != "geo"
)

SAMPLE, ALL = 200, 1_400
"""Damages of files of configs in make test, and in make test-all."""


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    root = tmp_path_factory.mktemp("damaged") / "configs"
    shutil.copytree(default_configs(), root, ignore=shutil.ignore_patterns("geo"))
    return Reader(root, baseline_world(default_configs(), month_index("2029-03")))


def content(path: Path, text: str):
    """Return what a file says whoever reads it: a damage that leaves this alone is none."""
    if path.suffix == ".csv":
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        try:
            return list(csv.reader(lines))
        except csv.Error:
            return lines
    try:
        return read_plain(path)
    except EweaError:
        return text


def damaged_file(reader: Reader, name: Path, kind: str, seed: int) -> str:
    """Damage a file in one place, have it read, and put it back; return what became of it."""
    path = reader.root / name
    whole = path.read_text(encoding="utf-8")
    before, usual = content(path, whole), reader.usual(path)
    damages = TABLE_DAMAGES if path.suffix == ".csv" else YAML_DAMAGES
    text = damages[kind](whole, random.Random(seed))
    if text == whole:
        return "untouched"
    path.write_text(text, encoding="utf-8")
    try:
        if content(path, text) == before:
            return "untouched"
        after, said = None, ""
        try:
            after = reader.understood(path)
        except EweaError as error:
            said = str(error)
        if after is None:
            named = re.search(rf"{re.escape(path.name)}:\d+", said) is not None
            assert named or (kind in WITHOUT_LINE and re.search(r"\.(csv|yaml)", said)), said
            return "refused"
        if after.record and after.record == usual.record:
            return "untouched"  # what is left out, or put in, is what the schema takes for granted
        assert after.mark != usual.mark, f"{name}: {kind}: accepted without a word"
        # What is derived from inputs no longer follows from them, says data check.
        derived = "inputs" in name.parts
        says_so = derived or path in config_files(reader.root) or name.parts[0] not in WORLD
        assert says_so, f"{name}: {kind}: another result under the same digest"
        return "differs"
    finally:
        path.write_text(whole, encoding="utf-8")


WORLD = ("countries", "levers", "drivers", "registers", "composition", "coefficients", "scenarios", "routes")
"""Folders that runs are made from: the digest that every result carries holds their files."""

FILE = st.sampled_from(FILES)
SEED = st.integers(0, 10**6)


def kinds(name: Path):
    """Return the damages that fit a file."""
    return st.sampled_from(sorted(TABLE_DAMAGES if name.suffix == ".csv" else YAML_DAMAGES))


DAMAGE = FILE.flatmap(lambda name: st.tuples(st.just(name), kinds(name), SEED))


def test_a_file_spoiled_in_one_place_is_refused_or_says_something_else(reader):
    """The same damages in every run; the slow form draws others."""
    rng = random.Random(SAMPLE)
    for _ in range(SAMPLE):
        name = rng.choice(FILES)
        kind = rng.choice(sorted(TABLE_DAMAGES if name.suffix == ".csv" else YAML_DAMAGES))
        damaged_file(reader, name, kind, rng.randrange(10**6))


@pytest.mark.slow
@given(damage=DAMAGE)
@settings(max_examples=ALL)
def test_many_files_spoiled_in_one_place(reader, damage):
    damaged_file(reader, *damage)
