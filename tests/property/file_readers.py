"""The reader that uses a file of ``configs``: what a damaged copy of the file is given to."""

import hashlib
import io
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from pytest import MonkeyPatch  # noqa: PT013 - pytest itself is not used here

from abm.data.account import deregistration_by_month, load_account, load_levels, load_renewals
from abm.data.composition import (
    host_weights,
    load_ages_of_grants,
    load_composition,
    load_male_share_of_grants,
)
from abm.data.config import Strict, load, read_plain
from abm.data.controls import load_beyond, read_controls
from abm.data.drivers import read_driver
from abm.data.hosts import load_countries
from abm.data.judged import load_judged
from abm.data.origins import build_origins, load_origin_units, load_residents
from abm.data.parameters import fit_in_use, load_fit, load_known, load_priors
from abm.data.registers import load_other_stock, load_registers, read_eu_decisions
from abm.data.settings import Settings, load_settings
from abm.data.tables import DriverCard, SeriesCard, load_card
from abm.policy.law import load_provisions
from abm.policy.lever import check_levers, load_levers
from abm.policy.route import load_routes
from abm.policy.scenario import load_scenario
from calibration.assimilation.observations import load_counted
from calibration.assimilation.prior import load_assimilation_settings
from calibration.fit.predictive import read_thresholds
from calibration.fit.prior import load_calibration_settings
from calibration.surveys.settings import load_survey_settings
from calibration.targets.targets import load_targets
from calibration.validation.rules import load_rules
from experiments.data.consistency import Bounds, read_scenario_file
from experiments.data.derive import driver_texts
from experiments.data.derive_registers import FIRST_REGISTER_MONTH, register_texts
from experiments.data.find_breaks import UpdateRules
from experiments.data.origin_mix import read_margins
from experiments.ensemble.outcomes import checked_definitions
from experiments.facts.table import load_facts
from experiments.natural import load_experiment
from experiments.scorecard import load_indicators, load_scorecard


class Plain(pickle.Pickler):
    """Pickles models as their fields: classes made of generics have no name to be found by."""

    def reducer_override(self, value):
        """Return how a value is made again; NotImplemented as usual."""
        if isinstance(value, BaseModel):
            return tuple, ((type(value).__name__, dict(value)),)
        return NotImplemented


def digest_of(content: object) -> str:
    kept = io.BytesIO()
    Plain(kept).dump(content)
    return hashlib.sha256(kept.getvalue()).hexdigest()


@cache
def takes_any_text(schema: type[BaseModel], name: str) -> bool:
    field = schema.model_fields[name]
    try:
        TypeAdapter(Annotated[field.annotation, Field(), *field.metadata]).validate_python("any text at all")
    except ValidationError:
        return False
    return True


