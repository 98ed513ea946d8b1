"""What the data changed in the parameters, and which of them the headline results depend on."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

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
    dots,
    inline,
    legend_above,
    mark,
    named_rows,
    sheet,
    wrapped,
)
from experiments.figures.style import BLUE, RED
from experiments.wording.names import ReaderNames
from experiments.wording.numbers import fixed, significant

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN, SHOWN_PER_RESULT = 25, 8
"""Parameters drawn, in all and per outcome."""

LONGEST, LONGEST_RESULT = 52, 58
"""Letters of a line of a label."""

PRIOR = "#CFCFCF"


def most_moved(parameters: pd.DataFrame) -> pd.DataFrame:
    """Return the coefficients the data moved most, the most first; register figures are left out.

    By how much the data say about each, in nats: the divergence of the posterior from the prior, both taken
    as normal on the scale of the prior. It grows when a parameter becomes narrower and when it moves.
    """
    ratio = parameters["sd_ratio"].clip(lower=1e-3)
    nats = 0.5 * (ratio**2 + parameters["shift"] ** 2 - 1.0 - 2.0 * np.log(ratio))
    moved = parameters[parameters["moved"] & ~parameters["parameter"].str.startswith(REGISTER)]
    return moved.loc[nats[moved.index].sort_values(ascending=False).index[:SHOWN]]


def before_and_after(parameters: pd.DataFrame, names: ReaderNames) -> Picture | None:
    """Return prior and posterior intervals of the coefficients moved most."""
    rows = most_moved(parameters)
    if rows.empty:
        return None
    with sheet(0.41 * len(rows) + 0.7) as figure:
        axes = figure.subplots()
        labels = [wrapped(names.parameter(row.parameter, row.meaning), LONGEST) for row in rows.itertuples()]
        named_rows(axes, labels, fontsize=8.5)
        for place, row in enumerate(rows.itertuples()):
            _one_moved(axes, place, row)
        axes.set_xticks([0, 1], ["lower end of what\nseemed possible", "upper\nend"], fontsize=8)
        bare(axes)
        axes.spines["bottom"].set_visible(False)
        low, high = (
            ((rows[name] - rows["prior_low_95"]) / (rows["prior_high_95"] - rows["prior_low_95"]))
            for name in ("posterior_low", "posterior_high")
        )
        axes.set_xlim(min(-0.03, low.min() - 0.03), max(1.03, high.max() + 0.03))
        legend_above(
            figure,
            [
                bar(PRIOR, f"before ({IN_WORDS})", 6), mark(QUIET, "|", "middle", 8),
                bar(BLUE, f"after ({IN_WORDS})"), mark(BLUE, "o", "middle"),
            ],
        )  # fmt: skip
        first = rows.iloc[0]
        return Picture(
            f"Prior and posterior intervals of {len(rows)} coefficients. Most moved: "
            f"{names.parameter(str(first['parameter']), str(first['meaning']))}, from "
            f"{significant(first['prior'])} to {significant(first['posterior'])} {first['unit']}.",
            inline(figure, "moved"),
            {"coefficients": str(len(rows))},
        )


def _one_moved(axes: "Axes", place: int, row: Any) -> None:
    """Draw a parameter on its own scale: 0 and 1 are the ends of the central 95 % of its prior."""
    low, width = row.prior_low_95, row.prior_high_95 - row.prior_low_95

    def at(value: float) -> float:
        return (value - low) / width if width > 0 else 0.5

    axes.hlines(place - 0.13, at(row.prior_low), at(row.prior_high), color=PRIOR, linewidth=6)
    axes.plot(at(row.prior), place - 0.13, marker="|", color=QUIET, markersize=8, markeredgewidth=1.6)
    axes.hlines(place + 0.17, at(row.posterior_low), at(row.posterior_high), color=BLUE, linewidth=3.5)
    dots(axes, at(row.posterior), place + 0.17, BLUE, size=6.5, markeredgecolor="white")
    axes.annotate(
        f"{significant(row.prior)} → {significant(row.posterior)}\n{row.unit}", (1.0, place),
        xycoords=("axes fraction", "data"), xytext=(8, 0), textcoords="offset points",
        va="center", fontsize=8, annotation_clip=False,
    )  # fmt: skip


def narrowing(parameters: pd.DataFrame) -> Picture | None:
    """Return how many parameters the data narrow by how much."""
    ratios = parameters["sd_ratio"].clip(0.0, 1.2)
    if ratios.empty:
        return None
    edges = np.arange(0.0, 1.25, 0.1)
    middle = edges[:-1] + 0.05
    moved = parameters["moved"].to_numpy()
    hatched: dict[str, Any] = {"hatch": "///", "edgecolor": QUIET, "linewidth": 0}
    with sheet(2.4) as figure:
        axes = figure.subplots()
        data, stay = (np.histogram(ratios[chosen], edges)[0] for chosen in (moved, ~moved))
        axes.bar(middle, data, 0.092, color=BLUE)
        axes.bar(middle, stay, 0.092, bottom=data, color=PRIOR, **hatched)
        for at, count in zip(middle, data + stay, strict=True):
            if count:
                axes.annotate(f"{count}", (at, count), xytext=(0, 2), textcoords="offset points", ha="center")
        axes.set_xlabel("uncertainty after the calibration / before it (1: nothing learnt)")
        axes.set_ylabel("parameters")
        axes.set_xticks(np.arange(0.0, 1.21, 0.2))
        axes.margins(y=0.12)
        axes.set_ylim(bottom=0)
        _legend(figure, {"facecolor": PRIOR, **hatched})
        return Picture(
            f"Histogram of posterior over prior standard deviation: {int(moved.sum())} of {len(moved)} "
            "parameters are moved by the data.",
            inline(figure, "narrowing"),
        )


def _legend(figure: Any, of_prior: Mapping[str, Any]) -> None:
    """Say which parameters the data move, and which stay."""
    from matplotlib.patches import Patch

    stays = Patch(label="stays at its prior", **of_prior)
    legend_above(figure, [Patch(color=BLUE, label="moved by the data"), stays])


# --- what the headline results depend on


def strongest(sensitivity: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Return the parameters that go furthest with an outcome, the strongest first."""
    rows = sensitivity[(sensitivity["outcome"] == outcome) & sensitivity["correlation"].notna()]
    return rows.loc[rows["correlation"].abs().sort_values(ascending=False).index[:SHOWN_PER_RESULT]]


