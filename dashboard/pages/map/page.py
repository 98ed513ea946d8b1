"""Map: where people live, who moves where, and from which oblasts they come."""

import solara

from dashboard.components import Empty, Progress, Radios, details, el, lead, page_link, paragraph, section
from dashboard.engine import display
from dashboard.messages import Words
from dashboard.pages.map import hosts, moves, tables
from dashboard.pages.map.figure import MapFigure
from dashboard.pages.shared.wording import (
    PlaceSelect,
    in_place,
    note,
    number_of,
    place_inside,
    place_name,
    provisional,
)
from dashboard.shell import Session

ID = "map"
ORDER = 40
TITLE = "map.title"
HEADING = "map.heading"

TOLD = 8
"""Countries or oblasts named in the description of a map."""


@solara.component
def Page(session: Session) -> None:
    """Show hosts, moves and origins."""
    words, job = session.words, session.job("A")
    lead(
        lead_sentence(
            words, hosts.host_rows(job.shown, session.engine.catalogue, words), job.shown.months[-1]
        )
    )
    Progress("A")
    provisional(words, job)
    section(words.t("map.hosts_title"), Hosts(session), id_="map-hosts")
    section(words.t("map.flows_title"), Flows(session), id_="map-flows")
    section(words.t("map.origins_title"), Origins(session), id_="map-origins")


def lead_sentence(words: Words, rows: list[hosts.HostRow], month: str) -> str:
    """Return who protects most people, in number and for its size, and the Netherlands."""
    known = [row for row in rows if row.per_thousand is not None]
    first, second = known[:2]
    dense = sorted(known, key=lambda row: -row.per_thousand[1] if row.per_thousand else 0.0)[:2]
    home = next(row for row in rows if row.host == "NL")
    own = words.t(
        "map.lead_own",
        n=number_of(words, home.persons),
        rate=hosts.per_thousand_text(words, home.per_thousand),
    )
    return words.t(
        "map.lead",
        month=words.date(f"{month}-01").split(" ", 1)[1],
        first=first.name,
        first_n=number_of(words, first.persons),
        second=second.name,
        second_n=number_of(words, second.persons),
        rate_first=dense[0].name,
        rate_second=dense[1].name,
        own=own,
    )


@solara.component
def Hosts(session: Session) -> None:
    """Show the hosts, coloured by what the user wants to see."""
    words, job, catalogue = session.words, session.job("A"), session.engine.catalogue
    shown = session.setting("map_show", hosts.TOTAL, hosts.SHOWN)
    rows = hosts.host_rows(job.shown, catalogue, words)
    month = words.date(f"{job.shown.months[-1]}-01").split(" ", 1)[1]
    Radios(
        words.t("map.show"),
        shown,
        [(one, words.t(f"map.show_{one}")) for one in hosts.SHOWN],
        lambda new: session.set_setting("map_show", new),
        inline=True,
    )
    if shown == hosts.CHANGE and session.choice.is_baseline:
        Empty(
            words.t("map.empty_title"),
            words.t("map.empty_text"),
            paragraph(page_link(words.t("map.to_levers"), session, "levers")),
        )
        return
    if shown == hosts.CHANGE:
        clear = [row for row in rows if row.change.kind in ("more", "less")]
        most = max(clear, key=lambda row: abs(row.change.mid), default=None)
        paragraph(
            words.t("map.change_none")
            if most is None
            else words.t(
                "map.change_most",
                place=in_place(words, catalogue, most.host),
                change=most.change.sentence(words),
            )
        )
    paragraph(
        words.t("map.pick_hint", place=place_name(words, catalogue, session.place)), classes="muted small"
    )
    picture = hosts.hosts_drawing(rows, catalogue, words, shown)
    ranked = [picture.areas[host] for host in picture.order[:TOLD]]
    extra = f" {words.t('map.note_rate')}" if shown == hosts.PER_THOUSAND else ""
    MapFigure(
        picture,
        name=words.t(f"map.name_{shown}", month=month),
        description=words.t("map.text_hosts", list="; ".join(f"{item.name} {item.value}" for item in ranked)),
        note=note(session, job.shown) + extra,
        file_name=f"ewea-hosts-{shown}-{words.language}",
        legend_title=words.t(f"map.legend_{shown}"),
        picked=session.place,
        on_pick=session.set_place,
        busy=job.outdated,
    )
    table = tables.hosts_table(words, rows, session.choice.is_baseline)
    details(
        words.t("map.table_open"),
        table.shown(words.t("map.caption_hosts", month=month)),
        table.download(words, f"ewea-hosts-{words.language}"),
    )


