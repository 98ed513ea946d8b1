"""Write configuration tables whole or not at all."""

import contextlib
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from abm.errors import EweaError


def comment_lines(path: Path) -> list[str]:
    """Return the ``#`` lines before the header of a table; none if there is no table yet."""
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith("#")]


def table_text(comments: Sequence[str], header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a CSV text; a cell with a comma or a quote is quoted."""
    lines = [*comments, ",".join(header)]
    lines.extend(",".join(_cell(value) for value in row) for row in rows)
    return "\n".join(lines) + "\n"


def replace_files(texts: Mapping[Path, str]) -> None:
    """Write several files so that a fault leaves every one as it was.

    All texts are first written and flushed beside their targets; only then are the targets replaced.

    Raises
    ------
    EweaError
        If a folder cannot be written or the disk is full.
    """
    ready: list[tuple[Path, Path]] = []
    target = Path()
    try:
        for target, text in texts.items():
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
            ready.append((Path(name), target))
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
        for part, target in ready:
            part.replace(target)
    except OSError as error:
        raise EweaError(
            f"{target}: cannot be written ({error.strerror}). Check the space and the rights of the folder."
        ) from error
    finally:
        for part, _ in ready:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def _cell(value: object) -> str:
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\n') else text
