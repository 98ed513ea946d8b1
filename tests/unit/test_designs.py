"""Designs as data: what a file says, which worlds it makes, and what is refused with which words."""

import re

import numpy as np
import pytest
from small_design import RUNS, written

from abm.data.folder import default_configs
from abm.data.parameters import load_known
from abm.errors import EweaError
from abm.policy.lever import load_levers
from experiments.designs.axes import draws_of, group_of, load_groups
from experiments.designs.files import design_ids
from experiments.designs.sweep import Sweep
from experiments.designs.worlds import problem_of, unit_sample
from experiments.ensemble.identity import canonical

ROOT = default_configs()


def sweep_of(tmp_path, *changes):
    return Sweep.of(str(written(tmp_path, *changes)), ROOT, tmp_path / "store")


@pytest.mark.parametrize("name", design_ids())
def test_every_ready_design_fits_the_model(name):
    sweep = Sweep.of(name, ROOT)
    assert sweep.design.question.endswith(("?", "."))
    texts = {canonical(task) for task in sweep.tasks()}
    assert len(texts) >= 40
    points = sweep.design.sampling.method not in ("sobol", "morris")  # their trajectories may meet
    assert not points or len(texts) == len(sweep.tasks())


def test_a_grid_crosses_everything(tmp_path):
    sweep = sweep_of(tmp_path)
    assert len(sweep.worlds) == 8
    assert len({canonical(task) for task in sweep.tasks()}) == RUNS
    assert sweep.worlds[0] == {"scenario": "baseline", "parameters": {"return_hazard": 0.004}}
    assert sweep.worlds[-1]["packages"] == {"law": "rtb_end"}
    assert sweep.worlds[-1]["levers"]["cash"]["value"] == 0.2
    assert sweep.tasks()[8]["seed"] == 2


def test_one_at_a_time_moves_one_axis_only_and_finds_new_levers(tmp_path):
    change = (
        "  cash: {lever: benefit_level, place: NL, from: 2026-04-01, values: [null, 0.2]}",
        "  every: {every_lever: example, from: 2026-04-01}",
    )
    sweep = sweep_of(tmp_path, change, ("method: grid", "method: one_at_a_time"))
    moved = [[*w.get("levers", {}), *w.get("packages", {}), *w.get("parameters", {})] for w in sweep.worlds]
    assert moved[0] == []
    assert max(map(len, moved)) == 1
    assert {names[0] for names in moved if names} >= load_levers(ROOT).keys()


RANGED = ("values: [0.004, 0.02]", "low: 0.004, high: 0.02")


def test_a_latin_hypercube_hits_every_slice_once_in_every_cell(tmp_path):
    sweep = sweep_of(tmp_path, RANGED, ("method: grid", "method: latin_hypercube, size: 10"))
    values = np.array([world["parameters"]["return_hazard"] for world in sweep.worlds]).reshape(4, 10)
    slices = np.floor((values - 0.004) / 0.0016).astype(int)
    assert (np.sort(slices, axis=1) == np.arange(10)).all()
    assert (values == values[0]).all()


@pytest.mark.parametrize(("method", "size", "points"), [("sobol", 8, 8 * 4), ("morris", 5, 5 * 3)])
def test_samples_of_salib_have_their_shape_and_repeat(tmp_path, method, size, points):
    two = ("uncertainties:", "uncertainties:\n  onward: {parameter: onward_hazard, spread: posterior}")
    sweep, again, other = (
        sweep_of(tmp_path, RANGED, two, ("method: grid", f"method: {method}, size: {size}{seed}"))
        for seed in ("", "", ", seed: 2")
    )
    assert len(sweep.worlds) == 4 * points
    assert sweep.worlds == again.worlds != other.worlds
    ranged = [axis for axis in sweep.axes if axis.quantile is not None]
    assert problem_of(sweep.design.sampling, ranged)["names"] == ["onward", "hazard"]
    shares = unit_sample(sweep.design.sampling, ranged)
    assert 0 <= shares.min() < shares.max() <= 1


def test_all_parameters_move_in_groups(tmp_path):
    change = (
        "  hazard: {parameter: return_hazard, values: [0.004, 0.02]}",
        "  p: {all_parameters: prior, but: [register]}",
    )
    sweep = sweep_of(tmp_path, change, ("method: grid", "method: sobol, size: 2, groups: true"))
    parameters = [axis for axis in sweep.axes if axis.parameter]
    groups = {axis.group for axis in parameters}
    assert len(sweep.worlds) == 4 * 2 * (len(groups) + 2)
    assert not any(axis.name.startswith("register") for axis in parameters)
    assert groups == {group.id for group in load_groups()}


def test_every_parameter_has_a_group_and_every_beginning_a_parameter():
    drawn = draws_of(ROOT).names
    names = (*load_known(ROOT), *drawn)
    assert [name for name in drawn if group_of(name) == name] == []
    beginnings = [beginning for group in load_groups() for beginning in group.parameters]
    assert [one for one in beginnings if not any(name.startswith(one) for name in names)] == []


