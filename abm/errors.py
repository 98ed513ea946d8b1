"""The two errors a user can cause, each with one clear sentence and its remedy."""


class EweaError(ValueError):
    """Something the user asked for cannot be done. The message names what, why and the remedy."""


class ConfigError(EweaError):
    """A configuration or data file is wrong. The message names file, line, key and remedy."""
