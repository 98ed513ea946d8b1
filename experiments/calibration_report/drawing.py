"""Draw figures as SVG inside a page: no file, no address outside it; the page brings the typeface."""

import io
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from experiments.figures.style import BLUE, RED, common_look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 8.6
"""Inches; figures are as wide as the page and scroll in their own box on small screens."""

QUIET = "#595959"
"""Grey of secondary text: 7 to 1 on white."""

FAINT = "#8C8C8C"
"""Grey of marks without text: 3 to 1 on white."""

USES = {
    "fit": (BLUE, "o", "used to fit"),
    "holdout": (RED, "D", "held out"),
    "reported": (FAINT, "s", "shown only"),
}
"""Colour, marker and words for what a target is used for."""

LOOK: dict[str, Any] = {
    "font.size": 9,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "text.parse_math": False,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
}
"""What a page needs besides the common look: names may hold any sign, a dollar included."""

_ATTRIBUTE = re.compile(r'\bid="([^"]+)"')
_POINTER = re.compile(r'(?:xlink:)?href="#([^"]+)"')
_ADDRESS = re.compile(r"url\(#([^)]+)\)")


@dataclass(frozen=True)
class Picture:
    """A figure; its heading and how to read it stand in the template."""

    alt: str  # What a reader who cannot see it should know
    svg: str
    said: Mapping[str, str] = field(default_factory=dict)  # Numbers and names for the words around it


@contextmanager
def sheet(height: float) -> "Iterator[Figure]":
    """Yield an empty figure some inches high in the look of the page, laid out by itself."""
    from matplotlib.figure import Figure

    with common_look(**LOOK):
        yield Figure(figsize=(WIDTH, height), layout="constrained")


def inline(figure: "Figure", name: str) -> str:
    """Return a figure from its ``viewBox`` on; ``name`` goes before every identifier, unique on the page."""
    file = io.StringIO()
    with warnings.catch_warnings():
        # A letter the measuring font lacks is drawn all the same: text stays text.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(file, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    text = file.getvalue()
    box = re.search(r'viewBox="([^"]+)"', text)
    if box is None:  # cannot happen with the SVG backend of matplotlib
        raise RuntimeError("matplotlib wrote an SVG without viewBox")
    body = text[text.index(">", box.end()) + 1 : text.rindex("</svg>")]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    body = _ATTRIBUTE.sub(rf'id="{name}-\1"', body)
    body = _POINTER.sub(rf'href="#{name}-\1"', body)
    body = _ADDRESS.sub(rf"url(#{name}-\1)", body)
    body = re.sub(r"\n\s*", "\n", body)
    return f'viewBox="{box[1]}">{body}</svg>'


def in_percent(axis: Any, digits: int = 0) -> None:
    """Write the ticks of an axis of shares as percent."""
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.{digits}f} %"))


def wrapped(text: str, width: int, lines: int = 2) -> str:
    """Return a label in some lines at most."""
    return "\n".join(wrap(text, width, max_lines=lines, placeholder=" …"))


def named_rows(axes: "Axes", labels: Sequence[str], **look: Any) -> None:
    """Name rows from the top down."""
    axes.set_yticks(range(len(labels)), labels, **look)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)


def bare(axes: "Axes") -> None:
    """Leave only what rows of intervals need: grid lines along the values, no frame."""
    axes.grid(False)
    axes.grid(True, axis="x")
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)


def legend_above(figure: "Figure", handles: list[Any]) -> None:
    """Put one legend above all panels."""
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), frameon=False, fontsize=9)


def dots(
    axes: "Axes", x: Any, y: Any, colour: str, marker: str = "o", size: float = 6.0, **more: Any
) -> None:
    """Draw marks without a line between them."""
    axes.plot(x, y, linestyle="", color=colour, marker=marker, markersize=size, **more)


def mark(colour: str, marker: str, label: str, size: float = 6.0) -> Any:
    """Return a legend entry of a marker."""
    from matplotlib.lines import Line2D

    return Line2D([], [], color=colour, marker=marker, linestyle="", markersize=size, label=label)


def bar(colour: str, label: str, width: float = 4.0, alpha: float = 1.0) -> Any:
    """Return a legend entry of a thick line."""
    from matplotlib.lines import Line2D

    return Line2D([], [], color=colour, linewidth=width, alpha=alpha, label=label, solid_capstyle="butt")
