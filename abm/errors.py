"""The two errors a user can cause, each one clear sentence with its remedy; and what was probably meant."""

import difflib
from collections.abc import Iterable


class EweaError(ValueError):
    """Something the user asked for cannot be done. The message names what, why and the remedy."""


class ConfigError(EweaError):
    """A configuration or data file is wrong. The message names file, line, key and remedy."""


def refuse_all(faults: Iterable[str]) -> None:
    """Raise one ConfigError with all faults, a line each; nothing where there are none."""
    if found := list(faults):
        raise ConfigError("\n".join(found))


def nearest(found: object, known: Iterable[str]) -> str:
    """Return a sentence that names what was probably meant, or everything there is.

    >>> nearest("emploment", ["employment", "place"])
    "Did you mean 'employment'?"
    """
    names = list(known)
    close = difflib.get_close_matches(str(found), names, n=3, cutoff=0.6)
    if close:
        return f"Did you mean {' or '.join(repr(name) for name in close)}?"
    return f"There are: {', '.join(names)}."
