"""Plan and apply an update of the registers from official files: what is read, kept, refused and written."""

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from abm.arrays import Booleans
from abm.data.config import load, read_text
from abm.data.hosts import load_countries
from abm.data.registers import (
    BREAK_COLUMNS,
    EU_COLUMNS,
    SERIES_COLUMNS,
    Cells,
    last_register_month,
    read_cells,
)
from abm.data.tables import read_carded
from abm.errors import ConfigError, EweaError
from abm.months import month_label
from experiments.data.derive_registers import (
    FIRST_REGISTER_MONTH,
    derive_arrivals,
    derived_text,
    hosts_outside_eurostat,
)
from experiments.data.eurostat import (
    DECISIONS,
    EU_AGES,
    EU_SEXES,
    STOCK,
    EurostatTable,
    fetch_eurostat,
    read_eurostat,
)
from experiments.data.find_breaks import UpdateRules, renewed_breaks
from experiments.data.update_checks import (
    SeriesDiff,
    check_dataset,
    check_months,
    check_stocks,
    series_diff,
)
from experiments.ensemble.files import comment_lines, replace_files, table_text

TABLES = {STOCK: "tp_stock", DECISIONS: "tp_decisions"}
SERIES_HEADER = ("host", "month", "value", "vintage", "status")


@dataclass(frozen=True)
class UpdatePlan:
    """What an update would change, and whether it may."""

    root: Path  # The ``configs`` folder
    diffs: tuple[SeriesDiff, ...]  # Changes of the stocks and of the decisions
    faults: tuple[str, ...]  # Reasons why the update is refused; empty if it may be applied
    # What a reader should know: scope, possible breaks, hosts that end early, what to set next
    notes: tuple[str, ...]
    texts: Mapping[Path, str] = field(repr=False)  # The new files, whole
    before: Mapping[Path, str] = field(repr=False)  # SHA-256 of every file as it was when the plan was made

    @property
    def is_empty(self) -> bool:
        """Return whether no file would change."""
        return not self.texts

    def to_text(self) -> str:
        """Return the plan for a terminal."""
        lines = [line for diff in self.diffs for line in diff.to_lines()]
        lines += [f"note: {note}" for note in self.notes]
        lines += [f"refused: {fault}" for fault in self.faults]
        if self.faults:
            lines.append("Nothing is written.")
        elif self.is_empty:
            lines.append("Nothing changes.")
        else:
            lines.append("Files: " + ", ".join(path.name for path in self.texts))
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the plan for ``--json``."""
        return {
            "may_apply": not self.faults,
            "files": [str(path.relative_to(self.root)) for path in self.texts],
            "series": {diff.table: diff.to_dict() for diff in self.diffs},
            "notes": list(self.notes),
            "faults": list(self.faults),
        }


def plan_update(
    root: Path, stock_path: Path | None = None, decisions_path: Path | None = None, vintage: str | None = None
) -> UpdatePlan:
    """Return what the official files (fetched where absent) would change in the tables; writes nothing."""
    if (stock_path is None) != (decisions_path is None):
        raise EweaError(f"Give both files, {STOCK} and {DECISIONS}, or none: they are checked together.")
    tables = {
        dataset: fetch_eurostat(dataset) if path is None else read_eurostat(path)
        for dataset, path in ((STOCK, stock_path), (DECISIONS, decisions_path))
    }
    if vintage is not None and not re.match(r"^\d{4}-(0[1-9]|1[0-2])$", vintage):
        raise EweaError(f"vintage: found {vintage!r}; needed is the month of the figures as YYYY-MM.")
    rules = load(root / "registers" / "update_rules.yaml", UpdateRules)
    countries = load_countries(root)
    host_ids = [country.id for country in countries]
    eurostat_hosts = [host for host in host_ids if host not in hosts_outside_eurostat(root)]
    old = {
        dataset: read_cells(root, name, host_ids, SERIES_COLUMNS, FIRST_REGISTER_MONTH)
        for dataset, name in TABLES.items()
    }
    is_eu = np.array([country.eu_member for country in countries])
    diffs, notes, faults, new = [], [], [], {}
    labels = {}
    for dataset, other, path in ((STOCK, DECISIONS, stock_path), (DECISIONS, STOCK, decisions_path)):
        table = tables[dataset]
        check_dataset(table, dataset, old[dataset], old[other])
        label = labels[dataset] = vintage or table.vintage or _file_month(path)
        cells, said = _own_cells(table, eurostat_hosts, old[dataset], label)
        diff = series_diff(TABLES[dataset], old[dataset], cells)
        diffs.append(diff)
        notes += said
        faults += check_months(table.name, old[dataset], cells, diff, rules, table.months, label)
        new[dataset] = cells
    changed = {change[:2] for diff in diffs for change in (*diff.added, *diff.revised)}
    notes += check_stocks(new[STOCK], new[DECISIONS], changed, rules)
    texts = {}
    if not faults:
        texts = _texts(root, host_ids, new, notes)
        texts |= _eu_text(root, tables[DECISIONS], labels[DECISIONS], notes)
        texts |= _breaks_text(root, host_ids, is_eu, new, tables[STOCK].flags, notes)
        texts = {path: text for path, text in texts.items() if text != read_text(path)}
    before = {path: _digest(path) for path in texts}
    return UpdatePlan(root, tuple(diffs), tuple(faults), tuple(notes), texts, before)


def apply_update(plan: UpdatePlan) -> list[Path]:
    """Write the files of a plan, all or none, and return them."""
    if plan.faults:
        raise EweaError("The update is refused; nothing is written.\n" + "\n".join(plan.faults))
    if changed := [path.name for path, digest in plan.before.items() if _digest(path) != digest]:
        raise EweaError(f"{', '.join(changed)} changed since the plan was made. Plan the update again.")
    replace_files(plan.texts)
    return list(plan.texts)


def _own_cells(
    table: EurostatTable, host_ids: list[str], old: Cells, vintage: str
) -> tuple[Cells, list[str]]:
    """Return our rows from a Eurostat table, and notes; an unchanged figure keeps its vintage."""
    notes = [f"{table.name}: citizen {table.citizen}, vintage {vintage}."]
    if table.citizen != "TOTAL":
        notes.append(f"{table.name}: no citizen TOTAL; {table.citizen} is used, another scope than before.")
        vintage = f"{vintage} citizen {table.citizen}"
    geos = {geo for geo, _ in table.values}
    if strange := sorted(geo for geo in geos - set(host_ids) if not re.match(r"^(EU|EA|EFTA)", geo)):
        notes.append(f"{table.name}: left out, not a host with Eurostat registers: {', '.join(strange)}.")
    if table.repeated:
        notes.append(f"{table.name}: {table.repeated} figures stand twice, each with one value; used once.")
    if any(month < FIRST_REGISTER_MONTH for _, month in table.values):
        notes.append(f"{table.name}: months before {month_label(FIRST_REGISTER_MONTH)} left out.")
    if flagged := sorted(key for key, flag in table.flags.items() if "b" in flag and key[0] in host_ids):
        shown = ", ".join(f"{host} {month_label(month)}" for host, month in flagged)
        notes.append(f"{table.name}: Eurostat flags a break: {shown}.")
    first, last = table.months
    cells: Cells = {key: row for key, row in old.items() if not first <= key[1] <= last}
    if cells:
        notes.append(
            f"{table.name}: holds {month_label(first)} to {month_label(last)}; {len(cells)} host-months "
            "outside are kept as they are. Vintages may differ where they meet."
        )
    for (host, month), value in sorted(table.values.items()):
        if host not in host_ids or month < FIRST_REGISTER_MONTH:
            continue
        row = {"host": host, "month": month, "value": value, "vintage": vintage, "status": "recorded"}
        known = old.get((host, month))
        same = known is not None and (known["value"], known["status"]) == (value, "recorded")
        cells[host, month] = known if same and known is not None and table.citizen == "TOTAL" else row
    return cells, notes


def _texts(root: Path, host_ids: list[str], new: Mapping[str, Cells], notes: list[str]) -> dict[Path, str]:
    """Return the files that change, whole: both tables, their cards' dates, the derived arrivals."""
    folder = root / "registers"
    last = max(month for cells in new.values() for _, month in cells)
    texts: dict[Path, str] = {}
    for dataset, name in TABLES.items():
        path = folder / f"{name}.csv"
        rows = [
            (host, month_label(month), row["value"], row["vintage"], row["status"])
            for (host, month), row in sorted(new[dataset].items())
        ]
        texts[path] = table_text(comment_lines(path), SERIES_HEADER, rows)
        newest = max(str(row[3]) for row in rows)[:7]
        card = folder / f"{name}.yaml"
        texts[card] = re.sub(r"(?m)^date: .*$", f"date: {newest}", read_text(card))
    persons = {d: {key: row["value"] for key, row in cells.items()} for d, cells in new.items()}
    months = {"first_month": FIRST_REGISTER_MONTH, "last_month": last}
    path = folder / "arrivals_derived.csv"
    texts[path] = derived_text(
        path, derive_arrivals(root, host_ids, persons[STOCK], persons[DECISIONS], **months)
    )
    used = last_register_month(root)
    if last != used:
        notes.append(
            f"the tables reach {month_label(last)} instead of {month_label(used)}: the recorded past ends "
            "and the projection starts there. What was fitted to the registers or assimilated is older, "
            "and 'ewea validate' scores the months to rolling.last_target of validation.yaml."
        )
    return texts


