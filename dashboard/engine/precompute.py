"""Make ``dashboard/shipped``: the baseline and what else is shown before anything is simulated."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from abm.data.folder import default_configs
from dashboard.engine import scorecards, shipped
from dashboard.engine.bundle import bundle_of
from dashboard.engine.bundle_file import seed_digest, to_bytes
from dashboard.engine.choice import Choices
from dashboard.engine.contents import indicators_of
from dashboard.engine.desk import Desk
from dashboard.engine.evidence import inventory
from dashboard.engine.identity import identity
from dashboard.engine.limits import Limits, load_limits
from dashboard.engine.past import past
from experiments.ensemble.files import write_whole
from experiments.scorecard import load_scorecard

CARDS = ("2024-03", "2025-11")


def precompute(folder: Path = shipped.FOLDER, say: Callable[[str], None] = print, full: bool = True) -> None:
    """Write all shipped files.

    Parameters
    ----------
    say : callable
        Told what is being done.
    full : bool
        Whether to validate anew too (minutes); otherwise the validation that is there stays.
    """
    from dashboard.engine.evidence import validated

    limits, root = load_limits(), default_configs()
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, bytes] = {}
    desk = Desk(root, limits)
    say(f"baseline: {limits.full.seeds} seeds")
    bundle = None
    found = {}
    for seed in range(1, limits.full.seeds + 1):
        found[seed] = desk.answer(Choices(), limits.full.resolution, seed)
    assert desk.axes is not None
    bundle = bundle_of(desk.axes, limits.full.scale, found)
    files[shipped.BASELINE] = to_bytes(bundle, compress=True)
    say("scorecards")
    files[shipped.SCORECARDS] = _json({card: _scorecard(desk, limits, card) for card in CARDS})
    say(f"the past: {limits.full.seeds} seeds")
    files[shipped.PAST] = _json(past(root, limits.full))
    files[shipped.INVENTORY] = _json(inventory(root))
    if full:
        say("validation (minutes)")
        files.update({name: _json(content) for name, content in validated(root).items()})
    else:
        for name in (shipped.VALIDATION, shipped.SURVEYS):
            files[name] = (folder / name).read_bytes()
    for name, content in files.items():
        write_whole(folder / name, content)
    about = {
        "identity": identity(),
        "data_date": desk.world.data_date,
        "choice": Choices().to_query(),
        "until": Choices().until,
        "seeds": {str(seed): seed_digest(bundle, seed) for seed in bundle.seeds},
        "files": {
            name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            for name, content in sorted(files.items())
        },
        "made_by": shipped.REMAKE,
    }
    write_whole(folder / shipped.MANIFEST, _json(about))


def _scorecard(desk: Desk, limits: Limits, published: str) -> list[dict[str, Any]]:
    card, sample = load_scorecard(desk.root, published), limits.scorecard
    effects: dict[str, list[float]] = {}
    for seed in range(1, sample.seeds + 1):
        for item in indicators_of(desk.root).values():
            if item.no_driver is None:
                steps = scorecards.steps_of(card.scores[item.id].score)
                change = desk.effect(Choices(), item.id, steps, sample.resolution, seed)
                effects.setdefault(item.id, []).append(change)
    return scorecards.indicator_rows(desk.root, published, {}, effects)


def _json(content: Any) -> bytes:
    return (
        json.dumps(content, ensure_ascii=False, sort_keys=True, allow_nan=False, indent=1) + "\n"
    ).encode()
