"""Three small runs still give the tables they gave: every number within 1e-6 relative."""

import numpy as np
import pandas as pd
import pytest
from write_golden import FOLDER, MONTHS, RUNS, golden_tables

from abm.codes import Status
from abm.state import Flow

CONSTANT = {
    **dict.fromkeys(("HR", "LT", "LV"), "six households of which none comes or goes in these months"),
    "seed": "golden runs have one seed",
    "month": "detailed stocks are kept for the last month only",
}
"""Columns that may hold one value only, and why; a column without a reason must vary."""


def read(name):
    return pd.read_csv(FOLDER / name, keep_default_na=False, na_values=[""])


@pytest.fixture(scope="module")
def fresh():
    return golden_tables()


NAMES = sorted(path.name for path in FOLDER.glob("*.csv"))


def differences(golden, found):
    if list(golden.columns) != list(found.columns):
        return [f"columns: {list(golden.columns)} became {list(found.columns)}"]
    if len(golden) != len(found):
        return [f"{len(golden)} rows became {len(found)}"]
    lines = []
    for name in golden:
        old, new = golden[name], found[name].reset_index(drop=True)
        if pd.api.types.is_numeric_dtype(old):
            same = np.isclose(new.astype(float), old, rtol=1e-6, atol=0, equal_nan=True)
        else:
            same = (new.astype(str) == old.astype(str)).to_numpy()
        if not same.all():
            row = int(np.flatnonzero(~same)[0])
            lines.append(f"{name}: {(~same).sum()} of {len(same)}; row {row}: {old[row]} became {new[row]}")
    return lines


@pytest.mark.parametrize("name", NAMES)
def test_table_is_the_golden_one(name, fresh):
    found = differences(read(name), fresh[name])
    assert not found, (
        f"{name}: {found}. If meant, run `make golden` and say why in CHANGELOG.md (Regression:)."
    )


def test_every_table_has_its_golden_file(fresh):
    assert sorted(fresh) == NAMES
    assert len(NAMES) == 6 * len(RUNS)


@pytest.mark.parametrize("name", NAMES)
def test_no_column_is_constant_without_a_reason(name):
    table = read(name)
    assert len(table) >= MONTHS - 1
    for column in table:
        assert table[column].notna().all(), column
        if (table[column] == table[column].iloc[0]).all():
            assert column in CONSTANT, f"{name}: column {column} is always {table[column].iloc[0]}"
            assert CONSTANT[column]
        if pd.api.types.is_numeric_dtype(table[column]):
            assert (table[column] != 0).any(), f"{name}: column {column} is always 0"


STILL = dict.fromkeys(
    [("hindcast", "places_short"), ("projection", "places_short")],
    "reception follows who asks: no host is full",
)
"""Indicators that are the same in all hosts and months of a run, and why."""


@pytest.mark.parametrize("run", RUNS)
def test_no_indicator_is_constant_without_a_reason(run):
    still = {
        name for name, group in read(f"{run}_indicators.csv").groupby("name") if len(set(group["value"])) == 1
    }
    assert still == {name for of, name in STILL if of == run}


def test_every_kind_of_flow_and_status_occurs():
    flows = pd.concat([read(f"{run}_flows.csv") for run in RUNS])
    assert set(flows["kind"]) == {kind.name.lower() for kind in Flow}
    statuses = pd.concat([read(f"{run}_stocks.csv") for run in RUNS])["status"]
    # National transition permits come with the routes; in Ukraine no status is needed.
    assert set(statuses) == {s.name.lower() for s in Status} - {"transition_permit", "not_needed"}


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_number_is_noticed(name):
    golden = read(name)
    for column in ("persons", "value", "NL"):
        if column in golden:
            spoiled = golden.copy()
            spoiled[column] = spoiled[column].astype(float)
            spoiled.loc[len(spoiled) // 2, column] = spoiled[column].iloc[len(spoiled) // 2] * 1.00001 + 1e-3
            assert len(differences(golden, spoiled)) == 1
    assert differences(golden, golden.iloc[:-1]) == [f"{len(golden)} rows became {len(golden) - 1}"]
