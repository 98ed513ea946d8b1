"""What people say and what they do, in the projection and as recorded."""

import solara

from dashboard.components import (
    Chart,
    Column,
    DataTable,
    Progress,
    Select,
    bar_chart,
    el,
)
from dashboard.engine import display, surveys
from dashboard.pages_parts.intentions.deeds import say_and_do
from dashboard.shell import Session

PERSONS = 1000


@solara.component
def SayAndDo(session: Session) -> None:
    """Show the wish to return beside the returns of a year, under the choice of the user."""
    words = session.words
    job = session.job("A")
    place = session.place
    found = say_and_do(job.shown, place)
    wish, deed = (display(*(PERSONS * part for part in one)) for one in (found.wish, found.deed))
    month = words.month(job.shown.months[-1])
    where = place_words(session)
    with el("section", classes="section", aria_labelledby="intentions-deeds"):
        el("h2", words.t("intentions.deeds_title"), classes="heading-2", id="intentions-deeds")
        el("p", words.t("intentions.deeds_lead", wish=wish[1], deed=deed[1], month=month, place=where))
        Select(
            words.t("intentions.deeds_place"), place,
            [(one, place_words(session, one)) for one in job.shown.places], session.set_place, compact=True,
        )  # fmt: skip
        Progress("A")
        Chart(
            bar_chart(
                words, [words.t("intentions.bar_wish"), words.t("intentions.bar_deed")], {"A": [wish, deed]},
                unit=words.t("intentions.per_thousand"),
            ),
            name=words.t("intentions.deeds_chart", place=where, month=month),
            description=words.t(
                "intentions.deeds_text", wish=wish[1], wish_band=words.band(wish[0], wish[2]),
                deed=deed[1], deed_band=words.band(deed[0], deed[2]),
            ),
            note=words.t(
                "intentions.deeds_note" if job.settled or not job.busy else "intentions.deeds_first"
            ),
            file_name=f"ewea-say-and-do-{place}-{words.language}",
            height=230,
            busy=job.outdated,
        )  # fmt: skip
        el("p", words.t("intentions.deeds_why"))
        Recorded(session)


def place_words(session: Session, place: str | None = None) -> str:
    """Return the name of a place of the engine."""
    place = place or session.place
    hosts = session.engine.catalogue.hosts
    return (
        session.words.label(hosts[place]) if place in hosts else session.words.t(f"intentions.place_{place}")
    )


@solara.component
def Recorded(session: Session) -> None:
    """Show what was recorded of leaving and returning, beside the model."""
    words = session.words
    counted = [row for row in surveys.simulated_against_surveys() if row["kind"] == "quantity"]
    told = [row for row in counted if words.has(f"intentions.deed_{row['target']}")]
    table = []
    for row in told:
        write = words.share if row["unit"] != "persons" else lambda value: words.number(round(value, -4))
        decimals = {"decimals": 1} if row["unit"] == "share/month" else {}
        table.append(
            [
                words.t(f"intentions.deed_{row['target']}"),
                words.t(f"intentions.use_{row['use']}"),
                (write(row["observed"], **decimals), row["observed"]),
                (write(row["model"], **decimals), row["model"]),
                (f"{write(row['low80'], **decimals)} – {write(row['high80'], **decimals)}", row["low80"]),
                words.t("intentions.yes" if row["inside"] else "intentions.no"),
            ]
        )
    DataTable(
        words.t("intentions.deeds_caption"),
        [
            Column(words.t("intentions.column_what")), Column(words.t("intentions.column_use")),
            Column(words.t("intentions.column_recorded"), True), Column(words.t("intentions.model"), True),
            Column(words.t("intentions.column_range"), True), Column(words.t("intentions.column_inside")),
        ],
        table,
    )  # fmt: skip
