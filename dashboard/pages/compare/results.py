"""The difference at a glance, over time and for all outcomes."""

from typing import Any

import solara

from dashboard.components.charts import Chart, fan_chart
from dashboard.components.controls import setting_radios
from dashboard.components.element import el, heading, paragraph
from dashboard.components.panels import BigNumber, ColumnHead, DataTable, Progress
from dashboard.engine.answer import Answer
from dashboard.engine.bands import Band, difference, display
from dashboard.engine.tables import csv_text
from dashboard.pages.compare.compared import ComparedScenarios, missing, sentence
from dashboard.pages.shared.results import marks_of
from dashboard.pages.shared.wording import place_name
from dashboard.shell.session import Session
from experiments.ensemble.outcomes import FLOWS, STOCKS

MONTHS_BEFORE = 2
"""Months without a difference that the figure starts with."""


def Glance(seen: ComparedScenarios) -> None:
    """Show one card per scenario: how many, and how many more or fewer."""
    words = seen.words
    for slot, job in seen.jobs.items():
        with el("div", classes="compare-progress"):
            if job.busy or job.state in ("failed", "cancelled"):
                el("span", words.t("compare.slot_title", slot=slot), classes="small")
            Progress(slot).key(f"progress-{slot}")
    cards = []
    for slot, job in seen.jobs.items():
        low, mid, high = display(job.shown.at_horizon(seen.outcome, seen.place))
        contrast = seen.contrasts.get(slot)
        if slot == seen.reference:
            note = seen.t("compare.card_reference")
        elif slot not in seen.contrasts:
            note = seen.t("compare.card_same")
        elif contrast is None:
            note = missing(seen, slot)
        else:
            text = difference(contrast.difference(seen.outcome, seen.place)).sentence(words)
            note = seen.t("compare.card_difference", text=text)
        label = f"{seen.names[slot]} – {seen.outcome_name} {seen.where_outcome}, {seen.when(slot=slot)}"
        card = BigNumber(label, words.number(mid), words.band(low, high), note, busy=job.outdated)
        cards.append(el("dl", card, classes=f"compare-card compare-slot-{slot.lower()}"))
    el("div", *cards, classes="cards")


@solara.component
def OverTime(session: Session, seen: ComparedScenarios) -> None:
    """Show the difference, or the numbers, month by month."""
    words = seen.words
    options = [(name, words.t(f"compare.view_{name}")) for name in ("difference", "level")]
    view = setting_radios(session, "c_view", words.t("compare.view"), options, inline=True)
    if view == "difference":
        fans = {slot: _recent(seen, contrast) for slot, contrast in seen.ready.items()}
        said = [sentence(seen, slot) for slot in seen.ready]
    else:
        shown = {slot: job.shown for slot, job in seen.jobs.items()}
        fans = {slot: answer.fan(seen.outcome, seen.place) for slot, answer in shown.items()}
        said = [
            f"{seen.names[slot]}: {words.number(mid)} ({words.band(low, high)}), {seen.when(slot=slot)}."
            for slot, answer in shown.items()
            for low, mid, high in [display(answer.at_horizon(seen.outcome, seen.place))]
        ]
    figure = fan_chart(
        words,
        fans,
        names=seen.letters,
        unit=words.t("compare.persons_apart" if view == "difference" else "compare.persons"),
        from_zero=view == "level",
        **marks_of(seen.catalogue, seen.jobs["A"].shown, seen.place),
    )
    for trace in figure["data"]:  # the text says what the shaded areas are
        trace["showlegend"] = trace.get("showlegend", False) and "fill" not in trace
    figure["layout"]["legend"] = {"traceorder": "normal"}
    if view == "difference":
        zero = {"zeroline": True, "zerolinecolor": "var(--text)", "zerolinewidth": 2}
        figure["layout"]["yaxis"] |= zero
        paragraph(words.t("compare.time_help"))
    Chart(
        figure,
        name=seen.t(f"compare.time_{view}_name"),
        description=" ".join(said),
        file_name=f"ewea-compare-{view}-{seen.outcome}-{seen.place}".lower(),
        note=seen.note(),
        busy=seen.outdated,
    )


