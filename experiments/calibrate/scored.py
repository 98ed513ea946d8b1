"""Score a fit on months it never saw, and keep the scores and their figure beside it."""

import json
from pathlib import Path

from calibration.validation.report import finite
from experiments.ensemble.files import write_whole
from experiments.validate_hindcast import validate_hindcast

SCORES, FIGURE = "validation.json", "validation.png"


def score(root: Path, fit: str, folder: Path, workers: int, *, quiet: bool) -> None:
    """Write ``validation.json`` (as ``ewea validate --json``) and the figure of a fit into its folder.

    Parameters
    ----------
    root : Path
        The ``configs`` folder, which holds the fit.
    fit : str
        Its name.
    folder : Path
        Fit folder.
    workers : int
        Processes; 0 for all cores.
    quiet : bool
        Show no progress.
    """
    result = validate_hindcast(configs=root, threads=workers, figure=folder / FIGURE, quiet=quiet, fit=fit)
    scores = {"fit_name": fit, **result.scores}
    if result.intentions is not None:
        scores["intentions"] = result.intentions
    write_whole(folder / SCORES, json.dumps(finite(scores), indent=1, ensure_ascii=False) + "\n")
