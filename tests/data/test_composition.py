"""Who the displaced are: sums, ranges, derived tables derived again, and faults named."""

from pathlib import Path

import numpy as np
import pytest

from abm.data.composition import (
    arrival_shares,
    host_weights,
    load_ages_of_grants,
    load_eu_shares,
    load_male_share_of_grants,
    load_origin_mix,
    load_snapshot,
    stock_shares,
)
from abm.data.folder import load_settings
from abm.data.origins import ORIGIN_GROUPS, load_origin_units
from abm.data.world import World
from abm.errors import ConfigError
from abm.months import month_index
from experiments.data.household_types import derive_household_sizes, derive_household_weights
from experiments.data.origin_mix import derive_origin_mix, read_margins

UNTIL = month_index("2028-03")


def test_shares_are_shares(world: World) -> None:
    composition = world.composition
    for shares in (composition.stock, composition.arrivals):
        assert shares.shape == (UNTIL + 1, len(world.hosts.ids), 4)
        assert (shares > 0).all()
        assert np.allclose(shares.sum(axis=2), 1)
    assert composition.origin.shape == (len(world.hosts.ids), len(world.origins.ids))
    assert (composition.origin >= 0).all()
    assert np.allclose(composition.origin.sum(axis=1), 1)
    assert composition.household_size.sum() == pytest.approx(1)
    assert composition.household_weight.sum() == pytest.approx(1)


def test_the_snapshot_month_shows_the_snapshot(configs: Path, world: World) -> None:
    snapshot, month = load_snapshot(configs, world.hosts.ids)
    assert np.allclose(world.composition.stock[month], snapshot)
    dutch = snapshot[world.hosts.ids.index("NL")]
    assert np.allclose(dutch, [0.4429, 0.2589, 0.2561, 0.0421], atol=1e-4)


TWO_HOSTS = np.array([[0.4, 0.25, 0.3, 0.05], [0.5, 0.2, 0.22, 0.08]])


def test_hosts_deviate_by_constant_log_odds_from_an_observed_europe(configs: Path) -> None:
    months, shares = load_eu_shares(configs)
    stock, europe = stock_shares(TWO_HOSTS, 43, months, shares, 60, male_share_65=0.337)
    # Women to minors: both sides move alike, so the ratio of ratios stays that of the snapshot.
    ratio = (stock[:, :, 0] / stock[:, :, 2]) / (europe[:, 0] / europe[:, 2])[:, None]
    assert np.allclose(ratio, ratio[43])
    assert np.allclose(stock[43], TWO_HOSTS)
    assert np.ptp(stock[:, 0, 1]) > 0.02, "the share of men must move"
    assert np.allclose(europe[months, 2], shares[:, 1], atol=2e-3)
    assert (europe[0] == europe[months[0]]).all(), "the first observation holds back"
    assert (europe[59] == europe[months[-1]]).all(), "the last observation holds"


def test_the_mean_of_the_hosts_stays_near_the_published_share_of_minors(configs: Path, world: World) -> None:
    """Children of Poland are corrected down by 8 points and those of France up; the rest must fit."""
    weight = host_weights(configs, world.hosts.ids) * world.hosts.is_eu
    mean = (weight / weight.sum()) @ world.composition.stock[month_index("2024-08")]
    assert mean[2] == pytest.approx(0.323, abs=0.02)
    assert mean[1] + 0.337 * mean[3] == pytest.approx(0.226, abs=0.02)


def test_arrivals_have_the_published_ages_where_there_are_any(configs: Path, world: World) -> None:
    ages = load_ages_of_grants(configs, world.n_months)
    first, autumn, last = (month_index(month) for month in ("2025-01", "2025-09", "2025-12"))
    assert np.isnan(ages[:first]).all()
    assert np.isfinite(ages[first:]).all()
    # 29 of 79 thousand decisions of September 2025 were for men of 18 to 34, who could not leave before.
    assert ages[autumn] == pytest.approx([0.291, 0.459, 0.217, 0.033], abs=1e-3)
    assert (ages[last + 1 :] == ages[last]).all()
    weight = host_weights(configs, world.hosts.ids) * world.hosts.is_eu
    mean = (weight / weight.sum()) @ world.composition.arrivals[autumn]
    assert mean == pytest.approx(ages[autumn], abs=0.03)


