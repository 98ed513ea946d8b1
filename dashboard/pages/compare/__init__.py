"""Compare: up to four scenarios side by side, what they differ in, where, for whom and why."""

import solara

from dashboard.components.controls import Button, Download, setting_radios
from dashboard.components.element import heading, lead, paragraph, section, with_meanings
from dashboard.components.panels import Empty
from dashboard.engine.choice import Choices
from dashboard.pages.compare.breakdown import ByChannel, ByGroup, ByHost, ByLever
from dashboard.pages.compare.compared import ComparedScenarios, compared, sentence
from dashboard.pages.compare.results import AtHorizon, Glance, OverTime, differences_csv
from dashboard.pages.compare.slots import CompareSettings, Slots
from dashboard.pages.shared.exports_bar import ExportsBar, absolute_link, comparison_briefing
from dashboard.shell.session import Session

ID = "compare"
ORDER = 30
TITLE = "compare.title"
HEADING = "compare.heading"

EXAMPLE = ("rtb_extended_2029", "rtb_end_transition_nl")
"""Packages of the example: what A and B hold."""


@solara.component
def Page(session: Session) -> None:
    """Show the compared scenarios and their differences."""
    _Headline(session)
    words = session.words
    heading(words.t("compare.slots"), 2)
    paragraph(words.t("compare.slots_hint"))
    Slots(session)
    CompareSettings(session)
    CompareResults(session)


@solara.component
def _Headline(session: Session) -> None:
    seen = compared(session)
    if not seen.contrasts:
        lead(*with_meanings(seen.words, seen.words.t("compare.lead_empty"), "lead"))
        return
    first, *others = seen.contrasts
    lead(*with_meanings(seen.words, sentence(seen, first), "lead"))
    for slot in others:
        paragraph(sentence(seen, slot))
    if seen.ready and seen.provisional:
        paragraph(seen.words.t("compare.provisional"), classes="muted")


@solara.component
def CompareResults(session: Session) -> None:
    """Show everything that depends on the answers."""
    seen = compared(session)
    words = seen.words
    if not seen.contrasts:
        button = Button(words.t("compare.example"), lambda: _show_example(session), kind="secondary")
        Empty(words.t("compare.empty_title"), words.t("compare.empty_text"), button)
        _Take(session, seen)
        return
    Glance(seen)
    if not seen.ready:
        Empty(words.t("compare.waiting_title"), words.t("compare.waiting_text"))
        return
    section(words.t("compare.time"), OverTime(session, seen), id_="time")
    section(words.t("compare.horizon_title"), AtHorizon(seen), id_="horizon")
    section(words.t("compare.hosts"), ByHost(seen), id_="hosts")
    section(words.t("compare.groups"), ByGroup(session, seen), id_="groups")
    section(words.t("compare.channels"), ByChannel(seen), id_="channels")
    section(words.t("compare.parts"), ByLever(session, seen), id_="parts")
    _Take(session, seen)


@solara.component
def _Take(session: Session, seen: ComparedScenarios) -> None:
    words = seen.words
    slot, *others = seen.jobs
    with section(words.t("compare.exports"), id_="exports"):
        if others:
            options = [(name, seen.names[name]) for name in (slot, *others)]
            slot = setting_radios(session, "c_file", words.t("compare.exports_slot"), options)
        ExportsBar(slot)
        answers = {slot: job.shown for slot, job in seen.jobs.items() if not job.outdated}
        if len(answers) > 1 and len(set(seen.untils.values())) == 1:
            Download(
                words.t("compare.export_comparison"),
                f"ewea-comparison-{session.place}-{session.choice.until}.html".lower(),
                lambda: comparison_briefing(
                    words, seen.catalogue, answers, session.place, absolute_link(session)
                ),
                "text/html",
            )
        if seen.ready:
            Download(
                words.t("compare.export_differences"),
                f"ewea-differences-{session.choice.until}.csv",
                lambda: differences_csv(seen, absolute_link(session)),
                kind="quiet",
            )


def _show_example(session: Session) -> None:
    packages = zip("AB", EXAMPLE, strict=True)
    until = session.choice.until
    session.choose_all({slot: Choices(presets=(one,), until=until) for slot, one in packages})