def free_texts(value: Any) -> Iterator[str]:
    """Yield what a record says to people: texts whose field takes any text."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            found = getattr(value, name)
            if not isinstance(found, str):
                yield from free_texts(found)
            elif takes_any_text(type(value), name):
                yield found
    elif isinstance(value, (list, tuple, dict)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from free_texts(part)


@dataclass(frozen=True)
class Understood:
    """What a file says to its schema (empty where it has none), and what its reader makes of that."""

    record: str
    mark: str


class Reader:
    """Reads any file of a folder as the model does, against a world that was read before."""

    def __init__(self, root: Path, world) -> None:
        self.root, self.world = root, world
        self.hosts, self.units = world.hosts.ids, world.origins.ids
        self.known = load_known(root)
        self.whole: dict[Path, Understood] = {}

    def usual(self, path: Path) -> Understood:
        """Return what a file says that nobody has touched."""
        if path not in self.whole:
            self.whole[path] = self.understood(path)
        return self.whole[path]

    def understood(self, path: Path) -> Understood:
        """Return what a file says: its record, and what the model makes of it and people read."""
        card = path.suffix == ".yaml" and path.with_suffix(".csv").is_file()
        schema = DriverCard if path.parent.name == "drivers" else SeriesCard
        made, validated = [], Strict.model_validate.__func__

        def kept(kind: type[Strict], content: Any, **more: Any) -> Strict:
            made.append((content, validated(kind, content, **more)))
            return made[-1][1]

        with MonkeyPatch.context() as patch:
            patch.setattr(Strict, "model_validate", classmethod(kept))
            read = (self.read(path), load_card(path, schema) if card else None)
        content = read_plain(path) if path.suffix == ".yaml" else None
        records = [model for said, model in made if said == content]
        texts = list(free_texts(records))
        return Understood(digest_of(records) if records else "", digest_of((read, texts)))

    def read(self, path: Path):
        """Return what the reader of a file makes of it."""
        root, world = self.root, self.world
        name = path.relative_to(root).as_posix()
        folder, stem = path.parent.relative_to(root).as_posix(), path.stem
        if folder == "countries":
            return load_countries(root)
        if folder == "levers":
            levers = load_levers(root)
            routes = [route.id for route in world.routes]
            check_levers(root, levers, world.hosts, self.units, routes, list(world.coefficients))
            return levers
        if folder == "scenarios":
            return read_scenario_file(root, world, stem), load_scenario(root, stem)
        if folder == "routes":
            return load_routes(root, self.hosts)
        if folder == "drivers":
            return read_driver(path.with_suffix(".yaml"), self.units)
        if folder == "drivers/inputs":
            return driver_texts(root, list(self.units))
        if folder == "registers/inputs":
            return register_texts(root, list(self.hosts))
        if folder == "composition" or name.startswith(("household_types", "population", "origin_units")):
            units = load_origin_units(root)
            settings = load_settings(root)
            origins = build_origins(root, units)
            pcodes = [unit.pcode for unit in units]
            shares = host_weights(root, self.hosts), read_margins(root, units, self.hosts)
            free = 1.0 - world.drivers["occupied_share"][0]
            residents = load_residents(root, origins, free, world.n_months)
            mix = load_composition(root, self.hosts, pcodes, world.n_months, settings)
            return units, origins, residents, shares, mix
        if folder == "registers":
            return self._registers(name)
        if folder == "account":
            return load_counted(root, world)
        if folder == "targets" or name in ("validation.yaml", "published_forecasts.yaml", "surveys.yaml"):
            rules = load_rules(root / "validation.yaml", self.hosts, world.registers)
            targets = load_targets(root, world)
            return rules, targets, load_survey_settings(root, targets)
        if folder == "scorecards":
            return load_indicators(root) if stem == "indicators" else load_scorecard(root, stem)
        if folder == "natural_experiments":
            return load_experiment(root, stem)
        if folder.startswith("coefficients"):
            return self._coefficients(path)
        return {
            "settings.yaml": lambda: (load_settings(root), load(path, Settings)),
            "assimilation.yaml": lambda: (load_assimilation_settings(root), load_beyond(root)),
            "calibration.yaml": lambda: load_calibration_settings(root),
            "facts.yaml": lambda: load_facts(root),
            "law.yaml": lambda: load_provisions(root, self.hosts),
            "outcomes.yaml": lambda: checked_definitions(root, self.hosts),
            "redundancy.yaml": lambda: load(path, Bounds),
        }[name]()

    def _registers(self, name: str):
        root, hosts, n = self.root, self.hosts, self.world.n_months
        if "update_rules" in name:
            return load(root / name, UpdateRules)
        registers = self.world.registers
        return (
            load_registers(root, hosts, n, FIRST_REGISTER_MONTH, self.world.hosts.is_eu),
            load_other_stock(root, hosts, n, FIRST_REGISTER_MONTH, registers.last_month),
            (read_eu_decisions(root), load_male_share_of_grants(root, n), load_ages_of_grants(root, n)),
            load_account(root, hosts, n),
            load_levels(root, hosts, n),
            load_renewals(root, hosts),
            deregistration_by_month(root, hosts, registers.deregistration_share[0], n),
        )

    def _coefficients(self, path: Path):
        root = self.root
        if "controls" in path.stem:
            return read_controls(path, self.hosts)
        if path.stem.endswith("_cuts"):
            return read_thresholds(root, path.stem.removesuffix("_cuts"), 600)
        if path.stem in ("priors", "units"):
            return load_priors(root)
        if path.stem == "judged":
            return load_judged(root)
        return load_fit(root, fit_in_use(root), self.known)
