// Jobs and learning: abm/kernels/work.py.
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

// Which factor lets as many households find a job as are needed, by host; households sorted by host and wait.
extern "C" void factors_of(const double *wait, const double *weights, const int64_t *begin, const double *needed,
                           double *factor) {
    for (int64_t host = 0; host < HOSTS; ++host) {
        double reached = 0.0, before = 0.0;
        factor[host] = NAN;
        for (int64_t i = begin[host]; i < begin[host + 1]; ++i) {
            reached += weights[i];
            if (needed[host] <= 0.0) {
                factor[host] = 0.0;
                break;
            }
            if (reached - 0.5 * weights[i] >= needed[host]) {
                factor[host] = 0.5 * (before + wait[i]);
                break;
            }
            before = wait[i];
        }
    }
}
