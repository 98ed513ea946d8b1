"""The difference a scenario makes: over time with its band, and where it comes from."""

from pathlib import Path
from textwrap import shorten, wrap

import numpy as np

from abm.band import IN_WORDS
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.months import first_day, month_label
from experiments.comparison.compare import Comparison, channels, masks_of
from experiments.comparison.outcomes import LABELS, OUTCOMES
from experiments.comparison.text import headline
from experiments.figures.style import BLUE, GREY, INK, ORANGE, common_look, save
from experiments.uncertainty import band_in_short


def draw(stem: Path, comparison: Comparison, world: World, settings: RunSettings) -> None:
    """Write the figure as PNG and SVG."""
    from matplotlib.figure import Figure

    with common_look():
        figure = Figure(figsize=(12, 8.2))
        axes = figure.subplots(2, 2, width_ratios=[1.25, 1])
        figure.subplots_adjust(left=0.09, right=0.97, top=0.84, bottom=0.12, hspace=0.35, wspace=0.72)
        sentence = headline(comparison, world, settings)
        first, _, rest = sentence.partition(" (")
        figure.text(
            0.02,
            0.985,
            "\n".join(wrap(first.rstrip(".") + ".", 95)),
            fontsize=13,
            fontweight="bold",
            va="top",
        )
        if rest:
            figure.text(0.02, 0.905, f"({rest}", fontsize=10, color=GREY, va="top")
        months = comparison.monthly.shape[1]
        days = [first_day(settings.until - months + 1 + m) for m in range(months)]
        for row, (place, name) in enumerate((("NL", "Netherlands"), ("EU", "EU-27"))):
            mask = masks_of(world, [place])[place]
            values = comparison.monthly[:, :, mask].sum(axis=2)
            low, middle, high = np.quantile(values, [0.1, 0.5, 0.9], axis=0)
            panel = axes[row, 0]
            panel.fill_between(days, low, high, color=BLUE, alpha=0.25, linewidth=0)
            panel.plot(days, middle, color=BLUE, linewidth=2)
            panel.axhline(0, color=INK, linewidth=0.8)
            panel.set_title(f"{name}: people to protect, difference in persons", loc="left", fontsize=10)
            panel.yaxis.set_major_formatter(lambda v, _: f"{v:+,.0f}" if v else "0")
            panel.tick_params(axis="x", labelrotation=30)
            _bars(axes[row, 1], comparison, mask)
        figure.text(
            0.02,
            0.015,
            f"Simulation (ewea): {comparison.other} less {comparison.base} on the same seeds "
            f"({comparison.difference.shape[0]}), scale {settings.scale}, to {month_label(settings.until)}.\n"
            + f"Line: median; band: {IN_WORDS} of them, covering {band_in_short(settings)}.",
            fontsize=8.5,
            color=GREY,
        )
        save(figure, stem)


def _bars(panel, comparison: Comparison, mask) -> None:  # type: ignore[no-untyped-def]
    """Draw the mean parts: flows first, levers below them."""
    number = OUTCOMES.index("stock")
    parts = [(LABELS[name], value, ORANGE) for name, value in channels(comparison, "stock", mask).items()]
    if len(comparison.by_lever) > 1:
        parts += [
            (player.label["en"], float(values[number, mask].sum()), BLUE)
            for player, values in comparison.by_lever
        ]
    shown = [part for part in parts if abs(part[1]) >= 0.5] or parts[:1]
    at = np.arange(len(shown))[::-1]
    panel.barh(at, [value for _, value, _ in shown], color=[colour for *_, colour in shown])
    panel.set_yticks(at, [shorten(name, 46) for name, *_ in shown], fontsize=8.5)
    panel.axvline(0, color=INK, linewidth=0.8)
    panel.grid(axis="y", visible=False)
    panel.xaxis.set_major_formatter(lambda v, _: f"{v:+,.0f}" if v else "0")
    panel.tick_params(axis="x", labelrotation=30, labelsize=8.5)
    panel.set_title("through which flow (orange) and lever (blue)", loc="left", fontsize=10)
