"""The answer a household would give to a survey: stay, undecided, return or onward.

The wish is formed from the same factors as the decision, under the stated condition "when it is
safe", plus a persistent personal error; two thresholds cut it into stay | undecided | return.
Among those who do not wish to return, readiness to move gives onward.
"""

import numba as nb
import numpy as np

from abm.codes import Intention
from abm.kernels.draws import household_key, unit_interval
from abm.kernels.layout import MOST_MONTHS

ANSWER_STAY = int(Intention.STAY)
ANSWER_UNDECIDED = int(Intention.UNDECIDED)
ANSWER_RETURN = int(Intention.RETURN)
ANSWER_ONWARD = int(Intention.ONWARD)


@nb.njit
def answer_of(odds, u, u_onward, onward_log_odds, cut_stay, cut_return):
    """Return the answer; a logistic error log(u / (1 - u)) is added to the wish log(odds).

    ``cut_stay`` and ``cut_return`` are the exponentials of the two thresholds.
    """
    if odds * u > cut_return * (1.0 - u):
        return ANSWER_RETURN
    onward = np.exp(onward_log_odds)
    if u_onward * (1.0 + onward) < onward:
        return ANSWER_ONWARD
    return ANSWER_UNDECIDED if odds * u > cut_stay * (1.0 - u) else ANSWER_STAY


@nb.njit(nogil=True, cache=True)
def answer(c, t, key, n_hosts, low, high):
    """Write the intention of every household abroad in the rows ``low <= i < high``.

    Parameters
    ----------
    c : Columns
        Household columns; ``intention`` is written.
    t : DecisionTables
        Tables of the month.
    key : uint64
        Key of the stream INTENTION in month 0: personal errors of answers persist.
    n_hosts : int
        Number of hosts.
    low, high : int
        Rows to work on.
    """
    ids, place, intention = c.household_id, c.place, c.intention
    origin, home, profile = c.origin, c.home, c.profile
    months, schooling = c.months_displaced, c.schooling
    attachment, readiness, ties, integration = c.attachment, c.readiness, c.ties, c.integration
    returned, onward = c.contacts_returned, c.contacts_onward
    value, by_host, by_profile = t.intent_return, t.intent_host, t.profile_return
    by_duration, by_schooling = t.duration_return, t.schooling_return
    w0, w1, w2, w3, w4, w5 = t.intent_row
    cut_stay, cut_return = np.exp(t.intent_cuts[0]), np.exp(t.intent_cuts[1])
    onward_level, onward_readiness = t.intent_cuts[2], t.row_onward[1]
    for i in range(low, high):
        here = place[i]
        if here >= n_hosts:
            continue
        own = household_key(key, ids[i])
        odds = np.exp(
            value[origin[i], home[i]]
            + by_host[here]
            + by_profile[profile[i]]
            + by_duration[min(months[i], MOST_MONTHS)]
            + by_schooling[schooling[i]]
            + (w0 * attachment[i] + w1 * readiness[i] + w2 * ties[i])
            + (w3 * integration[i] + w4 * returned[i] + w5 * onward[i])
        )
        intention[i] = answer_of(
            odds,
            unit_interval(own, 0),
            unit_interval(own, 1),
            onward_level + onward_readiness * readiness[i],
            cut_stay,
            cut_return,
        )
