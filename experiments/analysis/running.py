"""From a finished sweep, or a search, to the files of an analysis: one function per method, one writer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from abm.errors import EweaError
from abm.files import plain_refusal
from experiments.analysis import discovery_report, pareto_report, robustness_report, sensitivity_report
from experiments.analysis.discovery import Discovery, discover
from experiments.analysis.pareto import Evaluation, front_of, search_packages
from experiments.analysis.robustness import Objective, Robustness, crossed, robustness
from experiments.analysis.search import load_search, sweep_of
from experiments.analysis.sensitivity import CONFIDENCE, Sensitivity, sensitivity_of
from experiments.analysis.words import parse, words_of
from experiments.designs.results import table_of
from experiments.designs.sweep import Sweep
from experiments.ensemble.files import write_json, write_whole
from experiments.options import console, print_json
from experiments.run_scenario import RESULTS

if TYPE_CHECKING:
    from rich.table import Table

SIX_DIGITS = "%.6g"


@dataclass(frozen=True)
class Analysis:
    """What a method found, ready to be written and printed."""

    folder: Path  # Where it goes
    stem: str  # Name of its figure, sentences and JSON
    tables: Mapping[str, pd.DataFrame]  # By name of the file
    sentences: Sequence[str]  # What it says
    json: dict[str, Any]  # The same as plain JSON, in the file
    draw: Callable[[Path], None]  # Writes the figure, given the path without suffix
    printed: Sequence["Table"] = ()  # Tables for the terminal
    # What belongs to this call and not to the result, such as its folder: in ``--json``, not in the file
    of_run: dict[str, Any] = field(default_factory=dict)
    float_format: str | None = SIX_DIGITS  # How numbers stand in the tables; as they are if absent

    def write(self) -> "Analysis":
        """Write the folder: ``.csv`` of every table, ``.png``, ``.svg``, ``.txt`` and ``.json``."""
        with plain_refusal(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            for name, table in self.tables.items():
                text = table.to_csv(index=False, float_format=self.float_format, lineterminator="\n")
                write_whole(self.folder / f"{name}.csv", text.encode())
            self.draw(self.folder / self.stem)
            write_whole(self.folder / f"{self.stem}.txt", ("\n".join(self.sentences) + "\n").encode())
            write_json(self.folder / f"{self.stem}.json", self.json)
        return self

    def show(self, as_json: bool) -> None:
        """Print tables and sentences, or the JSON and nothing else."""
        if as_json:
            print_json(self.json | self.of_run)
            return
        out = console()
        for table in self.printed:
            out.print(table)
        for sentence in self.sentences:
            out.print(f"{sentence}\n", markup=False, soft_wrap=True)
        out.print(f"Tables, figure and these sentences: {self.folder}", markup=False, soft_wrap=True)


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as plain JSON; what is missing becomes null."""
    return [
        {str(name): _plain(value) for name, value in row.items()} for row in table.to_dict(orient="records")
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value


ANALYSES = RESULTS / "analysis"

RUNS = "runs"
"""Folder of the store of a search inside its output folder."""


def run_sensitivity(
    configs: Path,
    design: str,
    *,
    outcome: str | None = None,
    top: int = 20,
    store: Path | None = None,
    out: Path | None = None,
) -> Analysis:
    """Analyse a sweep and write ``<outcome>.*``; figure and JSON show ``top`` inputs, the table all."""
    sweep = Sweep.of(design, configs, store)
    found = sensitivity_of(sweep, table_of(sweep), outcome)
    sentences = sensitivity_report.sensitivity_sentences(found)
    name, pairs = found.outcome, found.table("pairs")
    tables = {name: found.table(), f"{name}-cells": found.cell_table()}
    return Analysis(
        folder=out or ANALYSES / f"{sweep.design.id}-sensitivity",
        stem=name,
        tables=tables | ({f"{name}-pairs": pairs} if len(pairs) else {}),
        sentences=sentences,
        json=_sensitivity_json(found, sentences, top) | {"fingerprint": sweep.fingerprint},
        draw=lambda stem: sensitivity_report.draw(stem, found, top),
        printed=sensitivity_report.sensitivity_tables(found, top),
    ).write()


def run_discovery(
    configs: Path, design: str, when: str, *, store: Path | None = None, out: Path | None = None
) -> Analysis:
    """Look for the box of a condition and write it, named after the condition.

    ``.csv`` holds its limits, ``-boxes.csv`` the boxes on the way, ``-worlds.csv`` the worlds.
    """
    sweep = Sweep.of(design, configs, store)
    found = discover(sweep, table_of(sweep), when)
    sentences = discovery_report.discovery_sentences(found)
    stem = found.condition.stem
    return Analysis(
        folder=out or ANALYSES / f"{sweep.design.id}-discovery",
        stem=stem,
        tables={
            stem: found.limit_table(),
            f"{stem}-boxes": found.box.trajectory,
            f"{stem}-worlds": found.world_table(),
        },
        sentences=sentences,
        json=_discovery_json(found, sentences) | {"fingerprint": sweep.fingerprint},
        draw=lambda path: discovery_report.draw(path, found),
        printed=discovery_report.discovery_tables(found),
    ).write()


def run_robust(
    configs: Path,
    name: str,
    *,
    minimise: Sequence[str] = (),
    maximise: Sequence[str] = (),
    thresholds: Sequence[str] = (),
    store: Path | None = None,
    out: Path | None = None,
) -> Analysis:
    """Compare the policies of a finished sweep and write ``robust.*``.

    Of the outcomes in ``minimise`` less is better, of those in ``maximise`` more; a policy should meet all
    ``thresholds``, such as ``"stock_NL < 98000"``.
    """
    objectives = [*(Objective(c) for c in minimise), *(Objective(c, minimise=False) for c in maximise)]
    goals = [parse(text, "--threshold") for text in thresholds]
    columns = [objective.column for objective in objectives]
    if twice := sorted({column for column in columns if columns.count(column) > 1}):
        raise EweaError(
            f"{', '.join(twice)}: named twice; an outcome is either minimised or maximised, once."
        )
    sweep = Sweep.of(name, configs, store)
    if not objectives:
        there = ", ".join(outcome.name for outcome in sweep.design.outcomes)
        raise EweaError(f"no objective: give --minimise or --maximise with an outcome of {name}: {there}.")
    wanted = list(dict.fromkeys([*columns, *(goal.outcome for goal in goals)]))
    crossing = crossed(table_of(sweep), sweep, wanted)
    table = robustness(crossing, objectives, goals)
    found = Robustness(crossing, objectives, goals, words_of(sweep), table)
    said = robustness_report.robustness_sentences(found)
    folder = out or ANALYSES / f"{sweep.design.id}-robust"
    table = found.table_in_words()
    return Analysis(
        folder=folder,
        stem="robust",
        tables={"robust": table},
        sentences=said,
        json={
            "design": sweep.design.id,
            "policies": len(crossing.policies),
            "worlds": len(crossing.worlds),
            "seeds": crossing.seeds,
            "sentences": said,
            "rows": plain_rows(table),
        },
        draw=lambda stem: robustness_report.draw(stem, found, said[0]),
        printed=robustness_report.robustness_tables(found),
        of_run={"folder": str(folder)},
        float_format=None,
    ).write()


def run_pareto(
    configs: Path,
    name: str,
    *,
    workers: int = 0,
    scheduler: str | None = None,
    resume: bool = False,
    out: Path | None = None,
    quiet: bool = False,
) -> Analysis:
    """Run a search and write ``pareto.*``; the same files come of it, however often it is interrupted.

    ``resume`` goes on with runs that are there, from an interrupted search or one with fewer generations;
    they are kept in the folder ``runs`` of the output folder.
    """
    search, path = load_search(name)
    folder = out or ANALYSES / f"{search.id}-pareto"
    sweep = sweep_of(search, path, configs, folder / RUNS)
    with sweep.open() as store:
        if (there := len(store.keys())) and not resume:
            raise EweaError(
                f"{sweep.folder}: holds {there:,} runs of this search. Give --resume to go on with them, or "
                "--out for another folder."
            )
        evaluation = Evaluation(search, sweep, store, workers=workers, scheduler=scheduler, quiet=quiet)
        tried = search_packages(
            [len(lever.levels) for lever in search.levers.values()],
            search.current,
            search.goals,
            evaluation,
            population=search.population,
            generations=search.generations,
            seed=search.seed,
        )
    found = front_of(search, tried, evaluation.runs, words_of(sweep))
    said = pareto_report.pareto_sentences(found)
    return Analysis(
        folder=folder,
        stem="pareto",
        tables={
            "pareto": found.table.round(3),
            "tried": found.tried.round(3),
            "convergence": found.convergence.round(5),
        },
        sentences=said,
        json={
            "search": search.id,
            "packages": len(found.tried),
            "current_on_front": found.current_on_front,
            "sentences": said,
            "front": plain_rows(found.table),
            "convergence": plain_rows(found.convergence),
        },
        draw=lambda stem: pareto_report.draw(stem, found),
        printed=pareto_report.pareto_tables(found),
        of_run={
            "done": evaluation.done,
            "skipped": evaluation.skipped,
            "seconds": round(evaluation.seconds, 1),
            "folder": str(folder),
        },
        float_format=None,
    ).write()


def _sensitivity_json(found: Sensitivity, sentences: list[str], top: int) -> dict[str, Any]:
    """Return the analysis as plain JSON with the ``top`` inputs of every cell."""
    cells = []
    for cell, row in zip(found.cells, plain_rows(found.cell_table()), strict=True):
        pairs = plain_rows(cell.pairs.sort_values("S2", ascending=False).head(top)) if len(cell.pairs) else []
        cells.append({**row, "indices": plain_rows(cell.indices.head(top)), "pairs": pairs})
    return {
        "design": found.design,
        "method": found.method,
        "outcome": found.outcome,
        "meaning": found.outcome_words,
        "unit": found.unit,
        "confidence": CONFIDENCE,
        "sentences": sentences,
        "cells": cells,
    }


def _discovery_json(found: Discovery, sentences: list[str]) -> dict[str, Any]:
    limits = [
        {**row, "levels": None if limit.levels is None else list(limit.levels)}
        for row, limit in zip(plain_rows(found.limit_table()), found.box.limits, strict=True)
    ]
    return {
        "design": found.design,
        "condition": found.condition.text,
        "meaning": found.words.outcomes[found.condition.outcome],
        "unit": found.unit,
        "worlds": len(found.of_interest),
        "seeds": found.seeds,
        "share_of_interest": found.share,
        "coverage": found.box.coverage,
        "density": found.box.density,
        "mass": found.box.mass,
        "limits": limits,
        "boxes": plain_rows(found.box.trajectory),
        "sentences": sentences,
    }
