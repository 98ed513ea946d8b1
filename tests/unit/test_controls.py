"""Controls of a member: what they move, how they go on after the data, their file, and when it is too old."""

from dataclasses import replace

import numpy as np
import pytest
from small_runs import finished, small_run

from abm.data.control_draws import ControlDraws, ControlLayout
from abm.data.controls import (
    controls_path,
    controls_text,
    data_digest,
    load_beyond,
    load_controls,
    notice_on_controls,
    with_controls,
)
from abm.data.folder import default_configs, load_settings, load_world
from abm.data.parameters import PRIORS, drawn
from abm.data.world import Draws, as_known_at
from abm.errors import ConfigError
from abm.months import month_label

BEYOND = {"return_utility": 0.8, "first_share": 0.8, "again_share": 0.8, "deregistration": 1.0, "onward": 0.8}


@pytest.fixture
def layout(world):
    return ControlLayout.of(world.hosts.ids, world.registers.is_break, world.registers.last_month)


def test_controls_of_zero_change_nothing_a_run_counts(world, layout):
    still = with_controls(world, layout.unpack(np.zeros(len(layout.names))), BEYOND)
    one, two = (finished(small_run(w, months=8)).state.history for w in (world, still))
    np.testing.assert_array_equal(one.stock, two.stock)
    np.testing.assert_allclose(one.register, two.register, rtol=1e-12)


def test_a_control_moves_its_host_in_its_half_year_and_fades_after_the_last(world, layout):
    nl, last = layout.ids.index("NL"), layout.halves - 1
    values = np.zeros((layout.halves, len(layout.ids)))
    values[last, nl] = 0.5
    controls = replace(layout.unpack(np.zeros(len(layout.names))), return_utility=values)
    moved = with_controls(world, controls, BEYOND).policy
    shown = np.array(
        [moved.now("return_utility", m)[nl] for m in (6 * last - 1, 6 * last, 6 * last + 6, 6 * last + 12)]
    )
    np.testing.assert_allclose(shown, [0.0, 0.5, 0.4, 0.32])
    assert not np.delete(moved.now("return_utility", 6 * last), nl).any()


def test_a_forecast_does_not_hold_a_control_that_fades(world, layout):
    """What a forecast holds are rules; a control is no rule."""
    values = np.full((layout.halves, len(layout.ids)), 0.5)
    controls = replace(layout.unpack(np.zeros(len(layout.names))), return_utility=values)
    known = as_known_at(with_controls(world, controls, BEYOND), world.registers.last_month)
    assert known.policy.now("return_utility", 6 * (layout.halves + 1))[0] == pytest.approx(0.32)


def test_estimated_arrivals_are_split_otherwise_and_their_sum_is_kept():
    """Decisions by host end in 2024 and the EU total goes on; what hosts published stays."""
    world = load_world(default_configs(), load_settings(default_configs()).last_register_month, PRIORS)
    layout = ControlLayout.of(world.hosts.ids, world.registers.is_break, world.registers.last_month)
    registers, last, poland = world.registers, world.registers.last_month, layout.ids.index("PL")
    values = np.zeros((layout.halves, len(layout.ids)))
    values[-1, poland] = 0.3
    controls = replace(layout.unpack(np.zeros(len(layout.names))), arrival_split=values)
    moved = with_controls(world, controls, BEYOND).registers.arrivals
    eu = world.hosts.is_eu
    np.testing.assert_allclose(moved[last, eu].sum(), registers.arrivals[last, eu].sum())
    assert moved[last, poland] > 1.1 * registers.arrivals[last, poland]
    np.testing.assert_array_equal(
        moved[: 6 * (layout.halves - 1)], registers.arrivals[: 6 * (layout.halves - 1)]
    )


@pytest.fixture
def root(spoiled):
    controls_path(spoiled, "baseline").unlink(missing_ok=True)
    return spoiled


def ensemble(root, world, layout, n=3):
    values = np.round(np.random.default_rng(1).normal(0, 0.3, (n, len(layout.names))), 3)
    until = world.registers.last_month
    return ControlDraws(layout, values, until, data_digest(root, world.registers, until), load_beyond(root))


