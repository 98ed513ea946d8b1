"""The pages: one file each, found by walking this folder, in the order of ``ORDER``.

A page file gives ``ID`` (its address), ``ORDER``, ``TITLE`` (message key of its name in the navigation),
optionally ``HEADING`` (message key of its heading; ``TITLE`` if absent), and ``Page(session)``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from abm.errors import EweaError


@dataclass(frozen=True)
class PageEntry:
    """One page of the app.

    Attributes
    ----------
    id : str
        Its address: ``/<id>``.
    order : int
        Place in the navigation.
    title : str
        Message key of its name in the navigation.
    heading : str
        Message key of its heading.
    component : callable
        ``Page(session)``, a solara component.
    """

    id: str
    order: int
    title: str
    heading: str
    component: Callable[..., Any]


@cache
def all_pages() -> tuple[PageEntry, ...]:
    """Return every page, in the order of the navigation.

    Raises
    ------
    EweaError
        If a page file lacks a part of the contract, or two pages share an address.
    """
    entries = []
    for found in iter_modules(__path__):
        if found.name.startswith("_") or found.ispkg:
            continue
        module = import_module(f"{__name__}.{found.name}")
        missing = [name for name in ("ID", "ORDER", "TITLE", "Page") if not hasattr(module, name)]
        if missing:
            raise EweaError(
                f"dashboard/pages/{found.name}.py lacks {', '.join(missing)}. Give every page all four."
            )
        if not re.fullmatch(r"[a-z][a-z0-9-]*", module.ID):
            raise EweaError(
                f"dashboard/pages/{found.name}.py: ID {module.ID!r} must be lower-case words with hyphens."
            )
        heading = getattr(module, "HEADING", module.TITLE)
        entries.append(PageEntry(module.ID, module.ORDER, module.TITLE, heading, module.Page))
    ids = [entry.id for entry in entries]
    if len(set(ids)) < len(ids):
        raise EweaError(f"two pages share an address: {sorted(ids)}. Give each its own ID.")
    return tuple(sorted(entries, key=lambda entry: (entry.order, entry.id)))


def page_by_id(page_id: str) -> PageEntry | None:
    """Return the page with an address, or None."""
    return next((entry for entry in all_pages() if entry.id == page_id), None)
