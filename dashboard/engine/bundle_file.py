"""Bundles as bytes: the shipped baseline and the cache on disk. The same content gives the same bytes."""

import hashlib
import io
import json
import zipfile
from dataclasses import asdict
from typing import Any

import numpy as np

from abm.errors import EweaError
from dashboard.engine.bundle import Axes, Bundle

ARRAYS = ("level", "groups", "flows", "origins")
ABOUT = "about.json"
_DAY = (1980, 1, 1, 0, 0, 0)


def to_bytes(bundle: Bundle, compress: bool = False) -> bytes:
    """Return a bundle as a zip of plain arrays (persons are whole numbers, so integers lose nothing)."""
    about = {"axes": asdict(bundle.axes), "seeds": bundle.seeds, "scale": bundle.scale}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        parts = {ABOUT: json.dumps(about, sort_keys=True).encode()}
        for name in ARRAYS:
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
            for name in ARRAYS:
                with archive.open(f"{name}.npy") as one:
                    values = np.lib.format.read_array(one, allow_pickle=False)
                values = np.asarray(values, np.float32)
                values.setflags(write=False)
                arrays[name] = values
        axes = about["axes"]
        return Bundle(
            Axes(
                hosts=tuple(axes["hosts"]),
                in_eu=tuple(axes["in_eu"]),
                units=tuple(axes["units"]),
                outcomes=tuple(axes["outcomes"]),
                stocks=tuple(axes["stocks"]),
                channels=axes["channels"],
                groups=tuple((a, v) for a, v in axes["groups"]),
                first=axes["first"],
                since=axes["since"],
            ),
            tuple(about["seeds"]),
            about["scale"],
            **arrays,
        )
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, EOFError) as error:
        raise EweaError(f"the kept answer is damaged ({type(error).__name__}); it is made again.") from error


def seed_digest(bundle: Bundle, seed: int) -> str:
    """Return the SHA-256 of everything one seed gave."""
    n = bundle.seeds.index(seed)
    total = hashlib.sha256()
    for part in (bundle.level[:, n], bundle.groups[:, n], bundle.flows[n], bundle.origins[n]):
        total.update(np.ascontiguousarray(part, np.float32).tobytes())
    return total.hexdigest()
