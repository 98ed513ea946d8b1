"""The difference by country, by group of people, and by the way it came about."""

from typing import Any

import solara

from dashboard.components.charts import Chart, bar_chart
from dashboard.components.controls import setting_radios, setting_select
from dashboard.components.element import details, el, paragraph
from dashboard.components.panels import ColumnHead, DataTable, Failed, progress_bar
from dashboard.engine.answer import Answer
from dashboard.engine.bands import Band, difference, rounded_value
from dashboard.engine.jobs import Job
from dashboard.engine.questions import Split
from dashboard.pages.compare.compared import ComparedScenarios
from dashboard.pages.compare.results import scenario_table, table_by
from dashboard.pages.shared.wording import place_name
from dashboard.shell.jobs import use_engine_job
from dashboard.shell.session import Session

MOST_BARS = 10
"""Countries in the figure; all are in the table."""

MOST_NAMED = 3
"""Countries named in the sentence."""

FRAME, BAR = 150, {1: 40, 2: 54, 3: 68, 4: 82}
"""Pixels of a figure without its rows, and of a row of bars, by number of scenarios."""


@solara.component
def ByHost(seen: ComparedScenarios) -> None:
    """Show which countries differ most, largest first."""
    words = seen.words
    found = {slot: contrast.by_host(seen.outcome, against=True) for slot, contrast in seen.ready.items()}
    rows = table_by(seen, found)
    order = sorted(rows, key=lambda host: -max(abs(triple[1]) for triple in rows[host].values()))
    names = {host: place_name(words, seen.catalogue, host) for host in rows}
    first = next(iter(found))
    kinds = {host: difference(found[first][host]) for host in order}
    sure = [host for host in order if kinds[host].is_clear]
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
        drawn = {names[host]: rows[host] for host in top}
        _bars(seen, drawn, seen.t("compare.hosts_name"), said, f"ewea-compare-countries-{seen.outcome}")
    caption = words.t("compare.hosts_all", all=len(rows))
    with details(caption):
        sorted_rows = {names[host]: rows[host] for host in order}
        scenario_table(seen, caption, words.t("compare.host"), sorted_rows, hide=True)


def _bars(
    seen: ComparedScenarios, rows: dict[str, dict[str, Band]], name: str, description: str, file_name: str
) -> None:
    """Show bars with their bands: one row per name, one bar per scenario."""
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
    Chart(
        figure,
        name=name,
        description=description,
        file_name=file_name.lower(),
        note=seen.note(),
        height=FRAME + len(rows) * BAR[len(seen.ready)],
        busy=seen.outdated,
    )


@solara.component
def ByGroup(session: Session, seen: ComparedScenarios) -> None:
    """Show which people differ: by status, sex, age and so on."""
    words = seen.words
    attributes = tuple(dict.fromkeys(name for name, _ in next(iter(seen.ready.values())).axes.groups))
    chosen = session.setting("c_group", attributes[0], attributes)

    def named(attribute: str) -> str:
        return words.t_or(f"compare.attribute_{attribute}", attribute.replace("_", " "))

    def value_name(value: str) -> str:
        return words.t_or(f"compare.value_{chosen}_{value}", value.replace("_", " "))

    options = [(attribute, named(attribute)) for attribute in attributes]
    setting_select(session, "c_group", words.t("compare.group_by"), chosen, options)
    found = {slot: contrast.group(chosen, seen.place, against=True) for slot, contrast in seen.ready.items()}
    rows = {value_name(value): by_slot for value, by_slot in table_by(seen, found).items()}
    name = seen.t("compare.groups_name", where=seen.where, attribute=named(chosen), when=seen.when("stock"))
    _bars_and_table(seen, rows, name, words.t("compare.group"), f"ewea-compare-{chosen}-{seen.place}")
    paragraph(words.t("compare.groups_help"), classes="small muted")


@solara.component
def ByChannel(seen: ComparedScenarios) -> None:
    """Show by which way the difference came about: arrivals, returns, moves."""
    words = seen.words
    if not seen.is_stock:
        paragraph(words.t("compare.channels_flow"))
        return
    found = {slot: contrast.channels(seen.outcome, seen.place) for slot, contrast in seen.ready.items()}
    rows = {words.t(f"compare.channel_{name}"): by_slot for name, by_slot in table_by(seen, found).items()}
    totals = {
        slot: contrast.mean_difference(seen.outcome, seen.place) for slot, contrast in seen.ready.items()
    }
    first = next(iter(found))
    sure = {name: difference(by_slot[first]) for name, by_slot in rows.items()}
    sure = {name: kind for name, kind in sure.items() if kind.is_clear}
    if sure:
        largest = max(sure, key=lambda name: abs(sure[name].mid))
        total = difference(totals[first])
        fields = {"channel": largest, "amount": words.signed(sure[largest].mid)}
        if total.is_clear:
            said = words.t("compare.channels_says", **fields, total=words.signed(total.mid))
        else:
            said = words.t("compare.channels_says_unclear", **fields)
    else:
        said = words.t("compare.channels_says_none")
    paragraph(words.t("compare.of_slot", slot=first, text=said) if len(found) > 1 else said)
    name = seen.t("compare.channels_name", where=seen.where, period=seen.when("arrivals"))
    file_name = f"ewea-compare-channels-{seen.outcome}-{seen.place}"
    _bars_and_table(seen, rows, name, words.t("compare.channel"), file_name, total=totals)
    paragraph(words.t("compare.channels_help"), classes="small muted")


