"""Fetch the two register datasets from Eurostat through the ``eurostat`` package."""

import contextlib
import datetime as dt
import io
import math

from abm.errors import EweaError
from experiments.data.eurostat_file import API, CITIZENS, WANTED, Collector, EurostatTable

REMEDY = (
    "Download the file in a browser, {api}/{dataset}?format=TSV&compressed=true, and name it in the command "
    "instead."
)

MOST_SAID = 120
"""Characters kept of what the package prints when it fails."""


def fetch_eurostat(dataset: str) -> EurostatTable:
    """Return the monthly totals of a dataset as Eurostat serves it now.

    Raises
    ------
    EweaError
        If the ``eurostat`` package is not installed, Eurostat cannot be reached or has no totals.
    """
    remedy = REMEDY.format(api=API, dataset=dataset)
    try:
        import eurostat
    except ImportError as error:
        raise EweaError(
            f"Eurostat {dataset}: the package 'eurostat' is not installed. Install it with "
            f"pip install 'ewea-displacement[data]', or: {remedy}"
        ) from error
    name = f"Eurostat {dataset}"
    for citizen in CITIZENS:
        said = io.StringIO()  # the package prints its faults, which would spoil --json
        try:
            with contextlib.redirect_stdout(said):
                frame = eurostat.get_data_df(dataset, flags=True, filter_pars={**WANTED, "citizen": citizen})
        except Exception as error:  # the package lets any fault of the network and of its parser through
            cause = " ".join(said.getvalue().split())[:MOST_SAID] or type(error).__name__
            raise EweaError(f"{name}: cannot be fetched ({cause}). Check the connection. {remedy}") from error
        if frame is None or frame.empty:
            continue
        collector = Collector(name)
        collector.table.dataset = dataset
        today = dt.datetime.now(dt.UTC).date()
        collector.table.vintage = f"{today:%Y-%m}"
        read_frame(frame.columns.tolist(), frame.to_numpy(dtype=object).tolist(), collector)
        if any(collector.values.values()):
            return collector.finish()
    raise EweaError(f"{name}: Eurostat answers with no monthly totals. {remedy}")


def read_frame(columns: list[str], rows: list[list[object]], collector: Collector) -> None:
    r"""Read a table as ``eurostat.get_data_df(..., flags=True)`` shapes it.

    Dimensions come first, the last of them named ``geo\TIME_PERIOD``; then ``<month>_value`` and
    ``<month>_flag`` for every month. A value that is missing is None or NaN.
    """
    names = [name.split("\\")[0] for name in columns]
    months = [name.removesuffix("_value") for name in names if name.endswith("_value")]
    place = {name: number for number, name in enumerate(names)}
    for line, row in enumerate(rows, start=2):
        codes = {key: str(row[place[key]]) for key in ("freq", "unit", "citizen", "sex", "age", "geo")}
        if not collector.wants(codes, line):
            continue
        for month in months:
            value = row[place[f"{month}_value"]]
            flag = row[place[f"{month}_flag"]]
            empty = value is None or (isinstance(value, float) and math.isnan(value))
            text = "" if flag is None else str(flag).lstrip(": ").strip()
            collector.add(codes, month, ":" if empty else str(value), text, line)
