"""The forecasts of others: what the shipped file says, and how a wrong one is refused."""

import numpy as np
import pytest
from example_rules import registers_of

from abm.data.folder import default_configs, load_world
from abm.errors import ConfigError
from abm.months import month_index
from calibration.validation.published import load_published
from calibration.validation.rules import load_rules

IDS = ("AA", "NL", "elsewhere")
GOOD = """forecasts:
  made_up:
    label: {en: English, nl: Nederlands, uk: Українська}
    host: NL
    publisher: somebody
    source: a newspaper
    date: 2023-02
    status: quoted
    origins: [2023-01, 2023-02]
    unit: persons
    targets:
      2023-06: {forecast: 110, observed: 100, observed_status: quoted, observed_source: a newspaper}
    note: test
"""


def read(tmp_path, text=GOOD, missing=()):
    path, stock = tmp_path / "published_forecasts.yaml", np.full((32, 3), 100.0)
    stock[list(missing), 1] = np.nan
    path.write_text(text, encoding="utf-8")
    return load_published(path, IDS, (0, 1), registers_of(stock, first=2), 6, 12)


def test_shipped_file_gives_the_known_errors():
    world = load_world(default_configs(), month_index("2025-12"))
    rules = load_rules(default_configs() / "validation.yaml", world.hosts.ids, world.registers)
    (found,) = rules.published.values()
    errors = [100 * abs(t.forecast - t.observed) / t.observed for t in found.targets.values()]
    assert world.hosts.ids[found.host] == "NL"
    assert errors == pytest.approx([17, 30], abs=0.5)  # as published, after five and eleven months
    assert [month - found.origins[0] for month in found.targets] == [5, 11]
    assert "recount" in found.note


@pytest.mark.parametrize(("month", "line"), [(12, 9), (7, 9), (17, 12)])
def test_a_file_is_read_but_not_where_the_register_has_no_figure(tmp_path, month, line):
    """Origin, six months before it, target."""
    found = read(tmp_path)["made_up"]
    assert (found.host, found.origins) == (1, [12, 13])
    assert (found.targets[17].forecast, found.targets[17].observed) == (110, 100)
    with pytest.raises(ConfigError, match=f"yaml:{line}: .*no register figure"):
        read(tmp_path, missing=[month])


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("host: NL", "host: XX", 4, "'XX' is not a scored host; allowed are AA, NL"),
        ("host: NL", "host: elsewhere", 4, "'elsewhere' is not a scored host"),
        ("[2023-01, 2023-02]", "[2022-01]", 9, "found 2022-01; allowed are 2022-09"),
        ("2023-06:", "2023-02:", 12, "found 2023-02; allowed are 2023-03 to 2024-01"),
        ("2023-06:", "2024-02:", 12, "at most 12 months ahead"),
        ("2023-06:", "2023-13:", 12, "is not a month"),
        ("forecast: 110", "forecast: 0", 12, "greater than 0"),
        ("status: quoted\n", "status: assumed\n", 8, "'recorded' or 'quoted'"),
        ("    note: test\n", "", 2, "missing key"),
        ("unit: persons", "unit: households", 10, "persons"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path, old, new, line, said):
    assert old in GOOD
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, GOOD.replace(old, new, 1))
    assert said in str(caught.value)
    assert f"published_forecasts.yaml:{line}:" in str(caught.value)
