"""Files and folders that appear whole or not at all, content behind its checksum, saved states, digests."""

import errno
import hashlib
import json
import os
import platform
import shutil
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from abm.errors import EweaError

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""Disk full, quota reached, or a limit on the size of files."""


@contextmanager
def whole(place: Path) -> Iterator[Path]:
    """Give a hidden path beside ``place``; the file or folder written there takes its place at the end.

    If the block fails or is interrupted, what it wrote is removed and ``place`` stays as it was. The hidden
    path has the ending of ``place``, for libraries that choose a format by it.
    """
    _remove_leftovers(place)
    part = place.with_name(f"{_hidden(place)}{os.getpid()}-{threading.get_ident()}{place.suffix}")
    try:
        yield part
        _sync(part)
        _put(part, place)
    except BaseException:
        _remove(part)
        raise


@contextmanager
def plain_refusal(path: Path) -> Iterator[None]:
    """Turn a refusal of the operating system into one clear sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise no_room(path, str(error.strerror)) from error
        raise EweaError(
            f"{path}: {error.strerror or error}. Check that it is a folder and that you may write to it."
        ) from error


def no_room(path: Path, why: str) -> EweaError:
    """Return what is said when a disk is full."""
    return EweaError(
        f"{path}: no room left on the disk ({why}). The results stored so far are safe; make room and give "
        "the same command again (a sweep: with --resume): only what is missing is run."
    )


def _hidden(place: Path) -> str:
    return f".{place.stem}.part-{platform.node()}-"


def _remove_leftovers(place: Path) -> None:
    """Remove what killed processes of this machine left beside the place."""
    start = _hidden(place)
    for found in place.parent.iterdir():
        number = found.name.removeprefix(start).split("-")[0]
        if found.name.startswith(start) and number.isdigit() and not _is_alive(int(number)):
            _remove(found)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Bring a file, or a folder and all in it, to the disk: a power cut leaves no half file."""
    for found in [*path.rglob("*"), path]:
        if found.is_file() or found.is_dir():
            handle = os.open(found, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _put(part: Path, place: Path) -> None:
    """Move what is finished to its place; an older folder is moved aside first and removed last."""
    aside = part.with_name(part.name + "-old")
    older = place.is_dir() and part.is_dir() and any(place.iterdir())
    if older:
        place.rename(aside)
    try:
        part.replace(place)
    except BaseException:
        if older:
            aside.rename(place)
        raise
    if older:
        shutil.rmtree(aside, ignore_errors=True)
    handle = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sealed(content: bytes) -> bytes:
    """Return content behind its checksum."""
    return hashlib.sha256(content).digest() + content


def unsealed(content: bytes) -> bytes | None:
    """Return the content behind a checksum; None if it is not the one that was sealed."""
    seal, rest = content[:32], content[32:]
    return rest if hashlib.sha256(rest).digest() == seal else None


STATE = b"ewea state 1\n"
"""First bytes of a saved state; another number is another format."""


def write_state(path: Path, about: Mapping[str, Any], content: bytes) -> None:
    """Save a state with what it says about itself, whole or not at all."""
    head = json.dumps(about, sort_keys=True).encode()
    body = len(head).to_bytes(8) + head + zlib.compress(content, 1)
    with plain_refusal(path), whole(path) as part:
        part.write_bytes(STATE + sealed(body))


def read_state(path: Path, remedy: str) -> tuple[dict[str, Any], bytes]:
    """Return what a saved state says about itself, and the state; damage is refused before it is read."""
    with plain_refusal(path):
        found = path.read_bytes()
    if not found.startswith(STATE):
        raise EweaError(
            f"{path}: first bytes: found {found[: len(STATE)]!r}; allowed is {STATE!r} of a saved state. "
            f"{remedy}"
        )
    body = unsealed(found[len(STATE) :])
    if body is None:
        raise EweaError(f"{path}: damaged: its {len(found):,} bytes are not those that were saved. {remedy}")
    size = int.from_bytes(body[:8])
    return json.loads(body[8 : 8 + size]), zlib.decompress(body[8 + size :])


ROOT = Path(__file__).resolve().parents[1]


def digest_of_files(root: Path, paths: Iterable[Path]) -> str:
    """Return a SHA-256 over the places below a folder and the content of files."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def model_digest() -> str:
    """Return the digest of the model's source, so that edited code is never taken for the old."""
    return digest_of_files(ROOT, Path(__file__).parent.rglob("*.py"))
