"""The answer a household would give to a survey: stay, undecided, return or onward.

The wish is formed from the same factors as the decision, under the stated condition "when it is
safe", plus a personal error that a household keeps; two thresholds cut it into stay | undecided |
return. Among those who do not wish to return, readiness to move gives onward.
"""

import numba as nb

from abm.codes import Intention
from abm.kernels.layout import MOST_MONTHS

ANSWER_STAY = int(Intention.STAY)
ANSWER_UNDECIDED = int(Intention.UNDECIDED)
ANSWER_RETURN = int(Intention.RETURN)
ANSWER_ONWARD = int(Intention.ONWARD)


@nb.njit(nogil=True, cache=True)
def answer(c, t, n_hosts, low, high):
    """Write the intention of every household abroad in the rows ``low <= i < high``.

    Parameters
    ----------
    c : Columns
        Household columns; ``intention`` is written.
    t : DecisionTables
        Tables of the month.
    n_hosts : int
        Number of hosts.
    low, high : int
        Rows to work on.
    """
    place, intention = c.place, c.intention
    origin, home, profile = c.origin, c.home, c.profile
    months, schooling = c.months_displaced, c.schooling
    attachment, readiness, ties, integration = c.attachment, c.readiness, c.ties, c.integration
    returned, onward = c.contacts_returned, c.contacts_onward
    opinion_return, opinion_onward = c.opinion_return, c.opinion_onward
    value, by_host, by_profile = t.intent_return, t.intent_host, t.profile_return
    by_duration, by_schooling = t.duration_return, t.schooling_return
    w0, w1, w2, w3, w4, w5 = t.intent_row
    cut_stay, cut_return, level_onward = t.intent_cuts
    weight_readiness = t.row_onward[1]
    for i in range(low, high):
        here = place[i]
        if here >= n_hosts:
            continue
        wish = (
            value[origin[i], home[i]]
            + by_host[here]
            + by_profile[profile[i]]
            + by_duration[min(months[i], MOST_MONTHS)]
            + by_schooling[schooling[i]]
            + (w0 * attachment[i] + w1 * readiness[i] + w2 * ties[i])
            + (w3 * integration[i] + w4 * returned[i] + w5 * onward[i])
            + opinion_return[i]
        )
        if wish > cut_return:
            intention[i] = ANSWER_RETURN
        elif level_onward + weight_readiness * readiness[i] + opinion_onward[i] > 0.0:
            intention[i] = ANSWER_ONWARD
        else:
            intention[i] = ANSWER_UNDECIDED if wish > cut_stay else ANSWER_STAY
