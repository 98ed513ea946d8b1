// Odds of one household, and whether staying surely beats them: abm/kernels/decide.py.
#pragma once
#include "household.h"

static inline bool settles(double u_stay, double u_other, double odds) {
    return (1.0 - u_stay) * odds < u_stay * (1.0 - u_other);
}

static inline int64_t taste_step(double term) {
    return int64_t((std::min(std::max(term, -TASTE_RANGE), TASTE_RANGE) + TASTE_RANGE) * TASTE_STEPS);
}

static inline double rows_of(const Columns &c, const double *w, int64_t i) {
    return (w[0] * c.attachment[i] + w[1] * c.readiness[i] + w[2] * c.ties[i])
           + (w[3] * c.integration[i] + w[4] * c.contacts_returned[i] + w[5] * c.contacts_onward[i]);
}

static inline double odds_return(const Columns &c, const Tables &t, int64_t i) {
    const int64_t here = c.place[i];
    return std::exp(t.return_value[c.origin[i]][c.home[i]]
                    + t.host_return[here][c.status[i]][c.employment[i]][c.housing[i]]
                    + t.entry_return[here][c.employment[i]][stay(c.months_here[i])] + t.profile_return[c.profile[i]]
                    + t.duration_return[stay(c.months_displaced[i])] + t.schooling_return[c.schooling[i]]
                    + t.trigger_return[c.triggers[i]] + t.intention_return[c.aim[i]] + rows_of(c, t.row_return, i));
}

static inline double odds_onward(const Columns &c, const Tables &t, int64_t i) {
    const int64_t here = c.place[i];
    const double odds = std::exp(
        0.0 + t.host_onward[here][c.status[i]][c.employment[i]][c.housing[i]]
        + t.entry_onward[here][c.employment[i]][stay(c.months_here[i])] + t.profile_onward[c.profile[i]]
        + t.duration_onward[stay(c.months_here[i])] + t.schooling_onward[c.schooling[i]]
        + t.trigger_onward[c.triggers[i]] + t.intention_onward[c.aim[i]] + rows_of(c, t.row_onward, i));
    if (c.kin_hosts[i][0] < 0) return odds;
    double near = 0.0;
    for (const int64_t kin : c.kin_hosts[i])
        if (kin >= 0 && kin != here) near += t.destination_share[here][c.employment[i]][kin];
    return odds * std::pow(1.0 + t.kin_boost[0] * near, t.onward_dissimilarity[0]);
}

static inline uint8_t first_to_come(double u_stay, double u_return, double u_onward, double back, double on) {
    const double stays = -std::log(u_stay), returns = -std::log(u_return) / back, moves = -std::log(u_onward) / on;
    if (stays <= returns && stays <= moves) return Choice::STAY;
    return returns <= moves ? Choice::RETURN : Choice::ONWARD;
}
