"""One place of a valid input spoiled, as a tired person or a broken tool spoils it."""

import csv
import io
import random
import re
from collections.abc import Callable

NUMBER = re.compile(r"(?<![\w.\-])-?\d+(?:\.\d+)?(?![\w.\-:/])")
MONTH = re.compile(r"\b20\d\d-(?:0[1-9]|1[0-2])(?:-\d\d)?\b")
KEY = re.compile(r"(?<![\w\"'])([a-z_0-9]+):(?= |$)", re.MULTILINE)
PLACE = re.compile(r"\b(?:NL|DE|EU|UA\d\d|AT|PL)\b")


def _somewhere(pattern: re.Pattern[str], new: Callable[[str], str]) -> Callable[[str, random.Random], str]:
    """Return a damage that rewrites one match of a pattern outside comments and texts."""

    def damage(text: str, rng: random.Random) -> str:
        plain = [m for m in pattern.finditer(text) if not _is_prose(text, m.start())]
        if not plain:
            return text
        found = rng.choice(plain)
        return text[: found.start()] + new(found[0]) + text[found.end() :]

    return damage


def _is_prose(text: str, at: int) -> bool:
    """Return whether a place lies in a comment or in a quoted or folded text."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return (
        "#" in line or line.count('"') % 2 == 1 or line.count("'") % 2 == 1 or PROSE.search(line) is not None
    )


PROSE = re.compile(
    r"\b(note|method|source|publisher|label|explanation|reason|meaning|reading|question|definition|en|nl|uk|name"
    r"|title|says|noun|cannot|licence|factor|observed|told):[^,{}]*$"
)


def _line(change: Callable[[list[str], int], None]) -> Callable[[str, random.Random], str]:
    """Return a damage that changes one line that holds something."""

    def damage(text: str, rng: random.Random) -> str:
        lines = text.splitlines()
        full = [n for n, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")]
        change(lines, rng.choice(full))
        return "\n".join(lines) + "\n"

    return damage


def _twice(lines: list[str], number: int) -> None:
    lines.insert(number, lines[number])


def _gone(lines: list[str], number: int) -> None:
    del lines[number]


def _unclosed(lines: list[str], number: int) -> None:
    lines[number] += " ["


YAML_DAMAGES: dict[str, Callable[[str, random.Random], str]] = {
    "text for a number": _somewhere(NUMBER, lambda found: "lots"),
    "comma for a point": _somewhere(re.compile(r"(?<=: )\d+\.\d+"), lambda found: found.replace(".", ",")),
    "quoted number": _somewhere(re.compile(r"(?<=: )-?\d+(?:\.\d+)?(?=[,}\n])"), lambda found: f'"{found}"'),
    "sign": _somewhere(NUMBER, lambda found: found[1:] if found.startswith("-") else f"-{found}"),
    "thousand": _somewhere(NUMBER, lambda found: f"{float(found) * 1000:g}"),
    "not a number": _somewhere(NUMBER, lambda found: ".nan"),
    "month 13": _somewhere(MONTH, lambda found: found[:5] + "13" + found[7:]),
    "another century": _somewhere(MONTH, lambda found: "20" + str(99 - int(found[2:4])).zfill(2) + found[4:]),
    "unknown key": _somewhere(KEY, lambda found: f"{found}x"),
    "unknown place": _somewhere(PLACE, lambda found: "QX"),
    "line twice": _line(_twice),
    "line gone": _line(_gone),
    "unclosed": _line(_unclosed),
    "cut": lambda text, rng: text[: rng.randrange(1, len(text))],
}


def _cell(change: Callable[[str], str], fits: Callable[[str], bool]) -> Callable[[str, random.Random], str]:
    """Return a damage that rewrites one cell of a table."""

    def damage(text: str, rng: random.Random) -> str:
        lines = text.splitlines()
        head = next(n for n, line in enumerate(lines) if not line.startswith("#"))
        for _ in range(50):
            at = rng.randrange(head + 1, len(lines))
            cells = next(csv.reader([lines[at]]))
            fitting = [n for n, cell in enumerate(cells) if fits(cell)]
            if fitting:
                number = rng.choice(fitting)
                cells[number] = change(cells[number])
                out = io.StringIO()
                csv.writer(out, lineterminator="").writerow(cells)
                lines[at] = out.getvalue()
                return "\n".join(lines) + "\n"
        return text

    return damage


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", cell) is not None


def _is_month(cell: str) -> bool:
    return MONTH.fullmatch(cell) is not None


TABLE_DAMAGES: dict[str, Callable[[str, random.Random], str]] = {
    "text for a number": _cell(lambda cell: "lots", _is_number),
    "empty": _cell(lambda cell: "", _is_number),
    "comma for a point": _cell(
        lambda cell: cell.replace(".", ","), lambda cell: _is_number(cell) and "." in cell
    ),
    "sign": _cell(
        lambda cell: f"-{cell}".removeprefix("--"), lambda cell: _is_number(cell) and float(cell) != 0
    ),
    "thousand": _cell(
        lambda cell: f"{float(cell) * 1000:g}", lambda cell: _is_number(cell) and float(cell) != 0
    ),
    "infinite": _cell(lambda cell: "inf", _is_number),
    "month 13": _cell(lambda cell: cell[:5] + "13", _is_month),
    "month and year swapped": _cell(lambda cell: f"{cell[5:7]}-{cell[:4]}", _is_month),
    "unknown code": _cell(lambda cell: "QX", lambda cell: re.fullmatch(r"[A-Z]{2}(\d\d)?", cell) is not None),
    "line twice": _line(_twice),
    "line gone": _line(_gone),
    "cell too many": _line(lambda lines, number: lines.__setitem__(number, f"{lines[number]},1")),
    "semicolons": _line(lambda lines, number: lines.__setitem__(number, lines[number].replace(",", ";"))),
    "open quote": _line(lambda lines, number: lines.__setitem__(number, f'"{lines[number]}')),
}

WITHOUT_LINE = ("line gone", "cut", "another century", "thousand", "sign")
"""Damages that can show in a sum or a gap only: the file is named, a line where there is one to name."""
