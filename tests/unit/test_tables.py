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
    "date": TableColumn("date"),
}
HEADER = "host,month,share,persons,date"
GOOD = "NL,2022-03,0.5,1,2022-03"


def written(folder: Path, *lines: str) -> Path:
    path = folder / "table.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_cells_become_values_in_whatever_order_the_columns_stand(tmp_path: Path) -> None:
    lines = ("share,persons,host,month,date", "0.25,,NO,2022-03,2022", "1,12,NL, 2022-04 ,2022-04-30")
    assert read_rows(written(tmp_path, "# one", *lines), COLUMNS) == [
        {"host": "NO", "month": 2, "share": 0.25, "persons": None, "date": "2022"},
        {"host": "NL", "month": 3, "share": 1.0, "persons": 12, "date": "2022-04-30"},
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "parts"),
    [
        ("NL,", "XX,", 3, ("host: 'XX'", "NL, NO")),
        ("2022-03,0.5", "2022-3,0.5", 3, ("month: '2022-3'", "YYYY-MM")),
        ("0.5", "1.5", 3, ("share: 1.5", "largest allowed value 1")),
        ("0.5", "-0.5", 3, ("share: -0.5", "least allowed value 0")),
        ("0.5", "half", 3, ("share: 'half'",)),
        ("0.5", "nan", 3, ("share: 'nan'", "finite")),
        ("0.5", "", 3, ("share: ", "empty")),
        (",1,", ",1.5,", 3, ("persons: '1.5'", "integer")),
        (",1,", ",-1,", 3, ("persons: -1", "least allowed value 0")),
        ("1,2022-03", "1,2022-13", 3, ("date: '2022-13'", "YYYY-MM-DD")),
        (",1,2022-03", ",1", 3, ("5 cells",)),
        (",1,2022-03", ",1,2022-03,9", 3, ("5 cells",)),
        (",1,2022-03", ',1,"2022-03', 3, ("not a CSV line",)),
        (",persons", "", 2, ("missing column 'persons'",)),
        (",date\n", ",date,colour\n", 2, ("unknown column 'colour'", "allowed are host")),
        ("host,", "host,host,", 2, ("named twice: host, host",)),
        (HEADER, HEADER.replace(",", ";"), 2, ("missing column 'host', 'month'",)),
        (HEADER, f'"{HEADER}', 2, ("not a CSV line",)),
        (f"{GOOD}\n", "", None, ("no rows",)),
    ],
)
def test_a_fault_is_named_with_line_and_column(tmp_path, old, new, line, parts) -> None:
    text = f"# a comment counts\n{HEADER}\n{GOOD}\n"
    assert old in text
    path = written(tmp_path, text.replace(old, new, 1).rstrip("\n"))
    with pytest.raises(ConfigError) as caught:
        read_rows(path, COLUMNS)
    said = str(caught.value)
    assert said.startswith(f"{path}:{line}: " if line else f"{path}: ")
    assert all(part in said for part in parts), said


def test_a_key_may_stand_once(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER, GOOD, GOOD.replace("03,", "04,", 1), GOOD.replace("0.5", "0.6"))
    assert len(read_rows(path, COLUMNS)) == 3
    with pytest.raises(ConfigError, match=r"table\.csv:4: host, month: NL, 2022-03 stands already in line 2"):
        read_rows(path, COLUMNS, key=("host", "month"))


def test_many_faults_are_cut(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER, *[GOOD.replace("NL", "XX")] * (MOST_FAULTS + 5))
    with pytest.raises(ConfigError) as caught:
        read_rows(path, COLUMNS)
    lines = str(caught.value).splitlines()
    assert len(lines) == MOST_FAULTS + 1
    assert lines[-1] == "... and 5 more."
