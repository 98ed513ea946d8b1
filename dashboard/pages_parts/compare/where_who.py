"""The difference by country, by group of people, and by the way it came about."""

from typing import Any

import solara

from dashboard.components import Chart, Select, bar_chart, details, paragraph
from dashboard.pages_parts.compare.compared import Compared
from dashboard.pages_parts.compare.results import Triple, difference_table, table_by
from dashboard.pages_parts.difference import difference
from dashboard.pages_parts.places import place_name
from dashboard.shell import Session

MOST_BARS = 10
"""Countries in the figure; all are in the table."""

MOST_NAMED = 3
"""Countries named in the sentence."""

BAR = {1: 40, 2: 54, 3: 68, 4: 82}
"""Pixels a row of bars takes, by number of scenarios."""


def bars_by(seen: Compared, rows: dict[str, dict[str, Triple]]) -> dict[str, Any]:
    """Return a figure of bars: one row per name, one bar per scenario."""
    figure = bar_chart(
        seen.words,
        list(rows),
        {slot: [by_slot[slot] for by_slot in rows.values()] for slot in seen.ready},
        names=seen.letters,
        unit=seen.words.t("compare.persons"),
        signed=True,
    )
    # Bars lie from top to bottom, so the legend is read in the same order.
    figure["layout"]["legend"] = {"traceorder": "normal"}
    return figure


def _height(rows: int, slots: int) -> int:
    return 150 + rows * BAR[max(1, min(slots, 4))]


@solara.component
def ByHost(seen: Compared) -> None:
    """Show which countries differ most, largest first."""
    words = seen.words
    found = {slot: contrast.by_host(seen.outcome) for slot, contrast in seen.ready.items()}
    rows = table_by(seen, found)
    order = sorted(rows, key=lambda host: -max(abs(triple[1]) for triple in rows[host].values()))
    names = {host: place_name(words, seen.catalogue, host) for host in rows}
    first = next(iter(found))
    kinds = {host: difference(found[first][host]) for host in order}
    sure = [host for host in order if kinds[host].kind in ("more", "less")]
    if sure:
        listed = ", ".join(f"{names[host]} {words.signed(kinds[host].mid)}" for host in sure[:MOST_NAMED])
        unclear = sum(kind.kind == "unclear" for kind in kinds.values())
        said = words.t("compare.hosts_says", list=listed, unclear=unclear, all=len(rows))
    else:
        said = words.t("compare.hosts_says_none")
    if len(found) > 1:
        said = words.t("compare.of_slot", slot=first, text=said)
    paragraph(said)
    top = [host for host in order if any(any(triple) for triple in rows[host].values())][:MOST_BARS]
    if top:
        Chart(
            bars_by(seen, {names[host]: rows[host] for host in top}),
            name=words.t(
                "compare.hosts_name",
                outcome=seen.outcome_name,
                reference=seen.reference_name,
                when=seen.when(),
            ),
            description=said,
            file_name=f"ewea-compare-countries-{seen.outcome}".lower(),
            note=seen.note(),
            height=_height(len(top), len(found)),
            busy=seen.outdated,
        )
    with details(words.t("compare.hosts_all", all=len(rows))):
        difference_table(
            seen,
            words.t("compare.hosts_all", all=len(rows)),
            words.t("compare.host"),
            {names[host]: rows[host] for host in order},
            hide=True,
        )


@solara.component
def ByGroup(session: Session, seen: Compared) -> None:
    """Show which people differ: by status, sex, age and so on."""
    words = seen.words
    attributes = tuple(dict.fromkeys(name for name, _ in next(iter(seen.ready.values())).mine.axes.groups))
    chosen = session.setting("c_group", attributes[0], attributes)

    def named(attribute: str) -> str:
        key = f"compare.attribute_{attribute}"
        return words.t(key) if words.has(key) else attribute.replace("_", " ")

    def value_name(value: str) -> str:
        key = f"compare.value_{chosen}_{value}"
        return words.t(key) if words.has(key) else value.replace("_", " ")

    Select(
        words.t("compare.group_by"),
        chosen,
        [(attribute, named(attribute)) for attribute in attributes],
        lambda attribute: session.set_setting("c_group", attribute),
    )
    found = {slot: contrast.group(chosen, seen.place) for slot, contrast in seen.ready.items()}
    rows = {value_name(value): by_slot for value, by_slot in table_by(seen, found).items()}
    _bars_and_table(
        seen,
        rows,
        words.t(
            "compare.groups_name",
            where=seen.where,
            attribute=named(chosen),
            reference=seen.reference_name,
            when=seen.when("stock"),
        ),
        words.t("compare.group"),
        f"ewea-compare-{chosen}-{seen.place}".lower(),
    )
    paragraph(words.t("compare.groups_help"), classes="small muted")


@solara.component
def ByChannel(seen: Compared) -> None:
    """Show by which way the difference came about: arrivals, returns, moves."""
    words = seen.words
    if not seen.is_stock:
        paragraph(words.t("compare.channels_flow"))
        return
    found = {slot: contrast.channels(seen.outcome, seen.place) for slot, contrast in seen.ready.items()}
    rows = {words.t(f"compare.channel_{name}"): by_slot for name, by_slot in table_by(seen, found).items()}
    totals = {slot: contrast.mean(seen.outcome, seen.place) for slot, contrast in seen.ready.items()}
    first = next(iter(found))
    sure = {name: difference(by_slot[first]) for name, by_slot in rows.items()}
    sure = {name: kind for name, kind in sure.items() if kind.kind in ("more", "less")}
    if sure:
        largest = max(sure, key=lambda name: abs(sure[name].mid))
        total = difference(totals[first])
        fields = {"channel": largest, "amount": words.signed(sure[largest].mid)}
        if total.kind in ("more", "less"):
            said = words.t("compare.channels_says", **fields, total=words.signed(total.mid))
        else:
            said = words.t("compare.channels_says_unclear", **fields)
    else:
        said = words.t("compare.channels_says_none")
    paragraph(words.t("compare.of_slot", slot=first, text=said) if len(found) > 1 else said)
    _bars_and_table(
        seen,
        rows,
        words.t(
            "compare.channels_name",
            outcome=seen.outcome_name,
            where=seen.where,
            reference=seen.reference_name,
            period=seen.when("arrivals"),
        ),
        words.t("compare.channel"),
        f"ewea-compare-channels-{seen.outcome}-{seen.place}".lower(),
        total=totals,
    )
    paragraph(words.t("compare.channels_help"), classes="small muted")


def _bars_and_table(
    seen: Compared,
    rows: dict[str, dict[str, Triple]],
    name: str,
    first: str,
    file_name: str,
    total: dict[str, Triple] | None = None,
) -> None:
    """Show bars with their bands, and a table; what is zero everywhere stands in the table only."""
    words = seen.words
    drawn = {
        label: by_slot for label, by_slot in rows.items() if any(any(triple) for triple in by_slot.values())
    }
    if drawn:
        said = "; ".join(
            f"{label}: {difference(next(iter(by_slot.values()))).sentence(words)}"
            for label, by_slot in drawn.items()
        )
        Chart(
            bars_by(seen, drawn),
            name=name,
            description=f"{said}.",
            file_name=file_name,
            note=seen.note(),
            height=_height(len(drawn), len(seen.ready)),
            busy=seen.outdated,
        )
    table = {**rows, **({words.t("compare.total"): total} if total else {})}
    difference_table(seen, name, first, table, hide=bool(drawn), sortable=not total)
