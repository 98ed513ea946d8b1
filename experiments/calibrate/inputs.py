"""What a calibration reads: world, targets, register targets."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from abm.data.folder import CONFIGS_VARIABLE
from abm.data.parameters import PRIORS as PRIORS_ALONE
from abm.data.parameters import Coefficient, load_coefficients
from abm.data.registers import BREAK_COLUMNS, read_cells
from abm.data.settings import load_settings
from abm.data.world import World
from abm.errors import EweaError
from abm.months import month_index
from abm.policy.scenario import scenario_world
from calibration.fit.posterior import RegisterTargets, register_targets
from calibration.fit.prior import CalibrationSettings, hindcast_prior, load_calibration_settings
from calibration.targets.targets import Targets, load_targets
from calibration.validation.rules import Rules, load_rules

PRIORS = Path("coefficients") / "priors.csv"


@dataclass(frozen=True)
class Inputs:
    """Everything a fit is made of, besides its training runs."""

    root: Path  # The ``configs`` folder
    settings: CalibrationSettings
    world: World  # Baseline, to the horizon of the predictions
    targets: Targets  # All of them
    register: RegisterTargets  # Register targets of the fit window
    coefficients: dict[str, Coefficient]
    rules: Rules


def read_inputs(root: Path, settings: CalibrationSettings | None = None) -> Inputs:
    """Return the inputs of a calibration, all checked.

    Workers read the same folder: its place is left in the environment.
    """
    os.environ[CONFIGS_VARIABLE] = str(root.resolve())
    settings = settings or load_calibration_settings(root)
    world = scenario_world(root, month_index(settings.predictive_until.value), fit=PRIORS_ALONE)
    targets = load_targets(root, world)
    recounts = recounts_of(root, world)
    return Inputs(
        root,
        settings,
        world,
        targets,
        register_targets(world, targets, settings, recounts),
        load_coefficients(root / PRIORS),
        load_rules(root / "validation.yaml", world.hosts.ids, world.registers),
    )


def with_simulations(given: Inputs, simulations: int | None) -> Inputs:
    """Return inputs with another number of training runs."""
    if simulations is None:
        return given
    least = 2 * len(hindcast_prior(given.coefficients).names) + 50
    if simulations < least:
        raise EweaError(f"--simulations: found {simulations}; the emulator needs at least {least}.")
    size = given.settings.simulations.model_copy(update={"value": simulations})
    return replace(given, settings=given.settings.model_copy(update={"simulations": size}))


def recounts_of(root: Path, world: World) -> dict[tuple[int, int], bool]:
    """Return, by host and month, whether a break changed what is counted."""
    ids, first = world.hosts.ids, load_settings(root).first_register_month
    cells = read_cells(root, "breaks", ids, BREAK_COLUMNS, first)
    return {(ids.index(host), month): row["kind"] == "recount" for (host, month), row in cells.items()}
