// Keyed draws and small questions about one household, as in abm/kernels/draws.py and household.py.
// world.h is written by cpp.py: sizes, codes and the structs of columns and tables.
#pragma once
#include <algorithm>
#include <cmath>
#include "world.h"

constexpr uint64_t GOLDEN = 0x9E3779B97F4A7C15u;

static inline uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static inline uint64_t household_key(uint64_t key, int64_t id) { return mix((key + GOLDEN) ^ uint64_t(id)); }

static inline double unit_interval(uint64_t key, uint64_t alternative) {
    return (double(mix(key + (alternative + 1) * GOLDEN) >> 12) + 0.5) * 0x1p-52;
}

static inline double gumbel(uint64_t key, uint64_t alternative) {
    return -std::log(-std::log(unit_interval(key, alternative)));
}

static inline int64_t stay(int64_t months) { return std::min(months, MOST_MONTHS); }

static inline int64_t members(const int8_t *persons) {
    int64_t total = 0;
    for (int k = 0; k < 8; ++k) total += persons[k];
    return total;
}

static inline int64_t working_age(const int8_t *persons) {
    return persons[0] + persons[1] + persons[2] + persons[3];
}

static inline bool vulnerable(const int8_t *persons) {
    return persons[4] + persons[5] + persons[6] + persons[7] > 0;
}

static inline uint16_t profile_of(const Columns &c, int64_t i) {
    const int8_t *persons = c.persons[i];
    int code = (c.age_band[i] * 3 + c.family[i]) * 3 + c.income[i];
    code = (code * 2 + c.works_remotely[i]) * 2 + (persons[0] + persons[6] > 0);
    return uint16_t(code * 2 + (persons[1] + persons[2] > 0));
}
