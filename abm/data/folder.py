"""Turn the folder ``configs/`` into the :class:`abm.data.world.World` the model runs on.

``load_world`` is the only door; the modules beside it read one kind of file each.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from abm.data.account import deregistration_by_month, load_account, load_levels, load_renewals
from abm.data.composition import load_composition
from abm.data.controls import load_controls
from abm.data.drivers import load_drivers
from abm.data.hosts import build_hosts, load_countries
from abm.data.judged import load_judged, medians
from abm.data.origins import build_origins, check_pool, load_origin_units, load_residents
from abm.data.parameters import fit_in_use, load_fit, load_priors, with_parameters
from abm.data.registers import load_registers
from abm.data.settings import Settings, load_settings
from abm.data.world import World
from abm.errors import ConfigError, EweaError
from abm.months import month_index, month_label
from abm.policy.policy import Policy

__all__ = [
    "BEFORE_FIT",
    "CONFIGS_VARIABLE",
    "Settings",
    "config_files",
    "default_configs",
    "digest",
    "load_settings",
    "load_world",
]

CONFIGS_VARIABLE = "EWEA_CONFIGS"
"""Environment variable that names another configuration folder."""

WORLD_FILES = (
    "settings.yaml",
    "assimilation.yaml",
    "origin_units.*",
    "population_age_sex.*",
    "population_change.*",
    "household_types.*",
    "countries/*",
    "composition/*",
    "drivers/*",
    "registers/*",
    "coefficients/*",
    "coefficients/origins/*",
    "levers/*",
    "scenarios/*",
    "routes/*",
)
"""Patterns of the files a world is made of; what they match enters the digest."""


AFTER_FIT = ("assimilation.yaml", "coefficients/")
BEFORE_FIT = (*(name for name in WORLD_FILES if not name.startswith(AFTER_FIT)), "coefficients/priors.csv")
"""The same without fits: what a fit is made from."""


def default_configs() -> Path:
    """Return the configuration folder: ``$EWEA_CONFIGS``, that of the checkout, or the installed one."""
    named, home = os.environ.get(CONFIGS_VARIABLE), Path(__file__).resolve().parents[2]
    places = [Path(named)] if named else [home / "configs", home / "ewea" / "configs"]
    for root in places:
        if (root / "settings.yaml").is_file():
            return root
    origin = f"environment variable {CONFIGS_VARIABLE}" if named else "beside the package"
    raise ConfigError(
        f"{places[0]}: no configuration folder ({origin}; a settings.yaml is expected in it). Name one with "
        f"--configs or {CONFIGS_VARIABLE}; 'ewea configs copy DIR' makes one from what is installed."
    )


def config_files(root: Path, files: Sequence[str] = WORLD_FILES) -> list[Path]:
    """Return the YAML and CSV files a world is made of, sorted by relative path."""
    found = {path for pattern in files for path in root.glob(pattern)}
    kept = (path for path in found if path.suffix in (".yaml", ".csv") and not path.name.startswith("."))
    # All begin with the root, so their order is that of the relative paths.
    return sorted(kept, key=Path.as_posix)


def digest(root: Path, files: Sequence[str] = WORLD_FILES) -> str:
    """Return the SHA-256 over path and content of the files that match; :data:`BEFORE_FIT`: without fits."""
    total = hashlib.sha256()
    for path in config_files(root, files):
        content = path.read_bytes()
        # Lengths keep "ab" + "c" apart from "a" + "bc".
        total.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def checked_digest(root: Path, wanted: str, files: Sequence[str]) -> None:
    """Refuse a folder that is not the one some work was started with."""
    if (found := digest(root, files)) != wanted:
        raise EweaError(
            f"{root}: not the configuration this work was started with (found {found[:12]}, needed "
            f"{wanted[:12]}). Give every worker the same folder, or start again."
        )


def load_world(root: Path, until: int, fit: str | None = None, last_month: int | None = None) -> World:
    """Return all data of a run, checked; an error names the first kind of file that is wrong, all its faults.

    ``until`` is the last month of the run; dated values hold before their first and after their last date.
    ``fit`` names the fit whose coefficients are taken, ``priors`` for none; the one in use if absent.
    ``last_month`` leaves out all registers published for later months, as a forecast made then must; so does
    an earlier ``until``.
    """
    if not root.is_dir():
        raise ConfigError(f"{root}: no such folder. Name the folder configs of a checkout.")
    settings = load_settings(root)
    if until < settings.reference_month:
        shown = month_label(until) if until >= 0 else str(until)
        raise EweaError(
            f"horizon {shown}: must not lie before {month_label(settings.reference_month)}, the month in "
            "which the model's constants are taken. Ask for a later month."
        )
    known = min(settings.last_register_month if last_month is None else last_month, until)
    n_months = until + 1
    countries = load_countries(root)
    hosts = build_hosts(countries, n_months)
    units = load_origin_units(root)
    unit_ids = [unit.pcode for unit in units]
    cards, drivers = load_drivers(root, unit_ids, n_months)
    origins = build_origins(root, units)
    free = 1.0 - drivers["occupied_share"][0]
    origins = replace(origins, residents=load_residents(root, origins, free, n_months))
    errors = [country.register_priors for country in countries]
    share = np.array([error.deregistration_share.value for error in errors])
    lag = np.array([error.deregistration_lag_months.value for error in errors])
    account = load_account(root, hosts.ids, n_months)
    levels = load_levels(root, hosts.ids, n_months)
    registers = replace(
        load_registers(root, hosts.ids, n_months, settings.first_register_month, hosts.is_eu, known, lag),
        deregistration_share=deregistration_by_month(root, hosts.ids, share, n_months),
        again_share=account.again,
        late_share=account.late,
        lapse_lag=account.lapse_lag,
        before_war_share=account.before_war_share,
        renewals=load_renewals(root, hosts.ids),
        return_level=levels["return_level"],
        onward_level=levels["onward_level"],
    )
    composition = load_composition(root, hosts.ids, unit_ids, n_months, settings)
    check_pool(root, origins, registers, composition.origin)
    coefficients = load_priors(root)
    central, draws = load_fit(root, fit or fit_in_use(root), coefficients)
    judged = load_judged(root)
    world = World(
        hosts=hosts,
        origins=origins,
        registers=registers,
        composition=composition,
        coefficients={
            **{name: coefficient.value for name, coefficient in coefficients.items()},
            **medians(judged),
            "boys_share": settings.boys_share,
            "older_men_share": settings.male_share_65,
        },
        n_months=n_months,
        digest=digest(root),
        data_date=month_label(registers.last_month),
        reference_month=settings.reference_month,
        today=month_index(settings.as_of[:7]),
        policy=Policy.neutral(n_months, len(hosts.ids), len(unit_ids)),
        drivers=drivers,
        driver_cards=cards,
        draws=draws,
        judged=judged,
    )
    if draws is not None:
        is_present = registers.last_month == settings.last_register_month
        world = replace(world, controls=load_controls(root, draws.fit, world, is_present=is_present))
    return with_parameters(world, central) if central else world