def test_arrivals_have_the_published_male_share_in_europe(configs: Path) -> None:
    months, shares = load_eu_shares(configs)
    settings = load_settings(configs)
    male = load_male_share_of_grants(configs, 60)
    # A host that equals Europe must show Europe's sex ratio.
    _, europe = stock_shares(TWO_HOSTS, 43, months, shares, 60, male_share_65=settings.male_share_65)
    arrivals = arrival_shares(europe[:, None, :], europe, male, settings.boys_share, settings.male_share_65)
    shown = (
        arrivals[:, 0, 1]
        + settings.boys_share * arrivals[:, 0, 2]
        + settings.male_share_65 * arrivals[:, 0, 3]
    )
    known = np.isfinite(male)
    assert known.sum() > 50
    assert np.allclose(shown[known], male[known])
    np.testing.assert_allclose(arrivals[~known, 0], europe[~known])
    assert male[month_index("2024-07")] == pytest.approx(34_915 / (34_915 + 41_010))
    assert list(np.flatnonzero(~known)) == list(range(month_index("2022-08")))


def test_a_male_share_without_room_for_men_is_refused() -> None:
    europe = np.array([[0.4, 0.2, 0.35, 0.05]])
    with pytest.raises(ConfigError, match=r"month 2022-01: the male share of decisions leaves no room"):
        arrival_shares(europe[:, None, :], europe, np.array([0.1]), 0.515, 0.337)


def test_the_origin_mix_is_what_its_margins_give(configs: Path, world: World) -> None:
    hosts, units, mix = derive_origin_mix(configs)
    assert hosts == world.hosts.ids
    assert units == world.origins.ids
    assert np.array_equal(mix, load_origin_mix(configs, hosts, units).round(5))


def test_the_origin_mix_meets_its_margins(configs: Path, world: World) -> None:
    units = load_origin_units(configs)
    margins = read_margins(configs, units, world.hosts.ids)
    weight = host_weights(configs, world.hosts.ids)
    total = weight @ world.composition.origin / weight.sum()
    assert np.allclose(margins.area_units @ total, margins.area_share, atol=2e-4)
    assert (total <= margins.unit_most + 2e-4).all()
    groups = np.zeros((len(ORIGIN_GROUPS), len(units)))
    groups[world.origins.group_of_unit, np.arange(len(units))] = 1
    dutch = groups @ world.composition.origin[world.hosts.ids.index("NL")]
    printed = np.array([0.21, 0.313, 0.20, 0.05, 0.10, 0.11])
    assert np.allclose(dutch, printed / printed.sum(), atol=2e-4)
    lviv = world.composition.origin[:, world.origins.ids.index("UA46")]
    assert lviv[world.hosts.ids.index("PL")] > lviv[world.hosts.ids.index("DE")]


def test_household_tables_are_what_their_targets_give(configs: Path, world: World) -> None:
    assert np.array_equal(derive_household_sizes(configs), world.composition.household_size.round(5))
    _, weights = derive_household_weights(configs)
    assert np.array_equal(weights, world.composition.household_weight.round(5))


def test_household_types_carry_the_european_composition(configs: Path, world: World) -> None:
    types = world.composition.household_types
    persons = world.composition.household_weight @ types
    snapshot, _ = load_snapshot(configs, world.hosts.ids)
    weight = host_weights(configs, world.hosts.ids) * world.hosts.is_eu
    target = weight / weight.sum() @ snapshot
    shown = np.array([persons[0], persons[1:4].sum(), persons[4], persons[5]]) / persons.sum()
    assert np.allclose(shown, target, atol=1e-4)
    sizes = np.bincount(np.minimum(types.sum(axis=1), 5), weights=world.composition.household_weight)[1:]
    assert np.allclose(sizes, world.composition.household_size, atol=1e-4)
    assert 2.3 <= persons.sum() <= 2.6
    assert 30 <= len(types) <= 45
    assert len({tuple(row) for row in types.tolist()}) == len(types), "two types are the same"


def test_population_of_ukraine_adds_up(world: World) -> None:
    origins = world.origins
    assert len(origins.ids) == 27
    published = [unit not in {"UA01", "UA85"} for unit in origins.ids]
    assert origins.population[published].sum() == 40_997_698
    assert (origins.age_sex.sum(axis=(1, 2)) == origins.population).all()
    assert origins.age_sex.shape == (27, 17, 2)
    assert set(origins.group_of_unit.tolist()) == set(range(6))
    crimea = origins.age_sex[origins.ids.index("UA01")] / origins.population[origins.ids.index("UA01")]
    national = origins.age_sex[published].sum(axis=0) / 40_997_698
    assert np.allclose(crimea, national, atol=1e-5)


def test_constants_of_the_population_fit_its_pyramid(configs: Path, world: World) -> None:
    settings = load_settings(configs)
    bands = world.origins.age_bands
    old = [bands.index(band) for band in ("65-69", "70-74", "75-79", "80+")]
    young = [bands.index(band) for band in ("0-4", "5-9", "10-14")]
    people = world.origins.age_sex.sum(axis=0)
    assert people[old, 0].sum() / people[old].sum() == pytest.approx(settings.male_share_65, abs=5e-4)
    assert people[young, 0].sum() / people[young].sum() == pytest.approx(settings.boys_share, abs=6e-4)
