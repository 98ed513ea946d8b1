"""Put what a fit folder holds into one HTML file that needs nothing else; ``page.html.j2`` has the prose."""

import math
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from markupsafe import Markup

from abm.band import IN_WORDS
from abm.data.parameters import REGISTER
from abm.errors import EweaError
from calibration.validation.metrics import POOLED_COVERAGE
from experiments.calibrate.tables import MOVED
from experiments.calibration_report import figures_checks, figures_parameters, figures_targets, tables
from experiments.calibration_report.figures_targets import surveys_of
from experiments.calibration_report.fit_folder import PROOF, VALIDATION, FitFolder, read_fit
from experiments.calibration_report.tables import ReportTable
from experiments.ensemble.files import write_whole
from experiments.figures.style import embedded_faces
from experiments.wording.names import ReaderNames, read_names
from experiments.wording.numbers import as_percent, count_of, fixed, listed, points, sentences_of

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


say = sentences_of(Path(__file__).with_name("sentences.yaml"), "findings")

BASELINES = {"persistence": "“nothing changes”", "constant_inflow": "“inflow goes on”"}
SHOWN_MISSES = 3
SHOWN_LEVELS = 4
VALIDATE = "ewea validate --json > {}"


def in_short(fit: FitFolder, names: ReaderNames) -> list[str]:
    """Return four or five sentences with the numbers that matter."""
    moved, of = fit.summary["parameters_moved"], fit.summary["parameters"]
    return [
        _forecasts(fit),
        *_levels(fit, names),
        _surveys(fit),
        say("parameters", moved=moved, parameters=count_of(of, "parameter"), rest=of - moved),
        _misses(fit, names),
    ]


def _forecasts(fit: FitFolder) -> str:
    if fit.validation is None:
        return say("no_validation")
    errors = {h: part["median_error_pct"] for h, part in fit.validation["held_out"]["horizons"].items()}
    known = {h: error for h, error in errors.items() if math.isfinite(error["model"])}
    if not known:
        return say("no_month")

    def typical(name: str) -> str:
        return listed([as_percent(error[name] / 100) for error in known.values()])

    def verdict(baseline: str) -> str:
        better = sum(error["model"] < error[baseline] for error in known.values())
        if better in (0, len(known)):
            return f"better at {'every' if better else 'no'} horizon than"
        return f"better at {better} of {len(known)} horizons than"

    return say(
        "forecasts",
        ahead=listed(list(known)),
        model=typical("model"),
        baselines="; ".join(f"{label} by {typical(name)}" for name, label in BASELINES.items()),
        verdicts=listed([f"{verdict(name)} {label}" for name, label in BASELINES.items()]),
    )


def _levels(fit: FitFolder, names: ReaderNames) -> list[str]:
    if fit.validation is None or not (levels := fit.validation["held_out"]["levels"]):
        return []
    met = sum(level["met"] is True for level in levels)
    labels = [names.level(str(level["label"])) for level in levels if level["met"] is False]
    failed = say("levels_failed", labels="; ".join(labels[:SHOWN_LEVELS])) if labels else ""
    if (more := len(labels) - SHOWN_LEVELS) > 0:
        failed += say("levels_more", more=more)
    return [say("levels", levels=len(levels), met=f"{met} {'is' if met == 1 else 'are'}", failed=failed)]


def _surveys(fit: FitFolder) -> str:
    rows, errors = surveys_of(fit.table("predictions")), []
    for use, name in (("fit", "error_seen"), ("holdout", "error_held")):
        error = fit.summary["survey_rmse_pp"].get(use)
        if error is not None and math.isfinite(error):
            surveys = count_of(int(rows.loc[rows["use"] == use, "target"].nunique()), "survey")
            errors.append(say(name, error=fixed(error), surveys=surveys))
    if not errors:
        return say("no_survey")
    return say("surveys", errors=" and ".join(errors), slopes=fit.summary["slopes_right"])


def worst_misses(targets: pd.DataFrame, n: int | None = None) -> pd.DataFrame:
    """Return the fitted numbers missed, the furthest first."""
    missed = targets[targets["missed"]]
    order = missed["distance_sd"].abs().sort_values(ascending=False).index
    return missed.loc[order[:n]]


def _misses(fit: FitFolder, names: ReaderNames) -> str:
    targets = fit.table("targets")
    missed, of, conflicts = int(targets["missed"].sum()), len(targets), int(targets["conflict"].sum())
    worst = worst_misses(targets, SHOWN_MISSES)
    furthest = "; ".join(map(names.target, worst["target"], worst["label"]))
    numbers = f"{count_of(conflicts, 'number')} {'lies' if conflicts == 1 else 'lie'}"
    return say(
        "misses",
        missed=missed,
        targets=of,
        share=as_percent(missed / of if of else math.nan, 0),
        furthest=say("furthest", targets=furthest) if missed else "",
        conflicts=say("conflicts", numbers=numbers) if conflicts else "",
    )


def directions(changes: pd.DataFrame, names: ReaderNames) -> str:
    """Return in which questions the simulation goes the wrong way."""
    if changes.empty:
        return say("once")
    wrong = [
        say(
            "wrong_question",
            question=names.family(str(row.family)),
            answer=row.label,
            observed=points(row.observed_change),
            model=points(row.model_change),
        )
        for row in changes[~changes["same_sign"]].itertuples()
    ]
    right, comparisons = len(changes) - len(wrong), count_of(len(changes), "comparison")
    named = say("wrong", questions="; ".join(wrong)) if wrong else ""
    return say("directions", right=right, comparisons=comparisons, wrong=named)
