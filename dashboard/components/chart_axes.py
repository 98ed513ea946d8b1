"""The axis of months that charts share, and the line where the projection starts."""

from collections.abc import Sequence
from typing import Any

from dashboard.messages import Words

_MONTHS_PER_TICK = ((30, 3), (60, 6), (10_000, 12))


def month_axis(words: Words, months: Sequence[str]) -> dict[str, Any]:
    """Return an axis of months with ticks in the words of the language."""
    step = next(step for most, step in _MONTHS_PER_TICK if len(months) <= most)
    ticks = [month for month in months if (int(month[5:]) - 1) % step == 0]
    yearly = step == 12
    return {
        "type": "date",
        "range": [f"{months[0]}-01", f"{months[-1]}-15"],
        "tickmode": "array",
        "tickvals": day_labels(ticks),
        "ticktext": [month[:4] if yearly else words.short_month(month) for month in ticks],
        "hoverformat": "%Y-%m",
    }


def boundary_line(words: Words, month: str) -> dict[str, Any]:
    """Return the dashed line where the projection starts, with its name."""
    day = f"{month}-01"
    return {
        "shapes": [
            {
                "type": "line",
                "x0": day,
                "x1": day,
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "line": {"color": "var(--muted)", "dash": "dash", "width": 1.5},
            }
        ],
        "annotations": [
            {
                "x": day,
                "y": 1,
                "yref": "paper",
                "yanchor": "top",
                "xanchor": "left",
                "text": f" {words.t('shell.chart_boundary')} →",
                "showarrow": False,
                "font": {"color": "var(--muted)", "size": 14},
            }
        ],
    }


def day_labels(months: Sequence[str]) -> list[str]:
    """Return the first day of every month, as plotly reads dates."""
    return [f"{month}-01" for month in months]
