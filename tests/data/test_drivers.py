"""The shipped drivers say what they should, and a damaged table is refused with its place."""

import re
from pathlib import Path

import numpy as np
import pytest

from abm.data.drivers import extend, load_driver_cards, load_drivers, read_drivers
from abm.data.origins import load_origin_units
from abm.data.world import as_known_at
from abm.errors import ConfigError
from abm.months import month_index, month_label
from abm.policy.scenario import changes_of, components_of, scenario_world
from experiments.data import derive
from experiments.data.check import check_data

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
UNITS = tuple(unit.pcode for unit in load_origin_units(CONFIGS))
KYIV, LVIV, KHERSON, KHARKIV, CHERNIHIV, CRIMEA, SEVASTOPOL, DONETSK, LUHANSK = (
    UNITS.index(code) for code in ("UA80", "UA46", "UA65", "UA63", "UA74", "UA01", "UA85", "UA14", "UA44")
)
T = month_index("2028-03") + 1


@pytest.fixture(scope="module")
def drivers():
    return load_drivers(CONFIGS, UNITS, T)[1]


def test_shapes_and_bounds_to_the_horizon(drivers):
    assert len(UNITS) == 27
    for name in ("attack_intensity", "occupied_share", "energy_deficit"):
        series = drivers[name]
        assert series.shape == (T, 27)
        assert series.dtype == np.float64
        assert ((series >= 0) & (series <= 1)).all()
        assert series.std() > 0.05
    assert drivers["economy"].shape == (T,)
    assert np.isfinite(drivers["economy"]).all()


def test_economy_is_zero_on_average_in_its_base_period(drivers):
    base = drivers["economy"][month_index("2022-03") : month_index("2024-08") + 1]
    assert abs(base.mean()) < 0.005
    assert drivers["economy"][0] > drivers["economy"][month_index("2024-08")] > drivers["economy"][6]


def test_intensity_follows_the_war(drivers):
    intensity, at = drivers["attack_intensity"], month_index
    assert intensity[at("2022-01"), KYIV] < 0.05
    assert intensity[at("2022-03"), KYIV] > intensity[at("2022-03"), LVIV]
    assert intensity[at("2024-06"), KHERSON] > 5 * intensity[at("2024-06"), LVIV]
    assert (intensity[:, SEVASTOPOL] == intensity[:, CRIMEA]).all()


def test_occupied_share_follows_the_front(drivers):
    share, at = drivers["occupied_share"], month_index
    assert (share[:, [CRIMEA, SEVASTOPOL]] == 1).all()
    assert share[at("2022-01"), DONETSK] == 0.56
    assert share[at("2022-01"), LUHANSK] == 0.69
    assert share[at("2022-02"), KHERSON] == 0
    assert share[at("2022-03"), CHERNIHIV] > 0.5
    assert share[at("2022-05"), CHERNIHIV] == 0
    assert share[at("2022-10"), KHARKIV] == 0
    assert share[at("2022-10"), KHERSON] > 0.9 > share[at("2022-12"), KHERSON]
    assert share[at("2026-01"), DONETSK] > share[at("2024-07"), DONETSK]
    assert (share[:, LVIV] == 0).all()


def test_energy_deficit_is_worst_in_the_last_winters_and_absent_off_the_grid(drivers):
    mean, at = drivers["energy_deficit"].mean(axis=1), month_index
    assert (drivers["energy_deficit"][:, [CRIMEA, SEVASTOPOL]] == 0).all()
    assert mean[at("2022-01")] == 0
    assert mean[at("2022-12")] > 5 * mean[at("2023-06")]
    assert mean[: at("2026-02") + 1].argmax() in (at("2025-12"), at("2026-01"))


def test_rules_beyond_the_data(drivers):
    occupied, energy, intensity = (
        drivers["occupied_share"],
        drivers["energy_deficit"],
        drivers["attack_intensity"],
    )
    last = {name: len(data) - 1 for name, (_, data) in read_drivers(CONFIGS, UNITS).items()}
    assert last["attack_intensity"] == month_index("2026-02")
    assert (occupied[last["occupied_share"] + 1 :] == occupied[last["occupied_share"]]).all()
    end = last["attack_intensity"]
    assert np.allclose(intensity[end + 1 :], intensity[end - 11 : end + 1].mean(axis=0))
    end = last["energy_deficit"]
    assert (energy[end + 1 : end + 13] == energy[end - 11 : end + 1]).all()
    end = last["economy"]
    assert np.allclose(drivers["economy"][end + 1 :], drivers["economy"][end - 11 : end + 1].mean())


