"""Places in words, and the choice of one."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import solara

from dashboard.components import Select
from dashboard.messages import Words

if TYPE_CHECKING:
    from dashboard.engine.catalogue import Catalogue

_FIRST = ("NL", "EU", "ALL")


def place_name(words: Words, catalogue: "Catalogue", place: str) -> str:
    """Return the name of a host, ``EU``, ``ALL`` or ``UA``."""
    if words.has(f"scenario.place_{place}"):
        return words.t(f"scenario.place_{place}")
    return words.label(catalogue.hosts[place])


def in_place(words: Words, catalogue: "Catalogue", place: str) -> str:
    """Return where, as it stands inside a sentence: "in the Netherlands"."""
    if words.has(f"scenario.in_{place}"):
        return words.t(f"scenario.in_{place}")
    return f"({place_name(words, catalogue, place)})"


def PlaceSelect(
    words: Words,
    catalogue: "Catalogue",
    label: str,
    place: str,
    on_place: Callable[[str], None],
    places: Sequence[str],
    compact: bool = False,
    hint: str = "",
) -> solara.Element:
    """Return a list of places: the Netherlands, the EU, all hosts, then countries by name.

    Parameters
    ----------
    words, catalogue : Words, Catalogue
        Language and names.
    label, hint : str
        What the place is for.
    place : str
        Chosen place.
    on_place : callable
        Gets the new place.
    places : sequence of str
        Places that can be chosen.
    compact : bool
        Label beside the list.
    """
    names = {known: place_name(words, catalogue, known) for known in places}
    first = [(known, names[known]) for known in _FIRST if known in names]
    rest = sorted(((known, name) for known, name in names.items() if known not in _FIRST), key=_by_name)
    groups = [(words.t("scenario.countries"), rest)] if rest else []
    return Select(label, place, first, on_place, groups=groups, compact=compact, hint=hint)


def _by_name(option: tuple[str, str]) -> tuple[bool, str]:
    return option[0] == "elsewhere", option[1]
