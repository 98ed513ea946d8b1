"""The whole month of one household, in the order of the schedule."""

from collections.abc import Sequence

from abm.reference.choice import answer, decide, move
from abm.reference.household import Household
from abm.reference.life_abroad import (
    split,
    update_housing,
    update_schooling,
    update_status,
    update_ties,
    update_work,
)
from abm.reference.surroundings import Surroundings


def live_one_month(
    h: Household,
    s: Surroundings,
    row: int,
    contact_places: Sequence[int],
    finds_no_place: bool = False,
) -> Household | None:
    """Change the record by one month: everything after ``arrivals``.

    Parameters
    ----------
    h : Household
        The household on the first day of the month.
    s : Surroundings
        The month around it.
    row : int
        Its row, by which a household that splits off remembers it.
    contact_places : sequence of int
        Present places of its contacts.
    finds_no_place : bool
        Whether it asked for a collective place and found none: no household decides that alone.

    Returns
    -------
    Household or None
        The household that split off, at the end of the month.
    """
    new = None
    if h.place != s.ukraine:
        update_status(h, s)
        update_work(h, s)
        update_housing(h, s, finds_no_place)
        update_schooling(h, s)
        update_ties(h, s, contact_places)
        new = split(h, s, row)
    for each in [h] if new is None else [h, new]:
        if each.place != s.ukraine:
            answer(each, s)
        decide(each, s)
        move(each, s)
    return new
