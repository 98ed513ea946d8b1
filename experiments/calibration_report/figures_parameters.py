"""What the data changed in the parameters, and which of them the headline results depend on."""

import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from abm.band import IN_WORDS
from abm.data.parameters import REGISTER
from experiments.calibration_report.drawing import (
    FAINT,
    QUIET,
    Picture,
    bar,
    bare,
    inline,
    legend_above,
    mark,
    sheet,
    styled,
)
from experiments.figures.style import BLUE, RED
from experiments.wording.names import ReaderNames
from experiments.wording.numbers import fixed, significant

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN = 25
"""Parameters drawn."""

SHOWN_PER_RESULT = 8
"""Parameters drawn per outcome."""

LONGEST_RESULT = 58

PRIOR = "#CFCFCF"
LONGEST = 52
"""Letters of a label before it breaks."""


def information(parameters: pd.DataFrame) -> pd.Series:
    """Return how much the data say about each parameter, in nats.

    The divergence of the posterior from the prior, both taken as normal on the scale of the prior: it
    grows when a parameter becomes narrower and when it moves.
    """
    ratio = parameters["sd_ratio"].clip(lower=1e-3)
    return 0.5 * (ratio**2 + parameters["shift"] ** 2 - 1.0 - 2.0 * np.log(ratio))


def most_moved(parameters: pd.DataFrame, n: int = SHOWN) -> pd.DataFrame:
    """Return the coefficients the data moved most, the most first; register figures are left out."""
    moved = parameters[parameters["moved"] & ~parameters["parameter"].str.startswith(REGISTER)]
    return moved.loc[information(moved).sort_values(ascending=False).index[:n]]


