// Routes applied for, protection refused, expired or lapsed, asylum: abm/kernels/status.py.
#include "household.h"

constexpr int CLAIMS = 0, LEAVES = 1, WHEN = 2;

static bool concerned(const Columns &c, int64_t i, const bool *units, const bool *kinds, bool vulnerable_exempt) {
    if (!units[c.origin[i]]) return false;
    int64_t adults = 0, others = 0;
    for (int k = 0; k < 8; ++k) {
        if (c.persons[i][k] == 0) continue;
        if (vulnerable_exempt && k >= PersonKind::GIRLS) return false;
        if (k >= PersonKind::GIRLS && k < PersonKind::WOMEN_65) {
            others += kinds[k] ? 0 : 1;
        } else {
            ++adults;
            if (!kinds[k]) return false;
        }
    }
    return adults > 0 || others == 0;
}

extern "C" void choose_route(const Columns *columns, uint64_t key, int64_t n_hosts, const double (*interest)[HOSTS],
                             const double *rush, const double *willing, int8_t *out, int64_t n) {
    const Columns c = *columns;
    double totals[HOSTS] = {};
    for (int64_t route = 0; route < ROUTES; ++route)
        for (int64_t host = 0; host < HOSTS; ++host) totals[host] += interest[route][host];
#pragma omp parallel for firstprivate(c) schedule(dynamic, PIECE)
    for (int64_t i = 0; i < n; ++i) {
        out[i] = -1;
        const int64_t here = c.place[i];
        const bool holds = c.status[i] == Status::TEMPORARY_PROTECTION;
        if (here >= n_hosts || !(holds || c.status[i] == Status::NONE)) continue;
        const double total = totals[here];
        if (total <= 0.0) continue;
        double scale = willing[c.intention[i]];
        if (holds && rush[here] > total) scale *= rush[here] / total;
        const double u = unit_interval(household_key(key, c.household_id[i]), 0);
        if (u >= total * scale) continue;
        double reached = 0.0;
        for (int64_t route = 0; route < ROUTES; ++route) {
            reached += interest[route][here] * scale;
            if (u < reached) {
                out[i] = int8_t(route);
                break;
            }
        }
    }
}

extern "C" void keyed_uniform(const int64_t *ids, uint64_t key, int64_t alternative, double *out, int64_t n) {
    for (int64_t i = 0; i < n; ++i) out[i] = unit_interval(household_key(key, ids[i]), uint64_t(alternative));
}

extern "C" int64_t newcomers(const Columns *columns, int64_t moved, int64_t low, int64_t *found, int64_t n) {
    const Columns c = *columns;
    int64_t many = 0;
    for (int64_t i = low; i < n; ++i) {
        const bool onward = c.choice[i] == Choice::ONWARD, fresh = c.months_here[i] == 0 && !onward;
        if ((moved ? onward : fresh) && c.status[i] == Status::TEMPORARY_PROTECTION) found[many++] = i;
    }
    return many;
}

extern "C" void refuse(const Columns *columns, const int64_t *rows, const uint64_t *keys, const int64_t *hosts,
                       const bool (*units)[UNITS], const bool (*kinds)[8], const bool *vulnerable_exempt,
                       const double *share, const double *claim_share, int64_t n_rows, int64_t n_rules) {
    const Columns c = *columns;
    for (int64_t k = 0; k < n_rows; ++k) {
        const int64_t i = rows[k];
        for (int64_t rule = 0; rule < n_rules; ++rule) {
            if (c.place[i] != hosts[rule] || c.status[i] != Status::TEMPORARY_PROTECTION) continue;
            if (!concerned(c, i, units[rule], kinds[rule], vulnerable_exempt[rule])) continue;
            if (unit_interval(household_key(keys[0], c.household_id[i]), 0) < share[rule]) continue;
            const double plan = unit_interval(household_key(keys[1], c.household_id[i]), CLAIMS);
            c.status[i] = plan < claim_share[rule] ? Status::ASYLUM_PENDING : Status::NONE;
        }
    }
}

extern "C" void update_status(const Columns *columns, const uint64_t *keys, int64_t n_hosts, const bool *expired,
                              const double *to_asylum, const double *claim_share, const double *ruling,
                              const double *grant, double departure, const double *home, const double *onward,
                              int64_t n) {
    const Columns c = *columns;
#pragma omp parallel for firstprivate(c) schedule(dynamic, PIECE)
    for (int64_t i = 0; i < n; ++i) {
        const int64_t here = c.place[i];
        const uint8_t old = c.status[i];
        if (here >= n_hosts
            || (old != Status::TEMPORARY_PROTECTION && old != Status::ASYLUM_PENDING && old != Status::NONE))
            continue;
        const uint64_t own = household_key(keys[0], c.household_id[i]);
        const uint64_t plan = household_key(keys[1], c.household_id[i]);
        if (old == Status::NONE) {
            if (unit_interval(own, WHEN) >= departure) continue;
            const double v = unit_interval(plan, LEAVES);
            if (v < home[here])
                c.triggers[i] |= GOES_HOME;
            else if (v < home[here] + onward[here])
                c.triggers[i] |= GOES_ON;
            continue;
        }
        const double u = unit_interval(own, 0);
        uint8_t now = old;
        if (old == Status::TEMPORARY_PROTECTION) {
            if (expired[here])
                now = unit_interval(plan, CLAIMS) < claim_share[here] ? Status::ASYLUM_PENDING : Status::NONE;
            else if (u > 1.0 - to_asylum[here])
                now = Status::ASYLUM_PENDING;
        } else if (u < ruling[here]) {
            now = u < ruling[here] * grant[here] ? Status::REFUGEE : Status::NONE;
        }
        if (now == old) continue;
        c.status[i] = now;
        if (now == Status::NONE) c.triggers[i] |= STATUS_LOSS;
    }
}

extern "C" void lapse(const Columns *columns, uint64_t key, int64_t host, const bool *units, const bool *kinds,
                      int64_t vulnerable_exempt, double claim_share, int64_t n) {
    const Columns c = *columns;
#pragma omp parallel for firstprivate(c) schedule(dynamic, PIECE)
    for (int64_t i = 0; i < n; ++i) {
        if (c.place[i] != host || c.status[i] != Status::TEMPORARY_PROTECTION) continue;
        if (!concerned(c, i, units, kinds, vulnerable_exempt)) continue;
        if (unit_interval(household_key(key, c.household_id[i]), CLAIMS) < claim_share) {
            c.status[i] = Status::ASYLUM_PENDING;
        } else {
            c.status[i] = Status::NONE;
            c.triggers[i] |= STATUS_LOSS;
        }
    }
}
