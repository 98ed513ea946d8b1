// New households: abm/kernels/create.py and network.py.
#include "moving.h"

static int64_t pick(const double *cumulative, int64_t n, double q) {
    for (int64_t k = 0; k < n - 1; ++k)
        if (q < cumulative[k]) return k;
    return n - 1;
}

static double logistic(uint64_t key, uint64_t alternative) {
    const double u = unit_interval(key, alternative);
    return std::log(u / (1.0 - u));
}

static double normal(uint64_t key, uint64_t alternative) {
    const double radius = std::sqrt(-2.0 * std::log(unit_interval(key, alternative)));
    const double value = radius * std::cos(2.0 * M_PI * unit_interval(key, alternative + 1));
    return std::min(std::max(value, -TASTE_LIMIT), TASTE_LIMIT);
}

static double power(double a, int64_t exponent) {
    double r = 1.0;
    for (; exponent != 0; exponent >>= 1, a *= a)
        if (exponent & 1) r *= a;
    return r;
}

struct Sequence {
    const double *start, *step;
    double at(int attribute, int64_t ordinal) const {
        const double value = start[attribute] + step[attribute] * double(ordinal);
        return value - std::floor(value);
    }
};

static void fill_members(const Columns &c, const Creation &p, const Sequence &s, int64_t host, int64_t i, int64_t k,
                         const int64_t *type) {
    const int64_t minors = type[4], older = type[5];
    const int64_t boys = int64_t(std::floor(double(minors) * p.boys_share + s.at(2, k)));
    const int64_t men = int64_t(std::floor(double(older) * p.older_men_share + s.at(3, k)));
    int64_t adults = 0;
    for (int kind = 0; kind < 4; ++kind) {
        c.persons[i][kind] = int8_t(type[kind]);
        adults += type[kind];
    }
    c.persons[i][4] = int8_t(minors - boys);
    c.persons[i][5] = int8_t(boys);
    c.persons[i][6] = int8_t(older - men);
    c.persons[i][7] = int8_t(men);
    const int age_class = adults == 0 ? 2 : (minors > 0 ? 0 : 1);
    c.age_band[i] = uint8_t(pick(p.age_cumulative[age_class], 4, s.at(1, k)));
    const int family_class = type[0] > 0 && adults == type[0] ? (minors > 0 ? 0 : 1) : 2;
    c.family[i] = uint8_t(pick(p.family_cumulative[family_class], 3, s.at(5, k)));
    c.income[i] = uint8_t(pick(p.income_cumulative, 3, s.at(6, k)));
    c.works_remotely[i] = adults > 0 && s.at(7, k) < p.remote_share;
    c.schooling[i] = minors == 0 ? Schooling::NO_MINORS : Schooling::NO_MINORS + 1;
}

static void fill_origin_and_kin(const Columns &c, const Creation &p, const Sequence &s, int64_t host, int64_t i,
                                int64_t k) {
    c.origin[i] = uint8_t(pick(p.origin_cumulative[host], UNITS, s.at(0, k)));
    c.home[i] = uint8_t(pick(p.home_cumulative[c.origin[i]], 4, s.at(4, k)));
    int8_t *kin = c.kin_hosts[i];
    kin[0] = kin[1] = -1;
    double q = s.at(8, k);
    if (q >= p.kin_shares[0]) return;
    kin[0] = int8_t(pick(p.kin_cumulative, HOSTS, q / p.kin_shares[0]));
    q = s.at(9, k);
    if (q >= p.kin_shares[1]) return;
    const int8_t second = int8_t(pick(p.kin_cumulative, HOSTS, q / p.kin_shares[1]));
    if (second != kin[0]) kin[1] = second;
}

static void fill_identity_and_tastes(const Columns &c, const Creation &p, uint64_t key, int64_t host, int64_t i,
                                     int64_t r) {
    c.household_id[i] = (p.month + 1) << 44 | host << 36 | r;
    const uint64_t own = household_key(key, c.household_id[i]);
    c.stands_for[i] = int16_t(p.stands_for[host]);
    c.place[i] = uint8_t(host);
    c.last_place[i] = c.ukraine_unit[i] = -1;
    c.attachment[i] = float(normal(own, 30));
    c.readiness[i] = float(normal(own, 32));
    c.opinion_return[i] = float(logistic(own, 34));
    c.opinion_onward[i] = float(logistic(own, 35));
    c.intention[i] = c.aim[i] = Intention::UNDECIDED;
    c.triggers[i] = c.choice[i] = 0;
    c.contacts_returned[i] = c.contacts_onward[i] = 0.0f;
}

