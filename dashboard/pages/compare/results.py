"""The difference at a glance, over time and for all outcomes."""

import csv
import io
from typing import Any

import solara

from dashboard.components import (
    BigNumber,
    Chart,
    Column,
    DataTable,
    Progress,
    Radios,
    el,
    fan_chart,
    heading,
    paragraph,
)
from dashboard.engine import display
from dashboard.pages.compare.compared import FLOWS, STOCKS, Compared, missing, sentence
from dashboard.pages.compare.contrast import Contrast
from dashboard.pages.shared.results import difference
from dashboard.shell import Session

type Triple = tuple[float, float, float]

MONTHS_BEFORE = 2
"""Months without a difference that the figure starts with."""


def Glance(seen: Compared) -> None:
    """Show one card per scenario: how many, and how many more or fewer."""
    words = seen.words
    for slot, job in seen.jobs.items():
        with el("div", classes="compare-progress"):
            if job.busy or job.state in ("failed", "cancelled"):
                el("span", words.t("compare.slot_title", slot=slot), classes="small")
            Progress(slot).key(f"progress-{slot}")
    cards = []
    for slot, job in seen.jobs.items():
        low, mid, high = display(*job.shown.at_horizon(seen.outcome, seen.place))
        contrast = seen.contrasts.get(slot)
        if slot == seen.reference:
            note = words.t("compare.card_reference")
        elif slot not in seen.contrasts:
            note = words.t("compare.card_same")
        elif contrast is None:
            note = missing(seen, slot)
        else:
            text = difference(contrast.at_horizon(seen.outcome, seen.place)).sentence(words)
            note = words.t("compare.card_difference", reference=seen.reference_name, text=text)
        cards.append(
            el(
                "dl",
                BigNumber(
                    f"{seen.names[slot]} – {seen.outcome_name} {seen.where_outcome}, {seen.when(slot=slot)}",
                    words.number(mid),
                    words.band(low, high),
                    note,
                    busy=job.outdated,
                ),
                classes=f"compare-card compare-slot-{slot.lower()}",
            )
        )
    el("div", *cards, classes="cards")


@solara.component
def OverTime(session: Session, seen: Compared) -> None:
    """Show the difference, or the numbers, month by month."""
    words = seen.words
    view = session.setting("c_view", "difference", ("difference", "level"))
    Radios(
        words.t("compare.view"),
        view,
        [("difference", words.t("compare.view_difference")), ("level", words.t("compare.view_level"))],
        lambda name: session.set_setting("c_view", name),
        inline=True,
    )
    fields = {"outcome": seen.outcome_name, "where": seen.where_outcome, "reference": seen.reference_name}
    if view == "difference":
        fans = {
            slot: _recent(contrast, contrast.fan(seen.outcome, seen.place))
            for slot, contrast in seen.ready.items()
        }
        said = [sentence(seen, slot) for slot in seen.ready]
    else:
        shown = {slot: job.shown for slot, job in seen.jobs.items()}
        fans = {slot: answer.fan(seen.outcome, seen.place) for slot, answer in shown.items()}
        said = [
            f"{seen.names[slot]}: {words.number(mid)} ({words.band(low, high)}), {seen.when(slot=slot)}."
            for slot, answer in shown.items()
            for low, mid, high in [display(*answer.at_horizon(seen.outcome, seen.place))]
        ]
    figure = fan_chart(
        words,
        fans,
        names=seen.letters,
        unit=words.t("compare.persons_apart" if view == "difference" else "compare.persons"),
        from_zero=view == "level",
    )
    for trace in figure["data"]:  # the text says what the shaded areas are
        trace["showlegend"] = trace.get("showlegend", False) and "fill" not in trace
    figure["layout"]["legend"] = {"traceorder": "normal"}
    if view == "difference":
        _with_zero_line(figure, words.t("compare.zero"))
        paragraph(words.t("compare.time_help"))
    Chart(
        figure,
        name=words.t(
            f"compare.time_{view}_name", **(fields if view == "difference" else _without(fields, "reference"))
        ),
        description=" ".join(said),
        file_name=f"ewea-compare-{view}-{seen.outcome}-{seen.place}".lower(),
        note=seen.note(),
        busy=seen.outdated,
    )


@solara.component
def AtHorizon(seen: Compared) -> None:
    """Show every outcome with its difference, one pair of columns per scenario."""
    words = seen.words
    rows: list[list[Any]] = []
    for outcome in (*STOCKS, *FLOWS):
        row: list[Any] = [words.t(f"scenario.outcome_{outcome}")]
        for contrast in seen.ready.values():
            row += _cells(seen, contrast.at_horizon(outcome, seen.place))
        rows.append(row)
    paragraph(words.t("compare.horizon_help", day=seen.when("stock"), period=seen.when("arrivals")))
    caption = words.t("compare.horizon_caption", reference=seen.reference_name, where=seen.where)
    heading(caption, 3)  # the table's own caption scrolls sideways on a phone
    DataTable(
        caption, [Column(words.t("compare.outcome")), *difference_columns(seen)], rows, hide_caption=True
    )