def _bars_and_table(
    seen: ComparedScenarios,
    rows: dict[str, dict[str, Band]],
    name: str,
    first: str,
    file_name: str,
    total: dict[str, Band] | None = None,
) -> None:
    """Show bars with their bands, and a table; what is zero everywhere stands in the table only."""
    words = seen.words
    drawn = {label: found for label, found in rows.items() if any(any(triple) for triple in found.values())}
    if drawn:
        said = "; ".join(
            f"{label}: {difference(next(iter(by_slot.values()))).sentence(words)}"
            for label, by_slot in drawn.items()
        )
        _bars(seen, drawn, name, f"{said}.", file_name)
    table = {**rows, **({words.t("compare.total"): total} if total else {})}
    scenario_table(seen, name, first, table, hide=bool(drawn), sortable=not total)


NOTHING_TO_SPLIT = {"one_lever": "parts_one", "split_too_many": "parts_too_many"}
"""User messages that are no failure, and how they are said here."""


@solara.component
def ByLever(session: Session, seen: ComparedScenarios) -> None:
    """Choose a scenario and show what its levers contribute."""
    words = seen.words
    slots = tuple(slot for slot, choice in session.choices.items() if not choice.is_baseline)
    if not slots:
        return
    slot = slots[0]
    if len(slots) > 1:
        options = [(name, seen.names[name]) for name in slots]
        slot = setting_radios(session, "c_split", words.t("compare.parts_slot"), options)
    if not seen.jobs[slot].settled:
        paragraph(words.t("compare.parts_later"), classes="muted")
        return
    _Parts(session, seen, slot).key(f"parts-{slot}")


@solara.component
def _Parts(session: Session, seen: ComparedScenarios, slot: str) -> None:
    """Ask for the parts of one scenario and show them."""
    words, choice = seen.words, session.choices.get(slot)
    tries, set_tries = solara.use_state(0)

    def ask() -> Job | None:
        return session.engine.split(session.id, choice, slot=f"split-{slot}") if choice is not None else None

    job = use_engine_job(session.engine, ask, [choice, tries])
    if job is None or job.choice != choice:
        return
    code = getattr(job.message, "code", "")
    if code in NOTHING_TO_SPLIT:
        values = {"slot": slot, **job.message.values}  # type: ignore[union-attr]
        paragraph(words.t(f"compare.{NOTHING_TO_SPLIT[code]}", **values))
    elif job.state in ("failed", "cancelled"):
        text = words.user_message(job.message) if job.message is not None else ""
        Failed(words.t("compare.parts_failed"), text, words, lambda: set_tries(tries + 1))
    elif not isinstance(job.answer, Split):
        share = words.share(int(10 * job.progress) / 10)
        el("p", words.t("compare.parts_running", share=share), classes="muted", role="status")
        progress_bar(job.progress, words.t("compare.parts"))
    else:
        _show(seen, slot, job.answer, seen.jobs[slot].shown)


def component_name(seen: ComparedScenarios, split: Split, component: str) -> str:
    """Return a lever with its place, or a development of the war, in the language."""
    kind, _, rest = component.partition(":")
    words = seen.words
    labels = {lever["id"]: lever["label"] for lever in seen.catalogue.levers}
    if kind not in labels:
        return words.label(split.labels[split.ids.index(component)])
    return f"{words.label(labels[kind])} ({place_name(words, seen.catalogue, rest.split(':')[0])})"


def _show(seen: ComparedScenarios, slot: str, split: Split, answer: Answer) -> None:
    words = seen.words
    found = split.scaled_to(answer).at(seen.outcome, seen.place)
    parts = dict(sorted(found.items(), key=lambda item: -abs(item[1])))
    total = answer.difference(seen.outcome, seen.place)
    mean = sum(parts.values())
    # No band of their own: two digits of the largest, and never finer than one simulated household.
    least = max(answer.mine.scale, max(abs(value) for value in parts.values()) / 10)
    written = {component: rounded_value(value, least=least) for component, value in parts.items()}
    names = {component: component_name(seen, split, component) for component in parts}
    kind = difference(total).kind
    largest = next(iter(parts))
    if kind not in ("more", "less"):
        said = words.t("compare.parts_says_none" if kind == "none" else "compare.parts_says_unclear")
    else:
        said = words.t(
            "compare.parts_says",
            slot=slot,
            label=names[largest],
            amount=words.signed(written[largest]),
            total=words.signed(rounded_value(mean, least=least)),
        )
    paragraph(said)
    name = seen.t("compare.parts_name", slot=slot, when=seen.when(slot=slot))
    if any(written.values()):
        figure = bar_chart(
            words,
            list(names.values()),
            {slot: [(value, value, value) for value in parts.values()]},
            unit=words.t("compare.persons"),
            signed=True,
        )
        for bars in figure["data"]:  # these runs give no band
            del bars["error_x"]
            bars["customdata"] = [words.signed(value) for value in written.values()]
            bars["hovertemplate"] = "%{y}: %{customdata}<extra></extra>"
        Chart(
            figure,
            name=name,
            description="; ".join(f"{names[one]}: {words.signed(value)}" for one, value in written.items())
            + ".",
            file_name=f"ewea-compare-levers-{slot}-{seen.outcome}-{seen.place}".lower(),
            note=words.t(
                "compare.parts_note", month=words.short_month(answer.data_date), version=answer.version
            ),
            height=FRAME + 44 * len(parts),
        )
    rows: list[list[Any]] = [
        [names[component], (words.signed(written[component]), value)] for component, value in parts.items()
    ]
    rows.append([words.t("compare.total"), (words.signed(rounded_value(mean, least=least)), mean)])
    heads = [ColumnHead(words.t("compare.part")), ColumnHead(words.t("compare.contribution"), number=True)]
    DataTable(name, heads, rows, sortable=False, hide_caption=True)
    paragraph(words.t("compare.parts_help"), classes="small muted")
