"""Strict CSV: parsed values, and every fault with file, line and column."""

from pathlib import Path

import pytest

from abm.data.tables import MOST_FAULTS, TableColumn, read_rows
from abm.errors import ConfigError

COLUMNS = {
    "host": TableColumn(allowed=("NL", "NO")),
    "month": TableColumn("month"),
    "share": TableColumn("share"),
    "persons": TableColumn("integer", least=0, optional=True),
}
HEADER = "host,month,share,persons"


def written(folder: Path, *lines: str) -> Path:
    path = folder / "table.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_cells_become_values(tmp_path: Path) -> None:
    """In whatever order the columns stand."""
    path = written(tmp_path, "# one", "share,persons,host,month", "0.25,,NO,2022-03", "1,12,NL, 2022-04 ")
    assert read_rows(path, COLUMNS) == [
        {"host": "NO", "month": 2, "share": 0.25, "persons": None},
        {"host": "NL", "month": 3, "share": 1.0, "persons": 12},
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("XX,2022-03,0.5,1", r"table\.csv:3: host: 'XX' is not known; allowed are NL, NO"),
        ("NL,2022-3,0.5,1", r"table\.csv:3: month: '2022-3' is not a month; write it as YYYY-MM"),
        ("NL,2022-03,1.5,1", r"table\.csv:3: share: 1\.5 is above the largest allowed value 1"),
        ("NL,2022-03,-0.5,1", r"table\.csv:3: share: -0\.5 is below the least allowed value 0"),
        ("NL,2022-03,half,1", r"table\.csv:3: share: 'half' is not a share"),
        ("NL,2022-03,nan,1", r"table\.csv:3: share: 'nan' is not a finite number"),
        ("NL,2022-03,,1", r"table\.csv:3: share: is empty; a value is needed"),
        ("NL,2022-03,0.5,1.5", r"table\.csv:3: persons: '1\.5' is not a integer"),
        ("NL,2022-03,0.5,-1", r"table\.csv:3: persons: -1 is below the least allowed value 0"),
        ("NL,2022-03,0.5", r"table\.csv:3: 4 cells are needed"),
        ("NL,2022-03,0.5,1,9", r"table\.csv:3: 4 cells are needed"),
        ('NL,2022-03,0.5,"1', r"table\.csv:3: not a CSV line"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_named(tmp_path: Path, line: str, expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        read_rows(written(tmp_path, "# a comment counts", HEADER, line), COLUMNS)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("host,month,share", r"table\.csv:1: missing column 'persons'"),
        (HEADER + ",colour", r"table\.csv:1: unknown column 'colour'; allowed are host"),
        ("host,host,month,share,persons", r"table\.csv:1: a column is named twice"),
        ("host;month;share;persons", r"missing column 'host', 'month'"),
    ],
)
def test_a_wrong_header_is_named(tmp_path: Path, header: str, expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        read_rows(written(tmp_path, header, "NL,2022-03,0.5,1"), COLUMNS)


def test_a_key_may_stand_once(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER, "NL,2022-03,0.5,1", "NL,2022-04,0.5,1", "NL,2022-03,0.6,1")
    assert len(read_rows(path, COLUMNS)) == 3
    with pytest.raises(ConfigError, match=r"table\.csv:4: host, month: NL, 2022-03 stands already in line 2"):
        read_rows(path, COLUMNS, key=("host", "month"))


def test_a_table_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the table has no rows"):
        read_rows(written(tmp_path, HEADER), COLUMNS)


def test_many_faults_are_cut(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER, *["XX,2022-03,0.5,1"] * (MOST_FAULTS + 5))
    with pytest.raises(ConfigError) as caught:
        read_rows(path, COLUMNS)
    lines = str(caught.value).splitlines()
    assert len(lines) == MOST_FAULTS + 1
    assert lines[-1] == "... and 5 more."
