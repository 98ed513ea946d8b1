"""The common look of all figures, and the one typeface of the project.

Colours are safe for colour-blind readers, axes plain, the footer full; files bring the typeface along, so no
page depends on the fonts of a machine.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from textwrap import shorten, wrap
from typing import TYPE_CHECKING, Any

from abm.band import IN_WORDS
from experiments.wording.numbers import spoken_month

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FAMILY = "Ewea Sans"

FONTS = Path(__file__).parent / "fonts"
"""Each style as ``.woff2`` for browsers and as ``.ttf`` for matplotlib."""

WEIGHTS = {"EweaSans-Regular": 400, "EweaSans-Bold": 700}
"""File name without ending, and its weight in CSS."""


@cache
def embedded_faces() -> str:
    """Return the typeface as CSS rules that need no other file."""
    return "\n".join(
        f'@font-face{{font-family:"{FAMILY}";font-weight:{weight};src:url(data:font/woff2;base64,'
        f'{b64encode((FONTS / f"{name}.woff2").read_bytes()).decode()}) format("woff2")}}'
        for name, weight in WEIGHTS.items()
    )


@cache
def teach_matplotlib() -> None:
    """Let matplotlib find the typeface by its name, once."""
    from matplotlib.font_manager import fontManager

    for name in WEIGHTS:
        fontManager.addfont(FONTS / f"{name}.ttf")


BLUE, ORANGE, GREEN, RED, SKY, INK, GREY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#222222", "#777777",
)  # fmt: skip
"""Okabe and Ito (2008), Color Universal Design."""

_STYLE: dict[str, Any] = {
    "font.family": FAMILY,
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#E5E5E5",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "svg.fonttype": "none",
    "svg.hashsalt": "ewea",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}

DPI = 130

NOTE_CHARACTERS = 15.5
"""Characters of small print that an inch has room for."""

NOTE_LINE = 0.145
"""Height of a line of small print, inches."""


@contextmanager
def common_look(**more: Any) -> Iterator[None]:
    """Draw and save in the common look; ``more`` are further settings of matplotlib."""
    import matplotlib as mpl

    teach_matplotlib()
    with mpl.rc_context({**_STYLE, **more}):
        yield


def save(figure: "Figure", stem: Path) -> None:
    """Write a figure as PNG and SVG, without date: the same run gives the same files."""
    for ending in (".png", ".svg"):  # the stem may hold a point, as a bound with decimals does
        save_as(figure, stem.with_name(f"{stem.name}{ending}"))


def save_as(figure: "Figure", path: Path, dpi: int = DPI) -> None:
    """Write a figure in the format of the ending, which is ``.png``, ``.svg`` or ``.pdf``."""
    nameless = {".png": {"Software": None}, ".svg": {"Date": None, "Creator": None}, ".pdf": {}}
    with common_look():
        figure.savefig(path, dpi=dpi, metadata=nameless[path.suffix.lower()])
    if path.suffix.lower() == ".svg":
        text = path.read_text(encoding="utf-8")
        opening = '<style type="text/css">'
        path.write_text(text.replace(opening, opening + embedded_faces(), 1), encoding="utf-8")


@contextmanager
def canvas(stem: Path, width: float, height: float) -> "Iterator[Figure]":
    """Yield a figure of our look, some inches wide and high, and save it at the end."""
    from matplotlib.figure import Figure

    with common_look():
        figure = Figure(figsize=(width, height))
        yield figure
        save(figure, stem)


def headed(figure: "Figure", finding: str, explanation: str) -> None:
    """Put what the figure shows at its top, and below it what is drawn."""
    figure.text(0.02, 0.985, finding, fontsize=14, fontweight="bold", va="top", ha="left")
    figure.text(0.02, 0.945, explanation, fontsize=10, color=GREY, va="top", ha="left")


def at_most(text: str, letters: int, lines: int) -> str:
    """Return a text wrapped to some lines at most; what is too long ends in an ellipsis."""
    return "\n".join(wrap(shorten(text, letters * lines - 8, placeholder=" …"), letters)[:lines])


def note_lines(width: float, *paragraphs: str) -> list[str]:
    """Return paragraphs as lines of small print that fit into a figure some inches wide."""
    room = int(NOTE_CHARACTERS * 0.96 * width)
    return [line for paragraph in paragraphs for line in wrap(paragraph, room)]


def small_print(figure: "Figure", lines: Sequence[str]) -> None:
    """Write lines of :func:`note_lines` at the bottom; :data:`NOTE_LINE` is the height of each."""
    height = figure.get_figheight()
    figure.text(0.02, 0.1 / height, "\n".join(lines), fontsize=8.5, color=GREY, va="bottom", ha="left")


def footed(figure: "Figure", summary: dict[str, Any]) -> None:
    """Name source, data date, scenario and what the band covers at the bottom."""
    n_seeds = len(summary["seeds"])
    seeds = (
        "1 seed, no band"
        if n_seeds == 1
        else f"{n_seeds} runs; band: {IN_WORDS} of them, covering {summary['band']['short']}"
    )
    lines = (
        f"Registers: Eurostat migr_asytpsm and migr_asytpfm (CC BY 4.0), UNHCR; data to "
        f"{spoken_month(summary['data_until'])}.\nAll else: simulation (ewea), scenario "
        f"'{summary['scenario']}', scale {summary['scale']}, {seeds}."
    )
    figure.text(0.02, 0.012, lines, fontsize=8, color=GREY, va="bottom", ha="left")


def count_ticks(axis: Any) -> None:
    """Write the ticks of an axis as whole persons with thousands separators."""
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def divided(axes: "Axes", day: Any, last: Any) -> None:
    """Tint the projection, and name both parts at the top of the axes; no mark if all is hindcast."""
    if day >= last:
        return
    axes.axvspan(day, last, color="#F4F1EA", zorder=0, linewidth=0)
    axes.axvline(day, color=GREY, linewidth=0.8)
    mark: dict[str, Any] = {
        "xy": (day, 1.0),
        "xycoords": ("data", "axes fraction"),
        "textcoords": "offset points",
        "fontsize": 9,
        "color": GREY,
        "va": "top",
    }
    axes.annotate("hindcast ◂", xytext=(-5, -3), ha="right", **mark)
    axes.annotate("▸ projection", xytext=(5, -3), ha="left", **mark)
