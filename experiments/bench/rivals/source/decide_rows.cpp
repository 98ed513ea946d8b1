// The decision as one writes it in C++ first: the same tables, bounds and draws, one household after another.
#include "decide.h"

static inline bool surely_stays(const Columns &c, int64_t i, double u_stay, double u, int64_t months,
                                const double (*bound)[STATUSES], const double *by_profile, const double *by_duration,
                                const double (*by_event)[INTENTIONS], const double *by_taste, const double *weights) {
    const double taste = weights[0] * c.attachment[i] + weights[1] * c.readiness[i];
    return settles(u_stay, u,
                   bound[c.place[i]][c.status[i]] * by_profile[c.profile[i]] * by_event[c.triggers[i]][c.aim[i]]
                       * by_duration[stay(months)] * by_taste[taste_step(taste)]);
}

extern "C" void decide_rows(const Columns *columns, const Tables *tables, uint64_t key, int64_t n_hosts, int64_t n) {
    const Columns c = *columns;
    const Tables t = *tables;
#pragma omp parallel for firstprivate(c, t) schedule(dynamic, PIECE)
    for (int64_t i = 0; i < n; ++i) {
        c.choice[i] = Choice::STAY;
        if (c.place[i] >= n_hosts || c.months_here[i] == 0) continue;
        const uint64_t own = household_key(key, c.household_id[i]);
        const double stays = unit_interval(own, Choice::STAY), returns = unit_interval(own, Choice::RETURN);
        const double moves = unit_interval(own, Choice::ONWARD);
        if (surely_stays(c, i, stays, returns, c.months_displaced[i], t.bound_return, t.odds_profile[0],
                         t.odds_duration[0], t.odds_event[0], t.odds_taste, t.row_return)
            && surely_stays(c, i, stays, moves, c.months_here[i], t.bound_onward, t.odds_profile[1],
                            t.odds_duration[1], t.odds_event[1], t.odds_taste, t.row_onward))
            continue;
        const double back = odds_return(c, t, i), on = odds_onward(c, t, i);
        if (settles(stays, returns, back) && settles(stays, moves, on)) continue;
        c.choice[i] = first_to_come(stays, returns, moves, back, on);
    }
}
