"""The shipped registers repeat the official series, are complete, and a damaged table is refused."""

import datetime as dt
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from abm.data.estimated_arrivals import Published, estimate_arrivals
from abm.data.hosts import load_countries
from abm.data.registers import load_other_stock, load_registers, read_estimate, register_until
from abm.data.settings import load_settings
from abm.errors import ConfigError
from abm.months import month_index, month_label
from experiments.data import derive_registers
from experiments.data.check import check_data
from experiments.data.find_breaks import breaks_of

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
HOSTS = tuple(country.id for country in load_countries(CONFIGS))
OUTSIDE = ("MD", "UK", "elsewhere")
FIRST, LAST = month_index("2022-03"), month_index("2025-12")
LAST_BY_HOST = month_index("2024-08")
IS_EU = np.array([country.eu_member for country in load_countries(CONFIGS)])
T = month_index("2028-03") + 1


def load(root, last=None):
    return load_registers(root, HOSTS, T, FIRST, IS_EU, last)


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
    assert at(registers.stock, "IT", "2025-06") == 41455
    assert at(registers.stock, "NL", "2025-12") == 134090
    assert at(registers.stock, "PL", "2025-10") == 965005
    assert at(registers.decisions, "EL", "2025-05") == 2490
    assert registers.eu_decisions[month_index("2025-09")] == 79235
    assert np.isnan(at(registers.stock, "DE", "2022-07"))
    assert np.isnan(registers.stock[:, [HOSTS.index(host) for host in OUTSIDE]]).all()


def test_the_data_say_where_they_end_and_a_gap_stays_a_gap(registers):
    """Last month and last stock by host follow from the tables; months between quarter ends stay empty."""
    assert registers.last_month == LAST
    assert load_settings(CONFIGS).last_register_month == LAST
    ends = dict(zip(HOSTS, registers.last_stock_month.tolist(), strict=True))
    assert {ends[host] for host in ("EL", "CH", "LI")} == {LAST_BY_HOST}
    assert ends["IS"] == month_index("2025-06")
    assert ends["NL"] == LAST
    assert {ends[host] for host in OUTSIDE} == {-1}
    nl = registers.stock[LAST_BY_HOST + 1 : LAST + 1, HOSTS.index("NL")]
    assert np.flatnonzero(np.isfinite(nl)).tolist() == [0, 3, 6, 9, 12, 15]
    assert registers.stock_by(LAST)[HOSTS.index("EL")] == 31475
    assert np.isnan(registers.stock_by(LAST)[HOSTS.index("UK")])


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
    # The EU total binds its hosts; citizens of other states are about as many as the decisions found later.
    ahead = slice(LAST_BY_HOST + 1, LAST + 1)
    ratio = registers.arrivals[ahead][:, IS_EU].sum(axis=1) / registers.eu_decisions[ahead]
    assert (abs(ratio - 1) < 0.03).all()
    assert np.ptp(ratio) < 0.001
    norway = registers.arrivals[month_index("2025-01") : LAST + 1, HOSTS.index("NO")].sum()
    assert abs(norway - 13_445) < 12
    assert not registers.arrivals_derived[LAST + 1 :].any()


def test_derived_arrivals_are_of_the_right_size(registers):
    germany = registers.arrivals[FIRST : month_index("2022-07") + 1, HOSTS.index("DE")].sum()
    assert 700_000 < germany < 915_000
    britain = registers.arrivals[FIRST : LAST_BY_HOST + 1, HOSTS.index("UK")].sum()
    assert 246_960 < britain < 320_000


def test_a_group_is_published_while_nearly_all_of_its_persons_are(registers):
    def until(*places):
        return month_label(register_until(registers, np.isin(HOSTS, places)))

    assert until("NL") == until("DE", "EL", "UK") == "2025-12"
    assert until("CH") == until("CH", "IS") == "2024-08"
    assert register_until(registers, np.isin(HOSTS, OUTSIDE)) == -1
    assert register_until(registers, IS_EU) == LAST


