"""Make ``dashboard/shipped``: the baseline and what else is shown before anything is simulated."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from abm.data.folder import default_configs
from dashboard.engine import shipped
from dashboard.engine.branches import BaselineBranches
from dashboard.engine.bundle import bundle_of, identity, seed_digest, to_bytes
from dashboard.engine.choice import Choices
from dashboard.engine.evidence import inventory, past, validated
from dashboard.engine.limits import Limits, load_limits
from dashboard.engine.questions import indicator_rows, indicators_to_move
from experiments.ensemble.files import write_whole

CARDS = ("2024-03", "2025-11")


def precompute(folder: Path = shipped.FOLDER, say: Callable[[str], None] = print, full: bool = True) -> None:
    """Write all shipped files; unless ``full``, the validation (minutes) that is there stays."""
    limits, root = load_limits(), default_configs()
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, bytes] = {}
    branches = BaselineBranches(root, limits)
    say(f"baseline: {limits.full.seeds} seeds")
    found = {
        seed: branches.answer(Choices(), limits.full.resolution, seed)
        for seed in range(1, limits.full.seeds + 1)
    }
    assert branches.axes is not None
    bundle = bundle_of(branches.axes, limits.full.scale, found)
    files[shipped.BASELINE] = to_bytes(bundle, compress=True)
    say("scorecards")
    files[shipped.SCORECARDS] = _json({card: _scorecard(branches, limits, card) for card in CARDS})
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
        "evidence": shipped.evidence(),
        "data_date": branches.world.data_date,
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


def _scorecard(branches: BaselineBranches, limits: Limits, published: str) -> list[dict[str, Any]]:
    moved = indicators_to_move(branches.root, published, {}, limits.scorecard.seeds)
    resolution = limits.scorecard.resolution
    effects = [branches.effect(Choices(), resolution, seed, item, steps) for item, steps, seed in moved]
    return indicator_rows(branches.root, published, {}, moved, effects)


def _json(content: Any) -> bytes:
    return (
        json.dumps(content, ensure_ascii=False, sort_keys=True, allow_nan=False, indent=1) + "\n"
    ).encode()
