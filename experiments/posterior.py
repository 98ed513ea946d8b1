"""The draws of a fit with their names, units and priors, as people who work with posteriors expect them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from abm.data.folder import digest
from abm.data.judged import load_judged, of_member
from abm.data.parameters import FOLDER, fit_in_use, load_coefficients, load_fit, load_known, load_priors
from abm.errors import EweaError
from calibration.fit.prior import Prior, sobol_normal

SEED = 1
"""Of the draws of the prior."""


@dataclass(frozen=True)
class FitDraws:
    """Draws of a fit and of its priors, one column per parameter."""

    fit: str
    draws: pd.DataFrame
    prior_draws: pd.DataFrame  # Register parameters have none: their priors stand in configs/calibration.yaml
    about: Mapping[str, Mapping[str, Any]]
    provenance: Mapping[str, str]


def read_posterior(root: Path, fit: str | None = None) -> FitDraws:
    """Return the draws of a fit, the one in use if absent; judged priors have the values of their member."""
    name = fit_in_use(root) if fit is None else fit
    priors, known = load_priors(root), load_known(root)
    path = root / FOLDER / f"{name}.csv"
    if not path.is_file():
        there = sorted(found.name.removesuffix("_draws.csv") for found in path.parent.glob("*_draws.csv"))
        raise EweaError(f"fit: found {name!r}; there are {', '.join(there) or 'none'} in {path.parent}.")
    _, found = load_fit(root, name, priors)
    if found is None:
        raise EweaError(f"fit: {name} has no draws. Name a fit, or run 'ewea calibrate baseline'.")
    judged = load_judged(root)
    members = pd.DataFrame([of_member(judged, number + 1) for number in range(len(found.values))])
    draws = pd.concat([pd.DataFrame(found.values, columns=list(found.names)), members], axis=1)
    free = [row for row in priors.values() if row.parameter in draws and row.distribution != "fixed"]
    natural = Prior(tuple(free)).natural(sobol_normal(len(free), len(draws), SEED))
    prior_draws = pd.DataFrame(natural, columns=[row.parameter for row in free])
    fitted, about = load_coefficients(path), {}
    for parameter in draws:
        row = fitted.get(parameter) or known[parameter]
        about[str(parameter)] = {
            "units": row.unit,
            "meaning": row.meaning,
            "status": row.status,
            "source": row.source,
        }
        if (before := known.get(parameter)) is not None:
            about[str(parameter)] |= {
                "prior_distribution": before.distribution,
                "prior_median": before.value,
                "prior_low": before.low,
                "prior_high": before.high,
            }
    provenance = {"fit": name, "config_digest": digest(root), "prior_seed": str(SEED)}
    return FitDraws(name, draws, pd.concat([prior_draws, members], axis=1), about, provenance)
