"""The table of an answer as CSV and as an Excel workbook."""

import csv
import datetime as dt
import io
from collections.abc import Iterator, Sequence

from abm.band import IN_WORDS
from dashboard.engine.answer import Answer

HEADINGS = (
    "place", "outcome", "kind", "month", "low_80", "median", "high_80",
    "baseline_low_80", "baseline_median", "baseline_high_80",
    "difference_low_80", "difference_median", "difference_high_80",
)  # fmt: skip
_DAY = (1980, 1, 1, 0, 0, 0)


def table_rows(answer: Answer, place: str) -> Iterator[tuple[object, ...]]:
    """Yield one row per outcome and month: choice, baseline and difference with their 80 % bands, persons."""
    for outcome in answer.outcomes:
        kind = "stock on day 1" if outcome in answer.axes.stocks else "flow in the month"
        mine, theirs, apart = (
            answer.fan(outcome, place),
            answer.fan(outcome, place, of="baseline"),
            answer.fan(outcome, place, against=True),
        )
        for n, month in enumerate(mine["months"]):
            figures = [
                float(fan[end][n]) for fan in (mine, theirs, apart) for end in ("low80", "mid", "high80")
            ]
            yield (place, outcome, kind, month, *(round(v, 1) for v in figures))


def notes(answer: Answer, link: str = "") -> list[tuple[str, object]]:
    """Return what the table was made of."""
    return [
        ("scenario", answer.choice.to_query() or "baseline"),
        ("link", link),
        ("model version", answer.version),
        ("register data to", answer.data_date),
        ("runs (paired seeds)", answer.n_seeds),
        ("real households per simulated one, at most", answer.scale),
        ("final", "yes" if answer.final else "no: first, coarse answer"),
        ("band", f"{IN_WORDS} of the runs: chance, unexplained arrivals, parameters; not war or policy"),
        ("unit", "persons, not rounded; show no more digits than the band supports"),
    ]  # fmt: skip


def csv_bytes(answer: Answer, places: Sequence[str] = ("NL", "EU", "ALL"), link: str = "") -> bytes:
    """Return the table as CSV in UTF-8 (with a mark that makes Excel read it so); notes come first."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    for name, value in notes(answer, link):
        writer.writerow([f"# {name}", _tame(value)])
    writer.writerow(HEADINGS)
    for place in places:
        writer.writerows(table_rows(answer, place))
    return b"\xef\xbb\xbf" + stream.getvalue().encode()


def excel_bytes(answer: Answer, places: Sequence[str] = ("NL", "EU", "ALL"), link: str = "") -> bytes:
    """Return the table as a workbook: notes, months, hosts at the horizon, groups at the horizon."""
    from openpyxl import Workbook  # type: ignore[import-untyped]

    book = Workbook(write_only=True)
    sheet = book.create_sheet("about")
    for name, value in notes(answer, link):
        sheet.append([name, _tame(value)])
    sheet = book.create_sheet("months")
    sheet.freeze_panes = "A2"
    sheet.append(HEADINGS)
    for place in places:
        for row in table_rows(answer, place):
            sheet.append(row)
    sheet = book.create_sheet("hosts")
    sheet.append(
        ["host", "outcome", "low_80", "median", "high_80", "diff_low_80", "diff_median", "diff_high_80"]
    )
    for outcome in answer.outcomes:
        level, apart = answer.by_host(outcome), answer.by_host(outcome, against=True)
        for host in answer.hosts:
            sheet.append([host, outcome, *level[host], *apart[host]])
    sheet = book.create_sheet("groups")
    sheet.append(
        [
            "place",
            "attribute",
            "value",
            "low_80",
            "median",
            "high_80",
            "diff_low_80",
            "diff_median",
            "diff_high_80",
        ]
    )
    for place in places:
        for attribute in dict.fromkeys(name for name, _ in answer.axes.groups):
            level, apart = answer.group(attribute, place), answer.group(attribute, place, against=True)
            for value, band in level.items():
                sheet.append([place, attribute, value, *band, *apart[value]])
    stream = io.BytesIO()
    book.properties.created = book.properties.modified = dt.datetime(*_DAY)
    book.save(stream)
    return stream.getvalue()


def _tame(value: object) -> object:
    """Return text that a spreadsheet does not take for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value
