"""The whole month of one household, in the order of the schedule."""

from collections.abc import Sequence

from abm.reference.choice import answer, decide, move
from abm.reference.household import Household
from abm.reference.life_abroad import (
    update_housing,
    update_schooling,
    update_status,
    update_ties,
    update_work,
)
from abm.reference.surroundings import Surroundings


def live_one_month(
    h: Household, s: Surroundings, contact_places: Sequence[int], finds_no_place: bool = False
) -> None:
    """Change the record by one month: everything after ``arrivals``.

    Parameters
    ----------
    h : Household
        The household on the first day of the month.
    s : Surroundings
        The month around it.
    contact_places : sequence of int
        Present places of its contacts.
    finds_no_place : bool
        Whether it asked for a collective place and found none: no household decides that alone.
    """
    if h.place != s.ukraine:
        update_status(h, s)
        update_work(h, s)
        update_housing(h, s, finds_no_place)
        update_schooling(h, s)
        update_ties(h, s, contact_places)
        answer(h, s)
    decide(h, s)
    move(h, s)
