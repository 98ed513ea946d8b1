"""Make ``dashboard/shipped``: the baseline and what else is shown before anything is simulated."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from abm.data.folder import default_configs
from abm.errors import EweaError
from dashboard.engine import lever_effects as curves
from dashboard.engine import shipped
from dashboard.engine.answer import Answer
from dashboard.engine.branches import BaselineBranches
from dashboard.engine.bundle import Bundle, bundle_of, identity, seed_digest, to_bytes
from dashboard.engine.catalogue import Catalogue
from dashboard.engine.choice import Choices
from dashboard.engine.evidence import inventory, past, validated
from dashboard.engine.limits import Limits, RunSample, load_limits
from dashboard.engine.questions import indicator_rows, indicators_to_move
from dashboard.engine.shipped import answer_bytes, question_file, whatif_questions
from experiments.ensemble.files import write_whole

CARDS = ("2024-03", "2025-11")


def precompute(folder: Path = shipped.FOLDER, say: Callable[[str], None] = print, full: bool = True) -> None:
    """Write all shipped files; unless ``full``, the validation (minutes) that is there stays."""
    limits, root = load_limits(), default_configs()
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, bytes] = {}
    branches = BaselineBranches(root, limits)
    say(f"baseline: {limits.full.seeds} seeds")
    bundle = answer_bundle(branches, limits.full, Choices())
    files[shipped.BASELINE] = to_bytes(bundle, compress=True)
    questions = whatif_questions()
    catalogue = Catalogue(root, limits)
    for question in questions:
        if faults := catalogue.check(question.choices):
            raise EweaError(f"dashboard/whatif.yaml: {question.id}: {faults[0]}")
    say(f"ready answers: {len(questions)} questions")
    for question in questions:
        files[question_file(question)] = answer_bytes(
            answer_bundle(branches, limits.full, question.choices), bundle
        )
    say(f"effect curves: {len(catalogue.levers)} levers")
    files[curves.CURVES] = _json(lever_curves(branches, catalogue, limits.curve))
    say("scorecards")
    files[shipped.SCORECARDS] = _json({card: _scorecard(branches, limits, card) for card in CARDS})
    say(f"the past: {limits.full.seeds} seeds")
    files[shipped.PAST] = _json(past(root, limits.full))
    files[shipped.INVENTORY] = _json(inventory(root))
    there = folder / shipped.VALIDATION  # one made before it held all that is shown is made anew
    if full or not there.is_file() or {*shipped.ROLLING, shipped.WAVES} - {*json.loads(there.read_bytes())}:
        say("validation (minutes)")
        files.update({name: _json(content) for name, content in validated(root).items()})
        say("where levers were tried (minutes)")
        files[curves.TRIED] = _json(curves.tried_results(root))
    else:
        for name in (shipped.VALIDATION, shipped.SURVEYS, curves.TRIED):
            if (folder / name).is_file():
                files[name] = (folder / name).read_bytes()
    for name, content in files.items():
        write_whole(folder / name, content)
    about = {
        "identity": identity(),
        "evidence": shipped.evidence(),
        "data_date": branches.world.data_date,
        "choice": Choices().to_query(),
        "until": Choices().until,
        "questions": {question.id: question.choice for question in questions},
        "seeds": {str(seed): seed_digest(bundle, seed) for seed in bundle.seeds},
        "files": {
            name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            for name, content in sorted(files.items())
        },
        "made_by": shipped.REMAKE,
    }
    write_whole(folder / shipped.MANIFEST, _json(about))


def answer_bundle(branches: BaselineBranches, sample: RunSample, choice: Choices) -> Bundle:
    """Return what a sample of runs gives for a choice."""
    seeds = range(1, sample.seeds + 1)
    found = {seed: branches.answer(choice, sample.resolution, seed) for seed in seeds}
    assert branches.axes is not None
    return bundle_of(branches.axes, sample.scale, found)


def lever_curves(branches: BaselineBranches, catalogue: Catalogue, sample: RunSample) -> dict[str, Any]:
    """Return the effect of every lever that can be set, at a few settings."""
    base = answer_bundle(branches, sample, Choices())

    def ask(choice: Choices) -> Answer:
        return Answer(choice, answer_bundle(branches, sample, choice), base)

    settings = {entry["id"]: curves.curve_settings(catalogue, entry["id"]) for entry in catalogue.levers}
    return {name: curves.curve_of(changes, ask) for name, changes in settings.items() if changes}


def _scorecard(branches: BaselineBranches, limits: Limits, published: str) -> list[dict[str, Any]]:
    moved = indicators_to_move(branches.root, published, {}, limits.scorecard.seeds)
    resolution = limits.scorecard.resolution
    effects = [branches.effect(Choices(), resolution, seed, item, steps) for item, steps, seed in moved]
    return indicator_rows(branches.root, published, {}, moved, effects)


def _json(content: Any) -> bytes:
    return (
        json.dumps(content, ensure_ascii=False, sort_keys=True, allow_nan=False, indent=1) + "\n"
    ).encode()
