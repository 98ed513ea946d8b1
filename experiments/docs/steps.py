"""What a step of the month consists of, read from the source: its files and the columns it writes.

A step names kernels, directly or through helpers in ``abm/month``. A kernel writes a column where it assigns
to ``c.<column>[...]``, to a local name of that array, or hands ``c`` to a function that does.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import abm
from abm.households import COLUMNS
from abm.schedule import SCHEDULE

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
