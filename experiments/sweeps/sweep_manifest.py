"""What a store was made from, and the refusal to mix it with something else."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from abm.errors import EweaError
from experiments.sweeps import parts
from experiments.sweeps.folder import LOCK, TEMPORARY, plain_refusal
from experiments.sweeps.keys import canonical, fingerprint_of, first_difference

MANIFEST = "manifest.json"
KIND = "ewea-sweep"
FORMAT = 1
"""Raised when a column or the way keys are made changes its meaning."""


def new_manifest(function: str, context: Mapping[str, Any], fingerprint: str | None) -> dict[str, Any]:
    """Return the manifest of a store without rows."""
    return {
        "kind": KIND,
        "format": FORMAT,
        "function": function,
        "fingerprint": fingerprint_of(context) if fingerprint is None else fingerprint,
        "context": json.loads(canonical(context, "context")),
        "columns": {},
    }


def check_place(folder: Path) -> None:
    """Refuse a folder that holds something else than a store.

    Raises
    ------
    EweaError
        Naming what was found.
    """
    if (folder / MANIFEST).exists():
        return
    with plain_refusal(folder):
        if not folder.exists():
            return
        names = sorted(found.name for found in folder.iterdir())
        rows = sorted(folder.glob(f"{parts.FOLDER}/*"))
    strange = [n for n in names if n not in {LOCK, parts.FOLDER} and not n.endswith(TEMPORARY)]
    strange += [f"{parts.FOLDER}/{found.name}" for found in rows if not found.name.endswith(TEMPORARY)]
    if strange:
        raise EweaError(
            f"{folder}: not the store of a sweep ({MANIFEST} is missing), and it holds "
            f"{', '.join(strange[:3])}. Nothing was changed; choose another folder."
        )


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a store, or None if there is none.

    Raises
    ------
    EweaError
        If it is damaged, belongs to something else or has another format.
    """
    path = folder / MANIFEST
    try:
        with plain_refusal(path):
            if not path.exists():
                return None
            content = json.loads(path.read_text(encoding="utf-8"))
        whole = isinstance(content, dict) and new_manifest("", {}, "").keys() <= content.keys()
    except ValueError as error:
        if isinstance(error, EweaError):
            raise
        whole, content = False, {}
    if not whole or content["kind"] != KIND:
        raise EweaError(
            f"{path}: not the manifest of a sweep, or damaged. Put the original back, or choose "
            "another folder."
        )
    if content["format"] != FORMAT:
        raise EweaError(
            f"{path}: format: found {content['format']}; this version reads {FORMAT}. Read the store with "
            "the version that made it, or run the sweep again into another folder."
        )
    return dict(content)


def check_same(folder: Path, stored: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Refuse a store that was made from something else; the message names the first difference.

    Raises
    ------
    EweaError
        If the function or the fingerprint differs.
    """
    if stored["function"] != wanted["function"]:
        difference = first_difference(stored["function"], wanted["function"], "function")
    elif stored["fingerprint"] != wanted["fingerprint"]:
        difference = first_difference(stored["context"], wanted["context"], "context") or first_difference(
            stored["fingerprint"], wanted["fingerprint"], "fingerprint"
        )
    else:
        return
    raise EweaError(
        f"{folder / MANIFEST}: {difference}. Results of the two must not stand side by side: go back to what "
        "the store was made from, choose another folder, or remove this one with its results."
    )
