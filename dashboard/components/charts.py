"""Charts drawn by plotly in the browser, each with a name, a description in words, and downloads.

Figures are plain data. Their colours are CSS variables (``dashboard/colours.py``), which the browser looks
up, so that they follow the theme.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import solara

from dashboard.colours import band_of, of
from dashboard.components.controls import VUE
from dashboard.components.element import vue
from dashboard.engine.bands import display
from dashboard.messages.words import Words
from dashboard.shell.session import use_session

ROLE_OF = {**{slot: f"scenario-{slot.lower()}" for slot in "ABCD"}, "baseline": "baseline"}
"""Colour roles of what a figure compares."""

_DASHES = {"A": "solid", "B": "dash", "C": "dot", "D": "dashdot", "baseline": "dash"}
_MARK = {
    "y": 1, "yref": "paper", "yanchor": "top", "showarrow": False,
    "font": {"color": "var(--muted)", "size": 14},
}  # fmt: skip
_MONTHS_PER_TICK = ((30, 3), (60, 6), (10_000, 12))

type ChartFigure = dict[str, Any]
type Fan = Mapping[str, Sequence[Any]]
"""``months`` (``YYYY-MM``), ``low``, ``mid`` and ``high`` of the same length."""

_Chart = vue(VUE / "chart.vue", "figure name description note height file_name separators busy words")


@solara.component
def Chart(
    figure: ChartFigure,
    name: str,
    description: str,
    file_name: str,
    note: str = "",
    height: int = 420,
    busy: bool = False,
) -> None:
    """Show a chart.

    ``name`` says what, where and the unit; ``description`` what one sees, with its numbers, for screen
    readers and on demand; ``note`` scenario, data date, version and what the band covers. Name and note are
    part of downloaded pictures. ``busy`` dims a figure of an earlier choice or a first estimate.
    """
    words = use_session().words
    _Chart(
        figure=figure, name=name, description=description, note=note, height=height, file_name=file_name,
        separators=words.separators, busy=busy,
        words={key: words.t(f"shell.chart_{key}") for key in ("png", "svg", "text", "missing")},
    )  # fmt: skip


def fan_chart(
    words: Words,
    fans: Mapping[str, Fan],
    names: Mapping[str, str] | None = None,
    recorded: Fan | None = None,
    past: Fan | None = None,
    estimate: tuple[str, str] | None = None,
    unit: str = "",
    from_zero: bool = True,
    bands: Sequence[str] = tuple(ROLE_OF),
    ends: str | None = None,
) -> ChartFigure:
    """Return for every slot its median and band, recorded points, and what is register, estimate, projection.

    ``recorded`` holds ``months`` and ``persons``; ``past`` is the fan of the reconstruction, drawn in grey;
    ``estimate`` holds the month the estimate to today starts in and the first projected one, as counted on
    first days. Slots that are not in ``bands`` show their median only. ``ends`` is the first month without
    protection.
    """
    names = names or {}
    data: list[dict[str, Any]] = []
    median = words.t("shell.chart_median")
    if past:
        data += _fan(
            words, past, words.t("shell.chart_past"), ("var(--muted)", band_of("past"), "solid"), legend=False
        )
    for slot, fan in fans.items():
        look = (of(ROLE_OF[slot]), band_of(ROLE_OF[slot]), _DASHES[slot])
        traces = _fan(words, fan, names.get(slot, median), look, legend=True)
        data += traces if slot in bands else traces[-1:]
    months = {month for fan in (*fans.values(), *filter(None, (past, recorded))) for month in fan["months"]}
    if recorded:
        values = _plain(recorded["persons"])
        name = words.t("shell.chart_recorded")
        said = [
            [words.number(round(value)), words.month(month)]
            for value, month in zip(values, recorded["months"], strict=True)
        ]
        mark = {"color": "var(--text)", "size": 6, "symbol": "circle"}
        data.append(trace(name, days(recorded["months"]), values, said, in_month(name), marker=mark))
    zero = {"rangemode": "tozero" if from_zero else "normal", "tickformat": ",d"}
    layout = {"xaxis": month_axis(words, sorted(months)), "yaxis": {"title": {"text": unit}, **zero}}
    return with_marks(words, {"data": data, "layout": layout}, sorted(months), estimate, ends)


def with_marks(
    words: Words,
    figure: ChartFigure,
    months: Sequence[str],
    estimate: tuple[str, str] | None,
    ends: str | None,
) -> ChartFigure:
    """Return a figure with what is register, estimate and projection, and when protection ends."""
    layout = figure["layout"]
    if estimate is not None:
        shown = max(estimate[0], months[0]), estimate[1]
        if shown[0] < shown[1]:
            figure["data"].append(_estimate_in_legend(words))
            layout |= _periods(words, *days(shown), with_register=estimate[0] > months[0])
    if ends is not None and months[0] < ends <= months[-1]:
        [day] = days([ends])
        layout["shapes"] = [*layout.get("shapes", []), standing_line(day, "var(--bad)")]
        # Along its line: lying it would meet the names of the periods, or those of another line.
        name = {**_MARK, "x": day, "y": 0.02, "xanchor": "right", "yanchor": "bottom", "textangle": -90}
        name |= {"text": words.t("shell.protection_ends"), "bgcolor": "var(--page)", "opacity": 0.8}
        layout["annotations"] = [*layout.get("annotations", []), name]
    return figure


def stacked_chart(
    words: Words, months: Sequence[str], parts: Mapping[str, tuple[str, Sequence[float], Sequence[int]]]
) -> ChartFigure:
    """Return areas on top of each other: by name the colour, the values, and the values as they are shown."""
    data = []
    for name, (colour, values, shown) in parts.items():
        said = [[words.number(n), words.month(month)] for n, month in zip(shown, months, strict=True)]
        look = {"mode": "lines", "line": {"width": 0.5, "color": colour}, "fillcolor": colour}
        data.append(trace(name, days(months), _plain(values), said, in_month(name), stackgroup="all", **look))
    axis = {"rangemode": "tozero", "tickformat": ",d"}
    return {"data": data, "layout": {"xaxis": month_axis(words, list(months)), "yaxis": axis}}


def bar_chart(
    words: Words,
    labels: Sequence[str],
    bars: Mapping[str, Sequence[Sequence[float]]],
    names: Mapping[str, str] | None = None,
    unit: str = "",
    signed: bool = False,
) -> ChartFigure:
    """Return lying bars, one (low, mid, high) per slot and label; ``signed`` is for differences."""
    write = words.signed if signed else words.number
    data = []
    for slot, triples in bars.items():
        low, mid, high = (_plain([triple[part] for triple in triples]) for part in range(3))
        data.append(
            {
                "type": "bar", "orientation": "h", "name": (names or {}).get(slot, ""),
                "y": list(labels), "x": mid, "marker": {"color": of(ROLE_OF[slot])},
                "error_x": whiskers(low, mid, high, "var(--text)"),
                "customdata": [
                    [write(value), write(bottom), write(top)] for bottom, value, top in map(display, triples)
                ],
                "hovertemplate": "%{y}: %{customdata[0]}<br>"
                + words.t("formats.band", low="%{customdata[1]}", high="%{customdata[2]}")
                + "<extra></extra>",
            }
        )  # fmt: skip
    zero = {"zeroline": True, "zerolinecolor": "var(--text)"}
    layout = {
        "hovermode": "closest",
        "showlegend": len(bars) > 1,
        "barmode": "group",
        "yaxis": {"autorange": "reversed", "type": "category"},
        "xaxis": {"title": {"text": unit}, "tickformat": ",d", **zero},
    }
    return {"data": data, "layout": layout}


def trace(
    name: str, x: Sequence[Any], y: Sequence[Any], said: Sequence[Any], tip: str = "", **look: Any
) -> dict[str, Any]:
    """Return points, or what ``look`` makes of them; a tooltip says name and what is ``said`` of a point."""
    return {
        "type": "scatter", "mode": "markers", "name": name, "x": x, "y": y, "customdata": said,
        "hovertemplate": f"{tip or f'{name}: %{{customdata}}'}<extra></extra>", **look,
    }  # fmt: skip


def in_month(name: str) -> str:
    """Return the tooltip of a point of which a figure and its month are said."""
    return f"{name}, %{{customdata[1]}}: %{{customdata[0]}}"


def whiskers(
    low: Sequence[float], mid: Sequence[float], high: Sequence[float], colour: str
) -> dict[str, Any]:
    """Return the lines that show a band beside its middle."""
    return {
        "type": "data", "symmetric": False, "color": colour, "thickness": 1.5, "width": 4,
        "array": [top - value for top, value in zip(high, mid, strict=True)],
        "arrayminus": [value - bottom for bottom, value in zip(low, mid, strict=True)],
    }  # fmt: skip


def standing_line(x: float | str, colour: str = "var(--text)") -> dict[str, Any]:
    """Return a dashed line from the bottom to the top of a figure."""
    line = {"color": colour, "dash": "dash", "width": 1.5}
    return {"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "line": line}


def month_axis(words: Words, months: Sequence[str]) -> dict[str, Any]:
    """Return an axis of months with ticks in the words of the language."""
    step = next(step for most, step in _MONTHS_PER_TICK if len(months) <= most)
    ticks = [month for month in months if (int(month[5:]) - 1) % step == 0]
    return {
        "type": "date",
        "range": [f"{months[0]}-01", f"{months[-1]}-15"],
        "tickmode": "array",
        "tickvals": days(ticks),
        "ticktext": [month[:4] if step == 12 else words.short_month(month) for month in ticks],
        "hoverformat": "\u00a0",  # every line says its month in words
    }


def days(months: Sequence[str]) -> list[str]:
    """Return the first day of every month, as plotly reads dates."""
    return [f"{month}-01" for month in months]


def _periods(words: Words, estimated: str, projected: str, with_register: bool) -> dict[str, Any]:
    """Return the area of the estimate to today between two days, and the names of what lies beside it."""
    area = {
        "type": "rect", "x0": estimated, "x1": projected, "yref": "paper", "y0": 0, "y1": 1, "layer": "below",
        "line": {"width": 0}, "fillcolor": "var(--grid)",
    }  # fmt: skip
    after = {"x": projected, "xanchor": "left", "text": f" {words.t('shell.period_projection')} →"}
    before = {"x": estimated, "xanchor": "right", "text": f"← {words.t('shell.period_register')} "}
    lines = [standing_line(day, "var(--muted)") for day in (estimated, projected)]
    return {
        "shapes": [area, *(lines if with_register else lines[1:])],
        "annotations": [{**_MARK, **side} for side in ((before, after) if with_register else (after,))],
    }


def _estimate_in_legend(words: Words) -> dict[str, Any]:
    """Return a trace without points: between its lines the area is too narrow for its name."""
    return {
        "type": "scatter", "mode": "markers", "name": words.t("shell.period_estimate"),
        "x": [None], "y": [None], "marker": {"color": "var(--grid)", "size": 14, "symbol": "square"},
        "hoverinfo": "skip", "showlegend": True,
    }  # fmt: skip


def _fan(words: Words, fan: Fan, name: str, look: tuple[str, str, str], legend: bool) -> list[dict[str, Any]]:
    """Return the traces of one fan: lower edge, band up to the upper edge, median."""
    line, band, dash = look
    x = days(fan["months"])
    low, mid, high = (_plain(fan[key]) for key in ("low", "mid", "high"))
    edge = {"type": "scatter", "mode": "lines", "x": x, "line": {"width": 0}, "hoverinfo": "skip"}
    shaded = {"fill": "tonexty", "fillcolor": band, "name": f"{name}: {words.t('shell.chart_band')}"}
    shown = fan.get("shown") or [display(ends) for ends in zip(low, mid, high, strict=True)]
    written = [
        [words.number(value), words.band(bottom, top), words.month(month)]
        for (bottom, value, top), month in zip(shown, fan["months"], strict=True)
    ]
    tip = f"{name}, %{{customdata[2]}}: %{{customdata[0]}}<br>%{{customdata[1]}}"
    look = {"mode": "lines", "line": {"color": line, "width": 3, "dash": dash}, "showlegend": legend}
    return [
        {**edge, "y": low, "showlegend": False},
        {**edge, **shaded, "y": high, "showlegend": legend},
        trace(name, x, mid, written, tip, **look),
    ]


def _plain(values: Sequence[Any]) -> list[float]:
    return [float(value) for value in values]
