// What a move resets in a row: abm/kernels/move.py.
#pragma once
#include "household.h"

static inline uint8_t first_housing(double u, double collective_share) {
    if (u < collective_share) return Housing::COLLECTIVE;
    return u < 0.5 + 0.5 * collective_share ? Housing::HOSTED : Housing::INDEPENDENT;
}

static inline void leave(const Columns &c, int64_t i, int64_t place) {
    c.last_place[i] = int8_t(c.place[i]);
    c.place[i] = uint8_t(place);
    c.months_here[i] = c.months_collective[i] = 0;
    c.employed[i] = 0;
    c.employment[i] = Employment::NONE;
    c.triggers[i] = 0;
    if (c.schooling[i] != Schooling::NO_MINORS) c.schooling[i] = Schooling::UKRAINIAN_ONLINE;
}

static inline void enter_host(const Columns &c, int64_t i, int64_t host, const bool *is_protected,
                              const double *collective_share, uint64_t key) {
    leave(c, i, host);
    c.ukraine_unit[i] = -1;
    c.status[i] = is_protected[host] ? Status::TEMPORARY_PROTECTION : Status::ASYLUM_PENDING;
    c.integration[i] = 0.0f;
    c.housing[i] = first_housing(unit_interval(key, 900), collective_share[host]);
}
