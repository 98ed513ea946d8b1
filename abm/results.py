"""Tidy tables of a run: stocks, flows, register view, intentions and indicators."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from abm.arrays import Floats, Integers
from abm.codes import AGE_OF_KIND, SEX_OF_KIND, Status
from abm.kernels.end_month import COUNTS
from abm.months import month_label
from abm.places import UKRAINE
from abm.state import Flow, State

ANSWERS = ("stay", "undecided", "return", "onward")


@dataclass(frozen=True)
class Results:
    """What one run of one seed produced.

    Attributes
    ----------
    tables : dict of str to pandas.DataFrame
        ``stocks`` (persons on the first day of the month), ``flows`` (persons during the month),
        ``register`` (persons at the end of the month, as registers count), ``intentions`` and
        ``indicators`` (on the first day). stock(t + 1) = stock(t) + flows in - flows out.
    """

    tables: dict[str, pd.DataFrame]

    def __repr__(self) -> str:
        return f"<Results {', '.join(f'{name} ({len(table)} rows)' for name, table in self.tables.items())}>"


def _frame(seed: int, columns: dict[str, object]) -> pd.DataFrame:
    """Return a table whose first column is the seed and whose texts are categories."""
    return pd.DataFrame({"seed": np.int64(seed), **columns})


def _texts(names: Sequence[str], codes: Integers) -> "pd.Categorical[str]":
    return pd.Categorical.from_codes(codes, categories=pd.Index(names))


def _months(state: State, number: int, codes: Integers) -> "pd.Categorical[str]":
    return _texts([month_label(state.settings.start + month) for month in range(number)], codes)


def stocks_table(state: State) -> pd.DataFrame:
    """Return persons by every attribute; a host without anybody keeps one row of zero persons."""
    world = state.world
    stock = state.history.stock[: state.index + 1]
    shown = stock > 0
    shown[..., 0, 0, 0] |= ~shown.any(axis=(2, 3, 4))
    month, host, status, group, kind = np.nonzero(shown)
    statuses = tuple(s.name.lower() for s in Status)
    sexes, ages = tuple(sorted(set(SEX_OF_KIND))), tuple(sorted(set(AGE_OF_KIND)))
    sex_of = np.array([sexes.index(s) for s in SEX_OF_KIND])
    age_of = np.array([ages.index(a) for a in AGE_OF_KIND])
    order = np.lexsort((group, age_of[kind], sex_of[kind], status, host, month))
    month, host, status, group, kind = (a[order] for a in (month, host, status, group, kind))
    return _frame(
        state.seed,
        {
            "month": _months(state, len(stock), month),
            "host": _texts(world.hosts.ids, host),
            "status": _texts(statuses, status),
            "sex": _texts(sexes, sex_of[kind]),
            "age_group": _texts(ages, age_of[kind]),
            "origin_group": _texts(world.origins.groups, group),
            "persons": stock[month, host, status, group, kind],
        },
    )


def flows_table(state: State) -> pd.DataFrame:
    """Return persons who changed place by month, kind and places; zero rows left out."""
    flows = state.history.flows[: state.index]
    month, kind, left, entered = np.nonzero(flows)
    places = (*state.world.hosts.ids, UKRAINE)
    return _frame(
        state.seed,
        {
            "month": _months(state, len(flows), month),
            "kind": _texts(tuple(k.name.lower() for k in Flow), kind),
            "from_place": _texts(places, left),
            "to_place": _texts(places, entered),
            "persons": flows[month, kind, left, entered],
        },
    )


def register_table(state: State) -> pd.DataFrame:
    """Return the register view by host at the end of every month, whole persons."""
    register = np.rint(state.history.register[: state.index]).astype(np.int64)
    months, hosts = register.shape
    return _frame(
        state.seed,
        {
            "month": _months(state, months, np.repeat(np.arange(months), hosts)),
            "host": _texts(state.world.hosts.ids, np.tile(np.arange(hosts), months)),
            "persons": register.ravel(),
        },
    )


def intentions_table(state: State) -> pd.DataFrame:
    """Return persons by the answer their household would give, by month and host."""
    first = COUNTS.index("intention_stay")
    answers = state.history.counts[: state.index + 1, :, first : first + len(ANSWERS)]
    month, host, answer = np.nonzero(answers)
    return _frame(
        state.seed,
        {
            "month": _months(state, len(answers), month),
            "host": _texts(state.world.hosts.ids, host),
            "answer": _texts(ANSWERS, answer),
            "persons": answers[month, host, answer],
        },
    )


def indicators_table(state: State) -> pd.DataFrame:
    """Return employment, housing, schooling and places by month and host."""
    history, start = state.history, state.settings.start
    counts = history.counts[: state.index + 1].astype(float)
    column = {name: counts[:, :, k] for k, name in enumerate(COUNTS)}
    kinds = ("collective", "hosted", "subsidised", "independent")
    persons = np.sum([column[f"housing_{kind}"] for kind in kinds], axis=0)
    short = np.zeros_like(persons)
    short[1:] = history.places_short[: state.index]
    capacity = np.array([state.world.places_available(month) for month in range(start, start + len(counts))])

    def share(part: Floats, whole: Floats) -> Floats:
        return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)

    values = {
        ("collective_capacity", "persons"): np.where(np.isfinite(capacity), capacity, np.nan),
        ("collective_places_used", "persons"): column["housing_collective"],
        ("employment_share", "share"): share(column["employed"], column["working_age"]),
        ("family_in_ukraine_share", "share"): share(column["family_in_ukraine"], persons),
        ("households", "households"): column["households"],
        ("housing_collective_share", "share"): share(column["housing_collective"], persons),
        ("housing_hosted_share", "share"): share(column["housing_hosted"], persons),
        ("housing_independent_share", "share"): share(column["housing_independent"], persons),
        ("housing_subsidised_share", "share"): share(column["housing_subsidised"], persons),
        ("minors_in_host_school_share", "share"): share(column["minors_in_host_school"], column["minors"]),
        ("minors_online_only_share", "share"): share(column["minors_online_only"], column["minors"]),
        ("places_short", "persons"): short,
    }
    for kind in ("energetic", "exhausted", "virtual", "disconnected"):
        values[f"return_type_{kind}", "persons"] = column[f"return_{kind}"]
    names, units = zip(*values, strict=True)
    block = np.stack(list(values.values()), axis=2)
    month, host, name = np.nonzero(np.isfinite(block))
    return _frame(
        state.seed,
        {
            "month": _months(state, len(counts), month),
            "host": _texts(state.world.hosts.ids, host),
            "name": _texts(tuple(names), name),
            "value": block[month, host, name],
            "unit": np.array(units)[name],
        },
    )


def tables_of(state: State) -> dict[str, pd.DataFrame]:
    """Return all tables of a run."""
    return {
        "stocks": stocks_table(state),
        "flows": flows_table(state),
        "register": register_table(state),
        "intentions": intentions_table(state),
        "indicators": indicators_table(state),
    }
