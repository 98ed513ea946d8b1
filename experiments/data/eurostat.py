"""Read the two Eurostat register files, SDMX-CSV or TSV, plain or gzip; or fetch them.

The format is recognised from the content, never from the file name. Files may hold every citizenship, sex
and age: lines are read one by one and only totals are kept.
"""

import contextlib
import csv
import datetime as dt
import gzip
import io
import math
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from abm.errors import ConfigError, EweaError
from abm.months import EPOCH_YEAR

STOCK, DECISIONS = "migr_asytpsm", "migr_asytpfm"
API = "https://ec.europa.eu/eurostat/api/dissemination/sdmx/2.1/data"
DIMENSIONS = ("freq", "unit", "citizen", "sex", "age", "geo")
WANTED = {"freq": "M", "unit": "PER", "sex": "T", "age": "TOTAL"}
EU = "EU27_2020"
EU_SEXES = ("T", "M", "F")
EU_AGES = ("TOTAL", "Y_LT14", "Y14-17", "Y18-34", "Y35-64", "Y_GE65")
"""Ukrainian citizens in the whole EU are kept by sex and age."""
CITIZENS = ("TOTAL", "EXT_EU27_2020", "UA")
"""Citizenships in order of preference; the register tables hold TOTAL."""

_MONTH = re.compile(r"^(\d{4})(?:-M?|M)(0[1-9]|1[0-2])$")
_DATASET = re.compile(r"migr_\w+", re.IGNORECASE)
_UPDATE = re.compile(r"^(\d{2})/(\d{2})/(\d{2})\b")
_VALUE = re.compile(r"^([^a-zA-Z\s]+)\s*([a-z]{0,4})$")
"""A figure and its flags, which Eurostat writes with or without a blank between them: ``123 p``, ``: c``."""
NUMBER = re.compile(r"-?\d{1,15}(\.\d+)?")
_MISSING = ("", ":", "NaN", "nan")
_GZIP = b"\x1f\x8b"


@dataclass
class EurostatTable:
    """Monthly totals by country of one Eurostat file."""

    name: str  # Path or source, for messages
    dataset: str = ""  # Code as far as the file or its name tells, in lower case; empty if it does not
    citizen: str = ""  # Citizenship the figures count
    vintage: str = ""  # Month of the last update, ``YYYY-MM``; empty if the format does not say (TSV)
    # Persons; a figure that is missing or confidential has no entry
    values: dict[tuple[str, int], int] = field(default_factory=dict)
    # Eurostat flags (p provisional, e estimated, b break, c confidential ...)
    flags: dict[tuple[str, int], str] = field(default_factory=dict)
    # Ukrainian citizens in the EU by sex, age and month; empty where the file does not hold them
    eu: dict[tuple[str, str, int], int] = field(default_factory=dict)
    months: tuple[int, int] = (0, -1)  # First and last month of the file, figures or not
    repeated: int = 0  # Cells that stood in the file more than once, with the same figure


class Collector:
    """Keep the wanted cells of a file and say what was there if none is wanted."""

    def __init__(self, name: str) -> None:
        self.table = EurostatTable(name)
        self.cells: dict[tuple[str, str, str, str, int], tuple[int, tuple[str, str]]] = {}
        self.values: dict[str, dict[tuple[str, int], int]] = {}
        self.flags: dict[str, dict[tuple[str, int], str]] = {}
        self.seen: dict[str, set[str]] = {name: set() for name in DIMENSIONS}

    def wants(self, codes: dict[str, str], line: int) -> bool:
        """Return whether a series is a total; note its codes."""
        for name in DIMENSIONS:
            if ":" in codes[name] or " " in codes[name].strip():
                raise ConfigError(
                    f"{self.table.name}:{line}: {name}: {codes[name]!r} is a label; codes are needed. "
                    "Download the file again with codes only (no labels)."
                )
            self.seen[name].add(codes[name])
        total = codes["citizen"] in CITIZENS and all(codes[key] == code for key, code in WANTED.items())
        return total or self.is_eu(codes)

    @staticmethod
    def is_eu(codes: dict[str, str]) -> bool:
        """Return whether a series counts Ukrainian citizens of a sex and age in the whole EU."""
        fixed = {"freq": "M", "unit": "PER", "geo": EU, "citizen": "UA"}
        known = codes["sex"] in EU_SEXES and codes["age"] in EU_AGES
        return known and all(codes[name] == code for name, code in fixed.items())

    def add(self, codes: dict[str, str], period: str, value: str, flag: str, line: int) -> None:
        """Store one cell."""
        where = f"{self.table.name}:{line}"
        match = _MONTH.match(period)
        if match is None:
            raise ConfigError(f"{where}: TIME_PERIOD: {period!r} is not a month (2024-08 or 2024M08).")
        month = (int(match[1]) - EPOCH_YEAR) * 12 + int(match[2]) - 1
        first, last = self.table.months
        self.table.months = (min(first, month), max(last, month)) if first <= last else (month, month)
        citizen, sex, age, geo = (codes[name] for name in ("citizen", "sex", "age", "geo"))
        key = (citizen, sex, age, geo, month)
        if key in self.cells:
            earlier, known = self.cells[key]
            if known != (value, flag):
                raise ConfigError(
                    f"{where}: {geo} {period}, citizen {citizen} stands already in line {earlier} with "
                    f"{known[0]!r}; here {value!r} is found. Two files were joined, or the file is damaged; "
                    "download it again."
                )
            self.table.repeated += 1
            return
        self.cells[key] = (line, (value, flag))
        persons = None if value in _MISSING else _persons(value, f"{where}: {geo} {period}")
        if self.is_eu(codes):
            if persons is not None:
                self.table.eu[sex, age, month] = persons
            if (sex, age) != ("T", "TOTAL"):
                return
        if flag:
            self.flags.setdefault(citizen, {})[geo, month] = flag
        self.values.setdefault(citizen, {})
        if persons is not None:
            self.values[citizen][geo, month] = persons

    def finish(self) -> EurostatTable:
        """Return the table of the preferred citizenship."""
        for citizen in CITIZENS:
            if self.values.get(citizen):
                self.table.citizen = citizen
                self.table.values = self.values[citizen]
                self.table.flags = self.flags.get(citizen, {})
                return self.table
        codes = {name: ", ".join(sorted(self.seen[name])[:6]) or "nothing" for name in DIMENSIONS[:-1]}
        found = "; ".join(f"{name} {some}" for name, some in codes.items())
        raise ConfigError(
            f"{self.table.name}: no monthly totals: needed are freq M, unit PER, sex T, age TOTAL and "
            f"citizen {', '.join(CITIZENS[:-1])} or {CITIZENS[-1]}; found {found}. "
            "Download the dataset without filters."
        )


