"""A fault in what a world is made of is named with its file, its line and what is allowed.

Faults of any file (a text for a number, a line twice, an unknown key ...) are those of
``tests/property/test_damaged_inputs.py``; here stand those that only the meaning of a file tells.
"""

import re

import pytest

from abm.data.folder import load_world
from abm.errors import ConfigError
from abm.months import month_index
from experiments.data.origin_mix import derive_origin_mix

UNTIL = month_index("2028-03")
DUTCH, CELL = "countries/NL.yaml", "UA05,2022-03,0.05"
SNAPSHOT, WEIGHTS, EUROPE, MARGINS = (
    f"composition/{name}.csv"
    for name in ("host_snapshot", "host_weights", "eu_stock_shares", "origin_margins")
)
GRANTS, STOCK, BREAKS = (f"registers/{name}.csv" for name in ("eu_decisions", "tp_stock", "breaks"))
BIRTHS, TYPES, PYRAMID = "population_change.csv", "household_types.csv", "population_age_sex.csv"
INTENSITY, FRONT = "drivers/attack_intensity.csv", "drivers/occupied_share.yaml"
FAULTS = {
    "missing host": (WEIGHTS, "NL,117905,2024-08,Eurostat migr_asytpsm,recorded\n", "", "no row for NL"),
    "sum": (SNAPSHOT, "0.4429,0.2589", "0.4429,0.3589", "host NL: women_18_64 to age_65_plus sum to 1.1"),
    "two snapshots": (SNAPSHOT, "NL,2025-08", "NL,2025-09", "one snapshot month"),
    "sum of months": (EUROPE, "0.466", "0.366", "women_share to men_share sum"),
    "gap": (GRANTS, "2023-05,M,TOTAL,34530,2026-09,recorded\n", "", "no row for 2023-05"),
    "margin area": (MARGINS, "unit,UA80", "unit,UA99", r"csv:\d+: area: no unit of pcode 'UA99'"),
    "margins": (MARGINS, "east south,0.52", "east south,0.20", "no table meets all margins"),
    "people": (PYRAMID, "UA05,0-4,30836", "UA05,0-4,30837", r"csv:\d+: pcode UA05: 1502431 persons"),
    "band": (PYRAMID, "UA05,0-4,30836,28898,recorded\n", "", "UA05 lack one of the 17 age groups"),
    "nobody": (TYPES, "woman,1,0,0,0,0,0", "woman,0,0,0,0,0,0", "id woman: .*at least one person"),
    "weights": (TYPES, ",14,0.", ",14,0.5", "weight: the column sums to"),
    "card table": ("household_types.yaml", "table: household_types.csv", "table: x.csv", r"\d: .*x\.csv"),
    "missing key": (DUTCH, "iso3: NLD\n", "", r"NL\.yaml:\d+: iso3: missing key"),
    "share": (DUTCH, "{value: 0.035,", "{value: 1.35,", r"NL\.yaml:\d+: unemployment_share\.0\.value: .*1"),
    "unit": (DUTCH, "2193, unit: EUR/month", "2193, unit: EUR/year", r"wage_eur_month\.unit: .*EUR/month"),
    "no method": (DUTCH, "demo_pjan, status: recorded", "x, status: assumed", ".*needs the key method"),
    "date": (DUTCH, "date: 2023-01-01", "date: 2023-13-01", r"unemployment_share\.1\.date: .*must be a date"),
    "overlap": (DUTCH, "date: 2023-01-01", "date: 2022-01-01", "_share: two values start on 2022-01-01"),
    "order": (DUTCH, "date: 2023-01-01", "date: 2021-01-01", "_share: 2021-01-01 stands after 2022-01-01"),
    "id": (DUTCH, "id: NL\n", "id: BE\n", r"NL\.yaml:2: id: found 'BE'; must be the file name"),
    "month missing": (INTENSITY, CELL + "\n", "", "UA05: no value in 1 month.s. .2022-03"),
    "above its range": (INTENSITY, CELL, "UA05,2022-03,1.05", "above the largest allowed"),
    "too early": (INTENSITY, CELL, "UA05,2021-12,0.05", "before 2022-01"),
    "range": (FRONT, "[0, 1]", "[1, 0]", r"yaml:\d+: range: .*least below largest"),
    "other places": ("drivers/economy.yaml", "per: ukraine", "per: origin_unit", r"economy\.csv:\d+: unit"),
    "first month": (STOCK, "NL,2023-01,82045", "NL,2022-01,82045", r":\d+: month: 2022-01 is before 2022-03"),
    "two tables": ("registers/arrivals_derived.csv", "DE,2022-03,", "NL,2022-04,", "NL 2022-04 also in"),
    "period": ("registers/arrivals_by_period.csv", "NO,2025-01,2025-12", "NO,2025-12,2025-01", "lies before"),
    "kind of break": (BREAKS, "NL,2023-01,recount", "NL,2023-01,guess", r":\d+: kind: .*clean_up, recount"),
    "deaths": (BIRTHS, "187387,496240", "187387,99496240", r"change\.csv:4: deaths: by 2023"),
    "year twice": (BIRTHS, "2023,187387", "2022,187387", r"change\.csv:4: year"),
    "gap of years": (BIRTHS, "2023,187387", "2025,187387", "year: no row for 2023"),
    "parameter": ("population_change.yaml", "  boys_share:", "  girls_share:", "parameters: no boys_share"),
    "months": ("settings.yaml", "value: 2029-03", "value: 2023-03", r":\d+: default_until: found 2023-03"),
}  # fmt: skip


