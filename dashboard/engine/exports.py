"""What users take home: the table of an answer (CSV, Excel), and a one-page briefing (HTML)."""

import csv
import datetime as dt
import io
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from abm.band import IN_WORDS, key
from dashboard.colours import LIGHT
from dashboard.engine.answer import Answer, display
from dashboard.messages.words import Words
from experiments.ensemble.outcomes import shown_in
from experiments.figures.style import embedded_faces

BOM = "\ufeff"
"""Tells spreadsheets that the text is UTF-8."""

ENDS = (key("low"), "median", key("high"))
HEADINGS = (
    *("place", "outcome", "kind", "month"),
    *(f"{of}{end}" for of in ("", "baseline_", "difference_") for end in ENDS),
)
BANDS = (*ENDS, *(f"diff_{end}" for end in ENDS))
_DAY = (1980, 1, 1, 0, 0, 0)


def csv_text(heads: Sequence[str], rows: Iterable[Sequence[Any]], notes: Iterable[Sequence[Any]] = ()) -> str:
    """Return a table as comma-separated text that spreadsheets open; notes stand above it as ``# name``."""
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerows([f"# {name}", value] for name, value in notes)
    table.writerow(heads)
    table.writerows(rows)
    return BOM + out.getvalue()


def table_rows(answer: Answer, place: str) -> Iterator[tuple[object, ...]]:
    """Yield one row per outcome and month: choice, baseline and difference with their bands, persons."""
    for outcome in answer.axes.outcomes:
        kind = "stock on day 1" if outcome in answer.axes.stocks else "flow in the month"
        fans = (
            answer.fan(outcome, place),
            answer.fan(outcome, place, of="baseline"),
            answer.fan(outcome, place, against=True),
        )
        for n, month in enumerate(fans[0]["months"]):
            figures = [round(float(fan[end][n]), 1) for fan in fans for end in ("low", "mid", "high")]
            yield (place, outcome, kind, month, *figures)


def notes(answer: Answer, link: str = "") -> list[tuple[str, object]]:
    """Return what the table was made of."""
    found = [
        ("scenario", answer.choice.to_query() or "baseline"),
        ("link", link),
        ("model version", answer.version),
        ("register data to", answer.data_date),
        ("runs (paired seeds)", answer.n_seeds),
        ("real households per simulated one, at most", answer.mine.scale),
        ("final", "yes" if answer.final else "no: first, coarse answer"),
        ("band", f"{IN_WORDS} of the runs: chance, unexplained arrivals, parameters; not war or policy"),
        ("unit", "persons, not rounded; show no more digits than the band supports"),
    ]  # fmt: skip
    return [(name, _tame(value)) for name, value in found]


def csv_bytes(answer: Answer, places: Sequence[str] = ("NL", "EU", "ALL"), link: str = "") -> bytes:
    """Return the table as CSV in UTF-8; notes come first."""
    rows = (row for place in places for row in table_rows(answer, place))
    return csv_text(HEADINGS, rows, notes(answer, link)).encode()


def excel_bytes(answer: Answer, places: Sequence[str] = ("NL", "EU", "ALL"), link: str = "") -> bytes:
    """Return the table as a workbook: notes, months, hosts at the horizon, groups at the horizon."""
    from openpyxl import Workbook  # type: ignore[import-untyped]

    book = Workbook(write_only=True)
    sheet = book.create_sheet("about")
    for row in notes(answer, link):
        sheet.append(row)
    sheet = book.create_sheet("months")
    sheet.freeze_panes = "A2"
    sheet.append(HEADINGS)
    for place in places:
        for row in table_rows(answer, place):
            sheet.append(row)
    sheet = book.create_sheet("hosts")
    sheet.append(("host", "outcome", *BANDS))
    for outcome in answer.axes.outcomes:
        level, apart = answer.by_host(outcome), answer.by_host(outcome, against=True)
        for host in answer.hosts:
            sheet.append((host, outcome, *level[host], *apart[host]))
    sheet = book.create_sheet("groups")
    sheet.append(("place", "attribute", "value", *BANDS))
    for place in places:
        for attribute in dict.fromkeys(name for name, _ in answer.axes.groups):
            level, apart = answer.group(attribute, place), answer.group(attribute, place, against=True)
            for value, band in level.items():
                sheet.append((place, attribute, value, *band, *apart[value]))
    stream = io.BytesIO()
    book.properties.created = book.properties.modified = dt.datetime(*_DAY)
    book.save(stream)
    return stream.getvalue()