def _eu_text(root: Path, table: EurostatTable, vintage: str, notes: list[str]) -> dict[Path, str]:
    """Return the table of EU decisions with the months of the file; other months stay."""
    path = root / "registers" / "eu_decisions.csv"
    if ("T", "TOTAL") not in {key[:2] for key in table.eu}:
        notes.append(
            f"{table.name}: no Ukrainian citizens in EU27_2020; eu_decisions.csv stays as it is. Months that "
            "hosts do not publish are estimated from it: download the dataset without filters."
        )
        return {}
    _, old = read_carded(path, EU_COLUMNS, key=("month", "sex", "age"))
    rows = {(row["month"], row["sex"], row["age"]): row for row in old}
    for (sex, age, month), value in table.eu.items():
        known = rows.get((month, sex, age))
        if month >= FIRST_REGISTER_MONTH and (known is None or known["value"] != value):
            rows[month, sex, age] = {"value": value, "vintage": vintage, "status": "recorded"}
    cells = [
        (month_label(month), sex, age, row["value"], row["vintage"], row["status"])
        for (month, sex, age), row in sorted(
            rows.items(), key=lambda one: (one[0][0], EU_SEXES.index(one[0][1]), EU_AGES.index(one[0][2]))
        )
    ]
    return {path: table_text(comment_lines(path), tuple(EU_COLUMNS), cells)}


def _breaks_text(
    root: Path,
    host_ids: list[str],
    is_eu: Booleans,
    new: Mapping[str, Cells],
    flags: Mapping[tuple[str, int], str],
    notes: list[str],
) -> dict[Path, str]:
    """Return the table of breaks with what the new stocks show."""
    path = root / "registers" / "breaks.csv"
    rows, said = renewed_breaks(root, host_ids, is_eu, new[STOCK], new[DECISIONS], flags)
    notes += said
    if not said:
        return {}
    header = ("host", "month", *BREAK_COLUMNS)
    cells = [
        (host, month_label(month), *(_short(row[name]) for name in BREAK_COLUMNS))
        for (host, month), row in sorted(rows.items())
    ]
    return {path: table_text(comment_lines(path), header, cells)}


def _short(value: object) -> object:
    return f"{value:g}" if isinstance(value, float) else value


def _file_month(path: Path | None) -> str:
    """Return the month in which a file was last written, for formats that state no update."""
    if path is None:
        raise ConfigError("vintage: Eurostat states no date; give it as YYYY-MM.")
    return f"{dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC):%Y-%m}"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
