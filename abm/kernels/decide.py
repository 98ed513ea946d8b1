"""The monthly decision: stay, return or move onward, with one keyed Gumbel error each.

A household takes the alternative with the highest utility ``V + e``. With ``e = -log(E)`` and
``E = -log(u)`` standard exponential this is the smallest ``E / exp(V)``, which needs no logarithm
for most households: because ``1 - u <= -log u <= (1 - u) / u``, staying is settled as soon as
``(1 - u_stay) / u_stay < (1 - u_other) / odds_other`` for both others. That is tried first with a
bound of the odds, a product of a few table entries (:mod:`abm.decision`), then with the odds.
Draws and bounds stand in loops of their own, so that the compiler works on several households at a time.

Source   McFadden (1974, 1978: nested logit with inclusive values); the squeeze follows from the bound above.
Checked  equal to :func:`abm.reference.choice.decide` for every household; shares against closed-form logit.
"""

import numba as nb
import numpy as np

from abm.codes import Choice
from abm.kernels.draws import BLOCK, household_key, rows_where, unit_interval
from abm.kernels.layout import MOST_MONTHS, TASTE_RANGE, TASTE_STEPS

STAY = int(Choice.STAY)
RETURN = int(Choice.RETURN)
ONWARD = int(Choice.ONWARD)


@nb.njit
def settles(u_stay, u_other, odds):
    """Return True if staying surely beats an alternative with these odds (never wrongly)."""
    return (1.0 - u_stay) * odds < u_stay * (1.0 - u_other)


@nb.njit
def draw_block(ids, key, u):
    """Write the three draws of every household of ``ids`` to float64[3, block] ``u``."""
    for j in range(ids.shape[0]):
        own = household_key(key, ids[j])
        u[STAY, j] = unit_interval(own, STAY)
        u[RETURN, j] = unit_interval(own, RETURN)
        u[ONWARD, j] = unit_interval(own, ONWARD)


@nb.njit
def taste_step(term):
    """Return the row of the table that bounds exp(term)."""
    return np.int64((min(max(term, -TASTE_RANGE), TASTE_RANGE) + TASTE_RANGE) * TASTE_STEPS)


@nb.njit
def mark_open(
    way, place, status, profile, months, triggers, intention, attachment, readiness, u,
    bound, by_profile, by_duration, by_event, by_taste, weight_attachment, weight_readiness, open_,
):  # fmt: skip
    """Write to ``open_[j]`` whether staying does not surely beat the alternative ``way``.

    The first arrays are columns of one block; the tables are those of
    :class:`~abm.kernels.layout.DecisionTables`, for one alternative.
    """
    for j in range(place.shape[0]):
        odds = bound[place[j], status[j]] * by_profile[profile[j]] * by_event[triggers[j], intention[j]]
        odds *= by_duration[min(months[j], MOST_MONTHS)]
        odds *= by_taste[taste_step(weight_attachment * attachment[j] + weight_readiness * readiness[j])]
        open_[j] = not settles(u[STAY, j], u[way, j], odds)


@nb.njit
def first_to_come(u_stay, u_return, u_onward, odds_return, odds_onward):
    """Return the alternative whose exponential waiting time is shortest."""
    wait_stay = -np.log(u_stay)
    wait_return = -np.log(u_return) / odds_return
    wait_onward = -np.log(u_onward) / odds_onward
    if wait_stay <= wait_return and wait_stay <= wait_onward:
        return STAY
    return RETURN if wait_return <= wait_onward else ONWARD


