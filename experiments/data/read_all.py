"""Read every file of ``configs`` with the reader that uses it, and name the files that nobody reads."""

from collections.abc import Callable, Iterator
from pathlib import Path

from abm.data.composition import host_weights
from abm.data.config import was_read
from abm.data.controls import read_controls
from abm.data.folder import load_settings
from abm.data.judged import FILE as JUDGED
from abm.data.origins import load_origin_units
from abm.data.parameters import FOLDER, PRIORS, load_fit, load_known
from abm.data.world import World
from abm.errors import ConfigError, EweaError
from abm.places import Members
from abm.policy.allowed import all_allowed, check_span
from abm.policy.change import Changes
from abm.policy.lever import load_levers
from abm.policy.scenario import changes_of, scenario_ids

NEVER_READ = (".md",)
"""Endings of files for people."""


def readers(root: Path, world: World) -> Iterator[Callable[[], object]]:
    """Yield one call for every file that a world is not made of; each raises EweaError for its faults."""
    from calibration.assimilation.observations import load_counted
    from calibration.assimilation.prior import load_assimilation_settings
    from calibration.fit.predictive import read_thresholds
    from calibration.fit.prior import load_calibration_settings
    from calibration.surveys.settings import load_survey_settings
    from calibration.targets.targets import load_targets
    from experiments.data.origin_mix import read_margins
    from experiments.ensemble.outcomes import checked_definitions
    from experiments.facts.table import load_facts
    from experiments.figures.flow_map import outlines
    from experiments.natural import experiment_ids, load_experiment
    from experiments.scorecard import INDICATORS, load_indicators, load_scorecard

    yield lambda: load_counted(root, world)
    yield lambda: host_weights(root, world.hosts.ids)
    yield lambda: read_margins(root, load_origin_units(root), world.hosts.ids)
    yield lambda: load_assimilation_settings(root)
    yield lambda: load_calibration_settings(root)
    # targets read validation.yaml and published_forecasts.yaml too
    yield lambda: load_survey_settings(root, load_targets(root, world))
    yield lambda: checked_definitions(root, world.hosts.ids)
    yield lambda: load_facts(root)
    if (root / "geo").is_dir():
        yield lambda: outlines(root)
    yield from (lambda name=name: load_experiment(root, name) for name in experiment_ids(root))  # type: ignore[misc]
    yield lambda: load_indicators(root)
    cards = sorted(p.stem for p in (root / "scorecards").glob("*.yaml") if p.name != INDICATORS)
    yield from (lambda name=name: load_scorecard(root, name) for name in cards)  # type: ignore[misc]
    yield from (lambda name=name: read_scenario_file(root, world, name) for name in scenario_ids(root))  # type: ignore[misc]
    known = load_known(root)
    fits = [
        path.stem for path in sorted((root / FOLDER).glob("*.csv"))
        if path.stem not in (PRIORS, JUDGED.stem) and not path.stem.endswith(("_draws", "_cuts", "_controls"))
    ]  # fmt: skip
    for fit in fits:
        yield lambda fit=fit: load_fit(root, fit, known)  # type: ignore[misc]
        yield lambda fit=fit: read_thresholds(root, fit, len(load_fit(root, fit, known)[1].values))  # type: ignore[misc, union-attr]
    controls = [*(root / FOLDER).glob("*_controls.csv"), *(root / FOLDER / "origins").glob("*.csv")]
    yield from (lambda path=path: read_controls(path, world.hosts.ids) for path in sorted(controls))  # type: ignore[misc]


def read_scenario_file(root: Path, world: World, name: str) -> Changes:
    """Return what a scenario sets, held against levers, drivers and the recorded months."""
    changes, hosts = changes_of(root, name), world.hosts
    axis = Members(hosts.ids, hosts.is_eu.tolist())
    all_allowed(changes, axis, world.origins.ids, load_levers(root), world.driver_cards)
    settings = load_settings(root)
    check_span(changes, settings.last_register_month + 1, max(settings.default_until, world.n_months))
    return changes


def unread(root: Path) -> Iterator[str]:
    """Yield files of the folder that no reader opened: a wrong name, or a file nothing uses."""
    for path in sorted(root.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
        if path.is_file() and not hidden and path.suffix not in NEVER_READ and not was_read(path):
            yield f"{path}: nothing reads this file. Fix its name or take it out."


def faults_of(calls: Iterator[Callable[[], object]]) -> Iterator[str]:
    """Yield the faults of readers, one a line."""
    for call in calls:
        try:
            call()
        except (ConfigError, EweaError) as error:
            yield from str(error).splitlines()
