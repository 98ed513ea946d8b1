"""A run folder appears whole or not at all.

It is written under a hidden name beside its place, and moved there in one step at the end. A folder
that is already there is only replaced when it is a run folder and holds nothing but the files of that run.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from abm.errors import EweaError
from experiments.ensemble.files import whole

MANIFEST = "manifest.json"
KIND = "ewea-run"
"""Value of ``kind`` in the manifest of every run folder of ours."""


@contextmanager
def new_run_folder(place: Path) -> Iterator[Path]:
    """Give a hidden folder to write to; move it to its place if the block ends well.

    Parameters
    ----------
    place : Path
        Where the run folder shall be.

    Yields
    ------
    Path
        An empty folder on the same disk. If the block fails or is interrupted it is removed, together
        with any parent folder made for it.
    """
    place = Path(os.path.abspath(place))  # noqa: PTH100 - Path.resolve would follow a link to a folder
    check_place(place)
    made = _make_parents(place.parent)
    try:
        with whole(place) as part:
            part.mkdir()
            yield part
            check_place(place)  # something may have come there while we were busy
    except BaseException:
        for parent in made:
            try:
                parent.rmdir()
            except OSError:  # somebody else uses it by now
                break
        raise


def check_place(place: Path) -> None:
    """Refuse a place where something stands that is not a run folder of ours."""
    if place.is_symlink():
        raise EweaError(f"--out {place}: is a link; it would be replaced. Name the folder itself.")
    if not place.exists():
        return
    if not place.is_dir():
        raise EweaError(f"--out {place}: is a file. Choose the name of a new folder.")
    present = {str(found.relative_to(place)) for found in place.rglob("*") if not found.is_dir()}
    if not any(place.iterdir()):
        return
    manifest = read_run_manifest(place)
    if manifest is None:
        raise EweaError(
            f"--out {place}: the folder is not empty and is not the folder of a run. Nothing was changed; "
            "choose another folder or move its content away."
        )
    if strange := sorted(present - set(manifest.get("files", {})) - {MANIFEST}):
        raise EweaError(
            f"--out {place}: the run folder also holds {', '.join(strange[:5])}, which would be lost. "
            "Move it away or choose another folder."
        )


def read_run_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a run folder, or None if the folder is not one."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError, json.JSONDecodeError):
        return None
    return content if isinstance(content, dict) and content.get("kind") == KIND else None


def _make_parents(folder: Path) -> list[Path]:
    """Create a folder and its parents; return those that are new, deepest first."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        new.mkdir(exist_ok=True)
    return missing
