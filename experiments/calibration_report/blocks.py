"""What a page is made of: the template shows these and knows nothing of calibrations."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True)
class Text:
    """One paragraph; ``notice`` sets it apart."""

    text: str
    notice: bool = False
    kind: ClassVar[str] = "text"


@dataclass(frozen=True)
class Points:
    """A list."""

    points: Sequence[str]
    kind: ClassVar[str] = "points"


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    text: str
    kind: ClassVar[str] = "heading"


@dataclass(frozen=True)
class Picture:
    """A figure.

    Attributes
    ----------
    title : str
        What it shows, as a heading above.
    alt : str
        What a reader who cannot see it should know.
    caption : str
        How to read it.
    svg : str
        Of :func:`experiments.calibration_report.drawing.inline`.
    """

    title: str
    alt: str
    caption: str
    svg: str
    kind: ClassVar[str] = "picture"


@dataclass(frozen=True)
class Table:
    """A table; the first column heads its rows.

    Attributes
    ----------
    caption : str
    head : sequence of str
        Heads of the columns.
    rows : sequence of sequence of str
        Cells, as shown.
    left : frozenset of int
        Columns of text, flush left; the others are numbers.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: frozenset[int] = frozenset({0})
    kind: ClassVar[str] = "table"


@dataclass(frozen=True)
class Fold:
    """Blocks that open on request."""

    summary: str
    blocks: "Sequence[Block]"
    kind: ClassVar[str] = "fold"


Block = Text | Points | Heading | Picture | Table | Fold


@dataclass(frozen=True)
class Section:
    """A section with its name in links."""

    id: str
    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)
