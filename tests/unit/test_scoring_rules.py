"""The rules of scoring and the forecasts of others, as shipped and spoiled in one place."""

import re
from dataclasses import replace

import numpy as np
import pytest

from abm.data.folder import default_configs, load_world
from abm.errors import ConfigError
from abm.months import month_index
from calibration.validation.rules import load_rules

BARS, OTHERS = "validation.yaml", "published_forecasts.yaml"


@pytest.fixture(scope="module")
def world():
    return load_world(default_configs(), month_index("2025-12"))


def rules_of(root, world):
    return load_rules(root / BARS, world.hosts.ids, world.registers)


def test_rules_and_the_known_errors_of_others_are_read(world):
    rules = rules_of(default_configs(), world)
    assert {world.hosts.ids[host] for host in set(range(34)) - set(rules.hosts)} == {"UK", "MD", "elsewhere"}
    assert rules.windows == {"fit": (8, 23), "held_out": (24, 31)}
    assert (2, 0) in rules.automatic.orders()
    assert (2, 1) not in rules.automatic.orders()
    assert rules.compared.reported["constant_inflow"] == (0.45, 1.3, 2.6)
    (found,) = rules.published.values()
    errors = [100 * abs(t.forecast - t.observed) / t.observed for t in found.targets.values()]
    assert world.hosts.ids[found.host] == "NL"
    assert errors == pytest.approx([17, 30], abs=0.5)  # as published, after five and eleven months
    assert [month - found.origins[0] for month in found.targets] == [5, 11]
    assert "recount" in found.note


@pytest.mark.parametrize("month", ["2023-01", "2022-08", "2023-06"])
def test_a_forecast_needs_a_register_at_its_origin_six_months_before_and_at_its_target(world, month):
    stock = world.registers.stock.copy()
    stock[month_index(month), world.hosts.ids.index("NL")] = np.nan
    missing = replace(world, registers=replace(world.registers, stock=stock))
    with pytest.raises(ConfigError, match=rf"{OTHERS}:\d+: .*no register figure"):
        rules_of(default_configs(), missing)


def test_months_after_the_last_target_are_told(world, spoiled, spoil, caplog):
    rules_of(spoiled, world)
    assert caplog.text == ""
    spoil(BARS, "half_year_origin: 2025-06", "half_year_origin: 2024-12")
    line = spoil(BARS, "  last_target: 2025-12\n", "  last_target: 2025-11\n")
    rules_of(spoiled, world)
    assert f"{BARS}:{line}: rolling.last_target: found 2025-11; registers reach 2025-12" in caplog.text


HORIZONS, ROLLING = "horizons_months:\n  value: [1, 3, 6, 12]", "    value: [3, 6, 9, 12, 15]"
PLACES, ORDER = "[UK, MD, elsewhere]", "most_moving_average_terms:\n    value: 2"
WRONG = [
    (BARS, HORIZONS, HORIZONS.replace("[1, 3,", "[3, 1,"), "rising order"),
    (BARS, HORIZONS, HORIZONS.replace("[1,", "[0,"), "greater than or equal to 1"),
    (BARS, HORIZONS, HORIZONS.replace("[1, 3, 6, 12]", "[]"), "at least 1 item"),
    (BARS, "last_target: 2024-08", "last_target: 2026-01", "leaves the register data"),
    (BARS, "first_target: 2024-01", "first_target: 2023-12", "overlaps fit"),
    (BARS, "first_target: 2022-09", "first_target: 2024-02", "Swap"),
    (BARS, "first_target: 2022-09", "first_target: 2022-13", "is not a month"),
    (BARS, "last_origin: 2025-09", "last_origin: 2024-07", "must rise"),
    (BARS, "last_target: 2025-12\n  half", "last_target: 2026-01\n  half", "data end in 2025-12"),
    (BARS, "half_year_origin: 2025-06", "half_year_origin: 2025-03", "found 2025-03; allowed are Junes"),
    (BARS, "half_year_origin: 2025-06", "half_year_origin: 2023-06", "from 2024-08 to"),
    (BARS, ROLLING, ROLLING.replace("3, 6,", "6, 3,"), "rising order"),
    (BARS, "    value: [NL, DE, PL, CZ]\n", "    value: [XX]\n", "'XX' is not a scored host"),
    (BARS, PLACES, "[UK, MD, elsewhere, XX]", "'XX' is not a host; allowed are AT"),
    (BARS, "default_seeds: 20", "default_seeds: 0", "greater than or equal to 1"),
    (BARS, "default_seeds: 20", "default_seed: 20", "unknown key"),
    (BARS, ORDER, ORDER.replace("2", "-1"), "greater than or equal to 0"),
    (BARS, "    value: [1, 3, 6]\n", "    value: [1, 4, 6]\n", "[4] is not scored"),
    (BARS, '"NO", IE]', '"NO", UK]', "not a scored host"),
    (BARS, "[0.45, 1.3, 2.6]", "[0.45]", "1 errors; one per horizon"),
    (OTHERS, "host: NL", "host: XX", "'XX' is not a scored host; allowed are AT"),
    (OTHERS, "host: NL", "host: UK", "'UK' is not a scored host"),
    (OTHERS, "[2023-01, 2023-02]", "[2022-06]", "found 2022-06; allowed are 2022-0"),
    (OTHERS, "2023-06:", "2023-02:", "found 2023-02; allowed are 2023-03 to 2024-01"),
    (OTHERS, "2023-12:", "2024-02:", "at most 12 months ahead"),
    (OTHERS, "2023-06:", "2023-13:", "is not a month"),
    (OTHERS, "forecast: 111000", "forecast: 0", "greater than 0"),
    (OTHERS, "    status: quoted\n", "    status: assumed\n", "'recorded' or 'quoted'"),
    (OTHERS, "    unit: persons\n", "", "missing key"),
    (OTHERS, "unit: persons", "unit: households", "persons"),
]


@pytest.mark.parametrize(("name", "old", "new", "said"), WRONG)
def test_a_wrong_rule_is_refused_with_its_line(world, spoiled, spoil, name, old, new, said):
    line = spoil(name, old, new)
    with pytest.raises(ConfigError) as caught:
        rules_of(spoiled, world)
    assert said in str(caught.value)
    # A fault of a whole entry is named at its head.
    places = [int(found) for found in re.findall(rf"{re.escape(name)}:(\d+): ", str(caught.value))]
    assert min(abs(place - line) for place in places) <= 12, caught.value


def test_somebody_must_be_scored(world, spoiled, spoil):
    spoil(BARS, PLACES, f"[{', '.join(host if host != 'NO' else '"NO"' for host in world.hosts.ids)}]")
    with pytest.raises(ConfigError, match=rf"{BARS}:\d+: .*leaves no host"):
        rules_of(spoiled, world)