def held_back(registers, origin, **changed):
    """Return estimated and recorded arrivals of EU hosts in the year after ``origin``, persons."""
    rules, _ = read_estimate(CONFIGS, HOSTS)
    end = origin + 12
    months = np.arange(len(registers.stock))
    later = months > origin
    decisions, stock = registers.decisions.copy(), registers.stock.copy()
    decisions[later] = np.nan
    stock[(later & ((months - origin) % 3 != 0)) | (months > end)] = np.nan
    arrivals = np.where(registers.arrivals_derived, registers.arrivals, decisions)
    arrivals[np.ix_(later, IS_EU)] = np.nan
    total = np.where(months <= end, registers.eu_decisions, np.nan)
    known = Published(FIRST, end, arrivals, decisions, stock, registers.is_break, total, IS_EU)
    found = estimate_arrivals(known, replace(rules, **changed))[origin + 1 : end + 1]
    true = registers.decisions[origin + 1 : end + 1]
    there = np.isfinite(true) & IS_EU
    return np.where(there, found, 0).sum(axis=0)[IS_EU], np.where(there, true, 0).sum(axis=0)[IS_EU]


@pytest.mark.parametrize(("origin", "most"), [("2023-08", 0.095), ("2023-02", 0.088)])
def test_the_estimate_of_arrivals_by_host_holds_on_a_year_held_back(registers, origin, most):
    """Stocks at quarter ends make the sums by host better than shares alone, and than stocks alone."""

    def error(**changed):
        found, true = held_back(registers, month_index(origin), **changed)
        return abs(found - true).sum() / true.sum()

    assert error() < most
    alone = [error(stock_weight=weight, late_rise_share=1.0) for weight in (0.0, 1.0)]
    assert error() < min(alone) - 0.02


def test_breaks(registers):
    assert at(registers.is_break, "NL", "2023-01")
    assert at(registers.break_completeness, "NL", "2023-01") == 0.8
    assert (registers.break_completeness[~registers.is_break] == 0).all()
    text = (CONFIGS / "registers/breaks.csv").read_text(encoding="utf-8")
    assert "NL,2023-01,recount," in text
    seen = {"2024-12": "LT", "2025-03": "AT CZ EE LU SE", "2025-06": "BG IT LV", "2025-10": "PL"}
    for month, places in seen.items():
        for place in places.split():
            assert at(registers.is_break, place, month), (place, month)
    # A register that puts people back takes nobody off.
    assert at(registers.is_break, "SE", "2025-06")
    assert at(registers.break_completeness, "SE", "2025-06") == 0


def test_the_list_of_breaks_is_what_the_stocks_show(registers):
    listed = {(int(host), int(month)) for month, host in np.argwhere(registers.is_break)}
    found = breaks_of(CONFIGS, HOSTS, IS_EU)
    assert {(one.host, one.month) for one in found} == listed


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
    assert (at(stock, "UK", "2024-08"), at(stock, "UK", "2025-12")) == (246_960, 270_490)


def test_derived_tables_follow_from_the_published_ones():
    for path, text in derive_registers.register_texts(CONFIGS, HOSTS).items():
        assert path.read_text(encoding="utf-8") == text


def test_months_are_checked():
    with pytest.raises(ConfigError, match=r"last month 2026-01 \(newest figure 2025-12\)"):
        load(CONFIGS, last=LAST + 1)
    with pytest.raises(ConfigError, match="must rise"):
        load(CONFIGS, last=FIRST - 1)


def test_check_data_finds_nothing_wrong_and_names_the_gaps():
    report = check_data(CONFIGS)
    assert report.errors == ()
    files = {file.file: file for file in report.files}
    stock = files["registers/tp_stock.csv"]
    assert (stock.first, stock.last, stock.n_places) == ("2022-03", "2025-12", len(HOSTS) - len(OUTSIDE))
    assert stock.absent == OUTSIDE
    assert "DE 2022-03..2022-07" in stock.gaps
    assert files["drivers/attack_intensity.csv"].gaps == ()
    assert files["countries/*.yaml"].n_places == len(HOSTS)
    text = report.to_text()
    assert "DE 2022-03..2022-07" in text
    assert "All data are valid" in text
    assert "register to 2025-12; IS to 2025-06; CH, EL, LI to 2024-08; MD, UK, elsewhere none." in text
    content = report.to_dict()
    assert (content["register_until"]["NL"], content["register_until"]["UK"]) == ("2025-12", "")
    assert content["estimate_until"] == load_settings(CONFIGS).as_of[:7]
    for file in content["files"]:
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
    assert next(f for f in report.files if f.file == "registers/tp_stock.csv").age_months == -14
