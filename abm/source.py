"""The version of the model: a digest of its source, so that edited code is never taken for the old."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def digest_of_files(root: Path, paths: Iterable[Path]) -> str:
    """Return a SHA-256 over the places below a folder and the content of files."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def model_digest() -> str:
    """Return the digest of the model's source."""
    return digest_of_files(ROOT, Path(__file__).parent.rglob("*.py"))
