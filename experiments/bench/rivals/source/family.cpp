// Schooling, ties, ageing, births and young men who leave home: abm/kernels/family.py.
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

extern "C" void grow_older(const Columns *columns, uint64_t key, int64_t n_hosts, const double *hazards,
                           const double *deaths, int64_t *died, int64_t n) {
    const Columns c = *columns;
    constexpr int PASSAGES = 6, DEATH = PASSAGES + 1;
    constexpr int AGED[PASSAGES][2] = {
        {PersonKind::MEN_61_64, PersonKind::MEN_65}, {PersonKind::MEN_23_60, PersonKind::MEN_61_64},
        {PersonKind::MEN_18_22, PersonKind::MEN_23_60}, {PersonKind::BOYS, PersonKind::MEN_18_22},
        {PersonKind::WOMEN_18_64, PersonKind::WOMEN_65}, {PersonKind::GIRLS, PersonKind::WOMEN_18_64}};
#pragma omp parallel for firstprivate(c) schedule(dynamic, PIECE) reduction(+ : died[ : HOSTS])
    for (int64_t i = 0; i < n; ++i) {
        const int64_t here = c.place[i];
        if (here >= n_hosts) continue;
        int8_t *persons = c.persons[i];
        const uint64_t own = household_key(key, c.household_id[i]);
        const double u = unit_interval(own, DEATH);
        double chance = 0.0;
        bool older = false;
        for (int kind = 0; kind < 8; ++kind) {
            chance += deaths[kind] * persons[kind];
            if (u >= chance) continue;
            const int64_t total = members(persons), minors = persons[PersonKind::GIRLS] + persons[PersonKind::BOYS];
            if (total == 1 || minors == 0 || total - minors > 1) died[here] += c.stands_for[i];
            if (total == 1) {
                c.stands_for[i] = 0;
            } else if (minors == 0 || total - minors > 1) {
                persons[kind] -= 1;
                older = true;
            }
            break;
        }
        for (int k = 0; k < PASSAGES; ++k) {
            const int8_t number = persons[AGED[k][0]];
            if (number == 0 || unit_interval(own, uint64_t(k)) >= hazards[k] * number) continue;
            persons[AGED[k][0]] -= 1;
            persons[AGED[k][1]] += 1;
            older = true;
        }
        const uint8_t band = c.age_band[i];
        if (band < AgeBand::AGE_65_PLUS && unit_interval(own, PASSAGES) < hazards[PASSAGES + band]) {
            c.age_band[i] = band + 1;
            older = true;
        }
        if (!older) continue;
        if (persons[PersonKind::GIRLS] + persons[PersonKind::BOYS] == 0) c.schooling[i] = Schooling::NO_MINORS;
        if (c.employed[i] > working_age(persons)) {
            c.employed[i] = int8_t(working_age(persons));
            if (c.employed[i] == 0) c.employment[i] = Employment::NONE;
        }
        c.profile[i] = profile_of(c, i);
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