def difference_columns(seen: Compared) -> list[Column]:
    """Return two headings per scenario: difference and band."""
    return [
        Column(seen.words.t(f"compare.column_{part}", slot=slot), number=True)
        for slot in seen.ready
        for part in ("slot", "band")
    ]


def _cells(seen: Compared, triple: Triple) -> list[Any]:
    """Return difference and band, written and to sort by."""
    words, found = seen.words, difference(triple)
    if found.kind == "none":
        return [(found.value(words), 0.0), ("–", 0.0)]
    ends = words.t("compare.band_short", low=words.signed(found.low), high=words.signed(found.high))
    return [(found.value(words), float(triple[1])), (ends, float(triple[2] - triple[0]))]


def difference_table(
    seen: Compared,
    caption: str,
    first: str,
    rows: dict[str, dict[str, Triple]],
    hide: bool = False,
    sortable: bool = True,
) -> None:
    """Show a table of differences: one row per thing, two columns per scenario.

    Parameters
    ----------
    rows : dict of name to dict of slot to (low, mid, high)
    """
    DataTable(
        caption,
        [Column(first), *difference_columns(seen)],
        [
            [name, *[cell for slot in seen.ready for cell in _cells(seen, by_slot[slot])]]
            for name, by_slot in rows.items()
        ],
        hide_caption=hide,
        sortable=sortable,
    )


def table_by(seen: Compared, found: dict[str, dict[str, Triple]]) -> dict[str, dict[str, Triple]]:
    """Return {name: {slot: triple}} of {slot: {name: triple}}."""
    names = next(iter(found.values()), {})
    return {name: {slot: values[name] for slot, values in found.items()} for name in names}


def _recent(contrast: Contrast, fan: dict[str, Any]) -> dict[str, Any]:
    """Return a fan from a little before anything can differ; earlier there is nothing to see."""
    first = max(0, fan["months"].index(contrast.since) - MONTHS_BEFORE)
    return {name: values[first:] for name, values in fan.items()}


def _with_zero_line(figure: dict[str, Any], name: str) -> None:
    """Draw where there is no difference, with its name."""
    layout = figure["layout"]
    layout["yaxis"] |= {
        "zeroline": True,
        "zerolinecolor": "var(--text)",
        "zerolinewidth": 2,
        "tickformat": "+,d",
    }
    layout["annotations"] = [
        *layout.get("annotations", []),
        {
            "x": 0,
            "xref": "paper",
            "xanchor": "left",
            "y": 0,
            "yanchor": "bottom",
            "text": f" {name}",
            "showarrow": False,
            "font": {"color": "var(--muted)", "size": 14},
        },
    ]


def _without(fields: dict[str, str], name: str) -> dict[str, str]:
    return {key: text for key, text in fields.items() if key != name}


HEADINGS = (
    "scenario",
    "against",
    "place",
    "outcome",
    "kind",
    "difference_low_80",
    "difference_median",
    "difference_high_80",
)


def differences_csv(seen: Compared, link: str = "") -> bytes:
    """Return every difference at the horizon by scenario, place and outcome as CSV (UTF-8 with mark).

    Persons, not rounded. The first lines, which start with ``#``, say what is compared.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    for slot, job in seen.jobs.items():
        writer.writerow([f"# scenario {slot}", job.shown.choice.to_query() or "baseline"])
    for name, value in _notes(seen, link):
        writer.writerow([f"# {name}", value])
    writer.writerow(HEADINGS)
    for slot, contrast in seen.ready.items():
        for place in dict.fromkeys((seen.place, *contrast.mine.places)):
            for outcome in (*STOCKS, *FLOWS):
                kind = f"stock on {seen.until}-01" if outcome in STOCKS else f"flow from {contrast.since}-01"
                figures = [round(value, 1) for value in contrast.at_horizon(outcome, place)]
                writer.writerow([slot, seen.reference, place, outcome, kind, *figures])
    return b"\xef\xbb\xbf" + stream.getvalue().encode()


def _notes(seen: Compared, link: str) -> list[tuple[str, object]]:
    """Return what the file was made of."""
    answer = next(iter(seen.jobs.values())).shown
    runs = min((contrast.mine.n_seeds for contrast in seen.ready.values()), default=answer.n_seeds)
    return [
        ("link", link),
        ("model version", answer.version),
        ("register data to", answer.data_date),
        ("runs (paired seeds)", runs),
        ("final", "no: first, coarse answer" if seen.provisional else "yes"),
        ("unit", "persons, not rounded; a difference whose band includes zero is not established"),
    ]
