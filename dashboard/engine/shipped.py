"""The answers and the evidence that come with the project, so that the first page needs no simulation.

An answer to a question of ``dashboard/whatif.yaml`` is shipped as its difference from the baseline, run by
run: most of it is zero and takes no room.
"""

import hashlib
import json
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, RootModel

from abm.data.config import Strict, load
from abm.data.folder import default_configs, digest
from abm.errors import EweaError
from dashboard.engine.bundle import SEED_AXIS, Bundle, from_bytes, identity, to_bytes
from dashboard.engine.choice import Choices

FOLDER = Path(__file__).resolve().parents[1] / "shipped"
MANIFEST = "manifest.json"
BASELINE = "baseline.bundle"
PAST = "past.json"
SCORECARDS = "scorecards.json"
VALIDATION = "validation.json"
SURVEYS = "surveys.json"
INVENTORY = "inventory.json"
ROLLING = ("rolling", "rolling_break_free", "hosts", "rolling_levels")
"""What a validation says of rolling forecasts, as ``ewea validate --json``."""

WAVES = "surveys"
"""What it says of the next waves of surveys."""

REMAKE = "ewea app --precompute"

EVIDENCE = {
    "surveys and other targets": ("targets/*",),
    "rules of scoring": ("validation.yaml", "published_forecasts.yaml"),
    "scorecards": ("scorecards/*",),
    "registers": ("registers/*",),
    "inputs of derived tables": ("*/inputs/*",),
    "counts beside the account": ("account/*",),
}
"""What else of ``configs`` is shown from the shipped files, by what it is; worlds are not made of it."""


@lru_cache(maxsize=2)
def shipped_manifest(folder: Path = FOLDER) -> dict[str, Any]:
    """Return what the shipped files were made of."""
    path = folder / MANIFEST
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise EweaError(f"{path}: the shipped baseline is missing or damaged. Make it: {REMAKE}.") from error
    return found


def read_shipped(name: str, folder: Path = FOLDER) -> bytes:
    """Return a shipped file whose checksum fits the manifest."""
    about = shipped_manifest(folder)["files"].get(name, {})
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise EweaError(f"{folder / name}: missing. Make it: {REMAKE}.") from error
    if hashlib.sha256(content).hexdigest() != about.get("sha256"):
        raise EweaError(f"{folder / name}: is not the file of the manifest. Make it anew: {REMAKE}.")
    return content


@lru_cache(maxsize=8)
def document(name: str) -> Any:
    """Return a shipped JSON document."""
    return json.loads(read_shipped(name))


@lru_cache(maxsize=1)
def baseline() -> Bundle:
    """Return the shipped baseline."""
    return from_bytes(read_shipped(BASELINE))


def why_stale() -> list[str]:
    """Return what differs between the shipped files and the running model; empty if nothing does."""
    made = shipped_manifest()["identity"]
    return [name for name, value in identity().items() if made.get(name) != value]


@lru_cache(maxsize=1)
def evidence() -> dict[str, str]:
    """Return the digests of the evidence that is here: :data:`EVIDENCE`, and ``docs/sources.md``."""
    root = default_configs()
    found = {name: digest(root, patterns) for name, patterns in EVIDENCE.items()}
    sources = root.parent / "docs" / "sources.md"  # not there where another folder of configs is used
    content = sources.read_bytes() if sources.is_file() else b""
    return found | {"sources": hashlib.sha256(content).hexdigest()}


def old_evidence() -> list[str]:
    """Return which evidence has changed since the shipped files were made; empty if none has."""
    made = shipped_manifest().get("evidence", {})
    return [name for name, value in evidence().items() if made.get(name) != value]


def has_rolling(figures: dict[str, Any]) -> bool:
    """Return whether a validation holds the scores of rolling forecasts; one made before them does not."""
    return set(ROLLING) <= set(figures)


inventory = partial(document, INVENTORY)
"""``tables``: one row per data file, what ``ewea data check`` and its card say of it; ``surveys`` and other
targets with their waves; ``sources``: the evidence by id (``A005``), in English."""

simulated_against_surveys = partial(document, SURVEYS)
"""One row per target: observed, model, range, question and its use in the fit."""

figures = partial(document, VALIDATION)
"""The validation: scores by window, errors in surveys, settings, and every parameter."""

FILE = Path(__file__).resolve().parents[1] / "whatif.yaml"


class Question(Strict):
    """One question; its words are ``overview.whatif_<id>``."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]
    choice: str

    @property
    def choices(self) -> Choices:
        """What it sets."""
        found, faults = Choices.from_query(self.choice)
        if faults:
            raise EweaError(f"{FILE}: {self.id}: choice: {faults[0]} Write it as the link of the app has it.")
        return found


class Questions(RootModel[list[Question]]):
    """The file as written."""


@lru_cache(maxsize=1)
def whatif_questions() -> tuple[Question, ...]:
    """Return all questions, in the order shown."""
    return tuple(load(FILE, Questions).root)


def question_file(question: Question) -> str:
    """Return the shipped file of a question's answer."""
    return f"whatif-{question.id}.bundle"


def answer_bytes(mine: Bundle, base: Bundle) -> bytes:
    """Return an answer as bytes: what differs from the baseline."""
    return to_bytes(_combined(mine, base, -1), compress=True)


def answer_from_bytes(content: bytes, base: Bundle) -> Bundle:
    """Return an answer from bytes."""
    return _combined(from_bytes(content), base, 1)


def _combined(one: Bundle, base: Bundle, way: int) -> Bundle:
    if (one.seeds, one.scale, one.axes) != (base.seeds, base.scale, base.axes):
        raise EweaError(f"a shipped answer and the baseline do not belong together. Make them: {REMAKE}.")
    arrays = {name: getattr(one, name) + way * getattr(base, name) for name in SEED_AXIS}
    for array in arrays.values():
        array.setflags(write=False)
    return replace(one, **arrays)


def shipped_answers() -> dict[Choices, Bundle]:
    """Return the answers that are shipped and belong to the questions as they stand now."""
    made = shipped_manifest()
    kept = made.get("questions", {})
    return {
        question.choices: answer_from_bytes(read_shipped(question_file(question)), baseline())
        for question in whatif_questions()
        if kept.get(question.id) == question.choice and question_file(question) in made["files"]
    }
