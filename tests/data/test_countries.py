"""Every country file, and every kind of fault in one: file, line, key, what was found, what is allowed."""

import re
from pathlib import Path

import numpy as np
import pytest

from abm.data.folder import CONFIGS_VARIABLE, config_files, default_configs, digest, load_world
from abm.data.hosts import build_hosts, great_circle_km, load_countries
from abm.data.world import World
from abm.errors import ConfigError, EweaError
from abm.months import month_index
from abm.places import hosts_of
from abm.policy.lever import load_levers

UNTIL = month_index("2028-03")
KYIV = (50.45, 30.52)


def test_hosts_come_in_code_order(configs: Path, world: World) -> None:
    assert set(world.hosts.ids) == {path.stem for path in (configs / "countries").glob("*.yaml")}
    assert world.hosts.ids[:-1] == tuple(sorted(world.hosts.ids[:-1]))
    assert world.hosts.ids[-1] == "elsewhere"
    assert world.hosts.is_eu.sum() == 27
    neighbours = {host for host, near in zip(world.hosts.ids, world.hosts.is_neighbour, strict=True) if near}
    assert neighbours == {"HU", "MD", "PL", "RO", "SK"}


def test_distance_to_kyiv_fits_the_coordinates(configs: Path, world: World) -> None:
    for number, country in enumerate(load_countries(configs)):
        points = np.array([[country.latitude, country.longitude], KYIV]).T
        assert great_circle_km(*points)[0, 1] == pytest.approx(world.hosts.km_to_kyiv[number], abs=1.0)


def test_dutch_series_hold_their_dated_values(world: World) -> None:
    nl = world.hosts.ids.index("NL")
    benefit = world.hosts.benefit_eur_month[:, nl]
    assert benefit[month_index("2023-01")] == 260
    assert benefit[month_index("2023-02")] == 298
    assert benefit[0] == 260, "the first value holds back"
    assert world.hosts.collective_places[month_index("2025-09"), nl] == 98_000
    assert world.hosts.collective_places[UNTIL, nl] == 96_830, "the last value holds"
    assert world.hosts.employment_share[month_index("2022-11"), nl] == pytest.approx(0.48)


def test_labels_exist_in_three_languages_and_differ_between_hosts(world: World) -> None:
    for language in ("en", "nl", "uk"):
        names = [label[language] for label in world.hosts.labels.values()]
        assert len(set(names)) == len(world.hosts.ids)
    cyrillic = re.compile(r"^[А-ЩЬЮЯЄІЇҐа-щьюяєіїґ' -]+$")
    assert all(cyrillic.match(label["uk"]) for label in world.hosts.labels.values())
    assert world.hosts.labels["NL"] == {"en": "Netherlands", "nl": "Nederland", "uk": "Нідерланди"}


def test_wages_derived_from_gdp_use_one_ratio(configs: Path) -> None:
    countries = load_countries(configs)
    recorded = [c for c in countries if c.wage_eur_month.status == "quoted"]
    ratio = np.median([12 * c.wage_eur_month.value / c.gdp_per_head.value for c in recorded])
    derived = [c for c in countries if c.wage_eur_month.status == "derived"]
    assert derived
    for country in derived:
        # Rounded to ten euros in the file.
        assert country.wage_eur_month.value == pytest.approx(ratio * country.gdp_per_head.value / 12, abs=6)


def test_places_of_the_country_file_and_of_the_lever_are_one_fact(configs: Path, world: World) -> None:
    """The lever rules the model, the file shows the capacity: where both speak, they say the same."""
    rules = list(load_levers(configs)["reception_capacity"].in_force())
    assert rules
    for rule in rules:
        places = world.hosts.collective_places[rule.start_month, hosts_of(rule.place, world.hosts)]
        assert (places == rule.value).all(), rule


def test_a_world_that_ends_early_knows_no_later_register(configs: Path) -> None:
    with pytest.raises(EweaError, match=r"horizon 2023-11: must not lie before 2023-12"):
        load_world(configs, month_index("2023-11"))
    early = load_world(configs, month_index("2024-08"))
    assert (early.n_months, early.data_date) == (32, "2024-08")
    then = load_world(configs, month_index("2026-12"), last_month=month_index("2025-06"))
    assert then.data_date == "2025-06"
    assert not np.isfinite(then.registers.stock[month_index("2025-07") :]).any()


def test_the_digest_follows_every_byte_and_nothing_else(spoiled: Path) -> None:
    before = digest(spoiled)
    (spoiled / "README.md").write_text("other words", encoding="utf-8")
    assert digest(spoiled) == before
    assert len(config_files(spoiled)) > 100
    for path in config_files(spoiled)[::20]:
        content = path.read_bytes()
        path.write_bytes(content + b"\n")
        assert digest(spoiled) != before, path
        path.write_bytes(content)
    assert digest(spoiled) == before
    first, second = spoiled / "countries" / "NL.yaml", spoiled / "countries" / "BE.yaml"
    one, other = first.read_bytes(), second.read_bytes()
    first.write_bytes(other)
    second.write_bytes(one)
    assert digest(spoiled) != before, "two files swapped their content"


def test_the_folder_is_found_or_named(monkeypatch: pytest.MonkeyPatch, configs: Path, tmp_path: Path) -> None:
    monkeypatch.delenv(CONFIGS_VARIABLE, raising=False)
    assert default_configs() == configs
    monkeypatch.setenv(CONFIGS_VARIABLE, str(tmp_path))
    with pytest.raises(ConfigError, match=rf"no configuration folder .*{CONFIGS_VARIABLE}"):
        default_configs()
    monkeypatch.setenv(CONFIGS_VARIABLE, str(configs))
    assert default_configs() == configs


def test_series_do_not_depend_on_the_horizon(configs: Path, world: World) -> None:
    short = build_hosts(load_countries(configs), 40)
    assert (short.benefit_eur_month == world.hosts.benefit_eur_month[:40]).all()
    assert (short.employment_share == world.hosts.employment_share[:40]).all()