@nb.njit(inline="always")
def odds_of(
    i, level, here, status, employment, housing, profile, months, here_months, schooling, triggers,
    intention, rows, by_host, by_entry, by_profile, by_duration, by_schooling, by_trigger, by_intention,
    weights,
):  # fmt: skip
    """Return the odds of return or of moving onward against staying of household ``i``, without kin.

    ``level`` is what the two places of return are worth, nothing for onward; ``months`` are those the
    duration counts.
    """
    return np.exp(
        level
        + by_host[here, status[i], employment[i], housing[i]]
        + by_entry[here, employment[i], min(here_months[i], MOST_MONTHS)]
        + by_profile[profile[i]]
        + by_duration[min(months[i], MOST_MONTHS)]
        + by_schooling[schooling[i]]
        + by_trigger[triggers[i]]
        + by_intention[intention[i]]
        + (weights[0] * rows[0][i] + weights[1] * rows[1][i] + weights[2] * rows[2][i])
        + (weights[3] * rows[3][i] + weights[4] * rows[4][i] + weights[5] * rows[5][i])
    )


@nb.njit(inline="always")
def kin_gain(i, here, employment, kin, share, boost, scale):
    """Return the factor by which close kin raise the odds of moving onward of household ``i``."""
    if kin[i, 0] < 0:
        return 1.0
    near = 0.0
    for k in range(kin.shape[1]):
        if kin[i, k] >= 0 and kin[i, k] != here:
            near += share[here, employment[i], kin[i, k]]
    # The inclusive value of the nest with kin: scale * log(1 + share * boost).
    return (1.0 + boost * near) ** scale


@nb.njit(nogil=True, cache=True)
def decide(c, t, key, n_hosts, low, high):
    """Write the choice of every household in the rows ``low <= i < high``.

    Parameters
    ----------
    c : Columns
        Household columns; ``choice`` is written, everything else is read.
    n_hosts : int
        Number of hosts; households in Ukraine and households that arrived this month stay.
    """
    # Columns and tables are unpacked once: inside the loop every access would count references.
    ids, place, here_months, choice = c.household_id, c.place, c.months_here, c.choice
    origin, home, status, employment, housing = c.origin, c.home, c.status, c.employment, c.housing
    profile, months, schooling = c.profile, c.months_displaced, c.schooling
    triggers, intention, kin = c.triggers, c.aim, c.kin_hosts
    attachment, readiness = c.attachment, c.readiness
    rows = (attachment, readiness, c.ties, c.integration, c.contacts_returned, c.contacts_onward)
    value, host_return, host_onward = t.return_value, t.host_return, t.host_onward
    entry_return, entry_onward = t.entry_return, t.entry_onward
    profile_return, profile_onward = t.profile_return, t.profile_onward
    duration_return, duration_onward = t.duration_return, t.duration_onward
    schooling_return, schooling_onward = t.schooling_return, t.schooling_onward
    trigger_return, trigger_onward = t.trigger_return, t.trigger_onward
    intention_return, intention_onward = t.intention_return, t.intention_onward
    weights_return, weights_onward = t.row_return, t.row_onward
    share, boost, scale = t.destination_share, t.kin_boost[0], t.onward_dissimilarity[0]
    odds_profile, odds_duration, odds_event = t.odds_profile, t.odds_duration, t.odds_event
    bound_return, bound_onward, odds_taste = t.bound_return, t.bound_onward, t.odds_taste
    draws, rows_open = np.empty((3, BLOCK)), np.empty(BLOCK + np.uint64(1), np.uint64)
    may_return, may_move, is_open = (
        np.empty(BLOCK, np.bool_),
        np.empty(BLOCK, np.bool_),
        np.empty(BLOCK, np.bool_),
    )
    for first in range(low, high, BLOCK):
        last = min(first + BLOCK, high)
        block = slice(first, last)
        draw_block(ids[block], key, draws)
        mark_open(
            RETURN, place[block], status[block], profile[block], months[block], triggers[block],
            intention[block], attachment[block], readiness[block], draws, bound_return, odds_profile[0],
            odds_duration[0], odds_event[0], odds_taste, weights_return[0], weights_return[1], may_return,
        )  # fmt: skip
        mark_open(
            ONWARD, place[block], status[block], profile[block], here_months[block], triggers[block],
            intention[block], attachment[block], readiness[block], draws, bound_onward, odds_profile[1],
            odds_duration[1], odds_event[1], odds_taste, weights_onward[0], weights_onward[1], may_move,
        )  # fmt: skip
        choice[block] = STAY
        for j in range(last - first):
            is_open[j] = may_return[j] | may_move[j]
        n_open = rows_where(is_open, first, last - first, rows_open)
        for position in range(n_open):
            i = rows_open[position]
            j, here = i - first, place[i]
            if here >= n_hosts or here_months[i] == 0:
                continue
            return_open, onward_open, odds_return, odds_onward = may_return[j], may_move[j], 0.0, 0.0
            # First what the bound left open; what it has settled only where the other way is open still.
            for settled in (False, True):
                if may_return[j] != settled:
                    odds_return = odds_of(
                        i, value[origin[i], home[i]], here, status, employment, housing, profile, months,
                        here_months, schooling, triggers, intention, rows, host_return, entry_return,
                        profile_return, duration_return, schooling_return, trigger_return, intention_return,
                        weights_return,
                    )  # fmt: skip
                    return_open = not settles(draws[STAY, j], draws[RETURN, j], odds_return)
                if may_move[j] != settled:
                    odds_onward = odds_of(
                        i, 0.0, here, status, employment, housing, profile, here_months, here_months,
                        schooling, triggers, intention, rows, host_onward, entry_onward, profile_onward,
                        duration_onward, schooling_onward, trigger_onward, intention_onward, weights_onward,
                    )  # fmt: skip
                    odds_onward *= kin_gain(i, here, employment, kin, share, boost, scale)
                    onward_open = not settles(draws[STAY, j], draws[ONWARD, j], odds_onward)
                if not (return_open or onward_open):
                    break
            else:
                choice[i] = first_to_come(
                    draws[STAY, j], draws[RETURN, j], draws[ONWARD, j], odds_return, odds_onward
                )


