"""What several seeds of one choice gave, as arrays; what their axes mean; and as bytes.

The shipped baseline and the cache on disk are such bytes: the same content gives the same ones.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from abm.errors import EweaError

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
