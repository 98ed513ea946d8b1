"""A folder of files that only save time: any may be missing or damaged, and the oldest go first."""

import contextlib
import hashlib
import os
from pathlib import Path

from experiments.ensemble.files import whole


class KeptFiles:
    """Content by name in files with one ending; what was used longest ago goes where space is short."""

    def __init__(self, folder: Path, suffix: str, most_bytes: int) -> None:
        self.folder, self.suffix, self.most_bytes = folder, suffix, most_bytes

    def path(self, name: str) -> Path:
        """Return where a name is kept; names are ours and hold no separators."""
        return self.folder / f"{name}{self.suffix}"

    def read(self, name: str) -> bytes | None:
        """Return what is kept under a name."""
        path = self.path(name)
        try:
            content = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return content

    def write(self, name: str, content: bytes) -> None:
        """Keep content, whole or not at all; a full or closed disk only costs time later."""
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            with whole(self.path(name)) as part:
                part.write_bytes(content)
            self._make_room()

    def names(self, start: str) -> list[str]:
        """Return the names kept that begin with some letters."""
        found = self.folder.glob(f"{start}*{self.suffix}")
        return sorted(path.name.removesuffix(self.suffix) for path in found)

    def remove(self, name: str) -> None:
        """Take away what is damaged or out of date."""
        with contextlib.suppress(OSError):
            self.path(name).unlink()

    def _make_room(self) -> None:
        files = []
        for path in self.folder.glob(f"*{self.suffix}"):
            with contextlib.suppress(OSError):  # another process on the same folder took it away
                about = path.stat()
                files.append((about.st_mtime, about.st_size, path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self.most_bytes:
                break
            with contextlib.suppress(OSError):
                path.unlink()
            total -= size


def sealed(content: bytes) -> bytes:
    """Return content behind its checksum."""
    return hashlib.sha256(content).digest() + content


def unsealed(content: bytes) -> bytes | None:
    """Return the content behind a checksum; None if it is not the one that was sealed."""
    seal, rest = content[:32], content[32:]
    return rest if hashlib.sha256(rest).digest() == seal else None
