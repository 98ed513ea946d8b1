"""The shipped registers repeat the official series, are complete, and a damaged table is refused."""

import datetime as dt
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from abm.data.hosts import load_countries
from abm.data.registers import load_other_stock, load_registers
from abm.errors import ConfigError
from abm.months import month_index
from experiments.data import derive_registers
from experiments.data.check import check_data

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
HOSTS = tuple(country.id for country in load_countries(CONFIGS))
OUTSIDE = ("MD", "UK", "elsewhere")
FIRST, LAST = month_index("2022-03"), month_index("2024-08")
T = month_index("2028-03") + 1


def load(root, last=LAST, hosts=HOSTS):
    return load_registers(root, hosts, T, FIRST, last)


@pytest.fixture(scope="module")
def registers():
    return load(CONFIGS)


def at(array, host, month):
    return array[month_index(month), HOSTS.index(host)]


def test_published_figures(registers):
    assert at(registers.stock, "NL", "2023-01") == 82045
    assert at(registers.stock, "DE", "2024-07") == 1110865
    assert at(registers.stock, "PL", "2022-11") == 944360
    assert at(registers.decisions, "PL", "2022-03") == 677110
    assert np.isnan(at(registers.stock, "DE", "2022-07"))
    assert np.isnan(registers.stock[:, [HOSTS.index(host) for host in OUTSIDE]]).all()
    assert (~np.isnan(registers.stock)).sum() == 908


def test_nothing_before_the_first_or_after_the_last_month(registers):
    for name in ("stock", "decisions", "arrivals"):
        series = getattr(registers, name)
        assert series.shape == (T, len(HOSTS))
        assert np.isnan(series[:FIRST]).all()
        assert np.isnan(series[LAST + 1 :]).all()


def test_arrivals_are_complete_and_say_which_are_derived(registers):
    window = slice(FIRST, LAST + 1)
    assert not np.isnan(registers.arrivals[window]).any()
    assert (registers.arrivals[window] >= 0).all()
    assert (registers.arrivals_derived[window] == np.isnan(registers.decisions[window])).all()
    assert not registers.arrivals_derived[LAST + 1 :].any()


def test_derived_arrivals_are_of_the_right_size(registers):
    germany = registers.arrivals[FIRST : month_index("2022-07") + 1, HOSTS.index("DE")].sum()
    assert 700_000 < germany < 915_000
    britain = registers.arrivals[FIRST : LAST + 1, HOSTS.index("UK")].sum()
    assert 246_960 < britain < 320_000


def test_breaks(registers):
    assert at(registers.is_break, "NL", "2023-01")
    assert at(registers.break_completeness, "NL", "2023-01") == 0.8
    assert registers.is_break.sum() == 22
    assert (registers.break_completeness[~registers.is_break] == 0).all()
    assert "NL,2023-01,recount," in (CONFIGS / "registers/breaks.csv").read_text(encoding="utf-8")


def test_every_fall_of_a_stock_by_more_than_4_percent_is_a_listed_break(registers):
    fallen = np.zeros_like(registers.is_break)
    fallen[1:] = registers.stock[1:] < 0.96 * registers.stock[:-1]
    assert (fallen == registers.is_break).all()


def test_an_earlier_last_month_hides_what_came_later():
    early = load(CONFIGS, last=month_index("2023-12"))
    assert np.isnan(early.stock[month_index("2024-01") :]).all()
    assert not early.is_break[month_index("2024-01") :].any()
    assert early.is_break.any()


def test_other_stock_is_apart_from_the_registers():
    stock = load_other_stock(CONFIGS, HOSTS, T, FIRST, LAST)
    recorded = ~np.isnan(stock)
    assert {HOSTS[column] for column in np.flatnonzero(recorded.any(axis=0))} == set(OUTSIDE)
    assert recorded[FIRST : LAST + 1, HOSTS.index("UK")].all()
    assert at(stock, "UK", "2024-08") == 246_960