OF_ANOTHER_FILE = {"margins", "two tables", "other places", "parameter"}
"""Faults of two files together, or of what a card lacks, which another file shows."""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named(spoiled, spoil, fault) -> None:
    name, old, new, said = FAULTS[fault]
    spoil(name, old, new)
    # Weights and margins are inputs of the derived mix; a run reads the mix itself.
    read = derive_origin_mix if name in {WEIGHTS, MARGINS} else lambda root: load_world(root, UNTIL)
    with pytest.raises(ConfigError) as caught:
        read(spoiled)
    assert re.search(said, str(caught.value)), caught.value
    assert name.rsplit("/")[-1] in str(caught.value) or fault in OF_ANOTHER_FILE


def test_all_faults_of_all_countries_come_at_once(spoiled, spoil) -> None:
    line = spoil(DUTCH, "capital: Amsterdam", "capitol: Amsterdam")
    spoil("countries/DE.yaml", "capital: Berlin", "capital: 7")
    spoil("countries/BE.yaml", "{value: ", f"{{value: {'x' * 5000}")
    with pytest.raises(ConfigError) as caught:
        load_world(spoiled, UNTIL)
    message = str(caught.value)
    for part in ("BE.yaml", "DE.yaml", f"NL.yaml:{line}: capitol: unknown key", "capital: missing key"):
        assert part in message
    assert max(map(len, message.splitlines())) < 400, "a very wrong value is shown in short"


def test_all_faults_of_the_drivers_come_at_once(spoiled):
    folder = spoiled / "drivers"
    intensity = (folder / "attack_intensity.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in intensity if not line.startswith("UA46")]
    (folder / "attack_intensity.csv").write_text("".join(kept), encoding="utf-8")
    (folder / "economy.csv").write_text("unit,month,value\n", encoding="utf-8")
    (folder / "occupied_share.csv").write_bytes(b"unit,month,value\nUA05,2022-01,\xff\n")
    (folder / "energy_deficit.yaml").unlink()
    with pytest.raises(ConfigError) as caught:
        load_world(spoiled, UNTIL)
    for part in (
        "unit UA46: no row at all",
        "no rows",
        "share.csv:2: not UTF-8",
        "deficit.yaml: no such file",
    ):
        assert part in str(caught.value)


def test_a_missing_host_or_folder_is_named(spoiled) -> None:
    (spoiled / DUTCH).unlink()
    with pytest.raises(ConfigError, match=r"\.csv:\d+: host: 'NL' is not known; allowed are AT"):
        load_world(spoiled, UNTIL)
    (spoiled / "countries" / "elsewhere.yaml").unlink()
    with pytest.raises(ConfigError, match=r"elsewhere\.yaml: no such file"):
        load_world(spoiled, UNTIL)
    with pytest.raises(ConfigError, match="no such folder"):
        load_world(spoiled / "nothing", UNTIL)


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
        load_world(spoiled, UNTIL)
