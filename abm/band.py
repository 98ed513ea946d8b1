"""The level of every band that is shown: another level is one number here."""

LEVEL = 0.8
"""Share of the runs that lie inside a band."""

LOW, HIGH = round((1 - LEVEL) / 2, 6), round((1 + LEVEL) / 2, 6)
"""Quantiles at the ends of a band."""


def percent(level: float = LEVEL) -> str:
    """Return a level in percent, without the sign.

    >>> percent(0.95), percent(0.975)
    ('95', '97.5')
    """
    return f"{100 * level:g}"


def key(name: str, level: float = LEVEL) -> str:
    """Return what a column or a key of JSON is called that belongs to a level.

    >>> key("low", 0.95)
    'low_95'
    """
    return f"{name}_{percent(level)}"


IN_WORDS = f"{percent()} %"
"""The level as sentences, tables and figures write it."""

OF_RUNS = next(n for n in (10, 20, 100, 1000) if round(n * LEVEL, 6).is_integer())
IN_RUNS = round(OF_RUNS * LEVEL)
"""The level as a count: ``IN_RUNS`` of ``OF_RUNS`` runs lie inside a band."""