def test_derived_tables_follow_from_the_published_ones():
    for path, text in derive_registers.register_texts(CONFIGS, HOSTS).items():
        assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("tp_stock.csv", "NL,2023-01,", "XX,2023-01,", r"tp_stock\.csv:\d+: host: 'XX' is not known"),
        ("tp_stock.csv", "NL,2023-01,82045", "NL,2023-01,-5", r"tp_stock\.csv:\d+: value: -5 is below"),
        ("tp_stock.csv", "NL,2023-01,82045", "NL,2022-01,82045", "NL: 2022-01 is before the first month"),
        ("tp_stock.csv", "NL,2023-01,82045,2024-10,recorded", "NL,2023-01,1,x,sure", "status: 'sure'"),
        ("arrivals_derived.csv", "CY,2024-08,", "NL,2024-08,", "NL 2024-08 also in tp_decisions"),
        (
            "arrivals_derived.csv",
            "CY,2024-08,240,derived,mean of the 3 months before\n",
            "",
            "no arrivals for CY 2024-08",
        ),
        ("breaks.csv", "NL,2023-01,recount,0.8", "NL,2023-01,recount,1.8", "above the largest"),
        ("breaks.csv", "NL,2023-01,recount", "NL,2023-01,guess", "clean_up, recount"),
    ],
)
def test_a_fault_is_named(spoiled, spoil, file, old, new, says):
    spoil(f"registers/{file}", old, new)
    with pytest.raises(ConfigError, match=says):
        load(spoiled)


def test_months_are_checked():
    with pytest.raises(ConfigError, match=r"no stock in 2024-09.*newest is 2024-08"):
        load(CONFIGS, last=LAST + 1)
    with pytest.raises(ConfigError, match="must rise"):
        load(CONFIGS, last=FIRST - 1)


def test_check_data_finds_nothing_wrong_and_names_the_gaps():
    report = check_data(CONFIGS)
    assert report.errors == ()
    files = {file.file: file for file in report.files}
    stock = files["registers/tp_stock.csv"]
    assert (stock.first, stock.last, stock.n_places) == ("2022-03", "2024-08", len(HOSTS) - len(OUTSIDE))
    assert stock.absent == OUTSIDE
    assert "DE 2022-03..2022-07" in stock.gaps
    assert files["drivers/attack_intensity.csv"].gaps == ()
    assert files["countries/*.yaml"].n_places == len(HOSTS)
    text = report.to_text()
    assert "DE 2022-03..2022-07" in text
    assert "All data are valid" in text
    for file in report.to_dict()["files"]:
        assert sum(file["share_by_status"].values()) in (0, pytest.approx(1))


def test_check_data_collects_faults_of_several_files(spoiled, spoil):
    spoil("registers/tp_stock.csv", "NL,2023-01,82045", "NL,2023-01,-5")
    spoil("drivers/economy.csv", "UA,2022-05,", "UA,2022-15,")
    (spoiled / "countries/NL.yaml").write_bytes(b"\xff\xfe")
    report = check_data(spoiled)
    assert not report.is_valid
    said = "\n".join(report.errors)
    assert "NL.yaml" in said
    assert "economy.csv" in said
    spoil("registers/tp_decisions.csv", "PL,2022-03,677110", "PL,2022-03,677115")
    shutil.copy(CONFIGS / "countries/NL.yaml", spoiled / "countries/NL.yaml")
    assert re.search(r"tp_stock\.csv:\d+", "\n".join(check_data(spoiled).errors))


def test_check_data_finds_a_stale_derived_table(spoiled, spoil):
    spoil("registers/tp_decisions.csv", "DE,2022-09,53180", "DE,2022-09,43180")
    spoil("drivers/inputs/energy_judgement.csv", "2022-12,0.9", "2022-12,0.5")
    errors = check_data(spoiled).errors
    assert len(errors) == 2
    assert all("does not follow from its inputs" in error for error in errors)


def test_ages_count_from_today():
    report = check_data(CONFIGS, dt.date(2024, 10, 3))
    assert next(f for f in report.files if f.file == "registers/tp_stock.csv").age_months == 2
