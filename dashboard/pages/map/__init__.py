"""Map: where people live, who moves where, and from which oblasts they come; the numbers as tables too."""

from collections.abc import Callable, Sequence

import solara

from dashboard.components.controls import Slider, setting_radios
from dashboard.components.element import el, lead, page_link, paragraph, section, with_meanings
from dashboard.components.panels import Empty, PageTable, Progress, TableCell, table_columns, table_details
from dashboard.engine.answer import Answer
from dashboard.engine.bands import Difference, display
from dashboard.engine.catalogue import Catalogue
from dashboard.messages.words import Words
from dashboard.pages.map import hosts, moves
from dashboard.pages.map.figure import MapFigure
from dashboard.pages.map.hosts import HostRow, per_thousand_text
from dashboard.pages.map.moves import MapFlow, OriginRow
from dashboard.pages.shared.results import band_cells, provisional, rounded_number
from dashboard.pages.shared.wording import PlaceSelect, figure_note, in_place, place_name
from dashboard.shell.session import Session

ID = "map"
ORDER = 40
TITLE = "map.title"
HEADING = "map.heading"


def _change(words: Words, change: Difference) -> list[TableCell]:
    span = "–" if change.kind == "none" else f"{words.signed(change.low)} – {words.signed(change.high)}"
    return [(change.value(words), change.mid), (span, change.low)]


def _table[Row: (HostRow, MapFlow, OriginRow)](
    words: Words, keys: str, rows: Sequence[Row], cells: Callable[[Row], list[TableCell]], baseline: bool
) -> PageTable:
    """Return a table; without the columns of change for the baseline itself."""
    return PageTable(
        table_columns(words, "map.column", keys if baseline else f"{keys} #change #change_range"),
        [[*cells(row), *([] if baseline else _change(words, row.change))] for row in rows],
    )


def hosts_table(words: Words, rows: Sequence[HostRow], baseline: bool) -> PageTable:
    """Return every host."""

    def cells(row: HostRow) -> list[TableCell]:
        rate = None if row.per_thousand is None else round(row.per_thousand[1], 2)
        return [row.name, *band_cells(words, row.persons), (per_thousand_text(words, row.per_thousand), rate)]

    return _table(words, "country #persons #range #rate", rows, cells, baseline)


def moves_table(words: Words, catalogue: Catalogue, found: Sequence[MapFlow], baseline: bool) -> PageTable:
    """Return the largest moves."""

    def cells(flow: MapFlow) -> list[TableCell]:
        ends = [place_name(words, catalogue, place) for place in (flow.start, flow.end)]
        return [*ends, *band_cells(words, flow.persons)]

    return _table(words, "from to #persons #range", found, cells, baseline)


def origins_table(words: Words, rows: Sequence[OriginRow], baseline: bool) -> PageTable:
    """Return every unit of origin."""

    def cells(row: OriginRow) -> list[TableCell]:
        return [row.name, *band_cells(words, row.persons), (words.share(row.share), round(row.share, 3))]

    return _table(words, "oblast #persons #range #share", rows, cells, baseline)


TOLD = 8
"""Countries or oblasts named in the description of a map."""


@solara.component
def Page(session: Session) -> None:
    """Show hosts, moves and origins."""
    words, job = session.words, session.job("A")
    rows = hosts.host_rows(job.shown, session.engine.catalogue, words)
    lead(*with_meanings(words, lead_sentence(words, rows, job.shown.months[-1]), "lead"))
    Progress("A")
    provisional(words, job)
    section(words.t("map.hosts_title"), HostsMap(session), id_="map-hosts")
    section(words.t("map.flows_title"), FlowsMap(session), id_="map-flows")
    section(words.t("map.origins_title"), OriginsMap(session), id_="map-origins")


def lead_sentence(words: Words, rows: list[hosts.HostRow], month: str) -> str:
    """Return who hosts most people, in number and for its size, and the Netherlands."""
    known = [row for row in rows if row.per_thousand is not None]
    first, second = known[:2]
    dense = sorted(known, key=lambda row: -row.per_thousand[1] if row.per_thousand else 0.0)[:2]
    home = next(row for row in rows if row.host == "NL")
    rate = hosts.per_thousand_text(words, home.per_thousand)
    return words.t(
        "map.lead",
        month=words.month_inside(month),
        first=first.name,
        first_n=rounded_number(words, first.persons),
        second=second.name,
        second_n=rounded_number(words, second.persons),
        rate_first=dense[0].name,
        rate_second=dense[1].name,
        own=words.t("map.lead_own", n=rounded_number(words, home.persons), rate=rate),
    )


def date_of(session: Session, answer: Answer) -> str:
    """Return the date looked at, one for all pages: the horizon unless another month is chosen."""
    return session.setting("date", answer.months[-1], tuple(answer.months))


def DateSlider(session: Session, answer: Answer, label: str) -> solara.Element:
    """Return what chooses the date."""
    months = answer.months
    return Slider(
        label,
        months.index(date_of(session, answer)),
        lambda n: session.set_setting("date", months[round(n)]),
        {"least": 0, "most": len(months) - 1, "step": 1},
        names=[session.words.first_day(one) for one in months],
    )


