"""The answer a household would give to a survey: stay, undecided, return or onward.

The wish is formed from the same factors as the decision, under the stated condition "when it is
safe", plus a personal error that a household keeps; two thresholds cut it into stay | undecided |
return. Among those who do not wish to return, readiness to move gives onward.
"""

import numba as nb

from abm.codes import Intention
from abm.kernels.wish import wish_of

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
    readiness, opinion_onward = c.readiness, c.opinion_onward
    value = t.intent_return
    cut_stay, cut_return, level_onward = t.intent_cuts
    weight_readiness, by_host = t.row_onward[1], t.intent_onward
    for i in range(low, high):
        here = place[i]
        if here >= n_hosts:
            continue
        wish = wish_of(c, t, i, value, here)
        if wish > cut_return:
            intention[i] = ANSWER_RETURN
        elif level_onward + by_host[here] + weight_readiness * readiness[i] + opinion_onward[i] > 0.0:
            intention[i] = ANSWER_ONWARD
        else:
            intention[i] = ANSWER_UNDECIDED if wish > cut_stay else ANSWER_STAY
