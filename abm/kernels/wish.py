"""The wish to return of one household: the sum that the answer to a survey is cut from."""

import numba as nb

from abm.kernels.layout import MOST_MONTHS


@nb.njit(inline="always")
def wish_of(c, t, i, value, here):
    """Return the wish of the household in row ``i`` to return, log odds.

    Parameters
    ----------
    c : Columns
        Household columns.
    t : DecisionTables
        Tables of the month.
    i : int
        Row.
    value : float64[unit, home]
        Value of return under the stated condition of the question.
    here : int
        Host it lives in.
    """
    row = t.intent_row
    return (
        value[c.origin[i], c.home[i]]
        + t.intent_host[here]
        + t.profile_return[c.profile[i]]
        + t.intent_duration[min(c.months_displaced[i], MOST_MONTHS)]
        + t.schooling_return[c.schooling[i]]
        + (row[0] * c.attachment[i] + row[1] * c.readiness[i] + row[2] * c.ties[i])
        + (row[3] * c.integration[i] + row[4] * c.contacts_returned[i] + row[5] * c.contacts_onward[i])
        + c.opinion_return[i]
    )
