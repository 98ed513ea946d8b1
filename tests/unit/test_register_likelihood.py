"""What registers add to the likelihood: usual exits, and clean-ups that find again who left unseen."""

from dataclasses import replace

import numpy as np
import pytest
from example_registers import CLEANED, DE, LAST, RATE, SMALL, SPAN, made_registers
from example_run import START, example_world
from example_targets import register

from abm.data.folder import default_configs
from abm.data.parameters import load_coefficients
from calibration.fit.emulator import Emulator
from calibration.fit.likelihood import calibration_problem
from calibration.fit.prior import Prior, layout_of, load_calibration_settings
from calibration.fit.register_exits import exit_rates, recorded_clean_ups, simulated_leavers
from calibration.targets.targets import Targets


@pytest.fixture
def registers():
    return made_registers()


SHARE, COMPLETE = 0.4, 0.8
"""Leavers who deregister, and unseen leavers a clean-up finds."""


def problem(registers, rates, events):
    """Return the register terms of a fit whose outputs a test hands in."""
    world = replace(
        example_world(),
        registers=replace(registers, deregistration_share=np.full((len(registers.stock), 4), SHARE)),
    )
    names = tuple(item.name for item in (*rates, *events))
    none, zero = np.empty(0, np.int64), np.zeros(len(names))
    emulator = Emulator(names, none, np.empty((0, 2), np.int64), np.zeros((1, len(names))), zero, zero, zero)
    shipped = load_coefficients(default_configs() / "coefficients" / "priors.csv")
    layout = layout_of(
        world,
        load_calibration_settings(default_configs()),
        Prior((shipped["return_hazard"],)),
        (DE, 3),
        (),
    )
    targets = Targets((), (), (), register((DE, 3), START, LAST))
    return calibration_problem(world, layout, emulator, {}, targets, rates, events)


def test_what_a_clean_up_removes_follows_the_register_view(registers):
    """Two clean-ups: month by month as in abm.month.turn, against the sums of the likelihood."""
    second = CLEANED + 6
    is_break = registers.is_break.copy()
    is_break[second, DE] = True
    stock = registers.stock.copy()
    stock[second:, DE] -= 3_000.0
    registers = replace(
        registers, is_break=is_break, stock=stock, break_completeness=np.where(is_break, COMPLETE, 0.0)
    )
    events = recorded_clean_ups(registers, (DE,), START, LAST, {}, SMALL)
    assert [event.taken for event in events] == [0.0, 0.0]
    made = problem(registers, [], events)
    left = 500.0 + 100.0 * np.arange(LAST - START + 1)
    unseen, removed = 0.0, {}
    for month, leavers in enumerate(left, start=START):
        unseen += (1.0 - SHARE) * leavers
        if is_break[month, DE]:
            removed[month] = COMPLETE * unseen
            unseen *= 1.0 - COMPLETE
    sums = simulated_leavers({"left": left[None, :, None]}, START, events)
    found = made.predict_from(np.zeros((1, made.layout.size)), np.log(sums))[0]
    np.testing.assert_allclose(np.exp(found), [removed[CLEANED], removed[second]], rtol=1e-9)
    assert [term.observed for term in made.terms] == [np.log(event.removed) for event in events]
    assert all(term.sd == pytest.approx(0.3) for term in made.terms)


def test_persons_a_small_clean_up_took_are_not_found_again(registers):
    (event,) = recorded_clean_ups(registers, (DE,), START, LAST, {}, SMALL)
    plain, taken = (problem(registers, [], [replace(event, taken=persons)]) for persons in (0.0, 1_000.0))
    z, out = np.zeros((1, 4)), np.log([[20_000.0]])
    (lost,) = np.exp(plain.predict_from(z, out)) - np.exp(taken.predict_from(z, out))
    assert lost == pytest.approx(COMPLETE * 1_000.0)


def test_usual_exits_are_the_share_who_deregister_of_all_exits(registers):
    rates = exit_rates(registers, (DE, 3), (SPAN,), 3, -0.004)
    assert [rate.host for rate in rates] == [DE, 3]
    made = problem(registers, rates, [])
    left = np.log([[0.02, 0.05]])
    found = made.predict_from(np.zeros((1, made.layout.size)), left)[0]
    assert found == pytest.approx([SHARE * 0.02, SHARE * 0.05])
    # the second host's share has a coordinate of its own
    z = np.zeros((1, made.layout.size))
    z[0, 1 + 1] = 1.0
    moved = made.predict_from(z, left)[0]
    assert moved[0] == pytest.approx(found[0])
    assert moved[1] > found[1]
    assert [term.observed for term in made.terms] == pytest.approx([RATE, RATE])
