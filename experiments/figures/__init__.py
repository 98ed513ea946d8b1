"""The figures of a run folder: one file per figure, found by itself.

A figure file holds ``TITLE`` and ``draw(run) -> matplotlib.figure.Figure``; matplotlib is imported when
the first figure is drawn, never before.
"""

import importlib
import pkgutil
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from experiments.run_tables import RunSeries

if TYPE_CHECKING:
    from abm.data.world import World


@dataclass(frozen=True)
class RunToDraw:
    """All that a figure may show."""

    series: RunSeries  # Stocks, flows and registers per seed
    world: "World"  # The data; for published registers and names
    # Figures of :func:`experiments.summary.summarise_run`, so that text and figure agree
    summary: dict[str, Any]
    configs: Path  # Configuration folder; for coordinates and the base map


def figures_by_name() -> dict[str, ModuleType]:
    """Return the modules that draw a figure.

    >>> list(figures_by_name())
    ['flow_map', 'stock_nl_eu']
    """
    names = sorted(found.name for found in pkgutil.iter_modules(__path__))
    modules = {name: importlib.import_module(f"{__name__}.{name}") for name in names}
    return {name: module for name, module in modules.items() if hasattr(module, "draw")}


def draw_all(folder: Path, series: RunSeries, world: "World", summary: dict[str, Any], configs: Path) -> None:
    """Draw every figure into a folder, as PNG for documents and SVG for print."""
    import matplotlib as mpl

    mpl.use("Agg")
    from experiments.figures.style import common_look, save

    run = RunToDraw(series, world, summary, configs)
    with common_look():
        for name, module in figures_by_name().items():
            save(module.draw(run), folder / name)