def test_series_depend_neither_on_the_horizon_nor_on_the_order_of_units(drivers):
    _, short = load_drivers(CONFIGS, UNITS[::-1], 30)
    for name in ("attack_intensity", "occupied_share", "energy_deficit"):
        assert (short[name] == drivers[name][:30, ::-1]).all()
    assert extend(np.ones((5, 2)), "mean_of_last_12_months", 20).tolist() == np.ones((20, 2)).tolist()


def test_derived_tables_follow_from_their_inputs():
    for path, text in derive.driver_texts(CONFIGS, UNITS).items():
        assert path.read_text(encoding="utf-8") == text


def test_a_changed_judgement_changes_the_energy_deficit(spoiled, spoil):
    before = derive.energy_deficit(spoiled, UNITS)
    spoil("drivers/inputs/energy_judgement.csv", "2022-12,0.9", "2022-12,0.1")
    after = derive.energy_deficit(spoiled, UNITS)
    changed = np.unique(np.nonzero(before != after)[0])
    assert changed.tolist() == [month_index("2022-12")]
    derive.replace_files(derive.driver_texts(spoiled, UNITS))
    assert (load_drivers(spoiled, UNITS, 50)[1]["energy_deficit"] == after).all()


def test_no_raw_counts_are_shipped():
    for name in ("attack_intensity", "occupied_share"):
        rows = (CONFIGS / f"drivers/{name}.csv").read_text(encoding="utf-8").splitlines()
        values = [row.split(",")[2] for row in rows if not row.startswith(("#", "unit"))]
        assert all(re.fullmatch(r"[01]\.\d\d", value) for value in values)


def test_no_month_is_refused():
    with pytest.raises(ConfigError, match="at least one month"):
        load_drivers(CONFIGS, UNITS, 0)


FROST = """\
id: frost
label: {en: Frost, nl: Vorst, uk: Мороз}
unit: days a month
per: origin_unit
publisher: a weather service
date: "2026-03-01"
status: recorded
licence: CC0
table: frost.csv
range: [0, 31]
beyond_last_month: repeat_last_12_months
held: mean_of_last_12_months
change_range: [0, 20]
method: Days below zero.
"""


def test_a_new_driver_is_a_table_and_its_card(spoiled):
    """Loaded, held in a forecast, named, changed by a scenario and refused outside its range: no code."""
    folder, until = spoiled / "drivers", month_index("2027-12")
    rows = [f"{unit},{month_label(month)},{month % 12}" for unit in UNITS for month in range(24)]
    (folder / "frost.csv").write_text("unit,month,value\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (folder / "frost.yaml").write_text(FROST, encoding="utf-8")
    cold = spoiled / "scenarios" / "winter_grid.yaml"
    line = "  - {driver: frost, units: [UA80], from: 2027-01, to: 2027-01, value: 20}"
    cold.write_text(re.sub(r"drivers:\n(?:  .*\n)+", f"drivers:\n{line}\n", cold.read_text("utf-8")), "utf-8")
    world = scenario_world(spoiled, until, "winter_grid")
    first = month_index("2027-01")
    assert world.drivers["frost"][first - 1 : first + 2, KYIV].tolist() == [11, 20, 1]
    assert world.drivers["frost"][first, LVIV] == 0
    assert as_known_at(world, 23).drivers["frost"][30, LVIV] == 5.5
    assert not check_data(spoiled).errors
    parts = components_of(changes_of(spoiled, "winter_grid"), {}, load_driver_cards(spoiled))
    assert [(part.id, part.label["nl"]) for part in parts] == [("driver:frost", "Vorst")]

    at = cold.read_text("utf-8")[: cold.read_text("utf-8").index(line)].count("\n") + 1
    for old, new, says in (
        ("value: 20", "value: 21", "value: found 21; driver frost allows 0 to 20 (days a month)"),
        ("units: [UA80], ", "", "units: driver frost needs units"),
        ("UA80", "UA99", "units: found UA99; origin units are UA01"),
        ("frost", "hail", "driver: found 'hail', no such driver. There are: attack_intensity"),
    ):
        text = cold.read_text("utf-8")
        cold.write_text(text.replace(line, line.replace(old, new)), "utf-8")
        with pytest.raises(ConfigError, match=re.escape(f"{cold}:{at}: {says}")):
            scenario_world(spoiled, until, "winter_grid")
        cold.write_text(text, "utf-8")
    (folder / "frost.yaml").write_text(FROST.replace("change_range: [0, 20]\n", ""), encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(f"{cold}:{at}: driver: found 'frost', no scenario may")):
        scenario_world(spoiled, until, "winter_grid")
