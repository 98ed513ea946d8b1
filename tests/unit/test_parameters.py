"""Parameters set by name: coefficients, figures of registers, and the posterior of a seed."""

from dataclasses import replace

import numpy as np
import pytest
from small_runs import finished, small_run

from abm.data.parameters import drawn, with_parameters
from abm.data.world import Draws
from abm.errors import EweaError
from abm.months import month_index


def test_a_coefficient_is_replaced_and_nothing_else(world):
    found = with_parameters(world, {"return_hazard": 0.01})
    assert found.coefficients["return_hazard"] == 0.01
    assert {**found.coefficients, "return_hazard": world.coefficients["return_hazard"]} == world.coefficients
    assert found.registers is world.registers
    assert world.coefficients["return_hazard"] != 0.01


def test_figures_of_one_register_are_replaced(world):
    nl, month = world.hosts.ids.index("NL"), month_index("2024-04")
    assert world.registers.is_break[month, nl]
    found = with_parameters(
        world,
        {
            "register.deregistration_share.NL": 0.37,
            "register.completeness.NL.2024-04": 0.61,
        },
    ).registers
    # A later regime keeps its own share.
    later = world.registers.deregistration_share[-1, nl]
    assert found.deregistration_share[[0, -1], nl].tolist() == [0.37, later]
    assert found.break_completeness[month, nl] == 0.61
    for name in ("deregistration_share", "break_completeness"):
        before, after = getattr(world.registers, name).copy(), getattr(found, name)
        before[..., nl], rest = 0.0, after.copy()
        rest[..., nl] = 0.0
        np.testing.assert_array_equal(rest, before)


def test_the_baseline_a_scenario_is_measured_against_changes_too(world):
    scenario = replace(world, base=world)
    found = with_parameters(scenario, {"return_hazard": 0.01, "register.deregistration_share.NL": 0.11})
    assert found.base is not None
    assert found.base.coefficients["return_hazard"] == 0.01
    np.testing.assert_array_equal(
        found.base.registers.deregistration_share, found.registers.deregistration_share
    )


UNKNOWN = "unknown register parameter; there are register"
NO_MONTH = "is not a month; write it as YYYY-MM"
NO_CLEAN_UP = "no clean-up in configs/registers/breaks.csv"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nonsense.NL", UNKNOWN),
        ("deregistration_share.XX", UNKNOWN),
        ("completeness.XX.2024-04", UNKNOWN),
        ("deregistration_share", UNKNOWN),  # no host
        ("completeness.NL", UNKNOWN),  # no month
        ("deregistration_share.NL.2024-04", UNKNOWN),  # a month that means nothing
        ("completeness.NL.April", NO_MONTH),
        ("completeness.NL.2024-13", NO_MONTH),
        ("completeness.NL.", NO_MONTH),
        ("completeness.NL.2023-12", NO_CLEAN_UP),
        ("completeness.NL.2021-12", NO_CLEAN_UP),
    ],
)
def test_a_register_parameter_that_does_not_exist_is_refused(world, name, said):
    with pytest.raises(EweaError, match=said) as raised:
        with_parameters(world, {f"register.{name}": 0.5})
    assert str(raised.value).startswith(f"register.{name}: ")


def test_a_clean_up_beyond_the_world_is_no_fault(world):
    label = f"{2022 + world.n_months // 12 + 1}-01"
    found = with_parameters(world, {f"register.completeness.NL.{label}": 0.5})
    np.testing.assert_array_equal(found.registers.break_completeness, world.registers.break_completeness)


def test_seeds_walk_through_the_draws_and_start_again():
    draws = Draws("fit", ("a", "b"), np.arange(6.0).reshape(3, 2))
    assert [draws.of_seed(seed)["a"] for seed in (1, 2, 3, 4, 7, 9)] == [0.0, 2.0, 4.0, 0.0, 0.0, 4.0]
    assert draws.of_seed(2) == {"a": 2.0, "b": 3.0}


def test_without_a_posterior_there_is_nothing_to_draw(world):
    with pytest.raises(EweaError, match="no posterior in configs/coefficients"):
        drawn(replace(world, draws=None), 1)


def test_a_run_takes_the_draw_of_its_seed(world):
    names = ("return_hazard", "register.deregistration_share.NL")
    draws = Draws("fit", names, np.array([[0.004, 0.2], [0.03, 0.6]]))
    given_draws = replace(world, draws=draws)
    states = {
        seed: finished(small_run(given_draws, seed, months=3, parameters="posterior")).state
        for seed in (1, 2)
    }
    assert [states[seed].world.coefficients["return_hazard"] for seed in (1, 2)] == [0.004, 0.03]
    same = finished(small_run(with_parameters(world, draws.of_seed(2)), 2, months=3)).state
    np.testing.assert_array_equal(states[2].history.register, same.history.register)
    central = finished(small_run(given_draws, 2, months=3)).state
    assert not np.array_equal(central.history.flows, same.history.flows)


def test_a_fork_into_a_scenario_keeps_the_parameters_of_its_seed(world):
    draws = Draws("fit", ("return_hazard",), np.array([[0.004], [0.03]]))
    given_draws = replace(world, draws=draws)
    run = small_run(given_draws, 2, months=3, parameters="posterior")
    run.step()
    twin = run.fork(run.state.settings, replace(given_draws, base=given_draws))
    assert twin.state.world.coefficients["return_hazard"] == 0.03
