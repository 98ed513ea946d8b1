"""The sections about parameters and the method: what the data say, and whether the way works."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from abm.data.parameters import REGISTER
from experiments.calibrate.tables import MOVED
from experiments.calibration_report import (
    figures_method,
    figures_parameters,
    figures_sensitivity,
    full_tables,
)
from experiments.calibration_report.blocks import Block, Fold, Points, Section, Table, Text
from experiments.calibration_report.columns import PROOF
from experiments.calibration_report.reading import FitFolder
from experiments.calibration_report.sections import some
from experiments.wording.names import Names
from experiments.wording.numbers import between, fixed, percent, persons
from experiments.wording.sentences import counted


def absent(file: str) -> Text:
    """Return the sentence that stands for a missing table."""
    return Text(f"This folder has no {file}. To make it, {PROOF}.", notice=True)


def parameters(fit: FitFolder, names: Names) -> Section:
    """Return which parameters the data move, and which stay at their prior."""
    table = fit.table("parameters")
    of_registers = table["parameter"].str.startswith(REGISTER)
    stay = table[~table["moved"]]
    said = [
        f"{names.parameter(str(row.parameter), str(row.meaning))} ({row.parameter})"
        for row in stay[~stay["parameter"].str.startswith(REGISTER)].itertuples()
    ]
    moved_registers = int((table["moved"] & of_registers).sum())
    return Section(
        "parameters",
        "Which parameters the data move",
        some(
            Text(
                f"A parameter is moved if its uncertainty falls below {percent(MOVED, 0)} of what it was. A "
                "parameter that stays is not wrong: no survey or register here speaks about it, and its "
                "value rests on the source named in the table of priors."
            ),
            figures_parameters.narrowing(table),
            figures_parameters.before_and_after(table, names)
            or Text("No coefficient is moved by the data of this fit."),
            Text(
                f"Besides the coefficients, {moved_registers} of "
                f"{counted(int(of_registers.sum()), 'figure')} on how registers err are moved: how many "
                "leavers sign off, and how many a clean-up finds."
            )
            if of_registers.any()
            else None,
            Fold(f"{counted(len(said), 'coefficient')} that stay at their prior", [Points(said)])
            if said
            else None,
            Fold(
                f"All {counted(len(table), 'parameter')}",
                [
                    full_tables.parameters(
                        table, names, "Parameters before and after; every number in its unit"
                    )
                ],
            ),
        ),
    )


def method(fit: FitFolder) -> Section:
    """Return the proof that the method works."""
    recovery, ranks = fit.tables.get("recovery"), fit.tables.get("ranks")
    blocks: list[Block] = [
        Text(
            "A calibration can be tested where the truth is known: the model makes data with parameters "
            "drawn from the priors, and the calibration, which does not know them, has to find them again."
        )
    ]
    if recovery is None:
        blocks.append(absent("recovery.csv"))
    else:
        found = figures_method.coverage(recovery)
        blocks.append(found or Text("The synthetic data move no parameter, so there is nothing to test."))
        blocks.append(_coverage_table(recovery))
    if ranks is None:
        blocks.append(absent("ranks.csv"))
    elif recovery is not None:
        blocks += some(figures_method.rank_histogram(ranks, recovery))
    emulator = fit.table("emulator")
    blocks += some(figures_method.emulator(emulator))
    blocks.append(
        Fold(
            "Error of the emulator by output",
            [
                full_tables.emulator(
                    emulator, "Emulator by output (log odds of shares, logarithms of other numbers)"
                )
            ],
        )
    )
    if recovery is not None:
        blocks.append(
            Fold(
                "Recovery by parameter",
                [full_tables.recovery(recovery, "Share of tests in which intervals hold")],
            )
        )
    return Section("method", "Does the method work?", blocks)


def _coverage_table(recovery: pd.DataFrame) -> Table:
    from experiments.calibration_report.chance import binomial_band

    rows = []
    for label, part in (
        ("parameters the data move", figures_method.learnt(recovery)),
        ("all parameters", recovery),
    ):
        for column, level in figures_method.LEVELS.items():
            if part.empty:
                continue
            n = round(float(part["replicates"].iloc[0]))
            low, high = (count / n for count in binomial_band(n, level))
            inside = ((part[column] >= low) & (part[column] <= high)).mean()
            rows.append(
                [
                    f"{percent(level, 0)} interval, {label}",
                    percent(float(part[column].mean())),
                    f"{percent(low, 0)} to {percent(high, 0)}",
                    percent(float(inside), 0),
                ]
            )
    return Table(
        "How often intervals hold the known truth",
        ["interval", "mean over parameters", "chance for one parameter (95 %)", "parameters within chance"],
        rows,
    )


def sensitivity(fit: FitFolder, names: Names) -> Section:
    """Return what the headline results hang on."""
    title = "What the headline results hang on"
    table = fit.tables.get("sensitivity")
    if table is None:
        return Section("sensitivity", title, [absent("sensitivity.csv")])
    meanings = dict(
        zip(fit.table("parameters")["parameter"], fit.table("parameters")["meaning"], strict=True)
    )
    n_draws = _setting(fit.manifest["settings"], "sensitivity_draws")
    picture = figures_sensitivity.tornado(table, meanings, names, n_draws)
    if picture is None:
        return Section("sensitivity", title, [Text("No headline result varies over the draws.")])
    listed = full_tables.sensitivity(table, names, meanings, "Rank correlation over draws of the posterior")
    return Section(
        "sensitivity", title, some(_outcomes(table, names), picture, Fold("All correlations", [listed]))
    )


def _outcomes(table: pd.DataFrame, names: Names) -> Table | None:
    """Return the spread of each headline result, where the file tells it."""
    if not {"median", "low", "high"} <= set(table.columns):
        return None
    rows = []
    for outcome, part in table.groupby("outcome", sort=False):
        ends = pd.to_numeric(part.iloc[0][["low", "median", "high"]], errors="coerce")
        stays = part.loc[part["stays_at_prior"], "correlation"].abs().max()
        data = part.loc[~part["stays_at_prior"], "correlation"].abs().max()
        rows.append(
            [
                names.outcome(str(outcome)),
                persons(float(ends["median"])),
                between(float(ends["low"]), float(ends["high"]), "persons", named=False),
                fixed(float(data), 2),
                fixed(float(stays), 2),
            ]
        )
    return Table(
        "Headline results over draws of the posterior, and their strongest connection to parameters of "
        "both kinds",
        [
            "result",
            "middle, persons",
            "80 %, persons",
            "strongest, moved by data",
            "strongest, stays at prior",
        ],
        rows,
    )


def _setting(settings: Mapping[str, Any], name: str) -> int | None:
    entry = settings.get(name)
    value = entry.get("value") if isinstance(entry, dict) else entry
    return int(value) if isinstance(value, int | float) else None
