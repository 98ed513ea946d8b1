"""Make a scenario discovery of a stored sweep: tables, figure, sentences and JSON in one folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.analysis.discovery import Discovery, discover
from experiments.analysis.discovery_sentences import sentences_of
from experiments.analysis.figure_discovery import draw
from experiments.analysis.sensitivity_run import ANALYSES, plain_rows, write_csv
from experiments.designs.sweep import Sweep
from experiments.designs.table import table_of
from experiments.sweeps.folder import plain_refusal, write_json

ANALYSIS = "discovery"


@dataclass(frozen=True)
class Written:
    """A discovery and where it stands."""

    found: Discovery
    sentences: list[str]
    json: dict[str, Any]
    folder: Path


def run_discovery(
    configs: Path, design: str, when: str, *, store: Path | None = None, out: Path | None = None
) -> Written:
    """Look for the box of a condition and write it, named after the condition.

    ``.csv`` holds its limits, ``-boxes.csv`` the boxes on the way, ``-worlds.csv`` the worlds; also ``.png``,
    ``.svg`` and ``.json``.

    Parameters
    ----------
    configs : Path
        The ``configs`` folder.
    design : str
        Id of a design, or path of its file.
    when : str
        Condition, such as ``stock_NL > 98000``.
    store : Path, optional
        Folder of the sweep, if it is not the usual one.
    out : Path, optional
        Folder to write; ``results/analysis/<design>-discovery`` if absent.

    Raises
    ------
    EweaError
        If the sweep is not complete, the condition cannot be used, or the folder cannot be written.
    """
    sweep = Sweep.of(design, configs, store)
    found = discover(sweep, table_of(sweep), when)
    sentences = sentences_of(found)
    folder = out or ANALYSES / f"{sweep.design.id}-{ANALYSIS}"
    stem = found.condition.stem
    figures = as_json(found, sentences) | {"fingerprint": sweep.fingerprint}
    with plain_refusal(folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_csv(folder / f"{stem}.csv", found.limit_table())
        write_csv(folder / f"{stem}-boxes.csv", found.box.trajectory)
        write_csv(folder / f"{stem}-worlds.csv", found.world_table())
        draw(folder / stem, found)
        write_json(folder / f"{stem}.json", figures)
    return Written(found, sentences, figures, folder)


def as_json(found: Discovery, sentences: list[str]) -> dict[str, Any]:
    """Return the discovery as plain JSON."""
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
