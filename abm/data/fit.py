"""The result of a calibration: central values ``<fit>.csv`` and equally likely draws ``<fit>_draws.csv``.

Both stand over the priors: what a fit does not name keeps its prior value.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from abm.data.coefficients import load_coefficients
from abm.data.config import Strict, load, read_text
from abm.data.figures import Text
from abm.data.parameters import REGISTER, Draws
from abm.errors import ConfigError

PRIORS = "priors"
"""Name that stands for no fit."""

FOLDER = Path("coefficients")
IN_USE = "fit.yaml"


class _InUse(Strict):
    fit: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    reason: Text


def fit_in_use(root: Path) -> str:
    """Return the name of the fit the runs use; ``priors`` for none.

    Raises
    ------
    ConfigError
        If ``coefficients/fit.yaml`` is wrong.
    """
    return load(root / FOLDER / IN_USE, _InUse).fit


def draws_path(root: Path, fit: str) -> Path:
    """Return the file of the draws of a fit."""
    return root / FOLDER / f"{fit}_draws.csv"


def load_fit(root: Path, fit: str, known: Mapping[str, object]) -> tuple[dict[str, float], Draws | None]:
    """Return central values and draws of a fit.

    Parameters
    ----------
    root : Path
        The ``configs`` folder.
    fit : str
        Its name; ``priors`` gives no values and no draws.
    known : mapping
        Parameters of the priors.

    Raises
    ------
    ConfigError
        If a file is absent or wrong, or names a parameter the priors do not have.
    """
    if fit == PRIORS:
        return {}, None
    path = root / FOLDER / f"{fit}.csv"
    central = {name: row.value for name, row in load_coefficients(path).items()}
    draws = _load_draws(draws_path(root, fit), fit)
    for file, names in ((path, list(central)), (draws_path(root, fit), list(draws.names))):
        strange = [name for name in names if name not in known and not name.startswith(REGISTER)]
        if strange:
            raise ConfigError(
                f"{file}: {', '.join(strange)}: not in coefficients/{PRIORS}.csv, so the fit belongs to "
                "another version of the model. Run 'ewea calibrate baseline', or set fit in "
                f"coefficients/{IN_USE} to priors."
            )
    return central, draws


def _load_draws(path: Path, fit: str) -> Draws:
    """Return the draws of a file: one column per parameter, one line per draw; lines with # are comments."""
    lines = [line for line in read_text(path).splitlines() if line and not line.startswith("#")]
    names = tuple(lines[0].split(",")) if lines else ()
    if len(set(names)) < len(names):
        raise ConfigError(f"{path}: a parameter stands twice. Run 'ewea calibrate baseline' again.")
    if len(lines) < 2:
        raise ConfigError(f"{path}: no draw in the file. Run 'ewea calibrate baseline' again.")
    for number, line in enumerate(lines[1:], start=1):
        if line.count(",") != len(names) - 1:
            raise ConfigError(
                f"{path}: draw {number}: found {line.count(',') + 1} cells; {len(names)} numbers are needed. "
                "Run 'ewea calibrate baseline' again."
            )
    try:
        values = np.loadtxt(lines[1:], delimiter=",", ndmin=2)
    except ValueError as error:
        raise ConfigError(f"{path}: {error}. Run 'ewea calibrate baseline' again.") from error
    if not np.isfinite(values).all():
        raise ConfigError(f"{path}: a value is not a finite number. Run 'ewea calibrate baseline' again.")
    return Draws(fit, names, values)
