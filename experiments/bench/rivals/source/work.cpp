// Jobs and learning: abm/kernels/work.py, and how many more find one: abm/month/work.py.
#include <vector>
#include "household.h"

using ByStay = const double (*)[MOST_MONTHS + 1];

extern "C" void seek_work(const Columns *columns, uint64_t key, int64_t n_hosts, ByStay find, ByStay usual,
                          const double *lose, double language, double, double without_status, double *wait,
                          int64_t *counts, int64_t n) {
    const Columns c = *columns;
#pragma omp parallel for firstprivate(c) schedule(dynamic, PIECE) reduction(+ : counts[ : 5 * HOSTS])
    for (int64_t i = 0; i < n; ++i) {
        const int64_t here = c.place[i];
        wait[i] = INFINITY;
        if (here >= n_hosts) continue;
        const int64_t adults = working_age(c.persons[i]), jobs = c.employed[i], weight = c.stands_for[i];
        if (adults == 0) continue;
        counts[here] += weight * adults;
        counts[HOSTS + here] += weight * jobs;
        double gain = double(adults - jobs) * (1.0 + language * c.integration[i]);
        if (c.status[i] == Status::NONE) gain *= without_status;
        const int64_t months = stay(c.months_here[i]);
        const double base = find[here][months];
        counts[3 * HOSTS + here] += weight * int64_t(gain * base * PARTS);
        counts[4 * HOSTS + here] += weight * int64_t(gain * usual[here][months] * PARTS);
        const double u = unit_interval(household_key(key, c.household_id[i]), 0);
        if (u > 1.0 - double(jobs) * lose[here])
            counts[2 * HOSTS + here] += weight;
        else if (u < MOST_FIND && gain * base > 0.0)
            wait[i] = u / (gain * base);
    }
}

extern "C" void update_work(const Columns *columns, uint64_t key, int64_t n_hosts, ByStay find, const double *lose,
                            const double *upgrade, double language, double at_level_share, double without_status,
                            int64_t n) {
    const Columns c = *columns;
#pragma omp parallel for firstprivate(c) schedule(dynamic, PIECE)
    for (int64_t i = 0; i < n; ++i) {
        const int64_t here = c.place[i];
        if (here >= n_hosts) continue;
        const int64_t adults = working_age(c.persons[i]), employed = c.employed[i];
        if (adults == 0) continue;
        const uint64_t own = household_key(key, c.household_id[i]);
        const double u = unit_interval(own, 0);
        const double base = find[here][stay(c.months_here[i])] * (c.status[i] == Status::NONE ? without_status : 1.0);
        const double chance = double(adults - employed) * base * (1.0 + language * c.integration[i]);
        if (u < std::min(MOST_FIND, chance)) {
            c.employed[i] = int8_t(employed + 1);
            if (employed == 0)
                c.employment[i] = unit_interval(own, 1) < at_level_share ? Employment::AT_LEVEL : Employment::BELOW_LEVEL;
        } else if (u > 1.0 - double(employed) * lose[here]) {
            c.employed[i] = int8_t(employed - 1);
            if (employed == 1) {
                c.employment[i] = Employment::NONE;
                c.triggers[i] |= JOB_LOSS;
            }
        } else if (c.employment[i] == Employment::BELOW_LEVEL
                   && unit_interval(own, 2) < upgrade[here] * c.integration[i]) {
            c.employment[i] = Employment::AT_LEVEL;
        }
    }
}

extern "C" void update_integration(const Columns *columns, int64_t n_hosts, const double *learn, double work_gain,
                                   int64_t n) {
    const Columns c = *columns;
#pragma omp parallel for firstprivate(c) schedule(dynamic, PIECE)
    for (int64_t i = 0; i < n; ++i) {
        if (c.place[i] >= n_hosts) continue;
        const double gain = learn[c.place[i]] * (c.employed[i] > 0 ? 1.0 + work_gain : 1.0);
        c.integration[i] += float(gain * (1.0 - c.integration[i]));
    }
}

struct Seeker {
    double wait;
    int64_t id, weight;
    bool operator<(const Seeker &other) const {
        return wait != other.wait ? wait < other.wait : id < other.id;
    }
};

// The factor at which households that find a job are nearest to what is needed; NaN where more have to be seen.
static double factor_among(std::vector<Seeker> &seekers, double needed) {
    std::sort(seekers.begin(), seekers.end());
    double reached = 0.0, before = 0.0;
    for (const Seeker &one : seekers) {
        if (needed <= 0.0) return 0.0;
        reached += double(one.weight);
        if (reached - 0.5 * double(one.weight) >= needed) return 0.5 * (before + one.wait);
        before = one.wait;
    }
    return NAN;
}

extern "C" void factors_needed(const Columns *columns, const double *wait, const double *needed, double *factor,
                               int64_t n) {
    const Columns c = *columns;
    std::fill(factor, factor + HOSTS, NAN);
    for (const double most : {NEAR, double(INFINITY)}) {
        std::vector<std::vector<Seeker>> seekers(HOSTS);
        bool some = false;
        for (int64_t host = 0; host < HOSTS; ++host) some |= std::isnan(factor[host]);
        for (int64_t i = 0; some && i < n; ++i)
            if (wait[i] < most && std::isnan(factor[c.place[i]]))
                seekers[c.place[i]].push_back({wait[i], c.household_id[i], c.stands_for[i]});
#pragma omp parallel for schedule(dynamic, 1)
        for (int64_t host = 0; host < HOSTS; ++host) {
            if (!std::isnan(factor[host])) continue;
            factor[host] = factor_among(seekers[host], needed[host]);
            if (most < INFINITY || !std::isnan(factor[host])) continue;
            const double last = seekers[host].empty() ? 0.0 : seekers[host].back().wait;
            factor[host] = last > 0.0 ? 0.5 * (last + (2.0 * last + 1.0)) : 1.0;
        }
    }
}
