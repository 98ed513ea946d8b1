"""How a calibration was done: settings, versions, time, and every number behind the page."""

import math
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from experiments.calibration_report import full_tables
from experiments.calibration_report.blocks import Fold, Section, Table, Text
from experiments.calibration_report.reading import FitFolder
from experiments.calibration_report.sections import some
from experiments.wording.names import Names
from experiments.wording.numbers import fixed, percent

LIBRARIES = ("ewea-displacement", "numpy", "pandas", "scipy", "matplotlib")
SAMPLER_TEXT = (
    "The sampler starts at the priors and lets the data count more and more: the power goes from 0 to 1. "
    "The share of proposals accepted should stay well above 0."
)


def how(fit: FitFolder, names: Names) -> Section:
    """Return settings, seeds, versions and time."""
    manifest, summary = fit.manifest, fit.summary
    facts = [
        ["name of the fit", str(manifest["fit"])],
        ["started", str(manifest["started"])],
        ["time", f"{fixed(float(summary['minutes']))} minutes"],
        ["simulations in the bank", f"{summary['simulations_in_bank']:,}"],
        ["draws kept", f"{summary['draws']:,}"],
        ["effective draws", f"{summary['effective_draws']:,}"],
        ["fitted numbers", f"{summary['targets']:,}"],
        ["digest of the model's source", str(manifest["model"])],
        ["digest of the configuration", str(manifest["configs"])],
        *([["seeds", str(manifest["seeds"])]] if "seeds" in manifest else []),
        *([f"version of {name} (this page)", found] for name in LIBRARIES if (found := _version(name))),
    ]
    settings = [_setting_row(name, entry) for name, entry in manifest["settings"].items()]
    steps = [
        [str(number), fixed(_real(power), 4), percent(_real(accepted))]
        for number, (power, accepted) in enumerate(
            zip(
                manifest["powers"],
                [*manifest["acceptance"], *[math.nan] * len(manifest["powers"])],
                strict=False,
            ),
            1,
        )
    ]
    targets = fit.table("targets")
    predictions = fit.table("predictions")
    return Section(
        "how",
        "How it was done",
        some(
            Text(
                "A bank of simulations spreads over the priors; an emulator learns what they say about "
                "every target; a sequential sampler draws parameter sets in proportion to how well they "
                "meet the targets, given sampling error and what model and question do not share; "
                "simulations with these draws check every target, held-out ones included. The same bank and "
                "seeds give the same result."
            ),
            Table("Facts of this calibration", ["what", "value"], facts, frozenset({0, 1})),
            Fold(
                "Settings, with unit, status and source",
                [
                    Table(
                        "Settings of the calibration",
                        ["setting", "value", "unit", "status", "source"],
                        settings,
                        frozenset({0, 2, 3, 4}),
                    )
                ],
            )
            if settings
            else None,
            Fold(
                "Steps of the sampler",
                [Text(SAMPLER_TEXT), Table("Steps of the sampler", ["step", "power", "accepted"], steps)],
            )
            if steps
            else None,
            Fold(
                "All fitted numbers",
                [full_tables.targets(targets, names, "Fitted numbers, before and after")],
            ),
            Fold(
                "All predictions",
                [full_tables.predictions(predictions, names, "Targets and simulations with posterior draws")],
            ),
        ),
    )


def _setting_row(name: str, entry: Any) -> list[str]:
    if not isinstance(entry, dict):
        return [name, str(entry), "", "", ""]
    value = str(entry.get("value", ""))
    if "spread" in entry:
        value += f" (spread {entry['spread']})"
    return [name, value, *(str(entry.get(key, "")) for key in ("unit", "status", "source"))]


def _real(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