@solara.component
def Flows(session: Session) -> None:
    """Show the largest moves of a kind."""
    words, job, catalogue = session.words, session.job("A"), session.engine.catalogue
    kinds = moves.KINDS if session.place in catalogue.hosts else moves.KINDS[:-1]
    kind = session.setting("map_flows", moves.OUT, kinds)
    place = place_name(words, catalogue, session.place)
    options = [
        (one, words.t(f"map.flows_{one}", **({"place": place} if one == moves.PLACE else {})))
        for one in kinds
    ]
    Radios(
        words.t("map.flows_kind"),
        kind,
        options,
        lambda new: session.set_setting("map_flows", new),
        inline=True,
    )
    found = moves.flows(job.shown, kind, session.place)
    least = round(moves.LEAST)
    if not found:
        Empty(words.t("map.flows_none_title"), words.t("map.flows_none_text", least=least))
        return
    since, until = words.month(job.shown.since), words.month(job.shown.flow_months[-1])
    low, mid, high = display(*found[0].persons)
    sentence = words.t(
        "map.flows_lead",
        since=since,
        until=until,
        route=moves.route(words, catalogue, found[0]),
        n=words.number(mid),
        band=words.band(low, high),
    )
    paragraph(sentence)
    drawn = min(len(found), moves.DRAWN)
    picture = moves.moves_drawing(found, catalogue, words)
    name = words.t(f"map.name_flows_{kind}", n=drawn, **({"place": place} if kind == moves.PLACE else {}))
    MapFigure(
        picture,
        name=f"{name}, {since} – {until}",
        description=f"{sentence} " + "; ".join(f"{m.item.name}: {m.item.value}" for m in picture.moves),
        note=note(session, job.shown),
        file_name=f"ewea-flows-{kind}-{words.language}",
        legend_title=words.t("map.legend_flows"),
        busy=job.outdated,
    )
    table = tables.flows_table(words, catalogue, found[: moves.LISTED], session.choice.is_baseline)
    details(
        words.t("map.table_open"),
        table.shown(words.t("map.caption_flows", since=since, until=until)),
        paragraph(
            words.t("map.flows_rest", n=min(len(found), moves.LISTED), least=least), classes="muted small"
        ),
        table.download(words, f"ewea-flows-{kind}-{words.language}"),
    )


@solara.component
def Origins(session: Session) -> None:
    """Show the oblasts the people of the chosen place come from."""
    words, job, catalogue = session.words, session.job("A"), session.engine.catalogue
    rows = moves.origin_rows(job.shown, catalogue, words, session.place)
    where = place_inside(words, catalogue, session.place)
    month = words.date(f"{job.shown.months[-1]}-01").split(" ", 1)[1]
    with el("div", classes="row"):
        PlaceSelect(
            words,
            catalogue,
            words.t("map.origins_place"),
            session.place,
            session.set_place,
            job.shown.places,
            compact=True,
        )
    first, second, third = rows[:3]
    sentence = words.t(
        "map.origins_lead",
        place=where,
        month=month,
        first=first.name,
        first_n=number_of(words, first.persons),
        first_share=words.share(first.share),
        second=second.name,
        second_share=words.share(second.share),
        third=third.name,
        third_share=words.share(third.share),
    )
    paragraph(sentence)
    MapFigure(
        moves.origins_drawing(rows, words),
        name=words.t("map.name_origins", place=where, month=month),
        description=sentence,
        note=note(session, job.shown),
        file_name=f"ewea-origins-{session.place}-{words.language}",
        legend_title=words.t("map.legend_origins"),
        busy=job.outdated,
    )
    paragraph(words.t("map.origins_assumed"), classes="muted")
    table = tables.origins_table(words, rows, session.choice.is_baseline)
    details(
        words.t("map.table_open"),
        table.shown(words.t("map.caption_origins", place=where)),
        table.download(words, f"ewea-origins-{session.place}-{words.language}"),
    )
