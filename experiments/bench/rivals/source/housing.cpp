// Dwellings, and scarce places handed out: abm/kernels/housing.py.
#include <numeric>
#include <vector>
#include "household.h"

extern "C" void count_housing(const Columns *columns, int64_t n_hosts, const double *leave_collective,
                              const double *worker_leaves, int64_t *counts, int64_t n) {
    const Columns c = *columns;
#pragma omp parallel for firstprivate(c) schedule(dynamic, PIECE) reduction(+ : counts[ : 4 * HOSTS])
    for (int64_t i = 0; i < n; ++i) {
        const int64_t here = c.place[i];
        if (here >= n_hosts) continue;
        const int64_t number = members(c.persons[i]) * c.stands_for[i];
        counts[here] += number;
        if (c.housing[i] == Housing::HOSTED) {
            counts[3 * HOSTS + here] += number;
        } else if (c.housing[i] == Housing::COLLECTIVE) {
            counts[HOSTS + here] += number;
            if (c.months_collective[i] > 0) {
                const double share = leave_collective[here] * (c.employed[i] > 0 ? worker_leaves[here] : 1.0);
                counts[2 * HOSTS + here] += number * int64_t(share * PARTS);
            }
        }
    }
}

extern "C" void update_housing(const Columns *columns, uint64_t key, int64_t n_hosts, const double *leave_collective,
                               const double *worker_leaves, const double *subsidised, const double *hosting_ends,
                               const double (*longest)[MOST_MONTHS + 1], const bool *exempt, double leave_hosted,
                               double work_factor, double finds_home, int64_t *counts, int64_t n) {
    const Columns c = *columns;
#pragma omp parallel for firstprivate(c) schedule(dynamic, PIECE) reduction(+ : counts[ : 2 * HOSTS])
    for (int64_t i = 0; i < n; ++i) {
        const int64_t here = c.place[i];
        if (here >= n_hosts) continue;
        uint8_t housing = c.housing[i];
        if (housing == Housing::INDEPENDENT || housing == Housing::SUBSIDISED) continue;
        const uint64_t own = household_key(key, c.household_id[i]);
        const double u = unit_interval(own, 0);
        const bool works = c.employed[i] > 0;
        double limit = longest[here][stay(c.months_here[i])];
        if (exempt[here] && vulnerable(c.persons[i])) limit = INFINITY;
        const int64_t months = c.months_collective[i];
        if (housing == Housing::COLLECTIVE) {
            const bool out = double(months) >= limit;
            const bool leaves = months > 0 && u < leave_collective[here] * (works ? worker_leaves[here] : 1.0);
            if (leaves || (out && unit_interval(own, 2) < finds_home)) {
                housing = unit_interval(own, 1) < subsidised[here] ? Housing::SUBSIDISED : Housing::INDEPENDENT;
            } else if (out) {
                housing = Housing::HOSTED;
                c.triggers[i] |= HOUSING_LOSS;
            }
        } else if (u < leave_hosted * (works ? work_factor : 1.0)) {
            housing = Housing::INDEPENDENT;
        } else if (u > 1.0 - hosting_ends[here]) {
            if (double(c.months_here[i]) >= limit) {
                c.triggers[i] |= HOUSING_LOSS;
            } else {
                housing = Housing::COLLECTIVE;
                c.months_collective[i] = 0;
            }
        }
        c.housing[i] = housing;
        if (housing == Housing::COLLECTIVE)
            counts[(c.months_collective[i] > 0 ? 0 : HOSTS) + here] += members(c.persons[i]) * c.stands_for[i];
    }
}

extern "C" int64_t allocate_places(const Columns *columns, uint64_t key, int64_t host, int64_t free, int64_t duty,
                                   int64_t vulnerable_first, int64_t n) {
    const Columns c = *columns;
    std::vector<int64_t> rows;
    std::vector<double> luck;
    for (int64_t i = 0; i < n; ++i) {
        if (c.place[i] != host || c.housing[i] != Housing::COLLECTIVE || c.months_collective[i] != 0) continue;
        rows.push_back(i);
        luck.push_back(unit_interval(household_key(key, c.household_id[i]), 0)
                       + (vulnerable_first && !vulnerable(c.persons[i]) ? 1.0 : 0.0));
    }
    std::vector<int64_t> turns(rows.size());
    std::iota(turns.begin(), turns.end(), 0);
    std::sort(turns.begin(), turns.end(), [&](int64_t a, int64_t b) { return luck[a] < luck[b]; });
    int64_t missing = 0;
    for (const int64_t turn : turns) {
        const int64_t i = rows[turn], persons = members(c.persons[i]) * c.stands_for[i];
        if (persons <= free) {
            free -= persons;
            continue;
        }
        missing += persons;
        if (!duty) {
            c.housing[i] = Housing::HOSTED;
            c.triggers[i] |= HOUSING_LOSS;
        }
    }
    return missing;
}
