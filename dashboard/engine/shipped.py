"""The answers that come with the project, so that the first page needs no simulation."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from abm.errors import EweaError
from dashboard.engine.bundle import Bundle
from dashboard.engine.bundle_file import from_bytes
from dashboard.engine.identity import identity

FOLDER = Path(__file__).resolve().parents[1] / "shipped"
MANIFEST = "manifest.json"
BASELINE = "baseline.bundle"
PAST = "past.json"
SCORECARDS = "scorecards.json"
VALIDATION = "validation.json"
SURVEYS = "surveys.json"
INVENTORY = "inventory.json"
REMAKE = "ewea app --precompute"


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
