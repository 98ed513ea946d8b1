"""Finished bundles, kept by what they depend on: some in memory, more on disk."""

import hashlib
import json
import re
import threading
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from typing import Any

from abm.data.folder import default_configs, digest
from abm.errors import EweaError
from dashboard.engine.bundle import Bundle, from_bytes, to_bytes
from dashboard.engine.choice import Choices
from dashboard.engine.limits import load_limits
from experiments.ensemble.files import KeptFiles
from experiments.ensemble.identity import model_digest

_KEY = re.compile(r"[0-9a-f]{64}(-first)?\Z")
SUFFIX = ".bundle"


class Cache:
    """Bundles by key; thread-safe. What was used longest ago goes first where space is short."""

    def __init__(self, folder: Path | None, memory_bytes: int, disk_bytes: int) -> None:
        self._memory_bytes = memory_bytes
        self._files = None if folder is None else KeptFiles(folder, SUFFIX, disk_bytes)
        self._kept: OrderedDict[str, Bundle] = OrderedDict()
        self._pinned: dict[str, Bundle] = {}
        self._lock = threading.Lock()

    def get(self, key: str) -> Bundle | None:
        """Return a bundle, or None if it is not known."""
        with self._lock:
            if key in self._pinned:
                return self._pinned[key]
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = self._read(key)
        if found is not None:
            self.put(key, found)
        return found

    def pin(self, key: str, bundle: Bundle) -> None:
        """Keep a bundle for good: the baseline."""
        with self._lock:
            self._pinned[key] = bundle

    def put(self, key: str, bundle: Bundle) -> None:
        """Keep a bundle in memory; :meth:`write` keeps it on disk too."""
        with self._lock:
            self._kept[key] = bundle
            self._kept.move_to_end(key)
            while len(self._kept) > 1 and sum(b.n_bytes for b in self._kept.values()) > self._memory_bytes:
                self._kept.popitem(last=False)

    @property
    def n_bytes(self) -> int:
        """Memory in use."""
        with self._lock:
            kept = {id(b): b.n_bytes for b in (*self._kept.values(), *self._pinned.values())}
            return sum(kept.values())

    def _read(self, key: str) -> Bundle | None:
        # Keys are hashes of ours; nothing a user writes becomes part of a path.
        if self._files is None or _KEY.match(key) is None:
            return None
        content = self._files.read(key)
        try:
            return None if content is None else from_bytes(content)
        except EweaError:
            self._files.remove(key)
            return None

    def write(self, key: str, bundle: Bundle) -> None:
        """Keep a bundle on disk, whole or not at all; a full or closed disk only costs time later."""
        if self._files is not None and _KEY.match(key) is not None:
            self._files.write(key, to_bytes(bundle))


FORMAT = 1
"""Raised when an answer changes its meaning or its parts."""


@lru_cache(maxsize=1)
def identity() -> dict[str, Any]:
    """Return what all answers of this process have in common; read once, as workers read the data once."""
    limits = load_limits()
    return {
        "format": FORMAT,
        "model_digest": model_digest(),
        "config_digest": digest(default_configs()),
        "first": limits.first.model_dump(),
        "full": limits.full.model_dump(),
        "latest_until": limits.latest_until,
    }


@lru_cache(maxsize=1024)
def choice_key(choice: Choices) -> str:
    """Return the SHA-256 (hexadecimal) under which the answer to a choice is kept."""
    content = json.dumps({"choice": choice.to_query(), **identity()}, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()
