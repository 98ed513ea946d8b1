"""What the functions of :mod:`ewea` return; every result becomes a pandas table or an xarray data set.

``S`` seeds, ``M`` months, ``H`` hosts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from abm.band import HIGH, LOW, key
from abm.errors import EweaError
from abm.months import first_day

if TYPE_CHECKING:
    import xarray as xr

    from experiments.run_tables import RunSeries


def _frame(table: pa.Table, units: Mapping[str, str]) -> pd.DataFrame:
    plain = [
        field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field
        for field in table.schema
    ]
    frame: pd.DataFrame = table.cast(pa.schema(plain)).to_pandas()
    frame.attrs["units"] = dict(units)
    return frame


def _days(first: int, number: int) -> Any:
    return np.array([first_day(first + month) for month in range(number)], "datetime64[ns]")


@dataclass(frozen=True)
class RunResult:
    """A run of one scenario with several seeds.

    Attributes
    ----------
    tables : mapping of str to pyarrow.Table
        ``stocks`` (persons on day 1 of the month), ``flows`` (persons during the month), ``register``
        (persons at the end of the month, as registers count), ``intentions`` and ``indicators``.
    summary : mapping
        Figures for the Netherlands, the EU and all hosts with their bands, as in ``summary.json``.
    provenance : mapping
        All that decides the tables: scenario, settings, seeds, digests of configuration and code, libraries.
    folder : Path or None
        Where the run was written, if it was.
    """

    tables: Mapping[str, pa.Table]
    summary: Mapping[str, Any]
    provenance: Mapping[str, Any]
    folder: Path | None
    _series: "RunSeries"

    def to_pandas(self, table: str = "stocks") -> pd.DataFrame:
        """Return one of the tables, one row per cell that is not empty; units in ``attrs``.

        Raises
        ------
        EweaError
            If there is no table of this name.
        """
        from experiments.run_tables import UNITS

        if table not in self.tables:
            raise EweaError(f"table: found {table!r}; there are {', '.join(self.tables)}.")
        return _frame(self.tables[table], UNITS[table])

    def to_xarray(self) -> "xr.Dataset":
        """Return series per seed and host.

        Returns
        -------
        xarray.Dataset
            On ``(seed, day, host)``, ``[S, M + 1, H]``: ``stock`` in persons on the day, and every indicator.
            On ``(seed, month, host)``, ``[S, M, H]``, in persons: ``arrivals`` (from Ukraine, for the first
            time), ``returns``, ``register``, ``from_ukraine`` and ``to_ukraine`` (all who enter and leave the
            stock, moves between hosts apart: births, deaths and late registrations included). ``between`` is
            ``(seed, month, host, to_host)``. Units in ``attrs`` of each.
        """
        import xarray as xr

        of = self._series
        units = self.tables["indicators"].select(["name", "unit"]).group_by(["name", "unit"]).aggregate([])
        unit_of = dict(zip(units["name"].to_pylist(), units["unit"].to_pylist(), strict=True))
        day, month = ("seed", "day", "host"), ("seed", "month", "host")
        found = {
            "stock": (day, of.stock, {"units": "persons"}),
            "arrivals": (month, of.arrivals, {"units": "persons"}),
            "returns": (month, of.returns, {"units": "persons"}),
            "from_ukraine": (month, of.from_ukraine, {"units": "persons"}),
            "to_ukraine": (month, of.to_ukraine, {"units": "persons"}),
            "between": ((*month, "to_host"), of.between, {"units": "persons"}),
            "register": (month, of.register, {"units": "persons"}),
            **{name: (day, values, {"units": unit_of[name]}) for name, values in of.indicators.items()},
        }
        months = of.until - of.first
        where = {
            "seed": list(of.seeds),
            "day": _days(of.first, months + 1),
            "month": _days(of.first, months),
            "host": list(of.hosts),
            "to_host": list(of.hosts),
        }
        return xr.Dataset(found, where, {"scenario": self.provenance["scenario"]})


@dataclass(frozen=True)
class CompareResult:
    """Scenarios less a base, on the same seeds.

    Attributes
    ----------
    differences : mapping of str to pyarrow.Table
        By scenario: ``seed``, ``outcome``, ``host`` and ``difference`` in persons; stocks at the horizon,
        flows since the first month that differs.
    summary : mapping
        Differences with bands, by lever and by channel, as in ``differences.json``.
    provenance : mapping
        All that decides the result.
    folder : Path or None
        Where it was written, if it was.
    """

    differences: Mapping[str, pa.Table]
    summary: Mapping[str, Any]
    provenance: Mapping[str, Any]
    folder: Path | None

    def to_pandas(self) -> pd.DataFrame:
        """Return ``scenario``, ``seed``, ``outcome``, ``host`` and ``difference`` (persons)."""
        parts = {name: _frame(table, {}) for name, table in self.differences.items()}
        joined = pd.concat(parts, names=["scenario", None]).reset_index("scenario").reset_index(drop=True)
        joined.attrs["units"] = {"difference": "persons"}
        return joined

    def to_xarray(self) -> "xr.Dataset":
        """Return ``difference``, persons on ``(scenario, seed, outcome, host)``."""
        axes = ["scenario", "seed", "outcome", "host"]
        found = self.to_pandas().set_index(axes).to_xarray()
        # to_xarray sorts; a reader expects the order of the question
        order = {"scenario": list(self.differences)}
        found["difference"].attrs["units"] = "persons"
        return found.sel(order).assign_attrs(base=self.provenance["scenario"])


@dataclass(frozen=True)
class SweepResult:
    """The rows of a sweep, one per world and seed.

    Attributes
    ----------
    rows : pandas.DataFrame
        World, axes of the design, seed, policy and outcomes; failed worlds are left out.
    units : mapping of str to str
        Units of the outcomes.
    summary : mapping
        How many runs there are, were done, were there before and failed.
    folder : Path
        The store.
    """

    rows: pd.DataFrame
    units: Mapping[str, str]
    summary: Mapping[str, Any]
    folder: Path

    def to_pandas(self) -> pd.DataFrame:
        """Return the rows; units in ``attrs``."""
        frame = self.rows.copy()
        frame.attrs["units"] = dict(self.units)
        return frame

    def to_xarray(self) -> "xr.Dataset":
        """Return the outcomes on ``(world, seed)``; what defines a world are coordinates of ``world``."""
        import xarray as xr

        seeds = self.rows.set_index(["world", "seed"])
        outcomes = xr.Dataset.from_dataframe(seeds[list(self.units)])
        for name, unit in self.units.items():
            outcomes[name].attrs["units"] = unit
        axes = self.rows.drop_duplicates("world").set_index("world")
        named = [name for name in axes if name not in (*self.units, "seed")]
        where = axes.loc[outcomes["world"].to_numpy(), named]
        return outcomes.assign_coords({name: ("world", where[name].to_numpy()) for name in named})

    def query(self, sql: str) -> pd.DataFrame:
        """Return what a query (DuckDB) finds in the store: tables ``results`` and ``failures``.

        Raises
        ------
        EweaError
            If the query is not understood; the message names the columns.
        """
        from experiments.designs.results import ask

        return ask(self.folder, sql)


@dataclass(frozen=True)
class ForecastResult:
    """A forecast of the baseline, as it is published.

    Attributes
    ----------
    table : pandas.DataFrame
        ``place``, ``month``, ``quantity``, median and ends of the band, all in persons.
    about : mapping of str to str
        What it knew: last data month, law, digests of data and model, seeds, band.
    folder : Path or None
        The file it was published in, if it was.
    """

    table: pd.DataFrame
    about: Mapping[str, str]
    folder: Path | None

    def to_pandas(self) -> pd.DataFrame:
        """Return the table; units in ``attrs``."""
        frame = self.table.copy()
        frame.attrs["units"] = dict.fromkeys(_ends(), "persons")
        return frame

    def to_xarray(self) -> "xr.Dataset":
        """Return ``register``, ``people``, ``arrivals`` and ``returns``: persons on ``(place, month, end)``.

        ``end`` is the share of runs at or below the value: 0.5 is the median.
        """
        import xarray as xr

        ends = {0.5: "median", LOW: key("low"), HIGH: key("high")}
        of = self.table.set_index(["quantity", "place", "month"]).to_xarray()
        of = of.assign_coords(month=np.array(of["month"].to_numpy().astype(str), "datetime64[ns]"))
        end = pd.Index(list(ends), name="end")
        whole = xr.concat([of[name] for name in ends.values()], end).transpose(
            "quantity", "place", "month", "end"
        )
        found = {
            str(name): whole.sel(quantity=name, drop=True).assign_attrs(units="persons")
            for name in whole["quantity"].to_numpy()
        }
        return xr.Dataset(found, attrs=dict(self.about))


def _ends() -> Sequence[str]:
    return "median", key("low"), key("high")


@dataclass(frozen=True)
class LawResult:
    """The law of a day.

    Attributes
    ----------
    day : str
        The day, ``YYYY-MM-DD``.
    rules : tuple of mapping
        Every rule in every place: ``rule``, ``place``, ``value``, ``unit``, ``from``, ``until``, ``status``,
        ``who``, ``source``, ``checked_on``, ``stale`` and more.
    """

    day: str
    rules: tuple[Mapping[str, Any], ...]

    def to_pandas(self) -> pd.DataFrame:
        """Return one row per rule and place; the unit of ``value`` stands in its row."""
        return pd.DataFrame(list(self.rules))

    def to_xarray(self) -> "xr.Dataset":
        """Return the same on ``(number,)``, as text but for ``stale`` (rules have different units)."""
        texts = self.to_pandas().fillna("").astype({"value": str, "low": str, "high": str})
        return texts.rename_axis("number").to_xarray().assign_attrs(day=self.day)


@dataclass(frozen=True)
class PosteriorResult:
    """The posterior of a fit: equally likely draws of every parameter, with the priors they had.

    Attributes
    ----------
    fit : str
        Name of the fit.
    draws, prior_draws : pandas.DataFrame
        One row per draw, one column per parameter, in the units of ``about``.
    about : mapping of str to mapping
        By parameter: ``units``, ``meaning``, ``status``, ``source`` and its prior (``prior_distribution``,
        ``prior_median``, ``prior_low``, ``prior_high``: central 90 %, of judged priors 80 %).
    provenance : mapping of str to str
        Fit, digest of the configuration, date of the data.
    """

    fit: str
    draws: pd.DataFrame
    prior_draws: pd.DataFrame
    about: Mapping[str, Mapping[str, Any]]
    provenance: Mapping[str, str]

    def to_pandas(self) -> pd.DataFrame:
        """Return the draws; units in ``attrs``."""
        frame = self.draws.copy()
        frame.attrs["units"] = {name: about["units"] for name, about in self.about.items()}
        return frame

    def to_xarray(self) -> "xr.DataTree":
        """Return ArviZ ``InferenceData`` with the groups ``posterior`` and ``prior``, ``(chain, draw)``."""
        from arviz_base import from_dict

        groups = {"posterior": self.draws, "prior": self.prior_draws}
        values = {
            group: {str(name): of[name].to_numpy()[None, :] for name in of} for group, of in groups.items()
        }
        tree = from_dict(values, attrs={"/": dict(self.provenance)})
        for group in groups:
            for name, variable in tree[group].data_vars.items():
                variable.attrs.update(self.about[str(name)])
        return tree

    def save(self, path: str | Path) -> Path:
        """Write ``to_xarray()`` as NetCDF, whole or not at all.

        Raises
        ------
        EweaError
            If the file cannot be written.
        """
        from abm.files import plain_refusal, whole

        place = Path(path)
        with plain_refusal(place), whole(place) as part:
            self.to_xarray().to_netcdf(part, engine="h5netcdf")
        return place