def tornado(
    sensitivity: pd.DataFrame, meanings: Mapping[str, str], names: ReaderNames, n_draws: int | None
) -> Picture | None:
    """Return a panel per headline result; without ``n_draws`` there is no band of chance."""
    parts = {str(outcome): strongest(sensitivity, outcome) for outcome in sensitivity["outcome"].unique()}
    parts = {outcome: part for outcome, part in parts.items() if len(part)}
    if not parts:
        return None
    sizes = [len(part) for part in parts.values()]
    with sheet(0.26 * sum(sizes) + 0.55 * len(parts) + 0.7) as figure:
        grid = figure.subplots(len(parts), 1, squeeze=False, sharex=True, height_ratios=sizes)
        alt = []
        for axes, (outcome, part) in zip(grid.flat, parts.items(), strict=True):
            labels = [names.parameter(name, meanings.get(name, "")) for name in part["parameter"].astype(str)]
            _result(axes, part, [wrapped(label, LONGEST_RESULT, 1) for label in labels], n_draws)
            axes.set_title(names.outcome(outcome), fontweight="bold")
            first = part.iloc[0]
            held = "stays at its prior" if first["stays_at_prior"] else "moved by the data"
            alt.append(
                f"{names.outcome(outcome)}: most with {labels[0]} ({fixed(first['correlation'], 2)}, {held})"
            )
        grid.flat[-1].set_xlabel("rank correlation with the result (−1 to 1; 0: no connection)")
        _legend(figure, {"facecolor": "white", "edgecolor": RED, "hatch": "////"})
        return Picture(f"{'; '.join(alt)}.", inline(figure, "sensitivity"))


def _result(axes: "Axes", part: pd.DataFrame, labels: list[str], n_draws: int | None) -> None:
    for place, row in enumerate(part.itertuples()):
        prior, right = bool(row.stays_at_prior), row.correlation >= 0
        axes.barh(
            place, row.correlation, 0.66, color="white" if prior else BLUE, edgecolor=RED if prior else BLUE,
            hatch="////" if prior else None, linewidth=0.8, zorder=2,
        )  # fmt: skip
        axes.annotate(
            fixed(row.correlation, 2), (row.correlation, place), xytext=(4 if right else -4, 0),
            textcoords="offset points", va="center", fontsize=8, ha="left" if right else "right",
        )  # fmt: skip
    named_rows(axes, labels, fontsize=8.5)
    axes.set_xlim(-1.12, 1.12)
    bare(axes)
    axes.axvline(0, color=FAINT, linewidth=1)
    for side in (-1, 1) if n_draws else ():
        axes.axvline(side * chance_correlation(n_draws), color=FAINT, linewidth=0.9, linestyle=(0, (4, 3)))


def chance_correlation(n_draws: int) -> float:
    """Return the rank correlation that chance alone stays below in 95 of 100 single comparisons.

    >>> round(chance_correlation(200), 2)
    0.14
    """
    return 1.96 / max(n_draws - 1, 1) ** 0.5