@nb.njit(nogil=True, cache=True)
def log_odds(c, t, out, low, high):
    """Write the log odds of return and onward of the rows ``low <= i < high`` to ``out[i]``.

    ``out`` is float64[n, 2]; the sums are those of :func:`decide`, for the reference population
    and for whoever wants to see them.
    """
    for i in range(low, high):
        here, status, job, dwelling = c.place[i], c.status[i], c.employment[i], c.housing[i]
        out[i, 0] = (
            t.return_value[c.origin[i], c.home[i]]
            + t.host_return[here, status, job, dwelling]
            + t.entry_return[here, job, min(c.months_here[i], MOST_MONTHS)]
            + t.profile_return[c.profile[i]]
            + t.duration_return[min(c.months_displaced[i], MOST_MONTHS)]
            + t.schooling_return[c.schooling[i]]
            + t.trigger_return[c.triggers[i]]
            + t.intention_return[c.aim[i]]
            + row_sum(c, t.row_return, i)
        )
        near = 0.0
        for k in range(c.kin_hosts.shape[1]):
            host = c.kin_hosts[i, k]
            if host >= 0 and host != here:
                near += t.destination_share[here, job, host]
        out[i, 1] = (
            t.host_onward[here, status, job, dwelling]
            + t.entry_onward[here, job, min(c.months_here[i], MOST_MONTHS)]
            + t.profile_onward[c.profile[i]]
            + t.duration_onward[min(c.months_here[i], MOST_MONTHS)]
            + t.schooling_onward[c.schooling[i]]
            + t.trigger_onward[c.triggers[i]]
            + t.intention_onward[c.aim[i]]
            + row_sum(c, t.row_onward, i)
            + t.onward_dissimilarity[0] * np.log(1.0 + t.kin_boost[0] * near)
        )


@nb.njit
def row_sum(c, weights, i):
    """Return the sum of the row factors of household ``i``."""
    return (
        weights[0] * c.attachment[i]
        + weights[1] * c.readiness[i]
        + weights[2] * c.ties[i]
        + weights[3] * c.integration[i]
        + weights[4] * c.contacts_returned[i]
        + weights[5] * c.contacts_onward[i]
    )
