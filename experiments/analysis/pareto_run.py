"""``ewea pareto``: run a search to its end and write its front, figure and sentences."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from abm.errors import EweaError
from experiments.analysis import figure_pareto
from experiments.analysis.pareto_evaluate import Evaluation, current_of, goals_of
from experiments.analysis.pareto_front import search as search_front
from experiments.analysis.pareto_table import Front, front_of
from experiments.analysis.pareto_text import headline, sentences
from experiments.analysis.robustness_words import PolicyWords
from experiments.analysis.search_files import load_search, search_ids, sweep_of
from experiments.analysis.search_schema import Search
from experiments.run_scenario import RESULTS

ANALYSIS = RESULTS / "analysis"
RUNS = "runs"
"""Folder of the store inside the output folder."""


@dataclass(frozen=True)
class Found:
    """What ``ewea pareto`` found."""

    search: Search
    front: Front
    sentences: list[str]
    folder: Path
    json: dict[str, Any]


def run_pareto(
    configs: Path,
    name: str,
    *,
    workers: int = 0,
    scheduler: str | None = None,
    resume: bool = False,
    out: Path | None = None,
    quiet: bool = False,
) -> Found:
    """Run a search; the same search gives the same files, however often it is interrupted.

    Parameters
    ----------
    configs : Path
        The ``configs`` folder.
    name : str
        Id of a ready search, or path of a file.
    workers, scheduler
        Of :func:`experiments.sweeps.runner.run_tasks`.
    resume : bool
        Go on with runs that are there, from an interrupted search or one with fewer generations.
    out : Path, optional
        Folder to write to; ``results/analysis/<search>-pareto`` if absent. Its folder ``runs`` is the store.
    quiet : bool
        Show no progress.

    Raises
    ------
    EweaError
        If the search is wrong or has changed, there are runs and ``resume`` is not given, or a run fails.
    """
    search, path = load_search(name)
    folder = out or ANALYSIS / f"{search.id}-pareto"
    sweep = sweep_of(search, path, configs, folder / RUNS)
    words = PolicyWords.of(sweep)
    with sweep.open() as store:
        if (there := len(store.keys())) and not resume:
            raise EweaError(
                f"{sweep.folder}: holds {there:,} runs of this search. Give --resume to go on with them, or "
                "--out for another folder."
            )
        evaluation = Evaluation(search, sweep, store, workers=workers, scheduler=scheduler, quiet=quiet)
        tried = search_front(
            [len(lever.levels) for lever in search.levers.values()],
            current_of(search),
            goals_of(search),
            evaluation,
            population=search.population,
            generations=search.generations,
            seed=search.seed,
        )
    found = front_of(search, tried, evaluation.runs, words)
    said = sentences(search, found, words)
    _write(folder, search, found, said, words)
    summary = {
        "search": search.id,
        "packages": len(found.tried),
        "done": evaluation.done,
        "skipped": evaluation.skipped,
        "seconds": round(evaluation.seconds, 1),
        "current_on_front": found.current_on_front,
        "sentences": said,
        "front": _plain(found.table),
        "convergence": _plain(found.convergence),
        "folder": str(folder),
    }
    return Found(search, found, said, folder, summary)


def list_searches() -> list[dict[str, Any]]:
    """Return id, label, question and size of every ready search."""
    found = []
    for name in search_ids():
        search, _ = load_search(name)
        most = search.population * search.generations * len(search.scenarios) * search.seeds.count
        found.append({"id": name, "label": search.label, "question": search.question, "most_runs": most})
    return found


def _write(folder: Path, search: Search, found: Front, said: list[str], words: PolicyWords) -> None:
    found.table.round(3).to_csv(folder / "pareto.csv", index=False)
    found.tried.round(3).to_csv(folder / "tried.csv", index=False)
    found.convergence.round(5).to_csv(folder / "convergence.csv", index=False)
    (folder / "pareto.txt").write_text("\n".join(said) + "\n", encoding="utf-8")
    figure_pareto.draw(folder / "pareto", search, found, words, headline(search, found, words))


def _plain(table: Any) -> list[dict[str, Any]]:
    plain = table.astype(object).where(table.notna(), None)
    rows: list[dict[str, Any]] = plain.to_dict("records")
    return rows
