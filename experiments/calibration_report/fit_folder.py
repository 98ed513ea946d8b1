"""Read a fit folder, and refuse one that is incomplete, damaged or put together from two calibrations."""

import csv
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from abm.errors import EweaError
from calibration.fit.posterior import RECOVERY_LEVELS
from calibration.validation.metrics import POOLED_COVERAGE
from experiments.wording.numbers import capitalised

AGAIN = "Run 'ewea calibrate baseline' again; it continues from the simulations that are there"
PROOF = "run 'ewea calibrate baseline' with --proof"


@dataclass(frozen=True)
class Expected:
    """Columns of one table: a number may be empty (not defined), a flag is ``True`` or ``False``.

    ``remedy`` says how the file is made, as part of a sentence; without a ``required`` table there is no
    report; where ``may_be_empty``, a file without any column means that there was nothing to list.
    """

    text: tuple[str, ...]
    numbers: tuple[str, ...]
    flags: tuple[str, ...] = ()
    remedy: str = AGAIN
    required: bool = True
    may_be_empty: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns."""
        return (*self.text, *self.numbers, *self.flags)


def quantile_columns(name: str) -> tuple[str, ...]:
    """Return the columns of a distribution: the central 95 %, the band shown and the median."""
    return (f"{name}_low_95", f"{name}_low", name, f"{name}_high", f"{name}_high_95")


TABLES = {
    "parameters": Expected(
        ("parameter", "unit", "meaning"),
        (
            *quantile_columns("prior"), *quantile_columns("posterior"),
            "sd_ratio", "shift", "central", "low_90", "high_90",
        ),
        ("moved",),
    ),
    "targets": Expected(
        ("target", "label"),
        ("observed", "sd", *quantile_columns("prior"), *quantile_columns("posterior"), "distance_sd"),
        ("sd_is_relative", "missed", "conflict"),
    ),
    "predictions": Expected(
        ("target", "label", "kind", "family", "use", "unit"),
        (
            "month", "observed", "model", "model_low", "model_high", "predicted_low", "predicted_high",
            "p_above", "sd",
        ),
    ),
    "slopes": Expected(
        ("family", "label"), ("months", "observed_change", "model_change"), ("same_sign",), may_be_empty=True
    ),
    "emulator": Expected(("output",), ("sd_over_prior", "explained", "error_sd", "chance_sd")),
    "recovery": Expected(
        ("parameter",),
        ("replicates", *RECOVERY_LEVELS, "sd_ratio"),
        remedy=PROOF,
        required=False,
    ),
    "ranks": Expected(
        ("parameter",), ("replicate", "rank", "truth", "mean", "sd"), remedy=PROOF, required=False
    ),
    "sensitivity": Expected(
        ("outcome", "parameter"), ("correlation", "sd_ratio"), ("stays_at_prior",),
        remedy=PROOF, required=False, may_be_empty=True,
    ),
}  # fmt: skip
"""Tables of a fit folder by name; ``<name>.csv`` holds them."""

SUMMARY = (
    "draws", "parameters", "parameters_moved", "targets", "targets_missed", "conflicts", "survey_rmse_pp",
    "slopes_right", "simulations_in_bank", "effective_draws", "minutes",
)  # fmt: skip
"""Keys of the summary in ``manifest.json``."""

COUNTS = {
    "parameters": ("parameters", None),
    "parameters_moved": ("parameters", "moved"),
    "targets": ("targets", None),
    "targets_missed": ("targets", "missed"),
}
"""Counts of the summary that a table must confirm: its name, and the flag counted (None: its rows)."""

KIND = "ewea-fit"
MANIFEST = "manifest.json"
VALIDATION = "validation.json"
WINDOWS = ("fit", "held_out")
SCORES = ("horizons", "breaks", "hosts", "named_hosts", "levels", POOLED_COVERAGE, "members")
"""What the report needs of each window of ``validation.json``."""

TRACES = ("bank", "predictive")
"""Folders a calibration leaves before it ends."""

FLAGS = {"True": True, "False": False}


@dataclass(frozen=True)
class FitFolder:
    """A finished calibration, read and checked; ``validation`` holds NaN where a measure is not defined."""

    path: Path
    manifest: dict[str, Any]
    tables: dict[str, pd.DataFrame]
    validation: dict[str, Any] | None

    @property
    def summary(self) -> dict[str, Any]:
        """Return what the calibration says of itself."""
        found: dict[str, Any] = self.manifest["summary"]
        return found

    def table(self, name: str) -> pd.DataFrame:
        """Return a table that every fit folder has."""
        return self.tables[name]


def read_fit(folder: Path) -> FitFolder:
    """Return a fit folder; refuse one that is absent, unfinished, damaged or mixed from two calibrations."""
    if not folder.is_dir():
        raise EweaError(
            f"{folder}: there is no such folder. Run 'ewea calibrate baseline' first, or name the fit folder."
        )
    manifest = _manifest(folder)
    tables = {}
    for name, expected in TABLES.items():
        path = folder / f"{name}.csv"
        if path.is_file():
            tables[name] = read_fit_table(path, expected)
        elif expected.required:
            raise EweaError(f"{path}: the table is missing. {expected.remedy}.")
    _confirm(folder, manifest["summary"], tables)
    return FitFolder(folder, manifest, tables, _validation(folder / VALIDATION))


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.exists():
        if any((folder / name).exists() for name in (*TRACES, *(f"{name}.csv" for name in TABLES))):
            raise EweaError(f"{folder}: the calibration has not ended (no {MANIFEST}). {AGAIN}.")
        raise EweaError(
            f"{folder}: not a fit folder (no {MANIFEST}). Name a folder that 'ewea calibrate baseline' wrote."
        )
    manifest = _json(path)
    kind = manifest.get("kind") if isinstance(manifest, dict) else None
    if kind != KIND:
        raise EweaError(
            f"{path}: kind: found {kind!r}; a fit folder has {KIND!r}. Name a folder that "
            "'ewea calibrate baseline' wrote."
        )
    for key in ("fit", "started", "model", "configs", "settings", "powers", "acceptance", "summary"):
        if key not in manifest:
            raise EweaError(f"{path}: {key}: missing key. {AGAIN}.")
    for key in SUMMARY:
        if not isinstance(manifest["summary"], dict) or key not in manifest["summary"]:
            raise EweaError(f"{path}: summary.{key}: missing key. {AGAIN}.")
    found: dict[str, Any] = manifest
    return found


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise EweaError(
            f"{path}:{error.lineno}: not valid JSON ({error.msg}). Make the file again."
        ) from error
    except UnicodeDecodeError as error:
        raise EweaError(f"{path}: not UTF-8. Make the file again.") from error


def read_fit_table(path: Path, expected: Expected) -> pd.DataFrame:
    """Return one table, every cell of its known type; further columns are kept as text."""

    def fault(where: str, found: str) -> EweaError:
        return EweaError(f"{path}:{where} {found}. {capitalised(expected.remedy)}.")

    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
    except (UnicodeDecodeError, csv.Error) as error:
        raise fault("", f"not a table of text ({error})") from error
    head = rows[0] if rows else []
    if expected.may_be_empty and not any(map("".join, rows)):
        head = list(expected.columns)
        rows = [head]
    for column in expected.columns:
        if head.count(column) != 1:
            found = "missing column" if column not in head else "column stands there twice"
            raise fault(f"1: {column}:", f"{found}; needed are {', '.join(expected.columns)}")
    for line, row in enumerate(rows[1:], 2):
        if len(row) != len(head):
            raise fault(f"{line}:", f"{len(row)} cells under {len(head)} columns")
    table = pd.DataFrame(rows[1:], columns=pd.Index(head), dtype=object)
    for names, read, allowed, kind in (
        (expected.numbers, _number, "a finite number or an empty cell", "float64"),
        (expected.flags, FLAGS.__getitem__, "True or False", "bool"),
    ):
        for column in names:
            values = []
            for line, cell in enumerate(table[column], 2):
                try:
                    values.append(read(cell))
                except (ValueError, KeyError) as error:
                    found = f"found {cell[:40]!r}; {allowed} is allowed"
                    raise fault(f"{line}: {column}:", found) from error
            table[column] = pd.Series(values, dtype=kind)
    return table


def _number(cell: str) -> float:
    value = float(cell) if cell else math.nan
    if math.isinf(value):
        raise ValueError(cell)
    return value


def _confirm(folder: Path, summary: dict[str, Any], tables: dict[str, pd.DataFrame]) -> None:
    """Raise EweaError where the tables belong to another calibration than the manifest."""
    for key, (name, flag) in COUNTS.items():
        table = tables[name]
        counted = len(table) if flag is None else int(table[flag].sum())
        if counted != summary[key]:
            raise EweaError(
                f"{folder / MANIFEST}: summary.{key}: found {summary[key]!r}, but {name}.csv has {counted}: "
                f"a later calibration was interrupted while it wrote its tables. {AGAIN}."
            )


def _validation(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    remedy = f"Write it again: ewea validate --json > {path}"
    scores = _json(path)
    for window in WINDOWS:
        for key in SCORES:
            if not isinstance(scores, dict) or key not in (scores.get(window) or {}):
                raise EweaError(f"{path}: {window}.{key}: missing key. {remedy}")
    found: dict[str, Any] = _defined(scores)
    return found


def _defined(node: Any, key: str = "") -> Any:
    """Return JSON with null as NaN; a verdict that is null stays None."""
    if isinstance(node, dict):
        return {name: _defined(value, name) for name, value in node.items()}
    if isinstance(node, list):
        return [_defined(value, key) for value in node]
    return math.nan if node is None and key != "met" else node