def _tame(value: object) -> object:
    """Return text that a spreadsheet does not take for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value


WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 78, 16, 14, 34
TICKS = 5

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)


def briefing(
    words: Words, answer: Answer, place: str, place_name: str, scenario: Sequence[str], link: str = ""
) -> str:
    """Return the page; ``scenario`` says what was chosen, one line each."""

    def say(key: str, **values: Any) -> str:
        return words.t(f"compare.briefing_{key}", **values)

    def ends(low: int, high: int, write: Callable[[float], str]) -> str:
        return "" if low == high else say("to", low=write(low), high=write(high))

    def level(outcome: str) -> tuple[str, str]:
        low, mid, high = display(*answer.at_horizon(outcome, place))
        return words.number(mid), ends(low, high, words.number)

    def change(outcome: str) -> tuple[str, str]:
        exact = answer.difference(outcome, place)
        if not any(exact):
            return say("no_change"), ""
        low, mid, high = display(*exact)
        # As the pages have it: where the band holds zero, the middle is no finding.
        return say("unclear") if low <= 0 <= high else words.signed(mid), ends(low, high, words.signed)

    def difference() -> str:
        if answer.choice.is_baseline:
            return say("no_difference")
        low, mid, high = display(*answer.difference("stock", place))
        key = "difference_unclear" if low <= 0 <= high else "difference"
        return say(key, low=words.signed(low), mid=words.signed(mid), high=words.signed(high))

    low, mid, high = display(*answer.at_horizon("stock", place))
    until = words.month_inside(answer.choice.until)
    fans = {"this_choice": answer.fan("stock", place)}
    if not answer.choice.is_baseline:
        fans["baseline"] = answer.fan("stock", place, of="baseline")
    return _PAGES.get_template("briefing.html.j2").render(
        say=say,
        typeface=Markup(embedded_faces()),  # noqa: S704
        language=words.language,
        title=say("title", place=place_name),
        scenario=scenario,
        headline=say("headline", place=place_name, mid=mid, low=low, high=high, until=until),
        difference=difference(),
        chart=chart_geometry(words, fans),
        table=[
            (words.t(f"scenario.outcome_{name}"), level(name), change(name)) for name in shown_in("briefing")
        ],
        is_baseline=answer.choice.is_baseline,
        covers=say("band_covers", n=answer.n_seeds),
        assumptions=[say(f"assumption_{name}") for name in ("projection", "same_events", "war")],
        provisional="" if answer.final else say("provisional", n=answer.n_seeds),
        stale=say("stale") if answer.stale else "",
        made=say(
            "made",
            date=words.date(dt.datetime.now(dt.UTC).date().isoformat()),
            version=answer.version,
            data=words.month_inside(answer.data_date),
            seeds=f"{answer.mine.seeds[0]}-{answer.mine.seeds[-1]}",
            scale=str(answer.mine.scale),
        ),
        link=link if link.startswith(("http://", "https://", "/", "?")) else "",
    )


def _nice(top: float) -> float:
    """Return a step of 1, 2 or 5 times a power of ten that cuts a length in about five."""
    if top <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(top / TICKS))
    return next(power * step for step in (1, 2, 5, 10) if power * step * TICKS >= top)


def chart_geometry(words: Words, fans: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return where lines and texts of the fan chart lie: a band with its median for each fan, by its key."""
    top = max(float(max(fan["high"])) for fan in fans.values())
    bottom = min(0.0, *(float(min(fan["low"])) for fan in fans.values()))
    step = _nice(top - bottom)
    low, high = math.floor(bottom / step) * step, max(math.ceil(top / step) * step, bottom + step)
    months = next(iter(fans.values()))["months"]
    across = (WIDTH - LEFT - RIGHT) / max(len(months) - 1, 1)

    def x(n: int) -> float:
        return LEFT + n * across

    def y(value: float) -> float:
        return TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM)

    def line(values: Any) -> list[str]:
        return [f"{x(n):.1f},{y(float(value)):.1f}" for n, value in enumerate(values)]

    colours = {"this_choice": LIGHT["scenario-a"], "baseline": LIGHT["baseline"]}
    return {
        "width": WIDTH, "height": HEIGHT, "left": LEFT, "right": WIDTH - RIGHT, "foot": HEIGHT - BOTTOM,
        "levels": [
            (y(low + n * step), words.number(low + n * step)) for n in range(round((high - low) / step) + 1)
        ],
        "years": [
            (x(n), words.month_inside(month)) for n, month in enumerate(months) if month.endswith("-01")
        ],
        "fans": [
            {
                "name": name,
                "colour": colours[name],
                "ring": " ".join([*line(fan["high"]), *reversed(line(fan["low"]))]),
                "median": " ".join(line(fan["mid"])),
                "dash": "" if name == "this_choice" else "6 4",
            }
            for name, fan in fans.items()
        ],
    }  # fmt: skip
