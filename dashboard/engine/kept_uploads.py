"""Uploaded scenarios of this process, by mark; gone when the server restarts."""

import threading
from collections import OrderedDict
from typing import Any

from abm.errors import EweaError
from abm.policy.change import Changes
from dashboard.engine.user_message import user_message

MOST = 200
"""Uploads kept; the one used longest ago goes first."""

_kept: OrderedDict[str, Changes] = OrderedDict()
_lock = threading.Lock()


def keep(mark: str, contents: Changes) -> None:
    """Keep what a file sets."""
    with _lock:
        _kept[mark] = contents
        _kept.move_to_end(mark)
        while len(_kept) > MOST:
            _kept.popitem(last=False)


def is_known(mark: str) -> bool:
    """Return whether a file is still kept."""
    with _lock:
        return mark in _kept


def uploaded(mark: str) -> Changes:
    """Return what a file sets; nothing for the empty mark."""
    if not mark:
        return Changes()
    with _lock:
        if mark not in _kept:
            raise EweaError(user_message("unknown_upload"))
        _kept.move_to_end(mark)
        return _kept[mark]


def upload_of(task: Any) -> Changes | None:
    """Return the upload a task needs, so that it can travel with it."""
    choice = getattr(task, "choice", None)
    return (
        uploaded(choice.upload) if choice is not None and choice.upload and is_known(choice.upload) else None
    )
