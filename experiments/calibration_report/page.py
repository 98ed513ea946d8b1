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
        fit=str(fit.manifest["fit"]),
        started=str(fit.manifest["started"])[:10],
        typeface=Markup(embedded_faces()),  # noqa: S704
        in_short=in_short(fit, names),
        validate=VALIDATE.format(fit.path / VALIDATION),
        proof=PROOF,
        band=IN_WORDS,
        forecasts=_forecasts(fit, names),
        surveys=_surveys(fit, names),
        registers=_registers(fit, names),
        parameters=_parameters(fit, names),
        misses=_misses(fit, names),
        method=_method(fit),
        sensitivity=_sensitivity(fit, names),
        how=_how(fit, names),
    )


def _forecasts(fit: FitFolder, names: ReaderNames) -> Contents | None:
    """Return how forecasts of held-out months did; None without a validation."""
    if fit.validation is None:
        return None
    window = fit.validation["held_out"]
    inside = window[POOLED_COVERAGE]
    return {
        "horizons": tables.horizons_table(window),
        "by_horizon": figures_checks.horizons_figure(window),
        "by_host": figures_checks.hosts_figure(window, names),
        "runs": count_of(int(window["members"]), "run"),
        "inside": as_percent(inside, 0) if math.isfinite(inside) else "",
        "levels": tables.levels_table(window["levels"], names),
        "breaks": tables.breaks_table(window),
    }


def _surveys(fit: FitFolder, names: ReaderNames) -> Contents | None:
    """Return survey answers beside simulated ones; None if there are none."""
    predictions, changes = fit.table("predictions"), fit.table("slopes")
    answers = figures_targets.surveys_of(predictions)
    if answers.empty:
        return None
    inside, held = figures_targets.inside(answers), answers["use"] == "holdout"
    return {
        "answers": figures_targets.observed_against_simulated(predictions),
        "differences": figures_targets.differences(predictions, names),
        "over_time": figures_targets.over_time(predictions, names),
        "inside": f"{int(inside[~held].sum())} of {int((~held).sum())}",
        "inside_held": f"{int(inside[held].sum())} of {int(held.sum())}",
        "directions": directions(changes, names),
        "changes": tables.slopes_table(changes, names),
        "all": tables.predictions_table(answers, names),
        "contrasts": tables.predictions_table(predictions[predictions["kind"] == "contrast"], names),
        "asked": [
            f"{names.family(family)}: “{question}”"
            for family, question in names.questions.items()
            if question and (answers["family"] == family).any()
        ],
    }


def _registers(fit: FitFolder, names: ReaderNames) -> Contents:
    """Return exits, clean-ups and totals, each drawn and as a table."""
    targets, predictions = fit.table("targets"), fit.table("predictions")
    return {
        "exits": figures_targets.exits_figure(targets, names),
        "clean_ups": figures_targets.clean_ups_figure(targets, names),
        "quantities": figures_targets.quantities_figure(predictions, names),
        "exits_table": tables.targets_table(figures_targets.exits_of(targets), names),
        "clean_ups_table": tables.targets_table(figures_targets.clean_ups_of(targets), names),
        "quantities_table": tables.predictions_table(figures_targets.quantities_of(predictions), names),
    }


def _parameters(fit: FitFolder, names: ReaderNames) -> Contents:
    """Return which parameters the data move, and which stay at their prior."""
    table = fit.table("parameters")
    of_registers = table["parameter"].str.startswith(REGISTER)
    stay = [
        f"{names.parameter(str(row.parameter), str(row.meaning))} ({row.parameter})"
        for row in table[~table["moved"] & ~of_registers].itertuples()
    ]
    moved = int((table["moved"] & of_registers).sum())
    figures = count_of(int(of_registers.sum()), "figure")
    return {
        "moved_below": as_percent(MOVED, 0),
        "narrowing": figures_parameters.narrowing(table),
        "before_and_after": figures_parameters.before_and_after(table, names),
        "registers": f"{moved} of {figures}" if of_registers.any() else "",
        "stay": stay,
        "stay_count": count_of(len(stay), "coefficient"),
        "count": count_of(len(table), "parameter"),
        "all": tables.parameters_table(table, names),
    }


def _misses(fit: FitFolder, names: ReaderNames) -> Contents:
    """Return fitted numbers that are missed or contradict the priors, and what that means."""
    targets, away = fit.table("targets"), fit.table("predictions")
    held = away[away["use"] == "holdout"]
    # An undefined number is not outside.
    outside = held[(held["observed"] < held["predicted_low"]) | (held["observed"] > held["predicted_high"])]
    kinds = {"Prior–data conflicts": targets[targets["conflict"]], "Missed by the fit": worst_misses(targets)}
    return {
        "kinds": [(title, tables.misses_table(rows, names)) for title, rows in kinds.items()],
        "n_outside": len(outside),
        "held_out": count_of(len(held), "held-out number"),
        "outside": tables.predictions_table(outside, names),
    }


def _method(fit: FitFolder) -> Contents:
    """Return the proof that the method works; without its tables what rests on them is absent."""
    recovery, ranks, emulator = fit.tables.get("recovery"), fit.tables.get("ranks"), fit.table("emulator")
    proven = recovery is not None
    return {
        "recovered": proven,
        "ranked": ranks is not None,
        "coverage": figures_checks.coverage_picture(recovery) if proven else None,
        "coverage_table": tables.coverage_table(recovery) if proven else None,
        "recovery_table": tables.recovery_table(recovery) if proven else None,
        "ranks": figures_checks.ranks_figure(ranks, recovery) if proven and ranks is not None else None,
        "emulator": figures_checks.emulator_figure(emulator),
        "emulator_table": tables.emulator_errors_table(emulator),
    }


def _sensitivity(fit: FitFolder, names: ReaderNames) -> Contents | None:
    """Return what the headline results depend on; None without the table."""
    table = fit.tables.get("sensitivity")
    if table is None:
        return None
    known = fit.table("parameters")
    meanings = dict(zip(known["parameter"], known["meaning"], strict=True))
    n_draws = _setting(fit.manifest["settings"], "sensitivity_draws")
    return {
        "outcomes": tables.outcomes_table(table, names),
        "tornado": figures_parameters.tornado(table, meanings, names, n_draws),
        "chance": n_draws is not None,
        "all": tables.sensitivity_table(table, names, meanings),
    }


def _how(fit: FitFolder, names: ReaderNames) -> Contents:
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
        "targets": tables.targets_table(fit.table("targets"), names),
        "predictions": tables.predictions_table(fit.table("predictions"), names),
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
