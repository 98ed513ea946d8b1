"""A map drawn as inline SVG: shapes coloured by class, moves as bent lines, numbers on the largest.

Plotly's maps cannot be walked through with the keyboard; this one can.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import solara

from dashboard.components.element import vue
from dashboard.pages.map.geometry import Base, Point
from dashboard.shell.session import use_session

FEW = 7
"""Numbers written on the map of a phone, at most."""

_Map = vue(
    Path(__file__).parent / "map.vue",
    "base areas order labels flows tiles legend legend_title picked pickable name description note file_name "
    "busy words event_picked",
)


@dataclass(frozen=True)
class Item:
    """What a shape, tile or move says: its class of colour, name, main number and further lines."""

    cls: str
    name: str = ""
    value: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Move:
    """A line between two points: SVG paths of line and head (km), width (km), and what it says."""

    id: str
    path: str
    head: str
    width: float
    item: Item


@dataclass(frozen=True)
class Drawing:
    """Everything on one map."""

    base: Base  # Geometry
    # By id of the shape; one without a name cannot be focused, one that is missing is plain land
    areas: Mapping[str, Item]
    order: Sequence[str]  # Ids in the order of the arrow keys
    # The most important first; one that would cover another is left out by the browser
    labels: Sequence[tuple[Point, Sequence[str]]]
    legend: Sequence[tuple[str, str]]
    moves: Sequence[Move] = ()  # The largest first
    # Shown beside the map, for they are too small on it
    tiles: Sequence[tuple[str, Item]] = ()


@solara.component
def MapFigure(
    drawing: Drawing,
    name: str,
    description: str,
    note: str,
    file_name: str,
    legend_title: str,
    picked: str = "",
    on_pick: Callable[[str], None] | None = None,
    busy: bool = False,
) -> None:
    """Show a map with legend, text alternative and downloads, as ``Chart`` shows a chart.

    ``legend_title`` says what classes or widths mean, with unit. ``on_pick`` gets the id of a shape or tile
    that was chosen (``picked`` is outlined); without it shapes only say their number.
    """
    words = use_session().words
    shapes, size = drawing.base.shapes, {"width": drawing.base.width, "height": drawing.base.height}
    # The same object at every drawing: the geometry never changes, so it is sent once.
    base = solara.use_memo(
        lambda: {**size, "shapes": [[name, shape.path] for name, shape in shapes.items()]}, [id(drawing.base)]
    )

    def picked_by_user(chosen: Any) -> None:
        if on_pick is not None and isinstance(chosen, str) and chosen in drawing.areas:
            on_pick(chosen)

    _Map(
        base=base,
        areas={shape: asdict(item) for shape, item in drawing.areas.items()},
        order=list(drawing.order),
        labels=[[*point, list(lines), n < FEW] for n, (point, lines) in enumerate(drawing.labels)],
        flows=[
            {"id": m.id, "path": m.path, "head": m.head, "width": round(m.width, 1), **asdict(m.item)}
            for m in drawing.moves
        ],
        tiles=[{"id": shape, **asdict(item)} for shape, item in drawing.tiles],
        legend=[list(entry) for entry in drawing.legend],
        legend_title=legend_title,
        picked=picked,
        pickable=on_pick is not None,
        name=name,
        description=description,
        note=note,
        file_name=file_name,
        busy=busy,
        words={
            "keys": words.t("map.keys_pick" if on_pick else "map.keys"),
            "tiles": words.t("map.tiles"),
            **{key: words.t(f"shell.chart_{key}") for key in ("png", "svg", "text")},
        },
        event_picked=picked_by_user,
    )
