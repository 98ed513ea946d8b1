"""Put what a fit folder holds into one HTML file that needs nothing else; ``page.html.j2`` has the prose."""

import math
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

from markupsafe import Markup

from abm.band import IN_WORDS
from abm.data.parameters import REGISTER
from abm.errors import EweaError
from calibration.validation.metrics import POOLED_COVERAGE
from experiments.calibrate.tables import MOVED
from experiments.calibration_report import figures_checks, figures_parameters, figures_targets, tables
from experiments.calibration_report.findings import VALIDATE, directions, in_short, worst_misses
from experiments.calibration_report.fit_folder import PROOF, VALIDATION, FitFolder, read_fit
from experiments.calibration_report.tables import ReportTable
from experiments.ensemble.files import write_whole
from experiments.figures.style import embedded_faces
from experiments.wording.names import ReaderNames, read_names
from experiments.wording.numbers import as_percent, count_of, fixed

TEMPLATE = "page.html.j2"
FILE = "report.html"
ENDINGS = (".html", ".htm")
LIBRARIES = ("ewea-displacement", "numpy", "pandas", "scipy", "matplotlib")

type Contents = dict[str, Any]


class Report(NamedTuple):
    """A written report and what it says in short."""

    path: Path
    sentences: list[str]


def write_report(folder: Path, configs: Path, out: Path | None = None) -> Report:
    """Write the page about a fit folder, whole or not at all; ``report.html`` in the folder by default."""
    path = _place(out) if out is not None else folder / FILE
    fit, names = read_fit(folder), read_names(configs)
    write_whole(path, page_text(fit, names))
    return Report(path, in_short(fit, names))


def _place(out: Path) -> Path:
    if out.suffix.lower() not in ENDINGS:
        raise EweaError(f"--out {out}: the name must end in {' or '.join(ENDINGS)}. Choose another name.")
    if out.is_dir():
        raise EweaError(f"--out {out}: this is a folder. Name a file in it, for example {out / FILE}.")
    if not out.parent.is_dir():
        raise EweaError(f"--out {out}: there is no folder {out.parent}. Create it, or choose another one.")
    return out


def page_text(fit: FitFolder, names: ReaderNames) -> str:
    """Return the page; the same folder and configuration give the same bytes."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(TEMPLATE).render(
        fit=fit,
        names=names,
        tables=tables,
        checks=figures_checks,
        parameters=figures_parameters,
        targets=figures_targets,
        typeface=Markup(embedded_faces()),  # noqa: S704
        in_short=in_short(fit, names),
        directions=directions,
        worst_misses=worst_misses,
        validate=VALIDATE.format(fit.path / VALIDATION),
        proof=PROOF,
        band=IN_WORDS,
        pooled=POOLED_COVERAGE,
        moved=as_percent(MOVED, 0),
        percent=as_percent,
        count_of=count_of,
        draws=_setting(fit.manifest["settings"], "sensitivity_draws"),
        **_counted(fit, names),
        how=_how(fit),
    )


def _counted(fit: FitFolder, names: ReaderNames) -> Contents:
    """Return what the page counts and lists: answers inside the band, what stays, what lies outside."""
    predictions, table = fit.table("predictions"), fit.table("parameters")
    answers = figures_targets.surveys_of(predictions)
    of_registers = table["parameter"].str.startswith(REGISTER)
    inside, was_held = figures_targets.inside(answers), answers["use"] == "holdout"
    held = predictions[predictions["use"] == "holdout"]
    # An undefined number is not outside.
    outside = (held["observed"] < held["predicted_low"]) | (held["observed"] > held["predicted_high"])
    return {
        "answers": answers,
        "inside": {
            use: f"{int(inside[was_held == use].sum())} of {int((was_held == use).sum())}"
            for use in (False, True)
        },
        "asked": [
            f"{names.family(family)}: “{question}”"
            for family, question in names.questions.items()
            if question and (answers["family"] == family).any()
        ],
        "meanings": dict(zip(table["parameter"], table["meaning"], strict=True)),
        "moved_registers": (int((table["moved"] & of_registers).sum()), int(of_registers.sum())),
        "stay": [
            f"{names.parameter(str(row.parameter), str(row.meaning))} ({row.parameter})"
            for row in table[~table["moved"] & ~of_registers].itertuples()
        ],
        "held_out": held,
        "outside": held[outside],
    }


def _how(fit: FitFolder) -> Contents:
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
    powers = manifest["powers"]
    accepted = [*manifest["acceptance"], *[math.nan] * len(powers)]
    steps = [
        [str(number), fixed(_real(power), 4), as_percent(_real(share))]
        for number, (power, share) in enumerate(zip(powers, accepted, strict=False), 1)
    ]
    settings = [_setting_row(name, entry) for name, entry in manifest["settings"].items()]
    return {
        "facts": ReportTable(["what", "value"], facts, (0, 1)),
        "settings": ReportTable(["setting", "value", "unit", "status", "source"], settings, (0, 2, 3, 4)),
        "steps": ReportTable(["step", "power", "accepted"], steps),
    }


def _setting(settings: Mapping[str, Any], name: str) -> int | None:
    entry = settings.get(name)
    value = entry.get("value") if isinstance(entry, dict) else entry
    return int(value) if isinstance(value, int | float) else None


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
