// The decision with month tables and bounds before logarithms, loop by loop as in abm/kernels/decide.py:
// draws and bounds of a block stand in loops of their own, so that the compiler vectorises them.
#include "decide.h"

struct Draws {
    double stay[BLOCK], back[BLOCK], on[BLOCK];
};

// Whether staying does not surely beat one alternative, for the rows of a block; column pointers of the block.
static void mark_open(int64_t n, const Columns &c, int64_t first, const uint16_t *months, const double *u_stay,
                      const double *u, const double (*bound)[STATUSES], const double *by_profile,
                      const double *by_duration, const double (*by_event)[INTENTIONS], const double *by_taste,
                      const double *weights, bool *open) {
    const uint8_t *place = c.place + first, *status = c.status + first;
    const uint8_t *triggers = c.triggers + first, *aim = c.aim + first;
    const uint16_t *profile = c.profile + first;
    const float *attachment = c.attachment + first, *readiness = c.readiness + first;
    const double weight_attachment = weights[0], weight_readiness = weights[1];
    for (int64_t j = 0; j < n; ++j) {
        double odds = bound[place[j]][status[j]] * by_profile[profile[j]] * by_event[triggers[j]][aim[j]];
        odds *= by_duration[stay(months[j])];
        odds *= by_taste[taste_step(weight_attachment * attachment[j] + weight_readiness * readiness[j])];
        open[j] = !settles(u_stay[j], u[j], odds);
    }
}

extern "C" void decide(const Columns *columns, const Tables *tables, uint64_t key, int64_t n_hosts, int64_t n) {
    const Columns c = *columns;
    const Tables t = *tables;
#pragma omp parallel for firstprivate(c, t) schedule(dynamic, 16)
    for (int64_t block = 0; block < (n + BLOCK - 1) / BLOCK; ++block) {
        const int64_t first = block * BLOCK, here = std::min(n - first, BLOCK);
        Draws u;
        bool may_return[BLOCK], may_move[BLOCK];
        int64_t rows_open[BLOCK + 1];
        for (int64_t j = 0; j < here; ++j) {
            const uint64_t own = household_key(key, c.household_id[first + j]);
            u.stay[j] = unit_interval(own, Choice::STAY);
            u.back[j] = unit_interval(own, Choice::RETURN);
            u.on[j] = unit_interval(own, Choice::ONWARD);
        }
        mark_open(here, c, first, c.months_displaced + first, u.stay, u.back, t.bound_return, t.odds_profile[0],
                  t.odds_duration[0], t.odds_event[0], t.odds_taste, t.row_return, may_return);
        mark_open(here, c, first, c.months_here + first, u.stay, u.on, t.bound_onward, t.odds_profile[1],
                  t.odds_duration[1], t.odds_event[1], t.odds_taste, t.row_onward, may_move);
        int64_t n_open = 0;
        for (int64_t j = 0; j < here; ++j) {
            c.choice[first + j] = Choice::STAY;
            rows_open[n_open] = j;
            n_open += may_return[j] | may_move[j];
        }
        for (int64_t position = 0; position < n_open; ++position) {
            const int64_t j = rows_open[position], i = first + j;
            if (c.place[i] >= n_hosts || c.months_here[i] == 0) continue;
            const double back = odds_return(c, t, i), on = odds_onward(c, t, i);
            if (settles(u.stay[j], u.back[j], back) && settles(u.stay[j], u.on[j], on)) continue;
            c.choice[i] = first_to_come(u.stay[j], u.back[j], u.on[j], back, on);
        }
    }
}