def written(root, world, layout):
    draws = ensemble(root, world, layout)
    path = controls_path(root, "baseline")
    path.write_text(controls_text(draws, "baseline", {"members": 3}), encoding="utf-8")
    return draws, path


def test_a_file_gives_back_what_was_written(root, world, layout):
    draws, _ = written(root, world, layout)
    found = load_controls(root, "baseline", world)
    np.testing.assert_allclose(found.values, draws.values, atol=5e-4)
    assert (found.layout, found.until, found.data, found.older) == (draws.layout, draws.until, draws.data, "")


def test_a_seed_has_the_draw_and_the_controls_of_its_member_once(root, world, layout):
    names = ("return_hazard",)
    posterior = Draws("baseline", names, np.array([[0.004], [0.005], [0.006], [0.007]]))
    base = replace(world, draws=posterior, controls=ensemble(root, world, layout))
    one, again = drawn(base, 2), drawn(drawn(base, 2), 2)
    beyond = drawn(base, 5)  # three members: seed 5 is member 2 with other chances
    for other in (again, beyond):
        assert other.coefficients["return_hazard"] == 0.005
        np.testing.assert_array_equal(
            other.policy.now("return_utility", 20), one.policy.now("return_utility", 20)
        )
    assert not one.base.policy.now("return_utility", 20).any()  # the constants are taken without controls


def test_seeds_walk_past_the_members_left_out(root, world, layout):
    draws, path = written(root, world, layout)
    text = controls_text(replace(draws, left_out=(2,)), "baseline", {"members": 3})
    path.write_text(text, encoding="utf-8")
    found = load_controls(root, "baseline", world)
    assert found.left_out == (2,)
    assert [found.member(seed) for seed in (1, 2, 3, 4)] == [1, 3, 1, 3]
    for wrong in ("4", "two", "0", "1, 2, 3"):
        path.write_text(text.replace("left out: 2", f"left out: {wrong}"), encoding="utf-8")
        with pytest.raises(ConfigError) as error:
            load_controls(root, "baseline", world)
        assert all(part in str(error.value) for part in (path.name, "left out", repr(wrong), "1 to 3"))


def test_controls_say_when_the_registers_moved_on(root, world, layout):
    written(root, world, layout)
    stock = world.registers.stock.copy()
    stock[20, 0] += 5
    revised = replace(world, registers=replace(world.registers, stock=stock))
    assert load_controls(root, "baseline", revised).older
    newer = replace(world, registers=replace(world.registers, last_month=world.registers.last_month + 1))
    assert month_label(newer.registers.last_month) in load_controls(root, "baseline", newer).older


def test_what_faces_say_of_missing_old_and_current_controls(root, world, layout):
    posterior = Draws("baseline", ("return_hazard",), np.array([[0.004]]))
    base = replace(world, draws=posterior)
    draws = ensemble(root, world, layout)
    assert notice_on_controls(world) is None  # priors have no ensemble
    assert "ewea assimilate" in notice_on_controls(base)
    assert notice_on_controls(replace(base, controls=draws)) is None
    old = replace(draws, older="the registers have changed since")
    assert "older than its data" in notice_on_controls(replace(base, controls=old))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace("# until:", "# end:"), "until"),
        (lambda text: text.replace("return_utility.NL.2022-H1", "return_utility.XX.2022-H1"), "XX"),
        (lambda text: text[:-200], "cells"),
        (lambda text: text.replace(",-0.", ",nan", 1), "finite|convert"),
        (lambda text: text[: text.rindex("\n", 0, -1)], "2 members"),
        (lambda text: text[: text.index("return_utility")], "no member"),
    ],
)
def test_a_damaged_file_is_refused_with_its_name_and_the_remedy(root, world, layout, change, told):
    _, path = written(root, world, layout)
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ConfigError, match=told) as error:
        load_controls(root, "baseline", world)
    assert str(path) in str(error.value)
    assert "ewea assimilate" in str(error.value)
