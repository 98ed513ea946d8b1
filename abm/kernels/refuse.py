"""Households that a rule about regions or groups keeps from temporary protection."""

import numba as nb

from abm.codes import Status

PROTECTED = int(Status.TEMPORARY_PROTECTION)
FIRST_MINOR, FIRST_OLDER = 4, 6
"""Columns of ``persons`` from which minors, and people of 65 and over, are counted."""


@nb.njit
def concerned(c, i, units, kinds, vulnerable_exempt):
    """Return whether a rule concerns household ``i``: its origin, and every adult of it.

    Minors follow their parents; where only minors came, the rule has to name minors.
    """
    if not units[c.origin[i]]:
        return False
    adults, others = 0, 0
    for k in range(c.persons.shape[1]):
        if c.persons[i, k] == 0:
            continue
        minor = FIRST_MINOR <= k < FIRST_OLDER
        if vulnerable_exempt and k >= FIRST_MINOR:
            return False
        if minor:
            others += 0 if kinds[k] else 1
        else:
            adults += 1
            if not kinds[k]:
                return False
    return adults > 0 or others == 0


@nb.njit(nogil=True, cache=True)
def refuse(c, host, units, kinds, vulnerable_exempt, status, low, high):
    """Give ``status`` to this month's newcomers of ``host`` whom the rule concerns.

    Parameters
    ----------
    c : Columns
        Household columns; ``status`` is written.
    host : int
        Host with the rule.
    units : bool[unit]
        Origin units concerned.
    kinds : bool[8]
        Kinds of persons concerned.
    vulnerable_exempt : bool
        Households with minors or older people are left out.
    status : int
        Status of those refused: asylum pending where a claim is possible, otherwise none.
    low, high : int
        Rows to work on.
    """
    place, months, title = c.place, c.months_here, c.status
    for i in range(low, high):
        newcomer = place[i] == host and months[i] == 0 and title[i] == PROTECTED
        if newcomer and concerned(c, i, units, kinds, vulnerable_exempt):
            title[i] = status
