"""Large single figures, each with its band in words."""

from collections.abc import Sequence

import solara

from dashboard.components.element import el


def BigNumber(label: str, value: str, band: str = "", note: str = "", busy: bool = False) -> solara.Element:
    """Return a card with one figure.

    Parameters
    ----------
    label : str
        What is counted, where and when.
    value : str
        The figure, already rounded to what its band supports and written for the language.
    band : str
        The 80 % band in words.
    note : str
        What it is compared with, or how it was counted.
    busy : bool
        Whether the figure belongs to an earlier choice or is a first estimate (dimmed).
    """
    parts = [el("dt", label, classes="card-label"), el("dd", value, classes="card-value")]
    if band:
        parts.append(el("dd", band, classes="card-band"))
    if note:
        parts.append(el("dd", note, classes="card-note"))
    return el("div", *parts, classes="card card-busy" if busy else "card")


def Cards(cards: Sequence[solara.Element]) -> solara.Element:
    """Return cards beside each other."""
    return el("dl", *cards, classes="cards")