def _persons(value: str, where: str) -> int:
    """Return a number of persons; ``where`` begins the message if it is none."""
    if not NUMBER.fullmatch(value):
        raise ConfigError(f"{where}: {value!r} is not a number.")
    persons = float(value)
    if persons < 0 or persons != int(persons):
        raise ConfigError(
            f"{where}: found {value}; a number of persons is whole and not negative. "
            "Download the file again; if it stays, report it to Eurostat."
        )
    return int(persons)


def read_eurostat(path: Path) -> EurostatTable:
    """Return the monthly totals of a Eurostat file."""
    line = 0
    try:
        with _open_text(path) as file:
            first = file.readline()
            line = 1
            if not first.strip():
                raise ConfigError(f"{path}: the file is empty. Download it again.")
            collector = Collector(str(path))
            collector.table.dataset = _dataset_in(path.name)
            if "\\TIME_PERIOD" in first.upper() and "\t" in first:
                cells = _read_tsv(first, file, collector)
            elif "OBS_VALUE" in first.upper() and "," in first:
                cells = _read_sdmx(first, file, collector)
            else:
                raise ConfigError(f"{path}:1: {_what_is(first)}")
            for line in cells:  # noqa: B007 - kept for the messages below
                pass
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file. Check the path.") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ConfigError(
            f"{path}: the compressed file is damaged or cut short. Download it again."
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path}: not UTF-8 after line {line} (byte 0x{error.object[error.start]:02x}). "
            "Use the file as downloaded, without saving it from a spreadsheet."
        ) from error
    except csv.Error as error:
        raise ConfigError(f"{path}: not a CSV line after line {line}: {error}.") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror or error}).") from error
    return collector.finish()


@contextmanager
def _open_text(path: Path) -> Iterator[IO[str]]:
    """Open a file as text, through gzip where its first bytes say so."""
    with path.open("rb") as raw:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        source = gzip.GzipFile(fileobj=raw) if packed else raw
        with io.TextIOWrapper(io.BufferedReader(source), encoding="utf-8-sig", newline="") as text:
            yield text


def _read_sdmx(first: str, file: IO[str], collector: Collector) -> Iterator[int]:
    """Read SDMX-CSV: one cell a line. Yields the line just read."""
    name = collector.table.name
    header = [cell.strip() for cell in next(csv.reader([first]))]
    if missing := [key for key in (*DIMENSIONS, "TIME_PERIOD", "OBS_VALUE") if key not in header]:
        raise ConfigError(
            f"{name}:1: missing column {', '.join(missing)}; found {', '.join(header)}. Needed is {STOCK} or "
            f"{DECISIONS} as SDMX-CSV with codes, not labels: {API}/{STOCK}?format=SDMX-CSV&compressed=true"
        )
    place = {key: header.index(key) for key in header}
    flow = place.get("DATAFLOW", place.get("STRUCTURE_ID"))
    update, flag = place.get("LAST UPDATE"), place.get("OBS_FLAG")
    reader = csv.reader(file, strict=True)
    for row in reader:
        line = reader.line_num + 1
        if not row:
            continue
        if len(row) != len(header):
            raise ConfigError(
                f"{name}:{line}: {len(header)} cells are needed, found {len(row)}. The file is cut short or "
                "damaged; download it again."
            )
        if flow is not None and (stated := _dataset_in(row[flow])):
            collector.table.dataset = stated
        if update is not None and (day := _UPDATE.match(row[update])):
            collector.table.vintage = f"20{day[3]}-{day[2]}"
        codes = {key: row[place[key]] for key in DIMENSIONS}
        if collector.wants(codes, line):
            value, stuck = _split(row[place["OBS_VALUE"]])
            told = row[flag].strip() if flag else ""
            collector.add(codes, row[place["TIME_PERIOD"]].strip(), value, told or stuck, line)
        yield line


