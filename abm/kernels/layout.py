"""What kernels and their callers share: flags, tables of the decision, small questions about one row."""

from collections import namedtuple

import numba as nb
import numpy as np

from abm.codes import N_KINDS

JOB_LOSS = 1
HOUSING_LOSS = 2
STATUS_LOSS = 4
PARTNER_CALL = 8
SCHOOL_YEAR_END = 16
GOES_HOME = 32
GOES_ON = 64
N_TRIGGER_SETS = 128
"""Flags of the column ``triggers`` and the number of their combinations."""

MOST_MONTHS = 120
"""Longest duration told apart; longer ones count as this."""

TASTE_RANGE = 8.0
TASTE_STEPS = 32
"""Range of the summed taste terms, and steps per unit, of the table that bounds their exponential."""

ROW_FACTORS = ("attachment", "readiness", "ties", "integration", "contacts_returned", "contacts_onward")
"""Household columns that enter the decision with one coefficient each, in this order."""

DecisionTables = namedtuple(
    "DecisionTables",
    [
        "return_value",  # float64[unit, home]: inclusive value of the two return places, centred
        "return_origin_share",  # float64[unit, home]: probability of the origin given a return
        "elsewhere_cumulative",  # float64[unit]: where returners settle when not at their origin
        "host_return",  # float64[host, status, employment, housing]
        "host_onward",  # float64[host, status, employment, housing]: includes the onward inclusive value
        "entry_return",  # float64[host, employment, months here]: what depends on the terms of entry
        "entry_onward",  # float64[host, employment, months here]
        "profile_return",  # float64[profile]
        "profile_onward",  # float64[profile]
        "duration_return",  # float64[month]
        "duration_onward",  # float64[month]
        "schooling_return",  # float64[schooling]
        "schooling_onward",  # float64[schooling]
        "trigger_return",  # float64[trigger set]
        "trigger_onward",  # float64[trigger set]
        "intention_return",  # float64[intention]
        "intention_onward",  # float64[intention]
        "row_return",  # float64[row factor]
        "row_onward",  # float64[row factor]
        "destination",  # float64[host, employment, host]: onward utility over the nest's dissimilarity
        "destination_share",  # float64[host, employment, host]: logit share inside the onward nest
        "kin_boost",  # float64[1]: exp(kin utility / dissimilarity) - 1
        "onward_dissimilarity",  # float64[1]
        "bound_return",  # float64[place, status]: odds of return never exceed this times the next four
        "bound_onward",  # float64[place, status]
        "odds_profile",  # float64[2, profile]: exp of the tables above, return and onward
        "odds_duration",  # float64[2, month]
        "odds_event",  # float64[2, trigger set, intention]
        "odds_taste",  # float64[step]: exp of a taste term, rounded up to the next step
        "intent_return",  # float64[unit, home]: value of return under "when it is safe"
        "intent_host",  # float64[host]: added to the wish to return by host
        "intent_deed",  # float64[host, status]: added to the wish where it enters the deed
        "intent_onward",  # float64[host]: added to the wish to move on by host
        "intent_duration",  # float64[month]: the wish to return by months displaced
        "intent_row",  # float64[row factor]
        "intent_cuts",  # float64[3]: thresholds stay | undecided | return, and onward
    ],
)
"""Everything of a month's decision that is not a household column (built by abm.decision)."""


@nb.njit
def members(persons, i):
    """Return the persons in household ``i``."""
    total = 0
    for k in range(N_KINDS):
        total += persons[i, k]
    return total


@nb.njit
def working_age(persons, i):
    """Return the members aged 18 to 64 of household ``i``."""
    return persons[i, 0] + persons[i, 1] + persons[i, 2] + persons[i, 3]


@nb.njit
def vulnerable(persons, i):
    """Return whether household ``i`` has minors or people of 65 and over."""
    return persons[i, 4] + persons[i, 5] + persons[i, 6] + persons[i, 7] > 0


@nb.njit
def profile_of(c, i):
    """Return the joint code of the slow attributes of household ``i``, uint16.

    A test compares it with :data:`abm.factors.AXES`.
    """
    woman = 1 if c.persons[i, 0] + c.persons[i, 6] > 0 else 0
    draft_age_man = 1 if c.persons[i, 1] + c.persons[i, 2] > 0 else 0
    code = c.age_band[i]
    code = code * 3 + c.family[i]
    code = code * 3 + c.income[i]
    code = code * 2 + c.works_remotely[i]
    code = code * 2 + woman
    return np.uint16(code * 2 + draft_age_man)


@nb.njit(cache=True)
def profile_rows(c, rows):
    """Set the profile of the rows named."""
    for i in rows:
        c.profile[i] = profile_of(c, i)
