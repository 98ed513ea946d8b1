// Everybody ages and is counted: abm/kernels/end_month.py.
#include "household.h"

extern "C" void age(const Columns *columns, int64_t n_hosts, int64_t n) {
    const Columns c = *columns;
#pragma omp parallel for firstprivate(c) schedule(static)
    for (int64_t i = 0; i < n; ++i) {
        const bool abroad = c.place[i] < n_hosts, stayed = c.choice[i] == Choice::STAY;
        c.months_here[i] = uint16_t(c.months_here[i] + stayed);
        c.months_displaced[i] = uint16_t(c.months_displaced[i] + (abroad | (c.choice[i] == Choice::RETURN)));
        c.months_collective[i] =
            uint16_t(c.months_collective[i] + (stayed & abroad & (c.housing[i] == Housing::COLLECTIVE)));
    }
}

extern "C" void count(const Columns *columns, int64_t n_hosts, const int64_t *group_of_unit, int64_t *stock,
                      int64_t *counts, int64_t n) {
    const Columns c = *columns;
    constexpr int64_t CELLS = HOSTS * STATUSES * GROUPS * 8;
#pragma omp parallel for firstprivate(c) schedule(dynamic, PIECE) \
    reduction(+ : stock[ : CELLS]) reduction(+ : counts[ : HOSTS * N_COUNTS])
    for (int64_t i = 0; i < n; ++i) {
        const int64_t here = c.place[i];
        if (here >= n_hosts) continue;
        const int64_t weight = c.stands_for[i];
        int64_t *cell = stock + ((here * STATUSES + c.status[i]) * GROUPS + group_of_unit[c.origin[i]]) * 8;
        int64_t *by_host = counts + here * N_COUNTS, total = 0;
        for (int kind = 0; kind < 8; ++kind) {
            const int64_t number = weight * c.persons[i][kind];
            total += number;
            if (number > 0) cell[kind] += number;
        }
        by_host[0] += weight * working_age(c.persons[i]);
        by_host[1] += weight * c.employed[i];
        by_host[2 + c.housing[i]] += total;
        by_host[6 + c.intention[i]] += total;
        if (c.schooling[i] > 0) {
            const int64_t minors = weight * (c.persons[i][4] + c.persons[i][5]);
            by_host[10] += minors;
            by_host[10 + c.schooling[i]] += minors;
        }
        if (c.family[i] > 0) by_host[14] += total;
        by_host[15] += weight;
        const bool means = c.income[i] + (c.employed[i] > 0) >= 2;
        by_host[(c.intention[i] == Intention::RETURN ? 16 : 18) + (means ? 0 : 1)] += total;
    }
}
