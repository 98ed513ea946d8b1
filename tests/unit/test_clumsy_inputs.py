"""Clumsy inputs, one kind each: refused with file, line and key, or told; none passes without a word."""

import logging
import re
import shutil

import numpy as np
import pytest

from abm.data.folder import default_configs
from abm.data.hosts import load_countries
from abm.data.origins import load_origin_units
from abm.data.parameters import load_fit, load_known
from abm.errors import ConfigError
from abm.months import month_index, month_label
from abm.policy.allowed import check_span
from abm.policy.change import Changes, LeverChange
from abm.policy.policy import Who
from abm.policy.scenario import asked, changed_world, changes_of, scenario_world
from experiments.data.consistency import faults_of, readers, redundant_faults, unread

ROOT = default_configs()
UNTIL = month_index("2028-06")
HEAD = """\
id: mine
kind: {kind}
label: {{en: Mine, nl: Mijn, uk: Моє}}
explanation: {{en: Mine., nl: Mijn., uk: Моє.}}
source: test
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("clumsy") / "configs"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns("geo"))
    return root


@pytest.fixture(scope="module")
def world(root):
    return scenario_world(root, UNTIL)


def scenario(root, body, name="mine", kind="policy"):
    """Write a scenario; its first line of its own is the sixth."""
    text = HEAD.format(kind=kind).replace("id: mine", f"id: {name}")
    (root / "scenarios" / f"{name}.yaml").write_text(f"{text}{body}\n", encoding="utf-8")


@pytest.fixture
def cleared(root):
    yield
    for path in (root / "scenarios").glob("mine*.yaml"):
        path.unlink()


def lever(text):
    return f"levers:\n  - {{{text}}}"


def driver(text):
    return f"drivers:\n  - {{driver: attack_intensity, units: all, from: 2027-01, {text}}}"


CUT = "lever: benefit_level, place: NL, from: 2027-01-01"
BLOCK = "levers:\n  - lever: benefit_level\n    place: NL\n    from: 2027-01-01\n    value: {}"
OF = "lever: benefit_level, from: 2027-01-01, value: 0.5"
END = "lever: protection_end, place: NL, from: 2026-12-01"
REFUSED = {
    "quoted number": (lever(f'{CUT}, value: "0.4"'), 7, "value"),
    "word for a number": (lever(f"{CUT}, value: half"), 7, "value"),
    "comma in a block": (BLOCK.format("0,4"), 7, "value"),
    "number for a month": (lever(f"{END}, value: 62"), 7, "value"),
    "end before its start": (lever(f'{END}, value: "2024-01"'), 7, "value"),
    "until of an end": (lever(f'{END}, until: 2027-03-01, value: "2027-06"'), 7, "until"),
    "Ukraine for a host": (lever("lever: return_cash, place: UA, from: 2027-01-01, value: 1000"), 7, "place"),
    "host for Ukraine": (lever("lever: mobilisation, place: PL, from: 2027-01-01, value: 0.5"), 7, "place"),
    "half a switch": (lever("lever: tuition, place: DE, from: 2027-01-01, value: 0.5"), 7, "value"),
    "no place": (lever(f"{OF}, place: []"), 7, "levers.0.place"),
    "place twice": (lever(f"{OF}, place: [DE, DE]"), 7, "place"),
    "small letters": (lever(f"{OF}, place: nl"), 7, "levers.0.place"),
    "before the present": (lever("lever: benefit_level, place: NL, from: 2024-05-01, value: 0.5"), 7, "from"),
    "announced in the past": (lever(f"{CUT}, announced: 2025-03-01, value: 0.5"), 7, "announced"),
    "after the horizon": (lever("lever: benefit_level, place: NL, from: 2034-01-01, value: 0.5"), 7, "from"),
    "same line twice": (lever(f"{CUT}, value: 0.4") + f"\n  - {{{CUT}, value: 1.4}}", 8, "value"),
    "all below one": (lever(f"{CUT}, value: 1") + f"\n  - {{{OF}, place: EU}}", 8, "value"),
    "policy that changes the war": (driver("value: 0.5"), 1, "drivers"),
    "nothing": ("note: nothing is set", 1, "levers"),
}  # fmt: skip
WAR = {
    "percentage for a factor": (driver("operation: multiply, value: 60"), "value"),
    "percentage added": (driver("operation: add, value: 7"), "value"),
    "no units": ("drivers:\n  - {driver: attack_intensity, units: [], from: 2027-01, value: 1}", "units"),
    "negative factor": (driver("operation: multiply, path: [0.5, -1]"), "path"),
}


@pytest.mark.usefixtures("cleared")
@pytest.mark.parametrize(("body", "line", "key"), REFUSED.values(), ids=REFUSED)
def test_a_scenario_that_cannot_be_set_is_refused_with_its_line(root, world, body, line, key):
    scenario(root, body)
    with pytest.raises(ConfigError) as refused:
        asked(root, "mine", UNTIL)
    assert re.search(rf"mine\.yaml:{line}: .*\b{re.escape(key)}\b", str(refused.value)), refused.value


@pytest.mark.usefixtures("cleared")
@pytest.mark.parametrize(("body", "key"), WAR.values(), ids=WAR)
def test_a_course_of_the_war_that_cannot_be_is_refused_with_its_line(root, world, body, key):
    scenario(root, body, kind="war")
    with pytest.raises(ConfigError) as refused:
        asked(root, "mine", UNTIL)
    assert re.search(rf"mine\.yaml:7: .*\b{key}\b", str(refused.value)), refused.value


@pytest.mark.usefixtures("cleared")
def test_what_acts_too_late_is_told_where_the_rest_acts(root, caplog):
    scenario(
        root, lever(f"{CUT}, value: 0.4") + "\n  - {lever: tuition, place: DE, from: 2033-01-01, value: 1}"
    )
    with caplog.at_level(logging.WARNING):
        assert len(asked(root, "mine", UNTIL).levers) == 2
    assert "mine.yaml:8: from: found 2033-01-01" in caplog.text


@pytest.mark.usefixtures("cleared")
def test_parents_count_once_and_order_does_not_decide(root):
    for name, place in (("mine_a", "NL"), ("mine_b", "DE")):
        scenario(root, f"builds_on: [frozen_front]\n{lever(f'{OF}, place: {place}')}", name)
    both, one = changes_of(root, "mine_a+mine_b"), changes_of(root, "frozen_front")
    assert both.drivers == one.drivers
    assert changes_of(root, "frozen_front+mine_a").drivers == one.drivers
    scenario(root, lever(f"{OF}, place: EU").replace("0.5", "0.6"), "mine_eu")
    for order in ("mine_eu+mine_a", "mine_a+mine_eu"):
        with pytest.raises(ConfigError, match="contradict each other"):
            changes_of(root, order)


def test_as_usual_for_everybody_undoes_what_newcomers_had(root):
    start, later = month_index("2027-01"), month_index("2027-06")
    for value in (1.0, 0.5):
        made = changed_world(root, UNTIL, Changes.of(LeverChange.of("benefit_level", "IE", start, value)))
        level = made.policy.by_stay("benefit", later, 40)[made.hosts.ids.index("IE")]
        np.testing.assert_allclose(level, value)
    new = LeverChange.of("benefit_level", "IE", start, 0.8, who=Who(arrived="newcomers"))
    level = changed_world(root, UNTIL, Changes.of(new)).policy.by_stay("benefit", later, 40)
    assert level[made.hosts.ids.index("IE"), [0, 20]].tolist() == [0.8, 0.176]


def spoil(root, name, old, new):
    """Replace a text of a file; return what puts it back."""
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{name} no longer holds {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return lambda: path.write_text(text, encoding="utf-8")


BE, STOCK, BREAKS = "countries/BE.yaml", "registers/tp_stock.csv", "registers/breaks.csv"
PRIORS, FIT = "coefficients/priors.csv", "coefficients/baseline.csv"
BREAK = "clean_up,0.8,derived,x,y\nSE,2024-03,"
TWICE = {
    "year for a month": (BE, "value: 2070,", "value: 24840,"),
    "thousands": (BE, "value: 11617623", "value: 11617.6"),
    "degrees swapped": (BE, "50.85\nlongitude: 4.35", "4.35\nlongitude: 50.85"),
    "another name": (BE, "en: Belgium", "en: Bulgaria"),
    "recorded in the future": (BE, "2024-01-01, publisher: Eurostat u", "2062-01-01, publisher: Eurostat u"),
    "ten times": (STOCK, "NL,2024-08,117905", "NL,2024-08,1179050"),
    "a digit lost": (STOCK, "NL,2024-07,116760", "NL,2024-07,11676"),
    "last month ten times": (STOCK, "NL,2025-12,134090", "NL,2025-12,1340900"),
    "break in 2030": (BREAKS, "SE,2024-03,", f"NL,2030-01,{BREAK}"),
    "break without a fall": (BREAKS, "SE,2024-03,", f"NL,2024-06,{BREAK}"),
    "members over the total": ("registers/eu_decisions.csv", "05,T,TOTAL,81910", "05,T,TOTAL,8191"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new"), TWICE.values(), ids=TWICE)
def test_what_stands_twice_and_differs_is_found(root, name, old, new):
    back = spoil(root, name, old, new)
    try:
        found = list(redundant_faults(root, load_countries(root), load_origin_units(root)))
    finally:
        back()
    assert any(re.search(rf"{re.escape(name)}:\d+: |breaks\.csv: ", one) for one in found), found


def test_nothing_that_stands_twice_differs_in_the_shipped_folder():
    assert list(redundant_faults(ROOT, load_countries(ROOT), load_origin_units(ROOT))) == []


READ = {
    "scenario": ("scenarios/rtb_end.yaml", "source:", "levrs: []\nsource:"),
    "outcomes": ("outcomes.yaml", "  NL:\n", "  GR:\n"),
    "scorecard": ("scorecards/2025-11.yaml", "month:", "mnth: x\nmonth:"),
    "natural experiment": ("natural_experiments/poland_2025.yaml", "question:", "qustion: x\nquestion:"),
    "calibration": ("calibration.yaml", "particles:", "particels: x\nparticles:"),
}


def test_every_file_is_read_by_its_reader(root, world):
    back = [spoil(root, *texts) for texts in READ.values()]
    try:
        found = list(faults_of(readers(root, world)))
    finally:
        for put in back:
            put()
    for name, *_ in READ.values():
        assert any(re.search(rf"{re.escape(name)}:\d+: ", one) for one in found), (name, found)


def test_a_file_nobody_reads_is_named(root):
    stray = root / "countries" / "FR.yml"
    stray.write_text("id: FR\n", encoding="utf-8")
    assert [one.split(": ")[0] for one in unread(root) if "FR.yml" in one] == [str(stray)]
    stray.unlink()


NUMBERS = {
    "prior a month": (PRIORS, "0.0045,1/month,lognormal,0.002,0.009", "0.45,1/month,lognormal,0.2,0.9"),
    "unit": (PRIORS, "return_hazard,0.0045,1/month", "return_hazard,0.0045,1/year"),
    "fit": (FIT, "0.00562051,1/month,normal,0.00355448", "-0.0056,1/month,normal,-0.0355"),
    "draw": ("coefficients/baseline_draws.csv", "\n0.0051268,", "\n51268,"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new"), NUMBERS.values(), ids=NUMBERS)
def test_a_parameter_outside_its_domain_is_refused_wherever_it_stands(root, name, old, new):
    back = spoil(root, name, old, new)
    try:
        with pytest.raises(ConfigError) as refused:
            load_fit(root, "baseline", load_known(root))
    finally:
        back()
    assert re.search(rf"{re.escape(name)}:\d+: return_hazard: ", str(refused.value))


def test_the_months_that_may_be_set_are_the_same_everywhere(world):
    present = world.registers.last_month + 1
    change = LeverChange.of("benefit_level", "NL", present, 0.5)
    assert check_span(Changes.of(change), present, UNTIL) == []
    for wrong in (present - 1, UNTIL):
        with pytest.raises(ConfigError, match=month_label(wrong)):
            check_span(Changes.of(LeverChange.of("benefit_level", "NL", wrong, 0.5)), present, UNTIL)
