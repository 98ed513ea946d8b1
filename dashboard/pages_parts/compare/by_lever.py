"""What each lever of a scenario contributes to its difference from the baseline."""

from typing import Any

import solara

from dashboard.components import Chart, Column, DataTable, Failed, Radios, bar_chart, el, paragraph
from dashboard.engine import Answer, Job, Split, rounded
from dashboard.pages_parts.compare.compared import Compared
from dashboard.pages_parts.difference import difference
from dashboard.pages_parts.places import place_name
from dashboard.shell import Session, use_engine_job
from dashboard.shell.complaints import complaint_in_words

NOTHING_TO_SPLIT = {"one_lever": "parts_one", "split_too_many": "parts_too_many"}
"""Complaints of the engine that are no failure, and how they are said here."""


@solara.component
def ByLever(session: Session, seen: Compared) -> None:
    """Choose a scenario and show what its levers contribute."""
    words = seen.words
    slots = tuple(slot for slot, choice in session.choices.items() if not choice.is_baseline)
    if not slots:
        return
    slot = session.setting("c_split", slots[0], slots)
    if len(slots) > 1:
        Radios(
            words.t("compare.parts_slot"),
            slot,
            [(name, seen.names[name]) for name in slots],
            lambda name: session.set_setting("c_split", name),
        )
    if not seen.jobs[slot].settled:
        paragraph(words.t("compare.parts_later"), classes="muted")
        return
    _Parts(session, seen, slot).key(f"parts-{slot}")


@solara.component
def _Parts(session: Session, seen: Compared, slot: str) -> None:
    """Ask for the parts of one scenario and show them."""
    words, choice = seen.words, session.choices.get(slot)
    tries, set_tries = solara.use_state(0)

    def ask() -> Job | None:
        return session.engine.split(session.id, choice, slot=f"split-{slot}") if choice is not None else None

    job = use_engine_job(session.engine, ask, [choice, tries])
    if job is None or job.choice != choice:
        return
    code = getattr(job.complaint, "code", "")
    if code in NOTHING_TO_SPLIT:
        values = {"slot": slot, **job.complaint.values}  # type: ignore[union-attr]
        paragraph(words.t(f"compare.{NOTHING_TO_SPLIT[code]}", **values))
    elif job.state in ("failed", "cancelled"):
        text = complaint_in_words(job.complaint, words) if job.complaint is not None else ""
        Failed(words.t("compare.parts_failed"), text, words, lambda: set_tries(tries + 1))
    elif not isinstance(job.answer, Split):
        share = words.share(int(10 * job.progress) / 10)
        el("p", words.t("compare.parts_running", share=share), classes="muted", role="status")
        el(
            "progress",
            classes="progress-bar",
            max=100,
            value=round(100 * job.progress),
            aria_label=words.t("compare.parts"),
        )
    else:
        _show(seen, slot, job.answer, seen.jobs[slot].shown)


def player_name(seen: Compared, split: Split, player: str) -> str:
    """Return a lever with its place, or a development of the war, in the language."""
    kind, _, rest = player.partition(":")
    words = seen.words
    if kind == "driver":
        driver = rest.split(":")[0]
        key = f"compare.driver_{driver}"
        return words.t(key) if words.has(key) else driver.replace("_", " ")
    labels = {lever["id"]: lever["label"] for lever in seen.catalogue.levers}
    if kind not in labels:
        return words.label(split.labels[split.ids.index(player)])
    return f"{words.label(labels[kind])} ({place_name(words, seen.catalogue, rest.split(':')[0])})"


def parts_of(split: Split, answer: Answer, outcome: str, place: str) -> dict[str, float]:
    """Return the part of every player, adding up to the mean difference of the answer, largest first."""
    parts = split.scaled_to(answer).at(outcome, place)
    return dict(sorted(parts.items(), key=lambda item: -abs(item[1])))


def _show(seen: Compared, slot: str, split: Split, answer: Answer) -> None:
    """Show the parts as a sentence, bars and a table."""
    words = seen.words
    parts = parts_of(split, answer, seen.outcome, seen.place)
    total = answer.difference(seen.outcome, seen.place)
    mean = sum(parts.values())
    # No band of their own: two digits of the largest, and never finer than one simulated household.
    least = max(answer.scale, max(abs(value) for value in parts.values()) / 10)
    written = {player: rounded(value, least=least) for player, value in parts.items()}
    names = {player: player_name(seen, split, player) for player in parts}
    kind = difference(total).kind
    largest = next(iter(parts))
    if kind in ("none", "unclear"):
        said = words.t(f"compare.parts_says_{kind}")
    else:
        said = words.t(
            "compare.parts_says",
            slot=slot,
            label=names[largest],
            amount=words.signed(written[largest]),
            total=words.signed(rounded(mean, least=least)),
        )
    paragraph(said)
    name = words.t(
        "compare.parts_name",
        outcome=seen.outcome_name,
        where=seen.where_outcome,
        slot=slot,
        when=seen.when(slot=slot),
    )
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
            description="; ".join(
                f"{names[player]}: {words.signed(value)}" for player, value in written.items()
            )
            + ".",
            file_name=f"ewea-compare-levers-{slot}-{seen.outcome}-{seen.place}".lower(),
            note=words.t(
                "compare.parts_note", month=words.short_month(answer.data_date), version=answer.version
            ),
            height=150 + 44 * len(parts),
        )
    rows: list[list[Any]] = [
        [names[player], (words.signed(written[player]), value)] for player, value in parts.items()
    ]
    rows.append([words.t("compare.total"), (words.signed(rounded(mean, least=least)), mean)])
    DataTable(
        name,
        [Column(words.t("compare.part")), Column(words.t("compare.contribution"), number=True)],
        rows,
        sortable=False,
        hide_caption=True,
    )
    paragraph(words.t("compare.parts_help"), classes="small muted")
