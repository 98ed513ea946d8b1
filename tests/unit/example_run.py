"""A small world and made-up results for tests of run folders, summaries and figures.

Made up by a few lines of arithmetic, not by the model: nothing here says anything about people.
"""

import numpy as np
import pandas as pd

from abm.data.world import Composition, Hosts, Origins, Registers, World
from abm.months import month_index, month_label
from abm.policy.policy import Policy
from experiments.run_tables import SCHEMAS, joined_tables, to_arrow

HOSTS = ("DE", "NL", "PL", "elsewhere")
RATE = 3_000
START, LAST_DATA, UNTIL = month_index("2022-03"), month_index("2024-08"), month_index("2026-03")


def example_world(hosts=HOSTS, until=UNTIL, published=None):
    """Return a world of a few hosts with registers until August 2024."""
    n, months, units = len(hosts), until + 1, 2
    host, unit = np.ones(n), np.ones(units)
    by_month = np.ones((months, n))
    stock = np.full((months, n), np.nan)
    shown = np.arange(months)[:, None] * 1000.0 * (1 + np.arange(n)) if published is None else published
    stock[START : LAST_DATA + 1] = shown[START : LAST_DATA + 1]
    is_break = np.zeros((months, n), dtype=bool)
    is_break[month_index("2023-03"), 0] = True
    beyond_the_eu = {"elsewhere", "UK", "NO", "CH", "IS", "LI", "MD"}
    per_host = ("population", "km_to_kyiv", "wage_eur_month", "diaspora", "admission")
    per_month = ("unemployment_share", "employment_share", "collective_share", "collective_places")
    return World(
        hosts=Hosts(
            ids=tuple(hosts),
            labels={name: {"en": f"Land {name}"} for name in hosts},
            km_between=np.ones((n, n)),
            is_neighbour=np.zeros(n, dtype=bool),
            is_eu=np.array([name not in beyond_the_eu for name in hosts]),
            benefit_eur_month=by_month,
            protection_end=np.full(n, 62),
            **dict.fromkeys(per_host, host),
            **dict.fromkeys(per_month, by_month),
        ),
        origins=Origins(
            ids=("UA01", "UA05"),
            labels={"UA01": "A", "UA05": "B"},
            groups=("east",),
            group_of_unit=np.zeros(units, dtype=np.int64),
            population=unit,
            age_sex=np.ones((units, 1, 2)),
            age_bands=("0-4",),
        ),
        registers=Registers(
            first_month=START,
            last_month=LAST_DATA,
            stock=stock,
            decisions=np.full((months, n), np.nan),
            eu_decisions=np.full(months, np.nan),
            arrivals=np.zeros((months, n)),
            arrivals_derived=np.zeros((months, n), dtype=bool),
            break_completeness=np.where(is_break, 0.9, 0.0),
            is_break=is_break,
            deregistration_share=by_month,
            deregistration_lag=host,
            again_share=np.zeros((months, n)),
            late_share=np.zeros((months, n)),
        ),
        composition=Composition(
            origin=np.ones((n, units)) / units,
            household_types=np.ones((1, 6), dtype=np.int64),
            household_weight=np.ones(1),
            household_size=np.ones(5) / 5,
            **dict.fromkeys(("stock", "arrivals"), np.ones((months, n, 4)) / 4),
        ),
        coefficients={},
        n_months=months,
        digest="0" * 64,
        data_date=month_label(LAST_DATA),
        reference_month=month_index("2023-12"),
        today=LAST_DATA + 3,
        policy=Policy.neutral(months, n, units),
        drivers={},
        driver_cards={},
    )


def example_tables(seed, hosts=HOSTS, start=START, until=UNTIL):
    """Return the five tables of one seed as data frames; stocks and flows agree with one another."""
    draws = np.random.default_rng(seed)
    n = len(hosts)
    stock = np.zeros(n, dtype=np.int64)
    rows = {name: [] for name in SCHEMAS}
    for month in range(start, until + 1):
        at = (seed, month_label(month))
        for host, persons in zip(hosts, stock.tolist(), strict=True):
            sexes = {"female": persons // 2, "male": persons - persons // 2}
            kind = "temporary_protection"
            rows["stocks"] += [(*at, host, kind, sex, "18-64", "east", k) for sex, k in sexes.items() if k]
            rows["indicators"] += [
                (*at, host, "collective_places_used", float(persons // 3), "persons"),
                (*at, host, "collective_capacity", 20_000.0, "places"),
                (*at, host, "places_short", float(max(persons // 3 - 20_000, 0)), "persons"),
            ]
            rows["intentions"] += [(*at, host, answer, persons // 3) for answer in ("return", "stay")]
        if month == until:
            break
        arrivals = draws.poisson(RATE * (1 + np.arange(n)))
        returns = draws.binomial(stock, 0.01)
        moves = np.array([draws.multinomial(int(stock[i] * 0.005), np.ones(n) / n) for i in range(n)])
        np.fill_diagonal(moves, 0)
        births, deaths = 1 + np.arange(n), np.minimum(stock - returns - moves.sum(axis=1), 2)
        for i, host in enumerate(hosts):
            flows = [("arrival", "UA", host, arrivals[i]), ("return", host, "UA", returns[i])]
            flows += [("birth", "UA", host, births[i]), ("death", host, "UA", deaths[i])]
            flows += [("onward", host, other, moves[i, j]) for j, other in enumerate(hosts)]
            rows["flows"] += [(*at, *flow) for flow in flows if flow[-1]]
        stock = stock + arrivals + births - deaths - returns - moves.sum(axis=1) + moves.sum(axis=0)
        counted = zip(hosts, (1.1 * stock).astype(int).tolist(), strict=True)
        rows["register"] += [(*at, host, persons) for host, persons in counted]
    return {name: pd.DataFrame(rows[name], columns=schema.names) for name, schema in SCHEMAS.items()}


def arrow_tables(seeds, until=UNTIL):
    """Return the five tables of several seeds as a run folder holds them."""
    parts = ({name: to_arrow(name, f) for name, f in example_tables(k, until=until).items()} for k in seeds)
    return joined_tables(list(parts))
