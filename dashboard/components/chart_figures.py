"""Figures that pages draw often: a fan over months, and bars with their bands.

Pure data in, pure data out; nothing here draws.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.components.chart_axes import boundary_line, day_labels, month_axis
from dashboard.messages import Words

SERIES_COLOURS = {
    "A": "var(--series-1)",
    "B": "var(--series-2)",
    "C": "var(--series-3)",
    "D": "var(--series-4)",
}
"""Colours of the compared choices; told apart by people who are colour-blind, and by dashes."""

_BANDS = {"A": "var(--band-1)", "B": "var(--band-2)", "C": "var(--band-3)", "D": "var(--band-4)"}
_DASHES = {"A": "solid", "B": "dash", "C": "dot", "D": "dashdot"}


def fan_chart(
    words: Words,
    fans: Mapping[str, Mapping[str, Sequence[Any]]],
    names: Mapping[str, str] | None = None,
    recorded: Mapping[str, Sequence[Any]] | None = None,
    past: Mapping[str, Sequence[Any]] | None = None,
    boundary: str | None = None,
    unit: str = "",
    from_zero: bool = True,
) -> dict[str, Any]:
    """Return a figure: for every slot its median and 80 % band, recorded points, where the projection starts.

    Parameters
    ----------
    words : Words
        Language.
    fans : mapping of slot to fan
        ``Answer.fan``: ``months`` (``YYYY-MM``), ``low80``, ``mid``, ``high80`` of the same length.
    names : mapping of slot to str, optional
        Names in the legend; needed for more than one slot.
    recorded : mapping, optional
        ``months`` and ``persons`` (or ``values``): what registers say; drawn as points.
    past : mapping, optional
        A fan of the hindcast, drawn in grey.
    boundary : str, optional
        First projected month; a dashed line with its name.
    unit : str
        Title of the value axis.
    from_zero : bool
        Whether the value axis starts at 0 (not for differences).
    """
    names = names or {}
    data: list[dict[str, Any]] = []
    if past:
        data += _fan(
            words,
            past,
            words.t("shell.chart_median"),
            "var(--muted)",
            "var(--band-past)",
            "solid",
            legend=False,
        )
    for slot, fan in fans.items():
        name = names.get(slot, words.t("shell.chart_median"))
        data += _fan(words, fan, name, SERIES_COLOURS[slot], _BANDS[slot], _DASHES[slot], legend=True)
    months = {month for fan in fans.values() for month in fan["months"]}
    if recorded:
        values = _plain(recorded.get("persons", recorded.get("values", ())))
        months |= set(recorded["months"])
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": words.t("shell.chart_recorded"),
                "x": day_labels(recorded["months"]),
                "y": values,
                "marker": {"color": "var(--text)", "size": 6, "symbol": "circle"},
                "customdata": [words.number(round(value)) for value in values],
                "hovertemplate": f"{words.t('shell.chart_recorded')}: %{{customdata}}<extra></extra>",
            }
        )
    if past:
        months |= set(past["months"])
    layout: dict[str, Any] = {
        "xaxis": month_axis(words, sorted(months)),
        "yaxis": {
            "title": {"text": unit},
            "rangemode": "tozero" if from_zero else "normal",
            "tickformat": ",d",
        },
    }
    if boundary is not None:
        layout |= boundary_line(words, boundary)
    return {"data": data, "layout": layout}


def bar_chart(
    words: Words,
    labels: Sequence[str],
    bars: Mapping[str, Sequence[tuple[float, float, float]]],
    names: Mapping[str, str] | None = None,
    unit: str = "",
    signed: bool = False,
) -> dict[str, Any]:
    """Return lying bars with their 80 % bands as whiskers, first label on top.

    Parameters
    ----------
    words : Words
        Language.
    labels : sequence of str
        What is compared.
    bars : mapping of slot to sequence of (low, mid, high)
        One triple per label.
    names : mapping of slot to str, optional
        Names in the legend.
    unit : str
        Title of the value axis.
    signed : bool
        Whether values are differences.
    """
    names = names or {}
    write = words.signed if signed else words.number
    data = []
    for slot, triples in bars.items():
        low, mid, high = (_plain([triple[part] for triple in triples]) for part in range(3))
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": names.get(slot, ""),
                "y": list(labels),
                "x": mid,
                "marker": {"color": SERIES_COLOURS[slot]},
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": [top - value for top, value in zip(high, mid, strict=True)],
                    "arrayminus": [value - bottom for bottom, value in zip(low, mid, strict=True)],
                    "color": "var(--text)",
                    "thickness": 1.5,
                    "width": 4,
                },
                "customdata": [
                    [write(round(value)), write(round(bottom)), write(round(top))]
                    for bottom, value, top in zip(low, mid, high, strict=True)
                ],
                "hovertemplate": "%{y}: %{customdata[0]}<br>"
                + words.t("formats.band", low="%{customdata[1]}", high="%{customdata[2]}")
                + "<extra></extra>",
            }
        )
    layout = {
        "hovermode": "closest",
        "showlegend": len(bars) > 1,
        "barmode": "group",
        "yaxis": {"autorange": "reversed", "type": "category"},
        "xaxis": {
            "title": {"text": unit},
            "tickformat": "+,d" if signed else ",d",
            "zeroline": True,
            "zerolinecolor": "var(--text)",
        },
    }
    return {"data": data, "layout": layout}


def _fan(
    words: Words, fan: Mapping[str, Sequence[Any]], name: str, line: str, band: str, dash: str, legend: bool
) -> list[dict[str, Any]]:
    """Return the traces of one fan: lower edge, band up to the upper edge, median."""
    days = day_labels(fan["months"])
    low, mid, high = (_plain(fan[key]) for key in ("low80", "mid", "high80"))
    edge = {"type": "scatter", "mode": "lines", "x": days, "line": {"width": 0}, "hoverinfo": "skip"}
    written = [
        words.t("formats.band", low=words.number(round(bottom)), high=words.number(round(top)))
        for bottom, top in zip(low, high, strict=True)
    ]
    values = [words.number(round(value)) for value in mid]
    return [
        {**edge, "y": low, "showlegend": False},
        {
            **edge,
            "y": high,
            "fill": "tonexty",
            "fillcolor": band,
            "name": f"{name}: {words.t('shell.chart_band')}",
            "showlegend": legend,
        },
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": days,
            "y": mid,
            "line": {"color": line, "width": 3, "dash": dash},
            "customdata": [list(pair) for pair in zip(values, written, strict=True)],
            "hovertemplate": f"{name}: %{{customdata[0]}}<br>%{{customdata[1]}}<extra></extra>",
            "showlegend": legend,
        },
    ]


def _plain(values: Sequence[Any]) -> list[float]:
    """Return plain floats (numpy's do not become JSON)."""
    return [float(value) for value in values]
