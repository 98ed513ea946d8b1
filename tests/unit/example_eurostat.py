"""The shipped registers written as Eurostat publishes them: TSV and both versions of SDMX-CSV."""

import gzip
from pathlib import Path

import numpy as np

from abm.data.hosts import load_countries
from abm.months import month_index, month_label
from experiments.data.derive_registers import read_persons
from experiments.data.eurostat import DECISIONS, STOCK

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
HOSTS = [country.id for country in load_countries(CONFIGS)]
IS_EU = np.array([country.eu_member for country in load_countries(CONFIGS)])
FIRST = month_index("2022-03")
TABLES = {STOCK: "tp_stock", DECISIONS: "tp_decisions"}

type Cells = dict[tuple[str, int], int | None]


SHIPPED = {dataset: read_persons(CONFIGS, name, HOSTS, FIRST) for dataset, name in TABLES.items()}


def shipped(dataset: str, root: Path = CONFIGS) -> Cells:
    return dict(SHIPPED[dataset] if root == CONFIGS else read_persons(root, TABLES[dataset], HOSTS, FIRST))


def series_of(cells: Cells, citizen: str) -> list[tuple[tuple[str, ...], dict[int, int | None]]]:
    """One series per country and breakdown, as the full dataset holds them: totals among the rest."""
    months = range(FIRST, max(month for _, month in cells) + 1)
    series = []
    for geo in sorted({geo for geo, _ in cells}):
        values = {month: cells.get((geo, month)) for month in months}
        half = {month: None if value is None else value // 2 for month, value in values.items()}
        series.append((("M", "PER", citizen, "T", "TOTAL", geo), values))
        series.append((("M", "PER", citizen, "F", "TOTAL", geo), half))
        series.append((("M", "PER", citizen, "T", "Y_LT18", geo), half))
        series.append((("M", "PER", "SY", "T", "TOTAL", geo), half))
    return sorted(series, key=lambda one: one[0])


def as_tsv(cells: Cells, citizen="TOTAL", flags=None, new_style=False) -> str:
    """TSV of the API: codes, then one column a month; every cell ends in a blank or a flag."""
    months = range(FIRST, max(month for _, month in cells) + 1)
    heads = [month_label(month).replace("-", "M" if new_style else "-") for month in months]
    lines = ["freq,unit,citizen,sex,age,geo\\TIME_PERIOD\t" + "\t".join(f"{head} " for head in heads)]
    for codes, values in series_of(cells, citizen):
        shown = []
        for month in months:
            value = values[month]
            flag = (flags or {}).get((codes[-1], month), "")
            shown.append(f"{':' if value is None else value} {flag}")
        lines.append(",".join(codes) + "\t" + "\t".join(shown))
    return "\r\n".join(lines) + "\r\n"


def as_sdmx(cells: Cells, dataset: str, citizen="TOTAL", flags=None) -> str:
    """SDMX-CSV 1.0 of the API: one line a cell; a missing value has no line unless it has a flag."""
    lines = ["DATAFLOW,LAST UPDATE,freq,unit,citizen,sex,age,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG,CONF_STATUS"]
    flow = f"ESTAT:{dataset.upper()}(1.0),10/10/26 23:00:00"
    for codes, values in series_of(cells, citizen):
        for month, value in values.items():
            flag = (flags or {}).get((codes[-1], month), "")
            if value is None and not flag:
                continue
            secret = "C" if flag == "c" else ""
            shown = "" if value is None else value
            lines.append(f"{flow},{','.join(codes)},{month_label(month)},{shown},{flag},{secret}")
    return "\r\n".join(lines) + "\r\n"


def write(path: Path, text: str) -> Path:
    raw = text.encode()
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path


def files(folder: Path, stock: Cells, decisions: Cells, form: str, **more) -> tuple[Path, Path]:
    paths = []
    for dataset, cells in ((STOCK, stock), (DECISIONS, decisions)):
        text = as_tsv(cells, **more) if "tsv" in form else as_sdmx(cells, dataset, **more)
        paths.append(write(folder / f"estat_{dataset}.{form}", text))
    return paths[0], paths[1]


def as_sdmx_2(cells: Cells, dataset: str) -> str:
    """SDMX-CSV 2.0: other leading columns, no date of the last update."""
    text = as_sdmx(cells, dataset).replace("DATAFLOW,LAST UPDATE", "STRUCTURE,STRUCTURE_ID")
    flow = f"ESTAT:{dataset.upper()}(1.0)"
    return text.replace(f"{flow},10/10/26 23:00:00", f"dataflow,{flow}")
