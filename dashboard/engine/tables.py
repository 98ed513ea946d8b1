"""Tables that users take home, with the numbers the pages show: CSV for their spreadsheet, and a workbook."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from abm.band import IN_WORDS
from dashboard.engine.answer import GAP, NEEDED, Answer
from dashboard.engine.bands import difference, display
from dashboard.messages.words import Words
from experiments.ensemble.outcomes import OUTCOMES

BOM = "\ufeff"
"""Tells spreadsheets that the text is UTF-8."""

SHOWN = (*OUTCOMES, NEEDED, GAP)
"""Outcomes of a file; what a register would show is left out, since no page shows it."""

HEADS = (
    *("place", "outcome", "kind", "month"),
    *(f"{of}_{end}" for of in ("scenario", "baseline", "difference") for end in ("low", "mid", "high")),
    *("unit", "place_id", "outcome_id"),
)
_DAY = (1980, 1, 1, 0, 0, 0)
_NUMBER = "#,##0"
_SIGNED = "+#,##0;-#,##0;0"


@dataclass(frozen=True)
class Told:
    """What a file says in words."""

    words: Words
    place_name: Callable[[str], str]
    scenario: Sequence[str] = ()  # What was chosen, one line each
    sentences: Sequence[str] = ()  # The finding
    link: str = ""


def csv_text(
    heads: Sequence[str],
    rows: Iterable[Sequence[Any]],
    notes: Iterable[Sequence[Any]] = (),
    words: Words | None = None,
) -> str:
    """Return a table as text that a spreadsheet of the language opens in columns; notes follow as ``# name``.

    Where the comma is the sign of decimals, spreadsheets part columns by semicolons.
    """
    comma = words is not None and words.separators.startswith(",")
    out = io.StringIO(newline="")
    table = csv.writer(out, delimiter=";" if comma else ",")

    def written(value: Any) -> Any:
        return str(value).replace(".", ",") if comma and isinstance(value, float) else tame(value)

    table.writerow(heads)
    table.writerows([written(value) for value in row] for row in rows)
    table.writerows([f"# {name}", tame(value)] for name, value in notes)
    return BOM + out.getvalue()


def tame(value: object) -> object:
    """Return text that a spreadsheet does not take for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value


def heads_of(words: Words) -> list[str]:
    """Return the headings of the table in the language."""
    return [words.t(f"files.{head}") for head in HEADS]


def table_rows(answer: Answer, place: str, told: Told) -> Iterator[list[Any]]:
    """Yield one row per outcome and month: choice, baseline and difference as the pages show them."""
    words = told.words
    for outcome in SHOWN:
        if not answer.knows(outcome, place):
            continue
        kind = words.t("files.stock" if answer.is_stock(outcome) else "files.flow")
        fans = (
            answer.fan(outcome, place),
            answer.fan(outcome, place, of="baseline"),
            answer.fan(outcome, place, against=True),
        )
        names = told.place_name(place), words.t(f"scenario.outcome_{outcome}"), kind
        for n, month in enumerate(fans[0]["months"]):
            figures = [value for fan in fans for value in fan["shown"][n]]
            yield [*names, month, *figures, words.t("files.persons"), place, outcome]


def notes(answer: Answer, told: Told) -> list[tuple[str, object]]:
    """Return what the table was made of."""
    words = told.words
    found = [
        ("scenario", answer.choice.to_query() or "baseline"),
        ("link", told.link),
        ("version", answer.version),
        ("data", answer.data_date),
        ("runs", answer.n_seeds),
        ("scale", answer.mine.scale),
        ("final", words.t("files.yes" if answer.final else "files.no")),
        ("band", words.t("files.band_covers", band=IN_WORDS)),
        ("rounded", words.t("files.rounded_says")),
    ]
    return [(words.t(f"files.{name}"), tame(value)) for name, value in found]


