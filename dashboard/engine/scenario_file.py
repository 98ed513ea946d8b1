"""A choice of the app as a scenario file and as a command line: both give the numbers of the page."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from abm.places import UKRAINE, hosts_of
from abm.policy.change import NO_END, DriverChange, LeverChange
from dashboard.engine.changes import changes_of_choice
from dashboard.engine.choice import BASELINE, Choices
from dashboard.engine.limits import Limits
from dashboard.engine.rules import axis_of, levers_of


def scenario_id(choice: Choices) -> str:
    """Return the name of a choice as a scenario: the same for the same choice."""
    if choice.with_until(Choices().until).is_baseline:
        return BASELINE
    settings = choice.with_until(Choices().until).to_query()
    return f"app_{hashlib.sha256(settings.encode()).hexdigest()[:8]}"


def scenario_yaml(root: Path, choice: Choices, label: Mapping[str, str], source: str) -> str:
    """Return the file ``configs/scenarios/<id>.yaml`` of a choice that sets something.

    Everything is written out, so that the file stays what it is when a package changes.
    """
    changes = changes_of_choice(root, choice)
    levers = _in_one_file(root, changes.levers)
    lines = [
        f"id: {scenario_id(choice)}",
        f"kind: {'war' if changes.drivers else 'policy'}",
        f"label: {_flow(dict(label))}",
        f"explanation: {_flow(dict(label))}",
        *(["levers:"] if levers else []),
        *(f"  - {_flow(_written(change))}" for change in levers),
        *(["drivers:"] if changes.drivers else []),
        *(f"  - {_flow(_written(change))}" for change in changes.drivers),
        f"source: {_flow(source)}",
    ]
    return "\n".join(lines) + "\n"


def command_line(choice: Choices, limits: Limits, place: str) -> str:
    """Return the command that makes the numbers of the page, with the scenario file in its place."""
    name, full = scenario_id(choice), limits.full
    what = f"run {name}" if name == BASELINE else f"compare {BASELINE} {name} --place {place}"
    return f"ewea {what} --until {choice.until} --seeds {full.seeds} --scale {full.scale}"


def _in_one_file(root: Path, changes: Sequence[LeverChange]) -> list[LeverChange]:
    """Return the same changes without what a later one replaces: one file may not leave it to their order."""
    axis, levers, kept = axis_of(root), levers_of(root), []
    for number, written in enumerate(changes):
        change = written
        mine = hosts_of(str(change.place), axis) if change.place != UKRAINE else None
        for later in changes[number + 1 :]:
            both = [one.who or levers[one.lever].who for one in (change, later)]
            same = later.lever == change.lever and both[0] == both[1]
            if not same or (UKRAINE in (change.place, later.place) and change.place != later.place):
                continue
            if mine is not None and (mine & ~hosts_of(str(later.place), axis)).any():
                continue
            if later.start_month <= change.start_month:
                break
            if (change.until_month or NO_END) > later.start_month and not levers[change.lever].lasting:
                change = change.model_copy(update={"until": later.start})
        else:
            kept.append(change)
    return kept


def _written(change: LeverChange | DriverChange) -> dict[str, Any]:
    kept = change.model_dump(by_alias=True, exclude_none=True)
    return {**kept, "value": None} if isinstance(change, LeverChange) and change.value is None else kept


def _flow(value: Any) -> str:
    """Return a value on one line: JSON is YAML."""
    return json.dumps(value, ensure_ascii=False)
