"""Strict loading of YAML configuration: every fault named with file, line, key and remedy.

Unknown keys, missing keys, duplicate keys and wrong types all stop the run; all faults of a file
are reported at once. Values stay as written: ``NO`` is a country and ``2024-08`` a month, never a
boolean or a date (ruamel's YAML 1.2 rules with the timestamp constructor switched off).
"""

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError, RoundTripConstructor, SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from abm.errors import ConfigError, refuse_all

MAX_BYTES = 5_000_000
"""Largest configuration file read; a larger one is not a configuration file (or is hostile)."""

MOST_NESTED = 100
"""Deepest nesting read; deeper text would exhaust the stack of the parser."""

_BRACKETS = re.compile(r"[\[\]{}]")
_NESTED_BLOCKS = re.compile(rf"(?:[-?:][ \t]+){{{MOST_NESTED},}}")


class Strict(BaseModel):
    """Base of every schema: frozen, strict types, no key that is not declared."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class _TextDates(RoundTripConstructor):
    """Keep timestamps as the text that was written."""


_TextDates.add_constructor("tag:yaml.org,2002:timestamp", _TextDates.construct_yaml_str)


class _FastTextDates(SafeConstructor):
    """The same without positions; parsed in C where ruamel.yaml.clib is installed."""


_FastTextDates.add_constructor("tag:yaml.org,2002:timestamp", _FastTextDates.construct_yaml_str)

MOST_SHOWN = 80
"""Characters of a faulty value shown in a message."""


_read_so_far: set[Path] = set()


def was_read(path: Path) -> bool:
    """Return whether this process has read a file: what ``data check`` calls valid it must have seen."""
    return path.absolute() in _read_so_far


def read_text(path: Path) -> str:
    """Return the text of a file."""
    _read_so_far.add(path.absolute())
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file. Check the path or restore the file.") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).") from error
    if len(raw) > MAX_BYTES:
        raise ConfigError(f"{path}: {len(raw):,} bytes; at most {MAX_BYTES:,} are read.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError(
            f"{path}:{line}: not UTF-8 (byte 0x{raw[error.start]:02x}). Save the file as UTF-8."
        ) from error
    if not text.strip():
        raise ConfigError(f"{path}: the file is empty. Restore it or delete it.")
    return text


def refuse_deep_nesting(path: Path, text: str) -> None:
    """Refuse text that nests deeper than any configuration file and would crash the parser."""
    deep = _NESTED_BLOCKS.search(text)
    depth = 0
    for bracket in _BRACKETS.finditer(text):
        depth = depth + 1 if bracket[0] in "[{" else max(depth - 1, 0)
        if depth > MOST_NESTED:
            deep = bracket
            break
    if deep:
        line = text.count("\n", 0, deep.start()) + 1
        raise ConfigError(f"{path}:{line}: nested more than {MOST_NESTED} levels deep. Flatten it.")


def read_yaml(path: Path) -> CommentedMap:
    """Return the mapping written in a YAML file, with the positions of its keys."""
    text = read_text(path)
    refuse_deep_nesting(path, text)
    try:
        data = _parsed(text, with_lines=True)
    except DuplicateKeyError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 1
        problem = str(error.problem).split(" with value")[0].split(" (")[0]
        raise ConfigError(f"{path}:{line}: {problem}. Keep one of the two lines.") from error
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 1
        raise ConfigError(f"{path}:{line}: not valid YAML: {error.problem}.") from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not valid YAML: {error}.") from error
    if not isinstance(data, CommentedMap):
        raise ConfigError(f"{path}:1: must be a mapping of keys to values.")
    return data


def _read_fast(path: Path) -> Any:
    """Return what a YAML file holds without positions, or None when it is not faultless YAML."""
    text = read_text(path)
    refuse_deep_nesting(path, text)
    try:
        return _parsed(text, with_lines=False)
    except (YAMLError, ValueError, RecursionError):
        return None


@lru_cache(maxsize=1000)
def _parsed(text: str, with_lines: bool) -> Any:
    """Parse a text once, however often and from wherever it is read; nobody may change the answer."""
    yaml = YAML(typ="rt" if with_lines else "safe")
    yaml.Constructor = _TextDates if with_lines else _FastTextDates
    return yaml.load(text)


def read_plain(path: Path) -> Any:
    """Return what a YAML file holds as plain dicts, lists and scalars."""
    return plain(_read_fast(path) or read_yaml(path))


def line_of(data: Any, location: tuple[int | str, ...]) -> int:
    """Return the 1-based line of a location inside loaded YAML (of its nearest known parent)."""
    line, node = 1, data
    for part in location:
        try:
            if isinstance(node, CommentedMap) and part in node:
                line = node.lc.key(part)[0] + 1
            elif isinstance(node, CommentedSeq) and isinstance(part, int):
                line = node.lc.item(part)[0] + 1
            else:
                break
            node = node[part]
        except (KeyError, IndexError, TypeError, AttributeError):
            break
    return line


def plain(node: Any) -> Any:
    """Return loaded YAML as plain dicts, lists and scalars."""
    if isinstance(node, dict):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    if isinstance(node, bool) or node is None:
        return node
    if isinstance(node, int):
        return int(node)
    if isinstance(node, float):
        return float(node)
    return str(node)


def named_faults(path: Path, data: Any, error: ValidationError) -> str:
    """Return one line per fault: ``file:line: key: what was found, what is allowed``."""
    by_key: dict[tuple[int | str, ...], list[Any]] = {}
    for fault in error.errors():
        by_key.setdefault(_in_data(fault["loc"], data, fault["type"]), []).append(fault)
    lines = []
    for location, faults in by_key.items():
        # Of several ways to write a value the one it was meant to be says more than "not a list".
        fault = next((one for one in faults if one["type"] not in OTHER_TYPE), faults[0])
        key = ".".join(str(part) for part in location) or "(file)"
        where = f"{path}:{line_of(data, location)}"
        if fault["type"] == "extra_forbidden":
            message = "unknown key. Fix the spelling or remove it"
        elif fault["type"] == "missing":
            message = f"missing key. {fault.get('ctx', {}).get('remedy', 'Add it with its source')}"
        else:
            shown = repr(fault["input"])
            shown = shown if len(shown) <= MOST_SHOWN else f"{shown[:MOST_SHOWN]}..."
            # pydantic counts what is left "after validation"; a reader wants to know what is needed.
            said = fault["msg"].removeprefix("Value error, ").split(" after validation")[0].rstrip(".")
            message = f"{said}; found {shown}"
        lines.append(f"{where}: {key}: {message}.")
    return "\n".join(lines)


OTHER_TYPE = ("list_type", "string_type", "float_type", "literal_error", "model_type", "dict_type")
"""Faults of a value that was meant to be of another type than this one."""


def _in_data(location: tuple[int | str, ...], data: Any, kind: str) -> tuple[int | str, ...]:
    """Return the location of a fault as keys of the file: without names of our own types."""
    kept: list[int | str] = []
    node = data
    for number, part in enumerate(location):
        last = number == len(location) - 1
        inside = (isinstance(node, dict) and part in node) or (
            isinstance(node, list) and isinstance(part, int) and part < len(node)
        )
        if inside:
            node = node[part]
        if inside or (last and kind in ("missing", "extra_forbidden")):
            kept.append(part)
    return tuple(kept)


def needed(remedy: str) -> BeforeValidator:
    """Return a check of a key that must stand; its default is None and must be validated."""

    def check(value: Any) -> Any:
        if value is None:
            raise PydanticCustomError("missing", "Field required", {"remedy": remedy})
        return value

    return BeforeValidator(check)


def load[T: Strict](path: Path, schema: type[T], context: dict[str, Any] | None = None) -> T:
    """Return the validated content of a YAML file, or raise ConfigError with every fault and its line.

    A faultless file is read the fast way; a faulty one is read again with positions, to name the line.
    ``context`` is what validators of the schema ask for, such as the hosts.
    """
    try:
        return schema.model_validate(plain(_read_fast(path)), context=context)
    except ValidationError:
        data = read_yaml(path)
    try:
        return schema.model_validate(plain(data), context=context)
    except ValidationError as error:
        raise ConfigError(named_faults(path, data, error)) from error


def fault(path: Path, where: tuple[int | str, ...], message: str) -> str:
    """Return ``file:line: key: message`` for a key of a YAML file."""
    return f"{path}:{line_of(read_yaml(path), where)}: {'.'.join(map(str, where))}: {message}"


def load_named[T: Strict](path: Path, schema: type[T]) -> T:
    """Return the content of a YAML file whose ``id`` must be its file name."""
    content = load(path, schema)
    found = getattr(content, "id", None)
    if found != path.stem:
        raise ConfigError(fault(path, ("id",), f"found {found!r}; must be the file name {path.stem!r}."))
    return content


def load_folder[T](folder: Path, read: Callable[[Path], T]) -> list[T]:
    """Return what ``read`` makes of every YAML file of a folder, in order; all their faults come at once."""
    found, faults = [], []
    for path in sorted(folder.glob("*.yaml")):
        try:
            found.append(read(path))
        except ConfigError as error:
            faults.append(str(error))
    refuse_all(faults)
    return found
