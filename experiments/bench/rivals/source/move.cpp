// Moves chosen, who leaves with protection, and households in Ukraine that leave again: abm/kernels/move.py.
#include "moving.h"

static int64_t destination_of(const Columns &c, const Tables &t, int64_t i, uint64_t own, int64_t n_hosts) {
    const int64_t here = c.place[i];
    const double *to = t.destination[here][c.employment[i]], kin_utility = std::log(1.0 + t.kin_boost[0]);
    double best = -INFINITY;
    int64_t best_host = -1;
    for (int64_t host = 0; host < n_hosts; ++host) {
        if (host == here) continue;
        double utility = to[host];
        for (const int64_t kin : c.kin_hosts[i])
            if (kin == host) utility += kin_utility;
        utility += gumbel(own, uint64_t(host));
        if (utility > best) best = utility, best_host = host;
    }
    return best_host;
}

static int64_t settlement_of(const Columns &c, const Tables &t, int64_t i, uint64_t own) {
    const int64_t origin = c.origin[i];
    if (unit_interval(own, 0) < t.return_origin_share[origin][c.home[i]]) return origin;
    const double u = unit_interval(own, 1);
    for (int64_t unit = 0; unit < UNITS; ++unit)
        if (u < t.elsewhere_cumulative[unit]) return unit;
    return UNITS - 1;
}

extern "C" void move(const Columns *columns, const Tables *tables, const uint64_t *keys, const bool *is_protected,
                     const double *collective_share, int64_t n_hosts, int64_t *flows, int64_t n) {
    const Columns c = *columns;
    const Tables t = *tables;
    constexpr int64_t PLACES = HOSTS + 1;
#pragma omp parallel for firstprivate(c, t) schedule(dynamic, PIECE) reduction(+ : flows[ : 2 * PLACES * PLACES])
    for (int64_t i = 0; i < n; ++i) {
        const int64_t here = c.place[i];
        if (here >= n_hosts) continue;
        if (c.choice[i] == Choice::RETURN) {
            const int64_t unit = settlement_of(c, t, i, household_key(keys[0], c.household_id[i]));
            flows[here * PLACES + n_hosts] += members(c.persons[i]) * c.stands_for[i];
            leave(c, i, n_hosts);
            c.ukraine_unit[i] = int8_t(unit);
            c.status[i] = Status::NOT_NEEDED;
            c.housing[i] = Housing::INDEPENDENT;
            c.ties[i] = 1.0f;
        } else if (c.choice[i] == Choice::ONWARD) {
            const uint64_t own = household_key(keys[1], c.household_id[i]);
            const int64_t host = destination_of(c, t, i, own, n_hosts);
            flows[(PLACES + here) * PLACES + host] += members(c.persons[i]) * c.stands_for[i];
            enter_host(c, i, host, is_protected, collective_share, own);
        }
    }
}

extern "C" void holders_who_leave(const Columns *columns, int64_t *found, int64_t n) {
    const Columns c = *columns;
#pragma omp parallel for firstprivate(c) schedule(dynamic, PIECE) reduction(+ : found[ : HOSTS])
    for (int64_t i = 0; i < n; ++i)
        if (c.choice[i] != Choice::STAY && c.status[i] == Status::TEMPORARY_PROTECTION)
            found[c.place[i]] += members(c.persons[i]) * c.stands_for[i];
}

extern "C" void redepart(const Columns *columns, uint64_t key, const double *hazard, const double *attraction,
                         double loyalty, const bool *is_protected, const double *collective_share, int64_t n_hosts,
                         int64_t *flows, int64_t n) {
    const Columns c = *columns;
#pragma omp parallel for firstprivate(c) schedule(dynamic, PIECE) reduction(+ : flows[ : HOSTS])
    for (int64_t i = 0; i < n; ++i) {
        if (c.place[i] != n_hosts || c.months_here[i] == 0) continue;
        const uint64_t own = household_key(key, c.household_id[i]);
        if (unit_interval(own, 0) >= hazard[c.ukraine_unit[i]]) continue;
        double best = -INFINITY;
        int64_t best_host = 0;
        for (int64_t host = 0; host < n_hosts; ++host) {
            double utility = attraction[host] + gumbel(own, uint64_t(1 + host));
            if (host == c.last_place[i]) utility += loyalty;
            if (utility > best) best = utility, best_host = host;
        }
        flows[best_host] += members(c.persons[i]) * c.stands_for[i];
        enter_host(c, i, best_host, is_protected, collective_share, own);
    }
}
