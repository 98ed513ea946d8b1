"""``ewea sweep``: from the options of a user to a filled store and a summary."""

from pathlib import Path
from typing import Any

from abm.errors import EweaError
from experiments.designs.files import design_ids
from experiments.designs.sweep import Sweep
from experiments.ensemble.store import Store
from experiments.progress import progress_line

SHOWN_FAILURES = 3


def run_sweep(
    configs: Path,
    name: str,
    out: Path | None,
    *,
    workers: int = 0,
    scheduler: str | None = None,
    resume: bool = False,
    retry_failed: bool = False,
    repair: bool = False,
    quiet: bool = False,
) -> dict[str, Any]:
    """Run what is missing of a design.

    Parameters
    ----------
    configs : Path
        The ``configs`` folder.
    name : str
        Id of a ready design, or path of a file.
    out : Path, optional
        Folder of the store.
    workers, scheduler, retry_failed
        Of :func:`experiments.ensemble.resume.run_tasks`.
    resume : bool
        Go on with a store that holds rows; otherwise it is refused unless it is complete.
    repair : bool
        Move a damaged file aside and run what is lost again.
    quiet : bool
        Show no progress.

    Returns
    -------
    dict
        ``design``, ``worlds``, ``seeds``, ``runs``, ``done``, ``skipped``, ``failed``, ``failures``,
        ``seconds``, ``rows`` and ``folder``.

    Raises
    ------
    EweaError
        If the design is wrong or has changed, the store is damaged, belongs to another version or already
        holds rows, the disk is full, or the scheduler is gone.
    """
    sweep = Sweep.of(name, configs, out)
    with sweep.open(repair=repair) as store:
        keys = [store.key(task) for task in sweep.tasks()]
        there = sum(map(store.has, keys))
        if there and not resume and there < len(set(keys)):
            raise EweaError(
                f"{sweep.folder}: has {there:,} of {len(set(keys)):,} runs of this design. Add --resume to "
                "run what is missing, or --out for another folder."
            )
        summary = sweep.run(
            store,
            workers=workers,
            scheduler=scheduler,
            on_progress=progress_line(sweep.design.id, quiet=quiet),
            retry_failed=retry_failed,
        )
        return {
            "design": sweep.design.id,
            "label": sweep.design.label,
            "worlds": len(sweep.worlds),
            "seeds": sweep.design.seeds.count,
            "runs": len(set(keys)),
            "done": summary.done,
            "skipped": summary.skipped,
            "failed": summary.failed,
            "failures": _failures(store),
            "seconds": round(summary.seconds, 2),
            "rows": len(store.keys()),
            "folder": str(sweep.folder),
        }


def _failures(store: Store) -> dict[str, int]:
    """Return what went wrong and how often, the most frequent first."""
    counts: dict[str, int] = {}
    for error in store.failures().values():
        counts[error] = counts.get(error, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:SHOWN_FAILURES])


def list_designs(configs: Path) -> list[dict[str, Any]]:
    """Return id, label, question and size of every ready design."""
    found = []
    for name in design_ids():
        sweep = Sweep.of(name, configs)
        design = sweep.design
        found.append(
            {
                "id": name,
                "label": design.label,
                "question": design.question,
                "worlds": len(sweep.worlds),
                "runs": len(sweep.worlds) * design.seeds.count,
            }
        )
    return found
