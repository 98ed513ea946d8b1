"""What the headline results hang on, and whether data or judgement holds it."""

import textwrap
from typing import TYPE_CHECKING

import pandas as pd

from experiments.calibration_report.blocks import Picture
from experiments.calibration_report.drawing import FAINT, bare, inline, legend, sheet, styled
from experiments.figures.style import BLUE, RED
from experiments.wording.names import Names
from experiments.wording.numbers import fixed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN = 8
"""Parameters drawn per outcome."""

LONGEST = 58


def strongest(sensitivity: pd.DataFrame, outcome: str, n: int = SHOWN) -> pd.DataFrame:
    """Return the parameters that go furthest with an outcome, the strongest first."""
    rows = sensitivity[(sensitivity["outcome"] == outcome) & sensitivity["correlation"].notna()]
    return rows.loc[rows["correlation"].abs().sort_values(ascending=False).index[:n]]


def tornado(
    sensitivity: pd.DataFrame, meanings: dict[str, str], names: Names, n_draws: int | None
) -> Picture | None:
    """Return one panel per headline result with the parameters it hangs on.

    Parameters
    ----------
    sensitivity : DataFrame
        ``sensitivity.csv``.
    meanings : dict of str to str
        By parameter.
    names : Names
    n_draws : int or None
        Simulations behind the correlations; None leaves out the band of chance.
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
            _panel(axes, part, meanings, names, n_draws)
            axes.set_title(names.outcome(outcome), fontweight="bold")
            first = part.iloc[0]
            held = "stays at its prior" if first["stays_at_prior"] else "moved by the data"
            label = names.parameter(str(first["parameter"]), meanings.get(str(first["parameter"]), ""))
            said.append(
                f"{names.outcome(outcome)}: most with {label} ({fixed(first['correlation'], 2)}, {held})"
            )
        grid.flat[-1].set_xlabel("rank correlation with the result (−1 to 1; 0: no connection)")
        from matplotlib.patches import Patch

        legend(
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


def _panel(
    axes: "Axes", part: pd.DataFrame, meanings: dict[str, str], names: Names, n_draws: int | None
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
        labels.append("\n".join(textwrap.wrap(text, LONGEST, max_lines=1, placeholder=" …")))
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