static void fill_life_abroad(const Columns &c, const Creation &p, const Sequence &s, uint64_t key, int64_t host,
                             int64_t i, int64_t k) {
    const int64_t cohort = pick(p.cohort_cumulative[host], N_cohort_cumulative, s.at(13, k));
    const int64_t months = p.month - cohort;
    c.cohort[i] = uint16_t(cohort);
    c.months_here[i] = c.months_displaced[i] = uint16_t(months);
    c.status[i] = p.protected_[host] ? Status::TEMPORARY_PROTECTION : Status::ASYLUM_PENDING;
    c.housing[i] = first_housing(s.at(10, k), p.collective_share[host]);
    c.months_collective[i] = c.housing[i] == Housing::COLLECTIVE ? uint16_t(months) : 0;
    const int64_t adults = working_age(c.persons[i]);
    const int64_t jobs = int64_t(std::floor(double(adults) * p.employment_share[host] + s.at(12, k)));
    c.employed[i] = int8_t(std::min(jobs, adults));
    c.employment[i] = Employment::NONE;
    if (c.employed[i] > 0) {
        const double luck = unit_interval(household_key(key, c.household_id[i]), 20);
        c.employment[i] = luck < p.at_level_share ? Employment::AT_LEVEL : Employment::BELOW_LEVEL;
    }
    if (c.schooling[i] != Schooling::NO_MINORS) {
        const double settled = double(months) / (double(months) + p.schooling_months), q = s.at(11, k);
        int level = 0;
        for (int way = 0; way < 2; ++way)
            if (q >= (1.0 - settled) * p.schooling_cumulative[0][way] + settled * p.schooling_cumulative[1][way])
                level = way + 1;
        c.schooling[i] = uint8_t(Schooling::NO_MINORS + 1 + level);
    }
    c.integration[i] = float(1.0 - power(1.0 - p.learn, months));
    c.ties[i] = float(power(1.0 - p.fade, months));
}

static int64_t block_row(const Creation &p, int64_t host, int64_t rank) {
    const int64_t *counts = p.blocks_cumulative[host];
    int64_t low = 0, high = p.n_blocks;
    while (high - low > 1) {
        const int64_t middle = (low + high) / 2;
        (counts[middle] <= rank ? low : high) = middle;
    }
    const int64_t row = p.blocks_start[host][low] + rank - counts[low];
    return row < N_row_of ? p.row_of[row] : row;
}

static void meet_earlier_arrivals(const Columns &c, const Creation &p, uint64_t key, int64_t host, int64_t i,
                                  int64_t r) {
    const uint64_t own = household_key(key, c.household_id[i]);
    for (int slot = 0; slot < 4; ++slot) {
        c.contacts[i][slot] = -1;
        int64_t where = host;
        const int64_t relative = c.kin_hosts[i][slot % 2];
        if (relative >= 0 && unit_interval(own, 100 + slot) < p.kin_contact_share) where = relative;
        const int64_t before = p.blocks_cumulative[where][p.n_blocks], known = before + (where == host ? r : 0);
        if (known == 0) continue;
        for (int64_t attempt = 0; attempt < CONTACT_TRIES; ++attempt) {
            const double u = unit_interval(own, 200 + slot * CONTACT_TRIES + attempt);
            const int64_t rank = std::min(int64_t(u * double(known)), known - 1);
            const int64_t row = rank >= before ? p.first_row[host] + rank - before : block_row(p, where, rank);
            c.contacts[i][slot] = int32_t(row);
            if (c.origin[row] == c.origin[i]) break;
        }
    }
}

extern "C" void create(const Columns *columns, const Creation *plan, uint64_t key, int64_t low, int64_t high) {
    const Columns c = *columns;
    const Creation p = *plan;
#pragma omp parallel for firstprivate(c, p) schedule(dynamic, 1)
    for (int64_t host = low; host < high; ++host) {
        const Sequence s = {p.offset[host], p.alpha};
        const int64_t n = p.n_rows[host];
        int64_t kind = 0;
        for (int64_t r = 0; r < n; ++r) {
            const int64_t i = p.first_row[host] + r, k = p.ordinal[host] + r;
            while (kind < N_type_cumulative - 1 && (double(r) + p.type_offset[host]) / double(n) >= p.type_cumulative[host][kind])
                ++kind;
            fill_members(c, p, s, host, i, k, p.types[kind]);
            fill_origin_and_kin(c, p, s, host, i, k);
            fill_identity_and_tastes(c, p, key, host, i, r);
            fill_life_abroad(c, p, s, key, host, i, k);
            meet_earlier_arrivals(c, p, key, host, i, r);
            c.profile[i] = profile_of(c, i);
        }
    }
}

extern "C" void persons_created(const Columns *columns, const int64_t *first_row, const int64_t *n_rows,
                                int64_t *total) {
    for (int64_t host = 0; host < HOSTS; ++host)
        for (int64_t i = first_row[host]; i < first_row[host] + n_rows[host]; ++i)
            total[host] += members(columns->persons[i]) * columns->stands_for[i];
}
