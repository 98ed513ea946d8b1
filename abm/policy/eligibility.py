"""Who meets the conditions of a route, evaluated on household columns."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.codes import MINORS, WORKING_AGE, Employment, PersonKind
from abm.kernels.status import keyed_uniform
from abm.policy.route import CODED, Condition

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

OLDER = (PersonKind.WOMEN_65, PersonKind.MEN_65)


def household_income(
    columns: Mapping[str, NDArray[Any]], wage: Array, key: np.uint64, coefficients: Mapping[str, float]
) -> Array:
    """Return the monthly income of households, EUR gross, float64[n].

    Jobs times the pay of the displaced in the host, less below the worker's own level, times a
    personal factor that a household keeps (log-normal, mean 1), plus remote work for Ukraine.

    Parameters
    ----------
    columns : mapping of str to array[n]
        ``household_id``, ``employed``, ``employment``, ``works_remotely``.
    wage : float64[n]
        Pay in the household's host, EUR a month.
    key : uint64
        Key of the stream INCOME in month 0.
    """
    spread = coefficients["income_dispersion"]
    ids = np.ascontiguousarray(columns["household_id"])
    radius = np.sqrt(-2.0 * np.log(keyed_uniform(ids, key, 0)))
    normal = radius * np.cos(2.0 * np.pi * keyed_uniform(ids, key, 1))
    personal = np.exp(spread * normal - 0.5 * spread**2)
    level = np.where(columns["employment"] == Employment.AT_LEVEL, 1.0, coefficients["income_below_level"])
    remote = coefficients["remote_income_eur"] * columns["works_remotely"]
    pay = coefficients["income_pay_ratio"] * wage
    return np.asarray(columns["employed"] * pay * level * personal + remote)


def value_of(column: str, columns: Mapping[str, NDArray[Any]], income: Array) -> Array:
    """Return a column or derived value as numbers, float64[n]."""
    persons = columns["persons"].astype(np.int64)
    if column == "income_eur_month":
        return income
    groups: dict[str, Sequence[int]] = {
        "adults": WORKING_AGE,
        "minors": MINORS,
        "older": OLDER,
        "persons": tuple(PersonKind),
    }
    if column in groups:
        return np.asarray(persons[:, list(groups[column])].sum(axis=1), float)
    return np.asarray(columns[column], float)


def meets(
    condition: Condition, columns: Mapping[str, NDArray[Any]], income: Array, income_factor: Array
) -> Mask:
    """Return which households meet one condition, bool[n].

    ``income_factor`` scales what is asked for of ``income_eur_month``.
    """
    value = value_of(condition.column, columns, income)
    if condition.one_of is not None:
        codes = [CODED[condition.column][name.upper()] for name in condition.one_of]
        return np.asarray(np.isin(value, codes))
    met = np.ones(len(value), np.bool_)
    factor = income_factor if condition.column == "income_eur_month" else np.ones(len(value))
    if condition.at_least is not None:
        members = columns["persons"].astype(np.int64).sum(axis=1)
        asked = condition.at_least + condition.per_further_member * np.maximum(members - 1, 0)
        met &= value >= asked * factor
    if condition.at_most is not None:
        met &= value <= condition.at_most * factor
    return met


def eligible(
    conditions: Sequence[Condition], columns: Mapping[str, NDArray[Any]], income: Array, income_factor: Array
) -> Mask:
    """Return which households meet every condition, bool[n]."""
    met = np.ones(len(income), np.bool_)
    for condition in conditions:
        met &= meets(condition, columns, income, income_factor)
    return met