def before_and_after(parameters: pd.DataFrame, names: ReaderNames) -> Picture | None:
    """Return prior and posterior intervals of the coefficients moved most."""
    rows = most_moved(parameters)
    if rows.empty:
        return None
    with styled():
        figure = sheet(0.41 * len(rows) + 0.7)
        axes = figure.subplots()
        axes.set_ylim(len(rows) - 0.4, -0.6)
        for place, row in enumerate(rows.itertuples()):
            low, width = row.prior_low_95, row.prior_high_95 - row.prior_low_95

            def at(value: float, low: float = low, width: float = width) -> float:
                return (value - low) / width if width > 0 else 0.5

            axes.hlines(place - 0.13, at(row.prior_low), at(row.prior_high), color=PRIOR, linewidth=6)
            axes.plot(at(row.prior), place - 0.13, marker="|", color=QUIET, markersize=8, markeredgewidth=1.6)
            axes.hlines(
                place + 0.17, at(row.posterior_low), at(row.posterior_high), color=BLUE, linewidth=3.5
            )
            axes.plot(
                at(row.posterior),
                place + 0.17,
                marker="o",
                color=BLUE,
                markersize=6.5,
                markeredgecolor="white",
            )
            axes.annotate(
                f"{significant(row.prior)} → {significant(row.posterior)}\n{row.unit}",
                (1.0, place),
                xycoords=("axes fraction", "data"),
                xytext=(8, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
                annotation_clip=False,
            )
        axes.set_yticks(range(len(rows)), [_label(names, row) for row in rows.itertuples()], fontsize=8.5)
        axes.set_xticks([0, 1], ["lower end of what\nseemed possible", "upper\nend"], fontsize=8)
        axes.tick_params(axis="y", length=0)
        axes.grid(False)
        axes.grid(True, axis="x")
        axes.spines[["top", "right", "left", "bottom"]].set_visible(False)
        reach = [
            ((rows[name] - rows["prior_low_95"]) / (rows["prior_high_95"] - rows["prior_low_95"]))
            for name in ("posterior_low", "posterior_high")
        ]
        axes.set_xlim(min(-0.03, reach[0].min() - 0.03), max(1.03, reach[1].max() + 0.03))
        legend_above(
            figure,
            [
                bar(PRIOR, f"before ({IN_WORDS})", 6),
                mark(QUIET, "|", "middle", 8),
                bar(BLUE, f"after ({IN_WORDS})"),
                mark(BLUE, "o", "middle"),
            ],
        )
        first = rows.iloc[0]
        return Picture(
            f"The {len(rows)} coefficients the data moved most",
            f"Prior and posterior intervals of {len(rows)} coefficients. Most moved: "
            f"{names.parameter(str(first['parameter']), str(first['meaning']))}, from "
            f"{significant(first['prior'])} to {significant(first['posterior'])} {first['unit']}.",
            "Grey: what research and judgement allowed before the calibration; blue: what is left after it. "
            "Each row has its own scale, from the lower to the upper end of what seemed possible (95 %). "
            "Numbers: middle before and after, with unit.",
            inline(figure, "moved"),
        )


def _label(names: ReaderNames, row: object) -> str:
    text = names.parameter(str(row.parameter), str(row.meaning))  # type: ignore[attr-defined]
    return "\n".join(textwrap.wrap(text, LONGEST, max_lines=2, placeholder=" …"))


def narrowing(parameters: pd.DataFrame) -> Picture | None:
    """Return how many parameters the data narrow by how much."""
    ratios = parameters["sd_ratio"].clip(0.0, 1.2)
    if ratios.empty:
        return None
    edges = np.arange(0.0, 1.25, 0.1)
    moved = parameters["moved"].to_numpy()
    with styled():
        figure = sheet(2.4)
        axes = figure.subplots()
        data, stay = (np.histogram(ratios[chosen], edges)[0] for chosen in (moved, ~moved))
        axes.bar(edges[:-1] + 0.05, data, 0.092, color=BLUE)
        axes.bar(
            edges[:-1] + 0.05,
            stay,
            0.092,
            bottom=data,
            color=PRIOR,
            hatch="///",
            edgecolor=QUIET,
            linewidth=0,
        )
        for left, count in zip(edges[:-1], data + stay, strict=True):
            if count:
                axes.annotate(
                    f"{count}", (left + 0.05, count), xytext=(0, 2), textcoords="offset points", ha="center"
                )
        axes.set_xlabel("uncertainty after the calibration / before it (1: nothing learnt)")
        axes.set_ylabel("parameters")
        axes.set_xticks(np.arange(0.0, 1.21, 0.2))
        axes.margins(y=0.12)
        axes.set_ylim(bottom=0)
        from matplotlib.patches import Patch

        legend_above(
            figure,
            [
                Patch(color=BLUE, label="moved by the data"),
                Patch(facecolor=PRIOR, hatch="///", edgecolor=QUIET, linewidth=0, label="stays at its prior"),
            ],
        )
        return Picture(
            "How much the data narrow each parameter",
            f"Histogram of posterior over prior standard deviation: {int(moved.sum())} of {len(moved)} "
            "parameters are moved by the data.",
            "Ratio of the standard deviation after and before. Above 1: by chance, or because the data pull "
            "a parameter to where its scale is wider.",
            inline(figure, "narrowing"),
        )


# --- what the headline results depend on


def strongest(sensitivity: pd.DataFrame, outcome: str, n: int = SHOWN_PER_RESULT) -> pd.DataFrame:
    """Return the parameters that go furthest with an outcome, the strongest first."""
    rows = sensitivity[(sensitivity["outcome"] == outcome) & sensitivity["correlation"].notna()]
    return rows.loc[rows["correlation"].abs().sort_values(ascending=False).index[:n]]


def tornado(
    sensitivity: pd.DataFrame, meanings: dict[str, str], names: ReaderNames, n_draws: int | None
) -> Picture | None:
    """Return one panel per headline result with the parameters it depends on.

    ``n_draws`` counts the simulations behind the correlations; None leaves out the band of chance.
    """
    outcomes = [str(outcome) for outcome in sensitivity["outcome"].unique()]
    parts = {outcome: strongest(sensitivity, outcome) for outcome in outcomes}
    parts = {outcome: part for outcome, part in parts.items() if len(part)}
    if not parts:
        return None
    with styled():
        sizes = [len(part) for part in parts.values()]
        figure = sheet(0.26 * sum(sizes) + 0.55 * len(parts) + 0.7)
        grid = figure.subplots(len(parts), 1, squeeze=False, sharex=True, height_ratios=sizes)
        said = []
        for axes, (outcome, part) in zip(grid.flat, parts.items(), strict=True):
            _result(axes, part, meanings, names, n_draws)
            axes.set_title(names.outcome(outcome), fontweight="bold")
            first = part.iloc[0]
            held = "stays at its prior" if first["stays_at_prior"] else "moved by the data"
            label = names.parameter(str(first["parameter"]), meanings.get(str(first["parameter"]), ""))
            said.append(
                f"{names.outcome(outcome)}: most with {label} ({fixed(first['correlation'], 2)}, {held})"
            )
        grid.flat[-1].set_xlabel("rank correlation with the result (−1 to 1; 0: no connection)")
        from matplotlib.patches import Patch

        legend_above(
            figure,
            [
                Patch(color=BLUE, label="moved by the data"),
                Patch(facecolor="white", edgecolor=RED, hatch="////", label="stays at its prior"),
            ],
        )
        chance = "" if n_draws is None else " Bars that end inside the grey lines may be chance."
        return Picture(
            "Strongest connections of each result",
            f"{'; '.join(said)}.",
            "Right: the result is larger where the parameter is larger; left: smaller. A result that hangs "
            f"on hatched bars rests on research and judgement that these data could not test.{chance}",
            inline(figure, "sensitivity"),
        )


def _result(
    axes: "Axes", part: pd.DataFrame, meanings: dict[str, str], names: ReaderNames, n_draws: int | None
) -> None:
    labels = []
    for place, row in enumerate(part.itertuples()):
        name = str(row.parameter)
        prior = bool(row.stays_at_prior)
        axes.barh(
            place, row.correlation, 0.66, color="white" if prior else BLUE, edgecolor=RED if prior else BLUE,
            hatch="////" if prior else None, linewidth=0.8, zorder=2,
        )  # fmt: skip
        axes.annotate(
            fixed(row.correlation, 2), (row.correlation, place),
            xytext=(4 if row.correlation >= 0 else -4, 0),
            textcoords="offset points", va="center", fontsize=8,
            ha="left" if row.correlation >= 0 else "right",
        )  # fmt: skip
        text = names.parameter(name, meanings.get(name, ""))
        labels.append("\n".join(textwrap.wrap(text, LONGEST_RESULT, max_lines=1, placeholder=" …")))
    axes.set_yticks(range(len(part)), labels, fontsize=8.5)
    axes.set_ylim(len(part) - 0.4, -0.6)
    axes.set_xlim(-1.12, 1.12)
    bare(axes)
    axes.axvline(0, color=FAINT, linewidth=1)
    if n_draws:
        for side in (-1, 1):
            axes.axvline(
                side * chance_correlation(n_draws), color=FAINT, linewidth=0.9, linestyle=(0, (4, 3))
            )


def chance_correlation(n_draws: int) -> float:
    """Return the rank correlation that chance alone stays below in 95 of 100 single comparisons.

    >>> round(chance_correlation(200), 2)
    0.14
    """
    return 1.96 / max(n_draws - 1, 1) ** 0.5