@solara.component
def HostsMap(session: Session) -> None:
    """Show the hosts, coloured by what the user wants to see."""
    words, job, catalogue = session.words, session.job("A"), session.engine.catalogue
    date = date_of(session, job.shown)
    rows = hosts.host_rows(job.shown, catalogue, words, date)
    month = words.month_inside(date)
    options = [(one, words.t(f"map.show_{one}")) for one in hosts.SHOWN]
    shown = setting_radios(session, "map_show", words.t("map.show"), options, inline=True)
    DateSlider(session, job.shown, words.t("map.date"))
    if shown == hosts.CHANGE and session.choice.is_baseline:
        to_levers = paragraph(page_link(words.t("map.to_levers"), session, "levers"))
        Empty(words.t("map.empty_title"), words.t("map.empty_text"), to_levers)
        return
    if shown == hosts.CHANGE:
        clear = [row for row in rows if row.change.is_clear]
        most = max(clear, key=lambda row: abs(row.change.mid), default=None)
        if most is None:
            paragraph(words.t("map.change_none"))
        else:
            where, change = in_place(words, catalogue, most.host), most.change.sentence(words)
            paragraph(words.t("map.change_most", place=where, change=change))
    place = place_name(words, catalogue, session.place)
    paragraph(words.t("map.pick_hint", place=place), classes="muted small")
    picture = hosts.hosts_drawing(rows, catalogue, words, shown)
    ranked = [picture.areas[host] for host in picture.order[:TOLD]]
    extra = f" {words.t('map.note_rate')}" if shown == hosts.PER_THOUSAND else ""
    MapFigure(
        picture,
        name=words.t(f"map.name_{shown}", month=month),
        description=words.t("map.text_hosts", list="; ".join(f"{item.name} {item.value}" for item in ranked)),
        note=figure_note(session, "map.note", job.shown) + extra,
        file_name=f"ewea-hosts-{shown}-{words.language}",
        legend_title=words.t(f"map.legend_{shown}"),
        picked=session.place,
        on_pick=session.set_place,
        busy=job.outdated,
    )
    table = hosts_table(words, rows, session.choice.is_baseline)
    caption = words.t("map.caption_hosts", month=month)
    table_details(words, words.t("map.table_open"), caption, table, f"ewea-hosts-{words.language}")


@solara.component
def FlowsMap(session: Session) -> None:
    """Show the largest moves of a kind."""
    words, job, catalogue = session.words, session.job("A"), session.engine.catalogue
    kinds = moves.KINDS if session.place in catalogue.hosts else moves.KINDS[:-1]
    name_of = {moves.PLACE: {"place": place_name(words, catalogue, session.place)}}
    options = [(one, words.t(f"map.flows_{one}", **name_of.get(one, {}))) for one in kinds]
    kind = setting_radios(session, "map_flows", words.t("map.flows_kind"), options, inline=True)
    answer, date = job.shown, job.shown.months[-1]
    with el("div"):
        if kind in moves.BY_MONTH:
            date = date_of(session, answer)
            DateSlider(session, answer, words.t("map.flows_date"))
    since, until = map(words.month, answer.period(date))
    found = moves.flows(answer, kind, session.place, date)
    least = round(moves.LEAST)
    if not found:
        Empty(words.t("map.flows_none_title"), words.t("map.flows_none_text", least=least))
        return
    low, mid, high = display(found[0].persons)
    sentence = words.t(
        "map.flows_lead",
        since=since,
        until=until,
        route=moves.route_of(words, catalogue, found[0]),
        n=words.number(mid),
        band=words.band(low, high),
    )
    paragraph(sentence)
    picture = moves.moves_drawing(found, catalogue, words)
    name = words.t(f"map.name_flows_{kind}", n=min(len(found), moves.DRAWN), **name_of.get(kind, {}))
    MapFigure(
        picture,
        name=f"{name}, {since} – {until}",
        description=f"{sentence} " + "; ".join(f"{m.item.name}: {m.item.value}" for m in picture.moves),
        note=figure_note(session, "map.note", job.shown),
        file_name=f"ewea-flows-{kind}-{words.language}",
        legend_title=words.t("map.legend_flows"),
        busy=job.outdated,
    )
    rest = words.t("map.flows_rest", n=min(len(found), moves.LISTED), least=least)
    table_details(
        words,
        words.t("map.table_open"),
        words.t("map.caption_flows", since=since, until=until),
        moves_table(words, catalogue, found[: moves.LISTED], session.choice.is_baseline),
        f"ewea-flows-{kind}-{words.language}",
        paragraph(rest, classes="muted small"),
    )


@solara.component
def OriginsMap(session: Session) -> None:
    """Show the oblasts the people of the chosen place come from."""
    words, job, catalogue = session.words, session.job("A"), session.engine.catalogue
    rows = moves.origin_rows(job.shown, catalogue, words, session.place)
    where = in_place(words, catalogue, session.place)
    month = words.month_inside(job.shown.months[-1])
    with el("div", classes="row"):
        PlaceSelect(session, words.t("map.origins_place"), places=job.shown.places, compact=True)
    first, second, third = rows[:3]
    sentence = words.t(
        "map.origins_lead",
        place=where,
        month=month,
        first=first.name,
        first_n=rounded_number(words, first.persons),
        first_share=words.share(first.share),
        second=second.name,
        second_share=words.share(second.share),
        third=third.name,
        third_share=words.share(third.share),
    )
    paragraph(sentence)
    file_name = f"ewea-origins-{session.place}-{words.language}"
    MapFigure(
        moves.origins_drawing(rows, words),
        name=words.t("map.name_origins", place=where, month=month),
        description=sentence,
        note=figure_note(session, "map.note", job.shown),
        file_name=file_name,
        legend_title=words.t("map.legend_origins"),
        busy=job.outdated,
    )
    paragraph(words.t("map.origins_assumed"), classes="muted")
    table = origins_table(words, rows, session.choice.is_baseline)
    caption = words.t("map.caption_origins", place=where)
    table_details(words, words.t("map.table_open"), caption, table, file_name)
