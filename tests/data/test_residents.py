"""Births, deaths and origins that leave a pool below nobody are refused, with file and line."""

import pytest

from abm.data.folder import load_world
from abm.errors import ConfigError
from abm.months import month_index

FAULTS = [
    (
        "population_change.csv",
        "187387,496240",
        "187387,99496240",
        r"change\.csv:4: deaths: by 2023",
    ),
    ("population_change.csv", "2023,187387", "2021,187387", r"change\.csv:4: year"),
    ("population_change.csv", "2023,187387", "2025,187387", r"year: no row for 2023"),
    ("population_change.yaml", "  boys_share:", "  girls_share:", r"parameters: no boys_share"),
]


@pytest.mark.parametrize(("file", "old", "new", "says"), FAULTS)
def test_a_fault_is_named(spoiled, spoil, file, old, new, says):
    spoil(file, old, new)
    with pytest.raises(ConfigError, match=says):
        load_world(spoiled, month_index("2026-06"))


def test_a_unit_that_sent_more_people_than_it_has_is_refused(spoiled):
    path = spoiled / "composition" / "origin_mix.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith("host,"))
    sevastopol = lines[head].split(",").index("UA85")
    for number in range(head + 1, len(lines)):
        cells = lines[number].split(",")
        cells[1:] = ["0"] * len(cells[1:])
        cells[sevastopol] = "1"
        lines[number] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"origin_mix\.csv: UA85: .* people have left .* lived there"):
        load_world(spoiled, month_index("2026-06"))
