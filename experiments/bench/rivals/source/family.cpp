// Schooling, ties, births and young men who leave home: abm/kernels/family.py.
#include "household.h"

extern "C" void update_schooling(const Columns *columns, uint64_t key, int64_t n_hosts, double enter_school,
                                 double leave_online, int64_t ends, int64_t n) {
    const Columns c = *columns;
#pragma omp parallel for firstprivate(c) schedule(dynamic, PIECE)
    for (int64_t i = 0; i < n; ++i) {
        const uint8_t schooling = c.schooling[i];
        if (c.place[i] >= n_hosts || schooling == Schooling::NO_MINORS) continue;
        if (ends) c.triggers[i] |= SCHOOL_YEAR_END;
        if (schooling == Schooling::HOST) continue;
        const double u = unit_interval(household_key(key, c.household_id[i]), 0);
        if (schooling == Schooling::UKRAINIAN_ONLINE && u < enter_school)
            c.schooling[i] = Schooling::BOTH;
        else if (schooling == Schooling::BOTH && u < leave_online)
            c.schooling[i] = Schooling::HOST;
    }
}

extern "C" void update_ties(const Columns *columns, uint64_t key, int64_t n_hosts, const double *visit,
                            const double *joins, double fade, double visit_gain, double separates, double calls,
                            int64_t *joined, int64_t n) {
    const Columns c = *columns;
#pragma omp parallel for firstprivate(c) schedule(dynamic, PIECE) reduction(+ : joined[ : HOSTS])
    for (int64_t i = 0; i < n; ++i) {
        const int64_t here = c.place[i];
        if (here >= n_hosts) continue;
        int known = 0, returned = 0, onward = 0;
        for (const int32_t other : c.contacts[i]) {
            if (other < 0) continue;
            const int64_t there = c.place[other];
            ++known;
            returned += there == n_hosts;
            onward += there != n_hosts && there != here;
        }
        if (known > 0) {
            c.contacts_returned[i] = float(double(returned) / known);
            c.contacts_onward[i] = float(double(onward) / known);
        }
        const uint64_t own = household_key(key, c.household_id[i]);
        double ties = c.ties[i] * (1.0 - fade);
        if (unit_interval(own, 0) < visit[here]) ties = std::min(1.0, ties + visit_gain);
        c.ties[i] = float(ties);
        if (c.family[i] != FamilyInUkraine::PARTNER) continue;
        const double u = unit_interval(own, 1);
        if (u < joins[here] + separates) {
            c.family[i] = FamilyInUkraine::NOBODY;
            if (u < joins[here]) {
                c.persons[i][PersonKind::MEN_23_60] += 1;
                joined[here] += c.stands_for[i];
            }
            c.profile[i] = profile_of(c, i);
        } else if (u > 1.0 - calls) {
            c.triggers[i] |= PARTNER_CALL;
        }
    }
}

extern "C" void bear(const Columns *columns, uint64_t key, int64_t n_hosts, double hazard, double boys_share,
                     int64_t *born, int64_t n) {
    const Columns c = *columns;
#pragma omp parallel for firstprivate(c) schedule(dynamic, PIECE) reduction(+ : born[ : HOSTS])
    for (int64_t i = 0; i < n; ++i) {
        const int64_t here = c.place[i], women = c.persons[i][PersonKind::WOMEN_18_64];
        if (here >= n_hosts || women == 0) continue;
        const uint64_t own = household_key(key, c.household_id[i]);
        if (unit_interval(own, 0) >= hazard * double(women)) continue;
        c.persons[i][unit_interval(own, 1) < boys_share ? PersonKind::BOYS : PersonKind::GIRLS] += 1;
        if (c.schooling[i] == Schooling::NO_MINORS) c.schooling[i] = Schooling::HOST;
        born[here] += c.stands_for[i];
    }
}

extern "C" void mark_splits(const Columns *columns, uint64_t key, int64_t n_hosts, double hazard, bool *marks,
                            int64_t n) {
    const Columns c = *columns;
#pragma omp parallel for firstprivate(c) schedule(dynamic, PIECE)
    for (int64_t i = 0; i < n; ++i) {
        if (c.place[i] >= n_hosts || c.persons[i][PersonKind::MEN_18_22] == 0) continue;
        if (members(c.persons[i]) > 1 && unit_interval(household_key(key, c.household_id[i]), 0) < hazard)
            marks[i] = true;
    }
}

extern "C" void profile_rows(const Columns *columns, const int64_t *rows, int64_t n) {
    for (int64_t k = 0; k < n; ++k) columns->profile[rows[k]] = profile_of(*columns, rows[k]);
}
