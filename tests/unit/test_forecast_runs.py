"""Forecasts of the real model: nothing later is known, and processes change nothing."""

import csv
import shutil
from dataclasses import replace

import numpy as np
import pytest

from abm.codes import MINORS, PersonKind
from abm.data.folder import default_configs, load_world
from abm.data.parameters import PRIORS
from abm.data.settings import RunSettings
from abm.months import month_index, month_label
from abm.policy.scenario import scenario_world
from abm.results import tables_of
from abm.simulation import Simulation
from calibration.validation.forecasts import Forecasts
from experiments.ensemble.pasts import world_known_at
from experiments.validate_hindcast import forecasts_from, hindcast, views
from experiments.validate_people import (
    age_and_sex,
    grants_beside_records,
    half_year_ahead,
    world_with_later_rules,
)

ORIGIN = month_index("2024-02")
LAST = month_index("2024-08")
END = ORIGIN + 4
SETTINGS = RunSettings(scale=2000, households_per_host=20)
AHEAD = replace(SETTINGS, until=END + 1, known_until=ORIGIN)
SEEN, BLIND, LEVEL = range(3)
REGISTERS = ("tp_stock", "tp_decisions", "eu_decisions", "stock_other", "arrivals_derived", "breaks")
DRIVERS = ("attack_intensity", "economy", "energy_deficit", "occupied_share", "war_weariness")
OBSERVED = tuple(f"registers/{name}.csv" for name in REGISTERS) + tuple(
    f"drivers/{name}.csv" for name in DRIVERS
)
"""Tables of what was observed month by month."""


@pytest.fixture(scope="module")
def known():
    return world_known_at(default_configs(), END, ORIGIN)


def with_another_future(root, after):
    """Make everything observed after a month another number, in a copy of the configuration."""
    for name in OBSERVED:
        path = root / name
        lines = path.read_text(encoding="utf-8").splitlines()
        comments = [line for line in lines if line.startswith("#")]
        rows = list(csv.DictReader(lines[len(comments) :]))
        kept = [row for row in rows if row["month"] <= month_label(after)]
        later = [row for row in rows if row["month"] > month_label(after)]
        for row in later:
            for column in {"value", "completeness"} & row.keys():
                digits = len(row[column].partition(".")[2])
                row[column] = f"{0.5 * float(row[column]):.{digits}f}"
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write("".join(line + "\n" for line in comments))
            writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
            writer.writeheader()
            writer.writerows([*kept, *later])


def test_a_forecast_uses_nothing_observed_after_its_origin(known, tmp_path):
    truth = views(known, AHEAD, 1)
    for after, same in ((ORIGIN, True), (ORIGIN - 2, False)):
        root = tmp_path / month_label(after)
        shutil.copytree(default_configs(), root)
        with_another_future(root, after)
        other = views(world_known_at(root, END, ORIGIN), AHEAD, 1)
        assert np.array_equal(truth, other) is same


def test_a_clean_up_is_the_only_difference_between_the_two_views(known):
    """Clean-ups are drawn: they only take off, and most likely where titles are renewed in March."""
    spring = [known.hosts.ids.index(host) for host in ("AT", "CZ", "SE")]
    fell = []
    for seed in (1, 2, 3):
        cleaned, plain, level = views(known, AHEAD, seed)
        assert (cleaned <= plain).all()
        np.testing.assert_array_equal(cleaned[0], plain[0])
        np.testing.assert_allclose(cleaned - level, np.broadcast_to(cleaned[0] - level[0], level.shape))
        fell.append(cleaned[-1] < plain[-1])
        untouched = ~(cleaned < plain).any(axis=0)
        assert untouched.any()
    assert np.mean(fell, axis=0)[spring].mean() > 0.5 > np.mean(fell)


def test_step_zero_is_the_published_register(known):
    stock = known.registers.stock[ORIGIN]
    there = np.isfinite(stock)
    assert there.sum() > 25
    np.testing.assert_allclose(views(known, AHEAD, 1)[SEEN, 0, there], stock[there])


def test_the_hindcast_is_the_register_table_before_its_offset():
    world = load_world(default_configs(), LAST + 1)
    found, kinds = hindcast(world, SETTINGS, 1)
    run = Simulation(world, replace(SETTINGS, until=LAST + 1), 1).run_to_end()
    table = tables_of(run.state)["register"]
    assert np.isnan(found[: SETTINGS.start]).all()
    row = table[(table["host"] == "NL") & (table["month"] == "2022-05")]
    assert found[month_index("2022-05"), world.hosts.ids.index("NL")] == pytest.approx(
        row["persons"].item(), abs=0.5
    )
    assert kinds.shape == (len(world.hosts.ids), len(PersonKind))
    rows = age_and_sex(world, np.stack([kinds, kinds]), ("NL", "DE"))
    assert [row["group"] for row in rows[:4]] == ["women_18_64", "men_18_64", "minors", "age_65_plus"]
    assert sum(row["simulated"] for row in rows) == pytest.approx(2.0)
    assert sum(row["published"] for row in rows) == pytest.approx(2.0, abs=1e-3)
    minors = kinds[world.hosts.ids.index("DE"), list(MINORS)].sum()
    assert rows[6]["simulated"] == pytest.approx(minors / kinds[world.hosts.ids.index("DE")].sum())


def test_grants_by_sex_are_those_of_the_registers_and_follow_the_rule(known):
    """Women and men add up to what registers took up; men come when they may leave, and only then."""
    world = scenario_world(default_configs(), month_index("2026-06"), fit=PRIORS)
    origin, end = month_index("2025-06"), month_index("2025-12")
    ahead = replace(SETTINGS, until=end + 1, known_until=origin, shocks=False)
    _, told = half_year_ahead(world_with_later_rules(default_configs(), world, origin, PRIORS), ahead, 1)
    register, blind = half_year_ahead(world_known_at(default_configs(), end, origin, PRIORS), ahead, 1)
    assert register.shape == (6, len(world.hosts.ids))
    assert told[1] > 1.2 * blind[1]
    assert told[0] == pytest.approx(blind[0], rel=0.1)
    rows = grants_beside_records(default_configs(), range(origin + 1, end + 1), np.stack([told, told]))
    assert rows["men"]["recorded"] == 200_725
    assert rows["women"]["difference_pct"] == pytest.approx(100 * (told[0] / 167_040 - 1))


def test_forecasts_stand_in_the_order_of_seeds(known):
    both, first = (forecasts_from(known, SETTINGS, ORIGIN, ORIGIN + 1, seeds, 1) for seeds in ([7, 3], [7]))
    np.testing.assert_array_equal(both[:1], first)
    gathered = Forecasts.of({ORIGIN: both}, 1, np.zeros((2, 1, 1)))
    assert gathered.origins.tolist() == [ORIGIN]
    assert not np.array_equal(gathered.with_clean_up[0], gathered.with_clean_up[1])
