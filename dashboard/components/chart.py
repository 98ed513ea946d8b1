"""A chart drawn by plotly in the browser, with a name, a description in words, and downloads."""

from pathlib import Path
from typing import Any

import solara

from dashboard.shell.session import use_session

_SEPARATORS = {"en": ".,", "nl": ",.", "uk": ",\u00a0"}


@solara.component_vue(str(Path("vue") / "chart.vue"), vuetify=False)
def _Chart(
    figure: dict[str, Any],
    name: str,
    description: str,
    note: str,
    height: int,
    file_name: str,
    separators: str,
    busy: bool,
    words: dict[str, str],
) -> None:
    """Vue side of :func:`Chart`."""


@solara.component
def Chart(
    figure: dict[str, Any],
    name: str,
    description: str,
    file_name: str,
    note: str = "",
    height: int = 420,
    busy: bool = False,
) -> None:
    """Show a chart.

    Parameters
    ----------
    figure : dict
        ``{"data": [...], "layout": {...}}`` of plain lists and numbers, as plotly reads it. Colours are CSS
        variables (``var(--series-1)``, ``var(--text)``), looked up by the browser, so they follow the theme.
    name : str
        Title above the chart and in downloaded pictures: what, where, unit.
    description : str
        What one sees, in a sentence or two with its numbers; for screen readers, and shown on demand.
    file_name : str
        Name of downloaded pictures, without ending.
    note : str
        Below the chart and in downloaded pictures: scenario, data date, version, what the band covers.
    height : int
        Pixels.
    busy : bool
        Whether it still shows an earlier choice or a first estimate (dimmed).
    """
    words = use_session().words
    _Chart(
        figure=figure,
        name=name,
        description=description,
        note=note,
        height=height,
        file_name=file_name,
        separators=_SEPARATORS[words.language],
        busy=busy,
        words={key: words.t(f"shell.chart_{key}") for key in ("png", "svg", "text", "missing")},
    )
