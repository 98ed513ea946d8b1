"""A copy of the configuration that belongs to the user."""

import shutil
from pathlib import Path

from abm.errors import EweaError
from abm.files import plain_refusal, whole


def copy_configs(root: Path, folder: Path) -> None:
    """Copy a configuration folder, whole or not at all; what is there is never overwritten."""
    if folder.is_symlink() or folder.is_file():
        raise EweaError(f"{folder}: is a link or a file. Name a new folder.")
    if folder.is_dir() and any(folder.iterdir()):
        raise EweaError(f"{folder}: is not empty, and nothing is overwritten. Name a new folder.")
    if folder.resolve().is_relative_to(root.resolve()):
        raise EweaError(f"{folder}: lies in {root}, which would be copied into itself. Name another folder.")
    with plain_refusal(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with whole(folder) as part:
            shutil.copytree(root, part)
