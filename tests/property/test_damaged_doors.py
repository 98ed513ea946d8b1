"""Designs, links and data files spoiled in one place: refused, told, or another answer; never a traceback."""

import contextlib
import random
import re

import pytest
from damages import WITHOUT_LINE, YAML_DAMAGES
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from abm.data.config import read_plain
from abm.data.folder import default_configs
from abm.errors import EweaError
from dashboard.engine.choice import Choices
from experiments.data.eurostat import read_eurostat
from experiments.designs.sweep import Sweep

ROOT = default_configs()
SEED = st.integers(0, 10**6)

DESIGN = """\
id: damaged
label: "Damaged"
question: "Is it told?"
constants: {scale: 20000, households_per_host: 20, until: 2027-06, parameters: central, shocks: false}
scenarios: [baseline, frozen_front]
levers:
  cash: {lever: benefit_level, place: NL, from: 2026-12-01, values: [null, 0.2]}
uncertainties:
  hazard: {parameter: return_hazard, values: [0.004, 0.02]}
  attacks: {driver: attack_intensity, units: all, from: 2026-12, operation: multiply, values: [0.5, 1.5]}
sampling: {method: grid}
seeds: {first: 1, count: 2}
outcomes:
  - {outcome: stock, place: NL}
"""


def damaged_design(folder, kind, seed):
    """Damage a design and have it read; a damage that is accepted must make another sweep."""
    path = folder / "damaged.yaml"
    path.write_text(DESIGN, encoding="utf-8")
    usual, before = Sweep.of(str(path), ROOT, folder / "store"), read_plain(path)
    text = YAML_DAMAGES[kind](DESIGN, random.Random(seed))
    assume(text != DESIGN)
    path.write_text(text, encoding="utf-8")
    with contextlib.suppress(EweaError):
        assume(read_plain(path) != before)
    said = ""
    try:
        made = Sweep.of(str(path), ROOT, folder / "store")
    except EweaError as error:
        said = str(error)
    if said:
        assert re.search(r"damaged\.yaml:\d+", said) or (kind in WITHOUT_LINE and "damaged.yaml" in said), (
            said
        )
    else:
        assert made.context != usual.context, f"{kind}: accepted without a word"


DESIGN_DAMAGE = st.tuples(st.sampled_from(sorted(YAML_DAMAGES)), SEED)


@given(damage=DESIGN_DAMAGE)
@settings(max_examples=20)
def test_a_spoiled_design_is_refused_or_another_sweep(tmp_path, damage):
    damaged_design(tmp_path, *damage)


@pytest.mark.slow
@given(damage=DESIGN_DAMAGE)
@settings(max_examples=250)
def test_many_spoiled_designs(tmp_path, damage):
    damaged_design(tmp_path, *damage)


LINK = "w=frozen_front;p=rtb_end;l=benefit_level:NL:2027-01:0.5:n,tuition:NL:2027-02:1;s=AX1-02:1;u=2028-06"


@given(at=st.integers(0, len(LINK) - 1), new=st.sampled_from([*"x9-:;,=.", "", "\u00e9", "<b>"]))
@settings(max_examples=300)
def test_a_spoiled_link_is_another_choice_or_is_told(at, new):
    text = LINK[:at] + new + LINK[at + 1 :]
    assume(text != LINK)
    usual, _ = Choices.from_query(LINK)
    found, said = Choices.from_query(text)
    assert said or found != usual, text


HEAD = "freq,unit,citizen,sex,age,geo\\TIME_PERIOD\t2025-01 \t2025-02 \t2025-03 "
ROWS = [
    f"M,PER,TOTAL,T,TOTAL,{geo}\t{10 * n} \t{10 * n + 5} p\t: "
    for n, geo in enumerate(("AT", "DE", "NL"), start=3)
]
DATA = "\r\n".join([HEAD, *ROWS]) + "\r\n"


def figures(text):
    """Return the lines of a file without blanks, which mean nothing here; an empty last cell is a gap too."""
    return [line.replace(" ", "").removesuffix(":") for line in text.splitlines() if line.strip()]


@given(at=st.integers(0, len(DATA) - 1), new=st.sampled_from([*"x9-:,.\t", "", ";", "\u00e9", "\n"]))
@settings(max_examples=300)
def test_a_spoiled_register_file_is_refused_or_holds_other_figures(tmp_path, at, new):
    text = DATA[:at] + new + DATA[at + 1 :]
    assume(figures(text) != figures(DATA))
    path = tmp_path / "stock.tsv"
    path.write_text(DATA, encoding="utf-8", newline="")
    usual = read_eurostat(path)
    path.write_text(text, encoding="utf-8", newline="")
    said, found = "", None
    try:
        found = read_eurostat(path)
    except EweaError as error:
        said = str(error)
    if said:
        assert "stock.tsv" in said
    else:
        assert (found.values, found.flags, found.months) != (usual.values, usual.flags, usual.months), text
