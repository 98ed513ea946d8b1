"""Every lever moves the outcomes its file names in the direction it declares (see the module tested).

Measured with the priors: a fit may make an effect too small for five seeds to agree, and the sign of
a mechanism must not depend on the last calibration.
"""

import shutil

import pytest

from abm.data.folder import default_configs
from abm.months import month_index
from abm.policy.scenario import scenario_world
from experiments.levers.catalogue import lever_catalogue
from experiments.levers.signs import check_signs

ROOT = default_configs()

NEW_LEVER = """\
id: {id}
group: return
label: {{en: Free bus home, nl: Gratis bus naar huis, uk: Безкоштовний автобус додому}}
explanation: {{en: A bus., nl: Een bus., uk: Автобус.}}
unit: 0 or 1
neutral: 0
range: {{least: 0, most: 1, step: 1}}
example: 1
example_place: NL
acts_on:
  - {{mechanism: return_utility, at_example: 0.8}}
signs:
  - {{outcome: returns, place: example, sign: "+"}}
source: test
lines:
  - {{place: DE, from: 2024-01-01, value: 1, status: in_force, publisher: test, date: 2024-01-01,
     source: test}}
"""


@pytest.fixture(scope="module")
def found(priors_root):
    return {(f.lever, f.outcome, f.place): f for f in check_signs(priors_root)}


def declared():
    for lever in lever_catalogue(ROOT):
        for sign in lever["signs"]:
            key = (lever["id"], sign["outcome"], sign["place"])
            yield pytest.param(key, id="-".join(key))


@pytest.mark.parametrize("key", list(declared()))
def test_declared_sign_is_found(found, key):
    assert found[key].holds, found[key]


def test_a_new_lever_is_one_file(tmp_path):
    root = tmp_path / "configs"
    shutil.copytree(ROOT, root)
    (root / "levers" / "free_bus.yaml").write_text(NEW_LEVER.format(id="free_bus"))
    until = month_index("2027-03")
    world = scenario_world(root, until)
    german = world.hosts.ids.index("DE")
    assert world.policy.now("return_utility", month_index("2024-02"))[german] == pytest.approx(0.8)
    assert "free_bus" in [lever["id"] for lever in lever_catalogue(root)]
    [sign] = check_signs(root, only=["free_bus"])
    assert sign.holds
