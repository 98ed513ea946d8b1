"""Single faults that ``make mutate`` plants: found in the source by kind, picked by a fixed draw.

Left out are operators that join paths or texts (the other operator only crashes) and those on waiting times
(they change when something is looked at, never what comes out).
"""

import ast
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SWAPS: dict[type[ast.AST], str] = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*",
    ast.Lt: ">=", ast.GtE: "<", ast.Gt: "<=", ast.LtE: ">", ast.Eq: "!=", ast.NotEq: "==",
    ast.And: "or", ast.Or: "and",
}  # fmt: skip
"""What an operator becomes: its opposite, so that hardly a fault changes nothing."""

TEXTS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Lt: "<", ast.GtE: ">=", ast.Gt: ">"}
TEXTS |= {ast.LtE: "<=", ast.Eq: "==", ast.NotEq: "!=", ast.And: "and", ast.Or: "or"}


JOINED = ("root", "ROOT", "base", "folder", "path")
"""Names of paths, which ``/`` joins."""


@dataclass(frozen=True)
class Fault:
    """One change of one place.

    Attributes
    ----------
    path : str
        File, from the root.
    start, end : int
        Characters that are replaced.
    text : str
        What stands there instead.
    line : int
    what : str
        In words.
    """

    path: str
    start: int
    end: int
    text: str
    line: int
    what: str

    @property
    def id(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"

    def planted(self, source: str) -> str:
        return source[: self.start] + self.text + source[self.end :]


def faults_of(root: Path, path: Path) -> Iterator[Fault]:
    """Yield every fault that can be planted in a file."""
    source = path.read_text(encoding="utf-8")
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line.encode()))
    raw = source.encode()

    def at(line: int, column: int) -> int:
        return len(raw[: starts[line - 1] + column].decode())

    name = path.relative_to(root).as_posix()
    for function in _functions(ast.parse(source)):
        for node in ast.walk(function):
            for before, operator, after in _operators(node):
                start = at(before.end_lineno or 0, before.end_col_offset or 0)
                end = at(after.lineno, after.col_offset)
                old, new = TEXTS[type(operator)], SWAPS[type(operator)]
                here = source.find(old, start, end)
                if here >= 0:
                    what = f"{old} becomes {new} after {ast.unparse(before)[-30:]!r}"
                    yield Fault(name, here, here + len(old), new, before.end_lineno or 0, what)
            if isinstance(node, ast.AugAssign) and type(node.op) in (ast.Add, ast.Sub):
                start, old = (
                    at(node.target.end_lineno or 0, node.target.end_col_offset or 0),
                    TEXTS[type(node.op)],
                )
                here = source.find(old + "=", start)
                new = SWAPS[type(node.op)]
                what = f"{old}= becomes {new}= after {ast.unparse(node.target)!r}"
                yield Fault(name, here, here + 2, new + "=", node.lineno, what)


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from (part for part in node.body if isinstance(part, ast.FunctionDef))


def _operators(node: ast.AST) -> Iterator[tuple[ast.expr, ast.AST, ast.expr]]:
    """Yield the operators of a node with what stands before and after each."""
    if isinstance(node, ast.BinOp) and type(node.op) in SWAPS:
        if not any(_is_joined(side) or _is_waiting(side) for side in (node.left, node.right)):
            yield node.left, node.op, node.right
    elif isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        for number, operator in enumerate(node.ops):
            if type(operator) in SWAPS and not any(map(_is_waiting, sides)):
                yield sides[number], operator, sides[number + 1]
    elif isinstance(node, ast.BoolOp):
        for one, two in zip(node.values, node.values[1:], strict=False):
            yield one, node.op, two


def chosen(root: Path, patterns: tuple[str, ...], number: int, seed: int = 1) -> list[Fault]:
    """Return ``number`` faults of the files of some patterns, spread over the files, always the same ones."""
    generator = random.Random(seed)
    queues = []
    for path in sorted({path for pattern in patterns for path in root.glob(pattern)}):
        found = list(faults_of(root, path))
        generator.shuffle(found)
        if found:
            queues.append(found)
    picked: list[Fault] = []
    while queues and len(picked) < number:
        for queue in queues:
            if len(picked) < number:
                picked.append(queue.pop())
        queues = [queue for queue in queues if queue]
    return picked


def _is_joined(node: ast.expr) -> bool:
    """Return whether a side of a sum or quotient is text or a path: joined, they make messages and names."""
    if isinstance(node, ast.BinOp):
        return any(map(_is_joined, (node.left, node.right)))
    if isinstance(node, ast.Name):
        return node.id in JOINED
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_waiting(node: ast.expr) -> bool:
    """Return whether a side is a waiting time or the clock."""
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) == "time.monotonic"
    return isinstance(node, ast.Name) and node.id.endswith("_SECONDS")