def test_posterior_draws_and_lists(tmp_path):
    sweep = sweep_of(tmp_path, ("method: grid", "method: posterior, size: 3"))
    assert [world["draw"] for world in sweep.worlds[:4]] == [1, 2, 3, 1]
    listed = sweep_of(
        tmp_path, ("method: grid}", "method: list}\nworlds: [{cash: 0.2}, {law: rtb_end, hazard: 0.01}, {}]")
    )
    assert len(listed.worlds) == 3
    assert listed.worlds[1]["packages"] == {"law": "rtb_end"}
    assert listed.worlds[2] == {"scenario": "baseline"}


DRIVER = "uncertainties:\n  war: {driver: attack_intensity, units: all, from: 2026-04, values: [1]}"
AXIS = "from: 2026-04-01, lever"
FAULTS = [
    (("uncertainties:", DRIVER.replace("[1]", "[3]")), "allows 0 to 1"),
    (("uncertainties:", DRIVER.replace("all", "[UA99]")), "found UA99"),
    (("uncertainties:", DRIVER.replace("attack_intensity", "rain")), "driver: found 'rain'"),
    (("benefit_level", "benefit_levl"), "small.yaml:7: levers.cash.lever: found 'benefit_levl'"),
    (("benefit_level", "benefit_levl"), "Did you mean 'benefit_level'"),
    (("[null, 0.2]", "[null, 3]"), "small.yaml:7: levers.cash.values.1: found 3.0; allowed are 0.0 to 2.0"),
    (("place: NL, from", "place: XX, from"), "levers.cash.place: found 'XX'"),
    (("[none, rtb_end]", "[none, rtb_stop]"), "levers.law.packages.1: 'rtb_stop' is not a scenario"),
    (("[baseline]", "[peace]"), "scenarios.0: 'peace' is not a scenario"),
    (("[baseline]", "[]"), "scenarios: List should have at least 1 item"),
    (("[none, rtb_end]", "[benefit_cut_nl_25+benefit_cut_nl_50]"), "contradict each other"),
    (
        ("return_hazard", "return_hazrd"),
        "hazard.parameter: found 'return_hazrd', which is no parameter. Did",
    ),
    (("values: [0.004, 0.02]", "low: 0.02, high: 0.004"), "low 0.02 must lie below high 0.004"),
    (RANGED, "method grid cannot cross low and high"),
    (("method: grid", "method: sobol, size: 4"), "needs an axis with low and high"),
    (("method: grid", "method: sobol, size: 5"), "Sobol needs a power of 2"),
    (("method: grid", "method: grid, size: 5"), "method grid takes no size"),
    (("method: grid", "method: posterior, size: 100000"), "holds 600 draws"),
    (("method: grid", "method: list"), "worlds: needed with sampling method list"),
    (("count: 2", "count: 0"), "seeds.count: Input should be greater than or equal to 1"),
    (("outcome: stock, place: NL", "outcome: stok, place: NL"), "there are stock, protected"),
    (("outcome: stock, place: NL", "outcome: stock, place: NL, take: sum"), "allowed are end, peak, mean"),
    (("outcome: stock, place: NL", "outcome: stock, place: QQ"), "outcomes.0.place: found 'QQ'"),
    (("outcome: stock, place: NL", "outcome: public_cost, place: DE"), "no price of a place for DE"),
    (("cash:", "seed:"), "seed: this name is a column of every table"),
    (("label:", "lable:"), "small.yaml:2: lable: unknown key"),
    (("id: small", "id: other"), "id: found 'other'; must be the file name 'small'"),
    (("until: 2027-02", "until: 2025-12"), "constants.until: found 2025-12"),
    (("uncertainties:", f"{DRIVER[:-13]}operation: multiply, values: [40]}}"), "war.values.0: "),
    (("[0.004, 0.02]", "[0.004, 0.6]"), "hazard.values.1: "),
    (("[0.004, 0.02]", "[-0.01]"), "hazard.values.0: "),
    (("from: 2026-04-01, values", "from: 2030-04-01, values"), "cash.from: "),
    (("from: 2026-04-01, values", "from: 2023-04-01, values"), "cash.from: "),
    (("from: 2026-04-01", "from: 2026-04-01, until: 2025-01-01"), "levers.cash"),
    (("  law:", f"  b: {{{AXIS}: benefit_level, place: EU, values: [1]}}\n  law:"), "levers.b: "),
    (("  law:", f"  s: {{{AXIS}: tuition, place: NL, low: 0, high: 1}}\n  law:"), "s.low: "),
    (("method: grid}", "method: list}\nworlds:\n  - {hazard: lots}"), "worlds.0.hazard: "),
]


@pytest.mark.parametrize(("change", "message"), FAULTS, ids=[message[:40] for _, message in FAULTS])
def test_a_faulty_design_is_refused_by_name(tmp_path, change, message):
    with pytest.raises(EweaError) as found:
        sweep_of(tmp_path, change)
    assert message in str(found.value)
    assert re.search(r"small\.yaml(:\d+)?: ", str(found.value)), found.value
    assert not (tmp_path / "store").exists()


def test_an_unknown_design_names_those_there_are(tmp_path):
    with pytest.raises(EweaError, match=r"there are .*smoke"):
        Sweep.of("smoek", ROOT)
    with pytest.raises(EweaError, match="no such file"):
        Sweep.of(str(tmp_path / "x.yaml"), ROOT)