@solara.component
def AtHorizon(seen: ComparedScenarios) -> None:
    """Show every outcome with its difference, one pair of columns per scenario."""
    words = seen.words
    rows: list[list[Any]] = []
    for outcome in (*STOCKS, *FLOWS):
        if not all(contrast.knows(outcome, seen.place) for contrast in seen.ready.values()):
            continue
        row: list[Any] = [words.t(f"scenario.outcome_{outcome}")]
        for contrast in seen.ready.values():
            row += _cells(seen, contrast.difference(outcome, seen.place))
        rows.append(row)
    paragraph(words.t("compare.horizon_help", day=seen.when("stock"), period=seen.when("arrivals")))
    caption = seen.t("compare.horizon_caption", where=seen.where)
    heading(caption, 3)  # the table's own caption scrolls sideways on a phone
    heads = [ColumnHead(words.t("compare.outcome")), *difference_columns(seen)]
    DataTable(caption, heads, rows, hide_caption=True)


def difference_columns(seen: ComparedScenarios) -> list[ColumnHead]:
    """Return two headings per scenario: difference and band."""
    return [
        ColumnHead(seen.words.t(f"compare.column_{part}", slot=slot), number=True)
        for slot in seen.ready
        for part in ("slot", "band")
    ]


def _cells(seen: ComparedScenarios, triple: Band) -> list[Any]:
    """Return difference and band, written and to sort by."""
    words, found = seen.words, difference(triple)
    if found.kind == "none":
        return [(found.value(words), 0.0), ("–", 0.0)]
    ends = words.t("compare.band_short", low=words.signed(found.low), high=words.signed(found.high))
    return [(found.value(words), float(triple[1])), (ends, float(triple[2] - triple[0]))]


def scenario_table(
    seen: ComparedScenarios,
    caption: str,
    first: str,
    rows: dict[str, dict[str, Band]],
    hide: bool = False,
    sortable: bool = True,
) -> None:
    """Show a table of differences: one row per name, two columns per scenario."""
    DataTable(
        caption,
        [ColumnHead(first), *difference_columns(seen)],
        [
            [name, *[cell for slot in seen.ready for cell in _cells(seen, by_slot[slot])]]
            for name, by_slot in rows.items()
        ],
        hide_caption=hide,
        sortable=sortable,
    )


def table_by(seen: ComparedScenarios, found: dict[str, dict[str, Band]]) -> dict[str, dict[str, Band]]:
    """Return {name: {slot: triple}} of {slot: {name: triple}}."""
    names = next(iter(found.values()), {})
    return {name: {slot: values[name] for slot, values in found.items()} for name in names}


def _recent(seen: ComparedScenarios, contrast: Answer) -> dict[str, Any]:
    """Return the fan from a little before anything can differ; earlier there is nothing to see."""
    fan = contrast.fan(seen.outcome, seen.place, against=True)
    first = max(0, fan["months"].index(contrast.since) - MONTHS_BEFORE)
    return {name: values[first:] for name, values in fan.items()}


def differences_csv(seen: ComparedScenarios, link: str = "") -> str:
    """Return every difference at the horizon by scenario, place and outcome, as the page shows them.

    The last lines, which start with ``#``, say what is compared.
    """
    words, answer = seen.words, next(iter(seen.jobs.values())).shown
    runs = min((contrast.n_seeds for contrast in seen.ready.values()), default=answer.n_seeds)
    told = [(f"{words.t('files.scenario')} {slot}", seen.names[slot]) for slot in seen.jobs]
    told += [
        (words.t("files.link"), link),
        (words.t("files.version"), answer.version),
        (words.t("files.data"), answer.data_date),
        (words.t("files.runs"), str(runs)),
        (words.t("files.final"), words.t("files.no" if seen.provisional else "files.yes")),
        (words.t("files.rounded"), words.t("files.rounded_says")),
    ]
    rows, until = [], words.first_day(seen.untils["A"])
    for slot, contrast in seen.ready.items():
        for place in dict.fromkeys((seen.place, *contrast.places)):
            for outcome in (*STOCKS, *FLOWS):
                if contrast.knows(outcome, place):
                    found = difference(contrast.difference(outcome, place))
                    kind = words.t("files.stock" if outcome in STOCKS else "files.flow")
                    named = [seen.names[slot], seen.reference_name, place_name(words, seen.catalogue, place)]
                    named += [words.t(f"scenario.outcome_{outcome}"), kind, until]
                    rows.append(
                        [*named, found.low, found.mid, found.high, found.value(words), place, outcome]
                    )
    names = (
        *("scenario", "against", "place", "outcome", "kind", "month"),
        *("difference_low", "difference_mid", "difference_high", "change", "place_id", "outcome_id"),
    )
    return csv_text([words.t(f"files.{name}") for name in names], rows, told, words)
