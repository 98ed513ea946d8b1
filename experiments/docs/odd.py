"""Write the generated parts of ``abm/ODD.md``: ``python -m experiments.docs.odd``.

The page is prose between markers; what stands between ``<!-- generated: name -->`` and ``<!-- end -->`` is
rewritten from the code and the configuration, so that it cannot fall behind.

Which files a step of the month consists of, and which columns it writes, is read from the source. A step
names kernels, directly or through helpers in ``abm/month``. A kernel writes a column where it assigns to
``c.<column>[...]``, to a local name of that array, or hands ``c`` to a function that does.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from inspect import getdoc, getmodule
from pathlib import Path

import abm
from abm import codes
from abm.data.folder import default_configs
from abm.data.parameters import load_known
from abm.errors import EweaError
from abm.factors import factors
from abm.households import BYTES_PER_HOUSEHOLD, COLUMNS
from abm.population.creation import CONDITIONS
from abm.schedule import SCHEDULE
from abm.state import Flow
from experiments.ensemble.files import write_whole

ROOT = Path(abm.__file__).parent
USED_BY_ALL = ("arrays", "codes", "data.world", "errors", "households", "months", "places", "state")
TRIVIAL = {f"abm.{name}" for name in USED_BY_ALL}
"""Modules that every step may use; not shown."""


@dataclass
class Function:
    """One function of a room: its place, what it names, what it writes and which tables it takes."""

    module: str
    node: ast.FunctionDef
    uses: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)

    @property
    def path(self) -> str:
        """The file, as shown."""
        return f"`{self.module.replace('.', '/')}.py`"


def _targets(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign):
        yield from node.targets
    elif isinstance(node, ast.AugAssign):
        yield node.target


def _column(target: ast.expr, local: dict[str, str]) -> str | None:
    """Return the column a subscripted target belongs to: ``c.x[i]``, ``table["x"][i]`` or a local name."""
    if not isinstance(target, ast.Subscript):
        return None
    array = target.value
    if isinstance(array, ast.Attribute):
        return array.attr
    if isinstance(array, ast.Subscript) and isinstance(array.slice, ast.Constant):
        return str(array.slice.value)
    return local.get(array.id) if isinstance(array, ast.Name) else None


def _local_names(node: ast.FunctionDef) -> dict[str, str]:
    """Return local names of columns: ``place, ids = c.place, c.household_id``."""
    found = {}
    for each in ast.walk(node):
        if isinstance(each, ast.Assign):
            left, right = each.targets[0], each.value
            names = left.elts if isinstance(left, ast.Tuple) else [left]
            values = right.elts if isinstance(right, ast.Tuple) else [right]
            for name, value in zip(names, values, strict=False):
                if isinstance(name, ast.Name) and isinstance(value, ast.Attribute):
                    found[name.id] = value.attr
    return found


@cache
def functions(room: str) -> dict[str, Function]:
    """Return the functions of a room of the model by ``module.name``."""
    found = {}
    for path in sorted((ROOT / room).glob("*.py")):
        module = f"abm.{room}.{path.stem}"
        tree = ast.parse(path.read_text(encoding="utf-8"))
        known = {
            node.name: f"{module}.{node.name}" for node in tree.body if isinstance(node, ast.FunctionDef)
        }
        rooms = {}
        for node in tree.body:
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                    rooms[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef):
                continue
            local = _local_names(node)
            entry = found[f"{module}.{node.name}"] = Function(module, node)
            for each in ast.walk(node):
                if (
                    isinstance(each, ast.Attribute)
                    and isinstance(each.value, ast.Name)
                    and each.value.id in rooms
                ):
                    entry.uses.add(f"{rooms[each.value.id]}.{each.attr}")
                elif isinstance(each, ast.Name) and each.id in known and each.id != node.name:
                    entry.uses.add(known[each.id])
                written = (_column(target, local) for target in _targets(each))
                entry.writes |= {column for column in written if column in COLUMNS}
    return found


def reached(start: str, room: str) -> set[str]:
    """Return everything a function uses, through functions of the same room too."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for name in functions(room)[waiting.pop()].uses - found:
            found.add(name)
            if name in functions(room):
                waiting.append(name)
    return found


def step(word: str) -> str:
    """Return the full name of the function of a step."""
    return next(name for name in functions("month") if name.endswith(f".{word}"))


def kernels(word: str) -> list[str]:
    """Return the kernels a step names."""
    return sorted(name for name in reached(step(word), "month") if name in functions("kernels"))


def columns_written(word: str) -> set[str]:
    """Return the columns a step writes in households that are there."""
    own = {step(word), *reached(step(word), "month")} & set(functions("month"))
    found = set().union(*(functions("month")[name].writes for name in own))
    for kernel in kernels(word):
        for name in {kernel, *reached(kernel, "kernels")} & set(functions("kernels")):
            found |= functions("kernels")[name].writes
    return found


def module_of(name: str) -> str:
    """Return the module a full name stands in."""
    while not (ROOT.parent / _place(name)).exists():
        name = name.rpartition(".")[0]
    return name


def _place(module: str) -> str:
    """Return the file of a module, or the folder of a package."""
    folder = module.replace(".", "/")
    return f"{folder}/" if (ROOT.parent / folder).is_dir() else f"{folder}.py"


def files(word: str) -> tuple[str, str, str, str]:
    """Return process, kernels, twin and further files of a step, as shown."""

    def shown(names: list[str], room: str) -> str:
        return ", ".join(f"`{name.rpartition('.')[2]}` in {functions(room)[name].path}" for name in names)

    process = functions("month")[step(word)]
    named = {word, *(name.rpartition(".")[2] for name in kernels(word))}
    twins = [name for name in functions("reference") if name.rpartition(".")[2] in named]
    used = {module_of(name) for name in reached(step(word), "month") if name.startswith("abm.")}
    rest = {name for name in used if not name.startswith(("abm.month", "abm.kernels"))} - TRIVIAL
    also = [f"`{_place(name)}`" for name in sorted(rest)]
    if "decisions" in {node.attr for node in ast.walk(process.node) if isinstance(node, ast.Attribute)}:
        also.append("`abm/decision.py`")
    if any("t" in {a.arg for a in functions("kernels")[name].node.args.args} for name in kernels(word)):
        also.append("`abm/factors/`")
    rest_of_it = ", ".join(dict.fromkeys(also))
    return process.path, shown(kernels(word), "kernels"), shown(twins, "reference"), rest_of_it


def writers() -> dict[str, list[str]]:
    """Return the steps that write each column, in the order of the month."""
    return {column: [word for word in SCHEDULE if column in columns_written(word)] for column in COLUMNS}


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
