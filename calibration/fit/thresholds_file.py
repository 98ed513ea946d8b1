"""Where each family of questions cuts the wish, draw by draw: ``configs/coefficients/<fit>_cuts.csv``.

The cuts belong to the posterior as the coefficients do, but only surveys read them: a run does not.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from abm.errors import ConfigError
from calibration.fit.virtual_survey import Cuts

PARTS = ("to_return", "to_stay", "onward")
NEVER = 99.0
"""Written for a question that does not offer moving on."""


def cuts_path(root: Path, fit: str) -> Path:
    """Return the file of a fit."""
    return root / "coefficients" / f"{fit}_cuts.csv"


def cuts_table(cuts: Mapping[str, Cuts]) -> pd.DataFrame:
    """Return one row per draw and one column ``<family>.<cut>`` per cut."""
    columns = {
        f"{family}.{part}": np.minimum(getattr(here, part), NEVER)
        for family, here in cuts.items()
        for part in PARTS
    }
    return pd.DataFrame(columns)


def read_cuts(root: Path, fit: str, n_draws: int) -> dict[str, Cuts]:
    """Return the cuts of every family by draw.

    Raises
    ------
    ConfigError
        If the file is absent or does not belong to the draws of the fit.
    """
    path = cuts_path(root, fit)
    if not path.is_file():
        raise ConfigError(f"{path}: no such file. Run 'ewea calibrate baseline' again.")
    try:
        table = pd.read_csv(path).astype(np.float64)
    except (ValueError, pd.errors.EmptyDataError) as error:
        raise ConfigError(f"{path}: {error}. Run 'ewea calibrate baseline' again.") from error
    families = sorted({column.rsplit(".", 1)[0] for column in table.columns})
    wanted = {f"{family}.{part}" for family in families for part in PARTS}
    if len(table) != n_draws or set(table.columns) != wanted or table.isna().to_numpy().any():
        raise ConfigError(
            f"{path}: found {len(table)} draws of {len(table.columns)} cuts; {n_draws} draws of three cuts "
            "per family are needed. Run 'ewea calibrate baseline' again."
        )
    return {
        family: Cuts(*(table[f"{family}.{part}"].to_numpy(np.float64) for part in PARTS))
        for family in families
    }
