"""The level of every band that is shown: another level is one number here."""

LEVEL = 0.8
"""Share of the runs that lie inside a band."""

LOW, HIGH = round((1 - LEVEL) / 2, 6), round((1 + LEVEL) / 2, 6)
"""Quantiles at the ends of a band."""

IN_WORDS = f"{100 * LEVEL:.0f} %"
"""The level as sentences, tables and figures write it."""
