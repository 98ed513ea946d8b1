"""What several seeds of one choice gave, as arrays; what their axes mean; and as bytes.

The shipped baseline and the cache on disk are such bytes: the same content gives the same ones.
"""

import hashlib
import io
import json
import re
import threading
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from abm.data.folder import default_configs, digest
from abm.errors import EweaError
from abm.files import model_digest
from dashboard.engine.choice import Choices
from dashboard.engine.limits import load_limits
from experiments.ensemble.files import KeptFiles

Array = NDArray[np.float32]

SEED_AXIS = {"level": 1, "groups": 1, "flows": 0, "origins": 0}
"""The arrays of a bundle, and which of their axes is that of seeds."""

ABOUT = "about.json"
_DAY = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Axes:
    """What the axes of an answer mean."""

    hosts: tuple[str, ...]  # Host ids; number ``len(hosts)`` is Ukraine in flows
    in_eu: tuple[bool, ...]  # Whether a host is a member of the Union
    units: tuple[str, ...]  # Origin units
    outcomes: tuple[str, ...]  # All outcomes, and those that are stocks (the others are flows of a month)
    stocks: tuple[str, ...]
    channels: Mapping[str, int]  # Flows that change the stock, and in which direction
    groups: tuple[tuple[str, str], ...]  # Attribute and value
    first: int  # First month simulated; the first stock of an answer is that of the month after
    since: int  # First month in which a shipped scenario can act; flows are kept apart before and after it


@dataclass(frozen=True)
class Bundle:
    """What several seeds of one choice gave; ``S`` seeds, ``M`` months, ``H`` hosts, ``U`` origin units."""

    axes: Axes
    seeds: tuple[int, ...]
    scale: int
    level: Array  # [outcome, S, M, H] Persons: stocks on the day after each month, flows of each month
    groups: Array  # [group, S, H] Persons at the horizon
    flows: Array  # [S, 2, H + 1, H + 1] Persons who moved from, to; before ``axes.since``, and since
    origins: Array  # [S, U, H] Persons abroad at the horizon by origin unit

    def outcome(self, name: str) -> Array:
        """Return persons of an outcome, float32[S, M, H]."""
        if name not in self.axes.outcomes:
            raise EweaError(f"outcome: found {name[:40]!r}; allowed are {', '.join(self.axes.outcomes)}.")
        values: Array = self.level[self.axes.outcomes.index(name)]
        return values

    def group(self, attribute: str, value: str) -> Array:
        """Return persons at the horizon with a value of an attribute, float32[S, H]."""
        values: Array = self.groups[self.axes.groups.index((attribute, value))]
        return values

    @property
    def n_bytes(self) -> int:
        """Memory it takes."""
        return self.level.nbytes + self.groups.nbytes + self.flows.nbytes + self.origins.nbytes


@dataclass(frozen=True)
class Measured:
    """One seed of a :class:`Bundle`, without the axis of seeds."""

    level: Array
    groups: Array
    flows: Array
    origins: Array


def bundle_of(axes: Axes, scale: int, found: dict[int, Measured]) -> Bundle:
    """Return the seeds of one choice put together, in rising order."""
    seeds = tuple(sorted(found))
    arrays = {}
    for name, axis in SEED_AXIS.items():
        arrays[name] = np.stack([getattr(found[seed], name) for seed in seeds], axis=axis)
        arrays[name].setflags(write=False)
    return Bundle(axes, seeds, scale, **arrays)


def to_bytes(bundle: Bundle, compress: bool = False) -> bytes:
    """Return a bundle as a zip of plain arrays (persons are whole numbers, so integers lose nothing)."""
    about = {"axes": asdict(bundle.axes), "seeds": bundle.seeds, "scale": bundle.scale}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        parts = {ABOUT: json.dumps(about, sort_keys=True).encode()}
        for name in SEED_AXIS:
            one = io.BytesIO()
            np.lib.format.write_array(one, _compact(getattr(bundle, name)), allow_pickle=False)
            parts[f"{name}.npy"] = one.getvalue()
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, _DAY)
            info.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
            archive.writestr(info, content, compresslevel=9 if compress else None)
    return stream.getvalue()


def _compact(values: np.ndarray) -> np.ndarray:
    whole = np.rint(values).astype(np.int32)
    return whole if np.array_equal(whole, values) else np.ascontiguousarray(values)


def from_bytes(content: bytes) -> Bundle:
    """Return a bundle."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            about: dict[str, Any] = json.loads(archive.read(ABOUT))
            arrays = {}
            for name in SEED_AXIS:
                with archive.open(f"{name}.npy") as one:
                    values = np.lib.format.read_array(one, allow_pickle=False)
                values = np.asarray(values, np.float32)
                values.setflags(write=False)
                arrays[name] = values
        axes = TypeAdapter(Axes).validate_python(about["axes"])
        return Bundle(axes, tuple(about["seeds"]), about["scale"], **arrays)
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, EOFError) as error:
        raise EweaError(f"the kept answer is damaged ({type(error).__name__}); it is made again.") from error


def seed_digest(bundle: Bundle, seed: int) -> str:
    """Return the SHA-256 of everything one seed gave."""
    n = bundle.seeds.index(seed)
    total = hashlib.sha256()
    for name, axis in SEED_AXIS.items():
        part = np.take(getattr(bundle, name), n, axis)
        total.update(np.ascontiguousarray(part, np.float32).tobytes())
    return total.hexdigest()


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
