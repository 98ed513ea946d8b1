"""Nobody appears and nobody vanishes: checked from the published tables alone."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_runs import PROJECTION, changed, finished, real_world, small_run

from abm.data.settings import RunSettings
from abm.errors import EweaError
from abm.month.turn import check_conservation
from abm.months import month_index, month_label
from abm.places import UKRAINE
from abm.results import tables_of
from abm.simulation import Simulation
from abm.state import Flow

FIRST = month_index("2022-03")

SETTINGS = st.fixed_dictionaries(
    {
        "scale": st.sampled_from([700, 5_000, 30_000]),
        "households_per_host": st.integers(1, 12),
        "until": st.integers(FIRST + 1, PROJECTION + 9),
        "arrivals": st.sampled_from(["recorded", "modelled"]),
        "threads": st.sampled_from([1, 2]),
        "seed": st.integers(0, 2**40),
    }
)


def broken_balances(tables):
    """Return every (month, host) where stock(t + 1) is not stock(t) + in - out, from two tables."""
    stocks, flows = tables["stocks"], tables["flows"]
    months = list(stocks["month"].cat.categories)
    hosts = [host for host in stocks["host"].cat.categories if host != UKRAINE]

    def wide(frame, place):
        totals = frame.pivot_table("persons", "month", place, aggfunc="sum", observed=True)
        return totals.reindex(index=months, columns=hosts).fillna(0).astype("int64")

    stock = wide(stocks, "host")
    change = wide(flows, "to_place") - wide(flows, "from_place")
    expected = (stock + change).iloc[:-1].to_numpy()
    found = stock.iloc[1:].to_numpy()
    return [(months[m + 1], hosts[h]) for m, h in np.argwhere(expected != found)]


@given(SETTINGS)
def test_persons_are_conserved_through_any_run(drawn):
    world = real_world()
    rest = {name: value for name, value in drawn.items() if name != "seed"}
    settings = RunSettings(**rest)
    tables = tables_of(Simulation(world, settings, drawn["seed"]).run_to_end().state)
    assert broken_balances(tables) == []
    stocks = tables["stocks"]
    zero = stocks["persons"] <= 0
    assert (stocks["persons"][zero] == 0).all()
    # A host without anybody keeps one row, so that every month and host is there.
    assert not stocks[zero].duplicated(["month", "host"]).any()
    assert len(stocks[["month", "host"]].drop_duplicates()) == (settings.until - FIRST + 1) * len(
        world.hosts.ids
    )
    assert (tables["flows"]["persons"] > 0).all()
    ends = tables["stocks"]["month"].cat.categories[[0, -1]]
    assert list(ends) == [month_label(settings.start), month_label(settings.until)]


def test_persons_are_conserved_until_long_after_protection(world):
    tables = tables_of(finished(small_run(world, 4, start="2024-09", months=42)).state)
    assert broken_balances(tables) == []


def test_flows_leave_where_they_must(world):
    flows = tables_of(finished(small_run(world, 4, months=24, households_per_host=30)).state)["flows"]
    assert set(flows["kind"]) == {kind.name.lower() for kind in Flow}
    left, entered = flows["from_place"].astype(str), flows["to_place"].astype(str)
    kind = flows["kind"].astype(str)
    into_europe = kind.isin(["arrival", "redeparture", "reunification", "late", "birth"])
    assert (left[into_europe] == UKRAINE).all()
    assert (entered[into_europe] != UKRAINE).all()
    assert (entered[kind == "return"] == UKRAINE).all()
    assert (left[kind == "return"] != UKRAINE).all()
    onward = kind == "onward"
    assert (left[onward] != UKRAINE).all()
    assert (entered[onward] != UKRAINE).all()
    # A young man who forms his own household stays in the host.
    assert (left == entered).equals(kind == "split")


def test_one_lost_person_is_noticed_in_the_tables(world):
    tables = tables_of(finished(small_run(world, 4, months=6)).state)
    spoiled = tables["stocks"].copy()
    row = spoiled.index[spoiled["month"] == spoiled["month"].cat.categories[3]][0]
    spoiled.loc[row, "persons"] -= 1
    assert len(broken_balances({**tables, "stocks": spoiled})) == 2
    fewer = tables["flows"].drop(index=tables["flows"].index[-1])
    assert broken_balances({**tables, "flows": pd.DataFrame(fewer)}) != []


def test_one_lost_person_stops_the_run(world):
    simulation = small_run(world, 4, months=6)
    simulation.step()
    simulation.step()
    state = simulation.state
    state.index -= 1
    check_conservation(state)
    state.history.stock[state.index + 1][np.nonzero(state.history.stock[state.index + 1])] -= 1
    with pytest.raises(EweaError, match="expected from the flows"):
        check_conservation(state)


def test_persons_are_conserved_where_no_place_is_free(world):
    full = changed(world, "hosts", collective_places=np.zeros_like(world.hosts.collective_places))
    simulation = small_run(world, 4, months=8)
    crowded = finished(simulation.fork(simulation.state.settings, full))
    assert broken_balances(tables_of(crowded.state)) == []
    assert crowded.state.history.places_short.sum() > 0
    # Who moved on this month asks for a place in the next.
    collective = (crowded.state.households["housing"] == 0) & (crowded.state.households["months_here"] > 0)
    assert not (collective & (np.asarray(crowded.state.households["place"]) < crowded.state.n_hosts)).any()
