"""Published forecasts: written once, read back, noticed when changed, scored by registers that came later."""

from dataclasses import replace

import numpy as np
import pytest
from example_rules import RULES, registers_of

from abm.data.folder import default_configs
from abm.errors import EweaError
from dashboard.messages.words import Words
from dashboard.pages.how_sure.ledger import ledger_rows
from experiments import forecast_ledger
from experiments.forecast_ledger import ledger_scores, publish_forecast, read_ledger

IDS = ("AA", "BB", "NL")
IS_EU = np.array([True, True, True])
ORIGIN = 20  # 2023-09


@pytest.fixture
def registers():
    """Three hosts that grow in a line, known in quarter ends after month 20."""
    t = np.arange(27, dtype=np.float64)[:, None]
    stock = np.array([1000.0, 2000.0, 800.0]) + np.array([10.0, 0.0, 5.0]) * t
    stock[[21, 22, 24, 25]] = np.nan
    return registers_of(stock)


@pytest.fixture
def folder(tmp_path):
    """A ledger of one forecast, 10 persons off everywhere, its band 20 wide."""
    rows = ["place,month,quantity,median,low_80,high_80"]
    for month, at in (("2023-12", 23), ("2024-03", 26)):
        for place, first, step in (("AA", 1000, 10), ("BB", 2000, 0), ("NL", 800, 5)):
            value = first + step * at + 10
            rows.append(f"{place},{month},register,{value},{value - 20},{value + 20}")
    body = "\n".join(rows) + "\n"
    digest = forecast_ledger.hashlib.sha256(body.encode()).hexdigest()
    head = f"# last_data_month: 2023-09\n# made_on: 2023-10-20\n# made_later: no\n# body_sha256: {digest}\n"
    (tmp_path / "2023-09.csv").write_text(head + body, encoding="utf-8")
    return tmp_path


def scored(folder, registers):
    return ledger_scores(read_ledger(folder), registers, IDS, IS_EU, RULES, automatic=False)


def test_a_forecast_is_scored_in_every_month_that_came_later(folder, registers):
    [found] = scored(folder, registers)
    assert list(found["targets"]) == ["2023-12", "2024-03"]
    near = found["targets"]["2023-12"]
    assert (near["months_ahead"], near["hosts_scored"], near["coverage_80"]) == (3, 3, 1.0)
    assert near["model"]["mae"] == 10.0
    assert near["hosts"]["NL"]["error_pct_model"] == pytest.approx(100 * 10 / 915)
    assert near["EU"]["error_pct_model"] == pytest.approx(100 * 30 / (1230 + 2000 + 915))
    assert near["persistence"]["mae"] == pytest.approx((30 + 0 + 15) / 3)
    rows = ledger_rows(Words("en"), [found])
    assert len(rows) == 2
    assert "3 months later" in rows[0][2]


def test_without_later_registers_it_says_so(folder, registers):
    [found] = scored(folder, replace(registers, last_month=ORIGIN))
    assert found["targets"] == {}
    [row] = ledger_rows(Words("nl"), [found])
    assert row[2] == "nog geen latere registers"


def test_a_changed_body_is_noticed_and_not_scored(folder, registers):
    path = folder / "2023-09.csv"
    path.write_text(path.read_text().replace("register,1240", "register,1230"), encoding="utf-8")
    [found] = scored(folder, registers)
    assert found["changed"]
    assert found["targets"] == {}
    assert ledger_rows(Words("uk"), [found])[0][2].startswith("змінено")


def test_a_damaged_file_is_refused_with_its_name_and_columns(folder):
    path = folder / "2023-09.csv"
    path.write_text(path.read_text().replace(",median,", ",middle,"), encoding="utf-8")
    with pytest.raises(EweaError, match=r"2023-09\.csv.*place, month, quantity, median"):
        read_ledger(folder)


def test_a_forecast_is_published_once_a_month_and_never_changed(folder):
    before = (folder / "2023-09.csv").read_bytes()
    with pytest.raises(EweaError, match=r"2023-09\.csv: .* was published on 2023-10-20 and is never changed"):
        publish_forecast(root=default_configs(), folder=folder, as_of=ORIGIN)
    assert [path.name for path in folder.iterdir()] == ["2023-09.csv"]
    assert (folder / "2023-09.csv").read_bytes() == before
