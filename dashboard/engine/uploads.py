"""Files users bring: scenarios and scorecards, read by the strict rules of the configuration.

Content only: no name from a user becomes part of a path. What is too large, not text, or hostile is
refused before a parser sees it.
"""

import csv
import hashlib
import io
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent, ScalarEvent

from abm.data.config import load, read_yaml, refuse_deep_nesting
from abm.data.folder import default_configs
from abm.data.origins import load_origin_units
from abm.errors import EweaError
from abm.months import month_index, month_label
from abm.policy.allowed import all_allowed, check_span
from abm.policy.change import Changes, joined
from abm.policy.scenario import BASELINE, Scenario, changes_of, own_changes
from dashboard.engine.changes import drivers_of, first_projected_month, indicators_of, keep
from dashboard.engine.limits import load_limits
from dashboard.engine.rules import axis_of, levers_of
from dashboard.messages.words import UserMessage, user_message

FILE = "your_file"
"""Stem of the private temporary file, and how messages call it."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
MOST_SAID = 600
"""Characters of a fault shown."""


def text_of(data: bytes) -> str:
    """Return the text of an uploaded file."""
    most = load_limits().upload_bytes
    if len(data) > most:
        raise EweaError(user_message("upload_too_large", most=most))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EweaError(user_message("upload_not_text")) from error
    if _CONTROL.search(text):
        raise EweaError(user_message("upload_not_text"))
    if not text.strip():
        raise EweaError(user_message("upload_empty"))
    return text


def _refuse_bombs(path: Path) -> None:
    """Refuse aliases and endless lists before anything is built from the file."""
    most = load_limits().upload_items
    values = 0
    try:
        for event in YAML(typ="safe").parse(path.read_text(encoding="utf-8")):
            if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
                raise EweaError(user_message("upload_aliases"))
            values += isinstance(event, ScalarEvent)
            if values > most:
                raise EweaError(user_message("upload_too_many_items", most=most))
    except (YAMLError, RecursionError):
        read_yaml(path)  # names the line


def _fault(detail: str) -> EweaError:
    return EweaError(user_message("upload_fault", detail=detail))


def _plainly(error: Exception, folder: Path) -> EweaError:
    """Return a fault without places on the server."""
    if error.args and isinstance(error.args[0], UserMessage):
        return EweaError(error.args[0])
    text = str(error).replace(f"{folder}/", "").replace(str(default_configs().resolve()), "configs")
    return _fault(text[:MOST_SAID])


def _read_yaml[T](text: str, read: Callable[[Path], T]) -> T:
    """Return what is read from a private file with the text, after it was searched for bombs."""
    with tempfile.TemporaryDirectory(prefix="ewea-upload-") as place:
        folder = Path(place)
        path = folder / f"{FILE}.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            refuse_deep_nesting(path, text)
            _refuse_bombs(path)
            return read(path)
        except ValueError as error:
            raise _plainly(error, folder) from None


def read_scenario(data: bytes) -> str:
    """Check a scenario file (as in ``configs/scenarios``) and keep it; return its mark for a choice."""
    text = text_of(data)
    changes = _read_yaml(text, lambda path: _changes(load(path, Scenario), path))
    mark = hashlib.sha256(text.encode()).hexdigest()[:16]
    keep(mark, changes)
    return mark


def _changes(scenario: Scenario, path: Path) -> Changes:
    """Return what an uploaded scenario sets, with those it builds on."""
    root = default_configs()
    own = own_changes(path, scenario.model_copy(update={"id": FILE}))
    parents = [changes_of(root, name) for name in scenario.builds_on if name != BASELINE]
    units = [unit.pcode for unit in load_origin_units(root)]
    all_allowed(own, axis_of(root), units, levers_of(root), drivers_of(root))
    changes = joined([*parents, own])
    first, earliest = changes.first_month, first_projected_month(root)
    if first is not None and first < earliest:
        raise EweaError(
            user_message("upload_too_early", found=month_label(max(first, 0)), earliest=month_label(earliest))
        )
    check_span(changes, earliest, month_index(load_limits().latest_until))
    return changes


def read_scorecard(data: bytes) -> tuple[tuple[str, int], ...]:
    """Return uploaded scores (CSV or YAML) of the indicators that the model can move."""
    text = text_of(data)
    first = next(line for line in text.splitlines() if line.strip())
    pairs = _from_csv(text) if re.match(r"\s*\"?indicator\"?\s*[,;\t]", first, re.I) else _from_yaml(text)
    known = indicators_of(default_configs())
    scores: dict[str, int] = {}
    for where, name, given in pairs:
        if name not in known:
            raise _fault(f"{where}: there is no indicator {name[:20]!r} (AX1-01 and so on).")
        if name in scores:
            raise _fault(f"{where}: {name} stands twice.")
        if given in ("", "not_scored") or known[name].no_driver is not None:
            continue
        if re.fullmatch(r"[+-]?[0-2]", given, re.ASCII) is None:
            raise _fault(
                f"{where}: the score of {name} must be -2, -1, 0, 1, 2 or not_scored; found {given[:20]!r}."
            )
        scores[name] = int(given)
    return tuple(sorted(scores.items()))


def _from_csv(text: str) -> list[tuple[str, str, str]]:
    delimiter = max(",;\t", key=text.splitlines()[0].count)
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    names = [str(name).strip().lower() for name in rows.fieldnames or ()]
    if names[:2] != ["indicator", "score"]:
        raise _fault("the first line must be indicator,score (further columns are ignored).")
    rows.fieldnames = names
    most = load_limits().upload_items
    found: list[tuple[str, str, str]] = []
    try:
        for row in rows:
            if len(found) >= most:
                raise EweaError(user_message("upload_too_many_items", most=most))
            name = (row["indicator"] or "").strip()
            found.append((f"line {rows.line_num}", name, (row["score"] or "").strip()))
    except csv.Error as error:
        raise _fault(f"line {rows.line_num}: {error}.") from error
    return found


def _from_yaml(text: str) -> list[tuple[str, str, str]]:
    content = _read_yaml(text, read_yaml)
    scores = content.get("scores", content)
    if not isinstance(scores, dict):
        raise _fault("scores must be a mapping of indicator to score.")
    return [
        (str(name)[:20], str(name), str(given.get("score", "") if isinstance(given, dict) else given).strip())
        for name, given in scores.items()
    ]
