"""Time series per seed out of the tables of a run: what summaries and figures are drawn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from abm.band import LEVEL
from abm.months import month_label

if TYPE_CHECKING:
    pass

UKRAINE = "UA"


@dataclass(frozen=True)
class RunSeries:
    """The tables of a run as arrays; ``S`` seeds, ``M`` months, ``H`` hosts."""

    seeds: tuple[int, ...]  # Seeds in rising order
    hosts: tuple[str, ...]  # Host codes in code order
    first: int  # Month number of the first flow; month ``m`` of the arrays is ``first + m``
    stock: NDArray[np.int64]  # [S, M + 1, H] Persons on day 1 of the month
    from_ukraine: NDArray[np.int64]  # [S, M, H] Persons who came from, or went to, Ukraine in the month
    to_ukraine: NDArray[np.int64]
    # [S, M, H, H] Persons who moved from a host (third axis) to another (fourth) in the month
    between: NDArray[np.int64]
    # [S, M, H] Persons a register would show at the end of the month; NaN where the table has no row
    register: NDArray[np.float64]
    indicators: Mapping[str, NDArray[np.float64]]  # Indicators by name; NaN where the table has no row

    @property
    def until(self) -> int:
        """Month number of the last stock (the horizon)."""
        return self.first + int(self.stock.shape[1]) - 1


def run_series(
    tables: Mapping[str, pa.Table], hosts: Sequence[str], seeds: Sequence[int], first: int, until: int
) -> RunSeries:
    """Return the arrays of a run from the five tables of its folder, hosts in code order, seeds rising.

    ``first`` and ``until`` are the month numbers of the first stock and of the last one (the horizon). A
    month without a row is a month without persons.
    """
    n_months = until - first + 1
    of_seed = {seed: number for number, seed in enumerate(seeds)}
    of_month = {month_label(first + number): number for number in range(n_months)}
    of_host = {host: number for number, host in enumerate(hosts)}
    of_place = {**of_host, UKRAINE: len(hosts)}

    def cube(name: str, *places: str, months: int = n_months) -> NDArray[np.int64]:
        """Return persons[seed, month, place ...] summed over everything else."""
        columns = ["seed", "month", *places]
        sums = tables[name].group_by(columns).aggregate([("persons", "sum")])
        axes: list[Mapping[Any, int]] = [of_seed, of_month, *([of_place] * len(places))]
        cells = np.zeros((len(seeds), months, *([len(of_place)] * len(places))), dtype=np.int64)
        position = tuple(_numbers(sums[name], axis) for name, axis in zip(columns, axes, strict=True))
        cells[position] = sums["persons_sum"].to_numpy()  # the keys of a group are unique
        return cells

    stock = cube("stocks", "host")[:, :, :-1]
    flows = cube("flows", "from_place", "to_place", months=n_months - 1)
    register = _values(tables["register"], "persons", of_seed, of_month, of_host)[:, :-1]
    indicators = {
        name: _values(
            tables["indicators"].filter(pc.field("name") == name), "value", of_seed, of_month, of_host
        )
        for name in sorted(pc.unique(tables["indicators"]["name"]).to_pylist())
    }
    return RunSeries(
        seeds=tuple(seeds),
        hosts=tuple(hosts),
        first=first,
        stock=stock,
        from_ukraine=flows[:, :, -1, :-1],
        to_ukraine=flows[:, :, :-1, -1],
        between=flows[:, :, :-1, :-1],
        register=register,
        indicators=indicators,
    )


def band_of_seeds(values: NDArray[np.float64] | NDArray[np.int64], axis: int = 0) -> NDArray[np.float64]:
    """Return low end, median and high end of the band over seeds, on a new first axis."""
    tail = (1 - LEVEL) / 2
    ends: NDArray[np.float64] = np.quantile(values, [tail, 0.5, 1 - tail], axis=axis)
    return ends


def _numbers(column: pa.ChunkedArray, axis: Mapping[Any, int]) -> NDArray[np.int64]:
    """Return the position of every cell on an axis; a strange label is a KeyError."""
    encoded = column.combine_chunks()
    if not isinstance(encoded, pa.DictionaryArray):
        encoded = encoded.dictionary_encode()
    table = np.array([axis[label] for label in encoded.dictionary.to_pylist()], dtype=np.int64)
    numbers: NDArray[np.int64] = table[encoded.indices.to_numpy(zero_copy_only=False)]
    return numbers


def _values(
    table: pa.Table,
    value: str,
    of_seed: Mapping[Any, int],
    of_month: Mapping[Any, int],
    of_host: Mapping[Any, int],
) -> NDArray[np.float64]:
    """Return value[seed, month, host], NaN where there is no row."""
    cells = np.full((len(of_seed), len(of_month), len(of_host)), np.nan)
    position = (
        _numbers(table["seed"], of_seed),
        _numbers(table["month"], of_month),
        _numbers(table["host"], of_host),
    )
    cells[position] = table[value].to_numpy()
    return cells