def _read_tsv(first: str, file: IO[str], collector: Collector) -> Iterator[int]:
    """Read TSV: one series a line, months across. Yields the line just read."""
    name = collector.table.name
    head, *periods = first.rstrip("\r\n").split("\t")
    names = head.split("\\")[0].split(",")
    if missing := [key for key in DIMENSIONS if key not in names]:
        raise ConfigError(
            f"{name}:1: missing dimension {', '.join(missing)}; found {', '.join(names)}. Needed is {STOCK} "
            f"or {DECISIONS}: {API}/{STOCK}?format=TSV&compressed=true"
        )
    for line, text in enumerate(file, start=2):
        if not text.strip():
            continue
        key, *cells = text.rstrip("\r\n").split("\t")
        parts = key.split(",")
        if len(parts) != len(names) or len(cells) != len(periods):
            raise ConfigError(
                f"{name}:{line}: {len(names)} codes and {len(periods)} months are needed, found {len(parts)} "
                f"and {len(cells)}. The file is cut short or damaged; download it again."
            )
        codes = dict(zip(names, (part.strip() for part in parts), strict=True))
        if collector.wants(codes, line):
            for period, cell in zip(periods, cells, strict=True):
                value, flag = _split(cell)
                collector.add(codes, period.strip(), value, flag, line)
        yield line


def _split(cell: str) -> tuple[str, str]:
    """Return figure and flag of a cell; a word that is no flag stays with the figure.

    >>> _split("123 p "), _split("123bp"), _split(": c"), _split("ten")
    (('123', 'p'), ('123', 'bp'), (':', 'c'), ('ten', ''))
    """
    match = _VALUE.match(cell.strip())
    return (match[1], match[2]) if match else (cell.strip(), "")


def _dataset_in(text: str) -> str:
    """Return the dataset code named in a text, in lower case.

    >>> _dataset_in("ESTAT:MIGR_ASYTPSM(1.0)"), _dataset_in("estat_migr_asytpfm.tsv.gz"), _dataset_in("a.csv")
    ('migr_asytpsm', 'migr_asytpfm', '')
    """
    match = _DATASET.search(text)
    return match[0].lower() if match else ""


def _what_is(first: str) -> str:
    """Return what a file seems to be, from its first line, and what to do."""
    if first.startswith("PK"):
        return "a ZIP archive. Unpack it and give the file inside."
    if first.lstrip().startswith(("<", "{")):
        return (
            "XML or JSON, not a table: Eurostat answers so when a download is not ready or failed. Wait a "
            f"minute and download again: {API}/{STOCK}?format=TSV&compressed=true"
        )
    return (
        f"not a Eurostat file: the first line is {first.strip()[:60]!r}; needed is SDMX-CSV (DATAFLOW,LAST "
        "UPDATE,freq,...,TIME_PERIOD,OBS_VALUE) or TSV (freq,unit,citizen,sex,age,geo\\TIME_PERIOD)."
    )


MOST_SAID = 120
"""Characters kept of what the package prints when it fails."""


def fetch_eurostat(dataset: str) -> EurostatTable:
    """Return the monthly totals of a dataset as Eurostat serves it now."""
    remedy = (
        f"Download the file in a browser, {API}/{dataset}?format=TSV&compressed=true, and name it in the "
        "command instead."
    )
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
        collector.table.dataset, collector.table.vintage = dataset, f"{dt.datetime.now(dt.UTC):%Y-%m}"
        read_frame(frame.columns.tolist(), frame.to_numpy(dtype=object).tolist(), collector)
        if any(collector.values.values()):
            return collector.finish()
    raise EweaError(f"{name}: Eurostat answers with no monthly totals. {remedy}")


def read_frame(columns: list[str], rows: list[list[object]], collector: Collector) -> None:
    """Read a table of ``eurostat.get_data_df(..., flags=True)``: dimensions, then value and flag by month."""
    names = [name.split("\\")[0] for name in columns]
    months = [name.removesuffix("_value") for name in names if name.endswith("_value")]
    place = {name: number for number, name in enumerate(names)}
    for line, row in enumerate(rows, start=2):
        codes = {key: str(row[place[key]]) for key in DIMENSIONS}
        if not collector.wants(codes, line):
            continue
        for month in months:
            value, flag = (row[place[f"{month}_{of}"]] for of in ("value", "flag"))
            empty = value is None or (isinstance(value, float) and math.isnan(value))
            text = "" if flag is None else str(flag).lstrip(": ").strip()
            collector.add(codes, month, ":" if empty else str(value), text, line)
