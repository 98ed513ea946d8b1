"""What a lever does by itself: its typical effect, the curve at a few settings, and where it was tried."""

from typing import Any

import solara

from abm.band import key
from dashboard.components.charts import Chart, ChartFigure, trace, whiskers
from dashboard.components.element import details, el, heading, paragraph
from dashboard.components.panels import DataTable
from dashboard.engine.bands import Difference
from dashboard.engine.lever_effects import OUTCOMES, EffectCurve, effect_curve, tried
from dashboard.messages.words import Words
from dashboard.pages.shared.wording import place_name, value_words
from dashboard.shell.session import Session

_COLOURS = ("var(--scenario-a)", "var(--scenario-b)", "var(--scenario-c)")
_DASHES = ("solid", "dash", "dot")


def strongest_effect(curve: EffectCurve, example: float | str) -> tuple[str, Difference] | None:
    """Return the outcome that changes most at the example, the surest first; None where none has a way."""
    found = [(name, one) for name, one in curve.typical(example).effect.items() if one.way]
    return max(found, key=lambda one: (one[1].is_clear, abs(one[1].mid)), default=None)


def effect_size(lever: dict[str, Any]) -> float:
    """Return by how many people a lever is ordered: those of its strongest effect."""
    curve = effect_curve(lever["id"])
    most = None if curve is None else strongest_effect(curve, lever["example"])
    return 0.0 if most is None else float(abs(most[1].mid))


def typical_sentence(session: Session, lever: dict[str, Any]) -> str:
    """Return the strongest effect of a lever at its example; empty where it is not known."""
    words, curve = session.words, effect_curve(lever["id"])
    if curve is None:
        return ""
    point, most = curve.typical(lever["example"]), strongest_effect(curve, lever["example"])
    fields = {
        "value": value_words(words, lever, point.value).lower(),
        "place": place_name(words, session.engine.catalogue, curve.place),
    }
    if most is None:
        return words.t("levers.typical_none", **fields)
    name, one = most
    return words.t(
        "levers.typical", outcome=words.t(f"scenario.outcome_{name}"), text=one.sentence(words), **fields
    )


@solara.component
def LeverEffects(session: Session, lever: dict[str, Any]) -> None:
    """Show the curve of a lever as a chart and a table, and what happened where it was tried."""
    words, curve = session.words, effect_curve(lever["id"])
    with el("div"):
        if curve is not None:
            heading(words.t("levers.curve"), 4)
            _Curve(session, lever, curve)
        if found := tried(session.engine.catalogue.root, lever["id"]):
            heading(words.t("levers.tried"), 4)
            for one in found:
                _Tried(words, one)


def _Curve(session: Session, lever: dict[str, Any], curve: EffectCurve) -> None:
    words = session.words
    place = place_name(words, session.engine.catalogue, curve.place)
    written = [value_words(words, lever, point.value) for point in curve.points]
    names = [words.t(f"scenario.outcome_{name}") for name in OUTCOMES]
    rows = [
        [value, *[(point.effect[name].sentence(words), point.effect[name].mid) for name in OUTCOMES]]
        for value, point in zip(written, curve.points, strict=True)
    ]
    caption = words.t("levers.curve_name", lever=words.label(lever["label"]), place=place)
    heads = [words.t("levers.choose_value"), *names]
    if len(rows) == 1:
        DataTable(caption, heads, rows, sortable=False, hide_caption=True)
        return
    Chart(
        curve_figure(words, curve, names),
        name=caption,
        description="; ".join(f"{row[0]}: {names[0]} {row[1][0]}" for row in rows),
        file_name=f"ewea-effect-{lever['id']}-{curve.place}".lower(),
        note=words.t("levers.curve_note", month=words.month(curve.start)),
        height=300,
    )
    with details(words.t("levers.curve_table")):
        DataTable(caption, heads, rows, sortable=False, hide_caption=True)


def curve_figure(words: Words, curve: EffectCurve, names: list[str]) -> ChartFigure:
    """Return the middle of every outcome by setting, with its band; the table says values with their unit."""
    data = []
    at = [
        words.short_month(point.value) if isinstance(point.value, str) else words.number(point.value)
        for point in curve.points
    ]
    for name, label, colour, dash in zip(OUTCOMES, names, _COLOURS, _DASHES, strict=True):
        found = [point.effect[name] for point in curve.points]
        low, mid, high = ([getattr(one, end) for one in found] for end in ("low", "mid", "high"))
        look = {"line": {"color": colour, "width": 2, "dash": dash}, "marker": {"color": colour, "size": 8}}
        said = [one.sentence(words) for one in found]
        bars = whiskers(low, mid, high, colour)
        data.append(trace(label, at, mid, said, mode="lines+markers", error_y=bars, **look))
    zero = {"zeroline": True, "zerolinecolor": "var(--text)", "tickformat": ",d"}
    setting = {"type": "category", "title": {"text": words.t("levers.choose_value")}}
    layout = {"xaxis": setting, "yaxis": {"title": {"text": words.t("files.persons")}, **zero}}
    return {"data": data, "layout": layout}


def _Tried(words: Words, found: dict[str, Any]) -> None:
    """Show one natural experiment: what was observed beside what the model says."""

    def ends(low: float, mid: float, high: float, unit: str) -> str:
        return words.t("levers.tried_range", mid=_value(words, mid, unit), low=_value(words, low, unit),
                       high=_value(words, high, unit))  # fmt: skip

    rows = [
        [
            row["name"],
            ends(row["observed_low"], row["observed"], row["observed_high"], row["unit"]),
            ends(row[key("low")], row["simulated"], row[key("high")], row["unit"]),
        ]
        for row in found["rows"]
    ]
    paragraph(words.t(f"levers.tried_{found['id']}"), classes="small")
    heads = [words.t(f"levers.tried_{name}") for name in ("measured", "happened", "model")]
    with details(words.t("levers.tried_numbers")):
        DataTable(words.t(f"levers.tried_{found['id']}"), heads, rows, sortable=False, hide_caption=True)
        paragraph(words.t("levers.sources_note", source=found["source"]), classes="small muted")


def _value(words: Words, value: float, unit: str) -> str:
    if unit in ("share", "change"):
        return words.share(value)
    return words.number(round(value, 2))
