"""The catalogue of levers and scenarios, as the terminal and the app show it."""

from pathlib import Path
from typing import Any

from abm.policy.lever import Lever, load_levers
from abm.policy.policy import MECHANISMS
from abm.policy.scenario import BASELINE, FOLDER, load_scenario, scenario_ids

GROUPS = ("status", "regions", "benefits", "reception", "transition", "return", "ukraine")
"""Order in which a policy officer thinks of them."""


def lever_entry(lever: Lever) -> dict[str, Any]:
    """Return one lever with its real variants."""
    return {
        "id": lever.id,
        "group": lever.group,
        "label": lever.label.model_dump(),
        "explanation": lever.explanation.model_dump(),
        "unit": lever.unit,
        "neutral": lever.neutral,
        "range": lever.range.model_dump(),
        "example": lever.example,
        "example_place": lever.example_place,
        "mechanisms": [
            {"id": action.mechanism, "acts_in": MECHANISMS[action.mechanism].acts_in, "route": action.route}
            for action in lever.acts_on
        ],
        "signs": [sign.model_dump() for sign in lever.signs],
        "source": lever.source,
        "lines": [line.model_dump(by_alias=True) for line in lever.lines],
    }


def lever_catalogue(root: Path) -> list[dict[str, Any]]:
    """Return all levers, group by group."""
    levers = load_levers(root).values()
    return [lever_entry(lever) for group in GROUPS for lever in levers if lever.group == group]


def scenario_catalogue(root: Path) -> list[dict[str, Any]]:
    """Return all scenarios with label, kind and explanation."""
    found = []
    for name in scenario_ids(root):
        if name == BASELINE and not (root / FOLDER / f"{name}.yaml").is_file():
            continue
        scenario = load_scenario(root, name)
        found.append(
            {
                "id": scenario.id,
                "kind": scenario.kind,
                "label": scenario.label.model_dump(),
                "explanation": scenario.explanation.model_dump(),
                "builds_on": scenario.builds_on,
                "source": scenario.source,
            }
        )
    return found