def csv_bytes(answer: Answer, places: Sequence[str], told: Told) -> bytes:
    """Return the table as CSV in UTF-8; notes come last."""
    rows = (row for place in places for row in table_rows(answer, place, told))
    return csv_text(heads_of(told.words), rows, notes(answer, told), told.words).encode()


def excel_bytes(answer: Answer, places: Sequence[str], told: Told) -> bytes:
    """Return a workbook: a summary in words, months, countries, groups, and the numbers before rounding."""
    from openpyxl import Workbook  # type: ignore[import-untyped]
    from openpyxl.cell import WriteOnlyCell  # type: ignore[import-untyped]

    words, book = told.words, Workbook(write_only=True)

    def sheet(name: str, widths: Sequence[int] = (24, 44, 18)) -> Any:
        made = book.create_sheet(words.t(f"files.sheet_{name}"))
        for n, width in enumerate(widths):
            made.column_dimensions["ABCDEFGH"[n]].width = width
        return made

    def number(made: Any, value: int, signed: bool = False) -> Any:
        cell = WriteOnlyCell(made, value)
        cell.number_format = _SIGNED if signed else _NUMBER
        return cell

    made = sheet("summary", (48, 18, 18, 18, 60))
    place = places[0]
    for line in (words.t("files.about", place=told.place_name(place)), *told.sentences, *told.scenario, ""):
        made.append([tame(line)])
    made.append([words.t(f"files.{head}") for head in ("outcome", "low", "mid", "high", "change")])
    for outcome in SHOWN:
        if answer.knows(outcome, place):
            figures = [number(made, value) for value in display(answer.at_horizon(outcome, place))]
            change = difference(answer.difference(outcome, place)).sentence(words)
            said = "" if answer.choice.is_baseline else change
            made.append([words.t(f"scenario.outcome_{outcome}"), *figures, tame(said)])
    made.append([])
    for row in notes(answer, told):
        made.append(row)

    made = sheet("months")
    made.freeze_panes = "A2"
    made.append(heads_of(words))
    for one in places:
        for row in table_rows(answer, one, told):
            figures = [number(made, value, n > 5) for n, value in enumerate(row[4:13])]
            made.append([*row[:4], *figures, *row[13:]])
    made = sheet("hosts", (24, 44))
    made.append([words.t(f"files.{head}") for head in ("place", "outcome", *HEADS[4:7], *HEADS[10:13])])
    for outcome in OUTCOMES:
        level, apart = answer.by_host(outcome), answer.by_host(outcome, against=True)
        for host in answer.hosts:
            if answer.knows(outcome, host):
                figures = [number(made, value) for value in display(level[host])]
                figures += [number(made, value, True) for value in display(apart[host])]
                made.append([told.place_name(host), words.t(f"scenario.outcome_{outcome}"), *figures])
    made = sheet("groups", (24, 24, 24))
    made.append(["place", "attribute", "value", *HEADS[4:7], *HEADS[10:13]])
    for one in places:
        for attribute in dict.fromkeys(name for name, _ in answer.axes.groups):
            level, apart = answer.group(attribute, one), answer.group(attribute, one, against=True)
            for value, band in level.items():
                figures = [number(made, n) for n in display(band)]
                figures += [number(made, n, True) for n in display(apart[value])]
                made.append([told.place_name(one), attribute, value, *figures])
    made = sheet("raw")
    made.append([words.t("files.raw_says")])
    made.append(["place", "outcome", "month", "seed", "scenario", "baseline"])
    for one in places:
        for outcome in OUTCOMES:
            if answer.knows(outcome, one):
                mine, theirs = answer.series(outcome, one), answer.series(outcome, one, "baseline")
                months = answer.months if answer.is_stock(outcome) else answer.flow_months
                for n, seed in enumerate(answer.mine.seeds):
                    made.append([one, outcome, months[-1], seed, round(mine[n, -1]), round(theirs[n, -1])])
    stream = io.BytesIO()
    book.properties.created = book.properties.modified = dt.datetime(*_DAY)
    book.save(stream)
    return stream.getvalue()
