"""Coefficient tables: the shipped one, and every fault of a row named with its line."""

import re
from pathlib import Path

import pytest

from abm.data.parameters import load_coefficients
from abm.errors import ConfigError

HEADER = "parameter,value,unit,distribution,low,high,status,source,meaning"
GOOD = "pull,0.5,1/month,lognormal,0.2,0.9,prior,somewhere,what it does"


def table(folder: Path, *rows: str) -> Path:
    path = folder / "fit.csv"
    path.write_text("\n".join([HEADER, GOOD, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_row_becomes_a_coefficient(tmp_path: Path) -> None:
    row = load_coefficients(table(tmp_path))["pull"]
    assert (row.value, row.low, row.high) == (0.5, 0.2, 0.9)
    assert (row.distribution, row.status) == ("lognormal", "prior")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("push,0.1,1,normal,0.2,0.9,prior,s,m", "push: found low 0.2, value 0.1, high 0.9"),
        ("push,1.1,1,normal,0.2,0.9,prior,s,m", "push: found low 0.2, value 1.1, high 0.9"),
        ("pull,0.5,1,normal,0.2,0.9,prior,s,m", "parameter: pull stands already in line 2"),
        ("push,0.5,1,gamma,0.2,0.9,prior,s,m", "distribution: 'gamma' is not known; allowed are normal"),
        ("push,0.5,1,normal,0.2,0.9,guess,s,m", "status: 'guess' is not known; allowed are prior"),
        ("push,0.5,1,lognormal,-0.2,0.9,prior,s,m", "a lognormal parameter needs low above 0"),
        ("push,0.5,1,beta,0.2,1.9,prior,s,m", "a beta parameter needs bounds from 0 to 1"),
        ("push,0.5,1,fixed,0.2,0.9,prior,s,m", "a fixed parameter needs low and high equal to its value"),
        ("push,0.5,1,normal,0.2,0.9,prior,,m", "source: is empty; a value is needed"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, row: str, expected: str) -> None:
    with pytest.raises(ConfigError, match=rf"fit\.csv:3: .*{re.escape(expected)}"):
        load_coefficients(table(tmp_path, row))
