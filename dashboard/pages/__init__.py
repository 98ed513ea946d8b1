"""The pages: one package each, its words in ``messages.yaml`` beside it, found by walking this folder.

A page gives ``ID`` (its address), ``ORDER`` (its place in the navigation), ``TITLE`` (message key of
its name there), optionally ``HEADING`` (message key of its heading; ``TITLE`` if absent), and the component
``Page(session)``. What several pages use lies in ``shared``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from abm.errors import EweaError


@dataclass(frozen=True)
class PageEntry:
    """One page of the app; ``title`` and ``heading`` are message keys."""

    id: str
    order: int
    title: str
    heading: str
    component: Callable[..., Any]


@cache
def all_pages() -> tuple[PageEntry, ...]:
    """Return every page, in the order of the navigation."""
    entries = []
    for found in sorted(Path(__file__).parent.glob("*/messages.yaml")):
        module = import_module(f"{__name__}.{found.parent.name}")
        missing = [part for part in ("ID", "ORDER", "TITLE", "Page") if not hasattr(module, part)]
        if missing:
            raise EweaError(f"{module.__file__} lacks {', '.join(missing)}. Give every page all four.")
        if not re.fullmatch(r"[a-z][a-z0-9-]*", module.ID):
            raise EweaError(f"{module.__file__}: ID {module.ID!r} must be lower-case words with hyphens.")
        heading = getattr(module, "HEADING", module.TITLE)
        entries.append(PageEntry(module.ID, module.ORDER, module.TITLE, heading, module.Page))
    ids = [entry.id for entry in entries]
    if len(set(ids)) < len(ids):
        raise EweaError(f"two pages share an address: {sorted(ids)}. Give each its own ID.")
    return tuple(sorted(entries, key=lambda entry: (entry.order, entry.id)))


def page_by_id(page_id: str) -> PageEntry | None:
    """Return the page with an address, or None."""
    return next((entry for entry in all_pages() if entry.id == page_id), None)
