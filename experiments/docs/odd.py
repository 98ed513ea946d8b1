"""Write the generated parts of ``abm/ODD.md``: ``python -m experiments.docs.odd``.

The page is prose between markers; what stands between ``<!-- generated: name -->`` and ``<!-- end -->`` is
rewritten from the code and the configuration, so that it cannot fall behind.

Which files a step consists of, and which columns it writes, is read from the source
(:mod:`experiments.docs.steps`).
"""

import re
import sys
from collections.abc import Callable, Iterable
from enum import IntEnum
from inspect import getdoc, getmodule
from pathlib import Path

from abm import codes
from abm.data.folder import default_configs
from abm.data.parameters import load_known
from abm.errors import EweaError
from abm.factors import factors
from abm.households import BYTES_PER_HOUSEHOLD, COLUMNS
from abm.population.creation import CONDITIONS
from abm.schedule import SCHEDULE
from abm.state import Flow
from experiments.docs.steps import ROOT, files, writers
from experiments.ensemble.files import write_whole

PAGE = Path(__file__).resolve().parents[2] / "abm" / "ODD.md"

MARKED = re.compile(r"(<!-- generated: ([a-z ]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)

CODES = (
    codes.PersonKind,
    codes.AgeBand,
    codes.Home,
    codes.Status,
    codes.Employment,
    codes.Housing,
    codes.Schooling,
    codes.FamilyInUkraine,
    codes.Income,
    codes.Choice,
    codes.Intention,
    Flow,
)
"""Categories shown on the page."""


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table; a bar inside a cell is escaped."""
    cells: list[list[object]] = [list(head), *(list(row) for row in rows)]
    lines = [[str(cell).replace("|", "\\|") for cell in row] for row in cells]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def schedule() -> str:
    """Return the order of a month."""
    return f"`{' → '.join(SCHEDULE)}`"


def steps() -> str:
    """Return the files of every step."""
    return table(("step", "process", "kernels", "twin", "also"), ((f"`{w}`", *files(w)) for w in SCHEDULE))


def column_writers() -> str:
    """Return the steps that write every column."""
    rows = ((f"`{name}`", ", ".join(f"`{word}`" for word in words)) for name, words in writers().items())
    return table(("column", "written by"), rows)


def columns() -> str:
    """Return every household column."""
    rows = ((f"`{name}`", c.dtype, c.width, c.unit, c.meaning) for name, c in COLUMNS.items())
    return (
        table(("column", "type", "values", "unit", "meaning"), rows)
        + f"\n\nTogether {BYTES_PER_HOUSEHOLD} bytes per household."
    )


def categories() -> str:
    """Return the members of every category."""

    def members(kind: type[IntEnum]) -> str:
        return ", ".join(f"{int(m)} {m.name.lower().replace('_', ' ')}" for m in kind)

    return table(("category", "members"), ((f"`{kind.__name__}`", members(kind)) for kind in CODES))


def streams() -> str:
    """Return every stream of random numbers with the files that draw from it."""
    files = [path for path in sorted(ROOT.rglob("*.py")) if "Stream." in path.read_text(encoding="utf-8")]
    used = {path: set(re.findall(r"\bStream\.([A-Z_]+)", path.read_text(encoding="utf-8"))) for path in files}

    def drawn(stream: codes.Stream, twin: bool) -> str:
        found = [path.relative_to(ROOT.parent) for path in files if stream.name in used[path]]
        return ", ".join(f"`{path.as_posix()}`" for path in found if ("reference" in path.parts) == twin)

    rows = ((f"`{s.name}`", int(s), drawn(s, False) or "nowhere now", drawn(s, True)) for s in codes.Stream)
    return table(("stream", "number", "drawn in", "twin"), rows)


def factor_table() -> str:
    """Return every factor with its tables, sign and source."""

    def what(contribute: object) -> str:
        return (getdoc(getmodule(contribute)) or "").splitlines()[0].removesuffix(".")

    rows = (
        (f"`{name}`", what(contribute), ", ".join(f"`{t}`" for t in meta.tables), meta.sign, meta.source)
        for name, (meta, contribute) in factors().items()
    )
    return table(("factor", "what", "tables", "sign", "source"), rows)


def attributes() -> str:
    """Return how every attribute of a new household is drawn."""
    return table(("attribute", "given", "drawn among"), ((f"`{n}`", g, a) for n, g, a in CONDITIONS))


def parameters() -> str:
    """Return every parameter with value, unit, prior, status and source."""
    owners = {name: f"`{factor}`" for factor, (meta, _) in factors().items() for name in meta.parameters}
    rows = (
        (
            f"`{name}`",
            f"{c.value:g}",
            c.unit,
            c.distribution if c.distribution == "fixed" else f"{c.distribution} {c.low:g} to {c.high:g}",
            c.status,
            c.source,
            c.meaning,
            owners.get(name, ""),
        )
        for name, c in load_known(default_configs()).items()
    )
    head = (
        "parameter",
        "value",
        "unit",
        "prior, 90 % range (judged: 80 %)",
        "status",
        "source",
        "meaning",
        "factor",
    )
    return table(head, rows)


PARTS: dict[str, Callable[[], str]] = {
    "schedule": schedule,
    "steps": steps,
    "columns": columns,
    "writers": column_writers,
    "categories": categories,
    "streams": streams,
    "factors": factor_table,
    "attributes": attributes,
    "parameters": parameters,
}
"""Generated parts by the name in their marker."""


def filled(text: str) -> str:
    """Return the page with every generated part written anew."""
    found = [match[2] for match in MARKED.finditer(text)]
    if sorted(found) != sorted(PARTS):
        raise EweaError(
            f"{PAGE.name}: markers found: {', '.join(sorted(found))}; needed, once each: "
            f"{', '.join(sorted(PARTS))}. Write '<!-- generated: name -->' and '<!-- end -->' on lines of "
            "their own."
        )
    return MARKED.sub(lambda match: f"{match[1]}{PARTS[match[2]]()}\n{match[4]}", text)


def main() -> None:
    """Rewrite the generated parts of the page, whole or not at all."""
    text = PAGE.read_text(encoding="utf-8")
    new = filled(text)
    if new == text:
        sys.stdout.write(f"{PAGE.name}: up to date\n")
        return
    write_whole(PAGE, new)
    sys.stdout.write(f"{PAGE.name}: rewritten\n")


if __name__ == "__main__":
    main()
