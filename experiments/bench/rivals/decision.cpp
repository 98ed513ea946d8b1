// The monthly decision as one writes it in C++ without further thought: every household weighs
// staying, the two places in Ukraine and all other hosts, with one Gumbel error per upper
// alternative. The draws are keyed as in abm/kernels/draws.py, so the choices can be compared.
#include <algorithm>
#include <cmath>
#include <cstdint>

struct Columns {
    const int64_t *household_id;
    const int8_t *place;
    const int16_t *months_here, *months_displaced;
    const int8_t *origin, *home, *status, *employment, *housing;
    const int16_t *profile;
    const int8_t *schooling, *triggers, *intention, *kin_hosts;
    const float *tastes[6];
};

struct Tables {
    const double *return_origin, *return_elsewhere, *host_return, *host_onward;
    const double *entry_return, *entry_onward;
    const double *profile_return, *profile_onward, *duration_return, *duration_onward;
    const double *schooling_return, *schooling_onward, *trigger_return, *trigger_onward;
    const double *intention_return, *intention_onward, *row_return, *row_onward;
    const double *destination, *kin, *scales;
    const uint64_t *keys;
};

struct Sizes {
    int64_t households, hosts, homes, statuses, employments, housings, most_months, kin_hosts;
};

constexpr uint64_t GOLDEN = 0x9E3779B97F4A7C15u;

static inline uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static inline double gumbel(uint64_t key, uint64_t alternative) {
    const uint64_t z = mix(key + (alternative + 1) * GOLDEN);
    return -std::log(-std::log((double(z >> 11) + 0.5) * 0x1p-53));
}

// Choices: 0 stay, 1 return, 2 onward. `destination` may be null; else the host moved to, or -1.
extern "C" void decide(const Columns *c, const Tables *t, const Sizes *s, int threads, int8_t *choice,
                       int8_t *destination) {
    const double mu = t->scales[0], scale = t->scales[1];
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int64_t i = 0; i < s->households; ++i) {
        choice[i] = 0;
        if (destination) destination[i] = -1;
        const int64_t here = c->place[i];
        if (here >= s->hosts || c->months_here[i] == 0) continue;

        double utility[128];
        double sum = 0;
        const double *to = t->destination + (here * s->employments + c->employment[i]) * s->hosts;
        for (int64_t host = 0; host < s->hosts; ++host) {
            utility[host] = to[host];
            for (int64_t k = 0; k < s->kin_hosts; ++k)
                if (c->kin_hosts[i * s->kin_hosts + k] == host) utility[host] += t->kin[0];
            if (host != here) sum += std::exp(utility[host] / scale);
        }

        const int64_t cell = c->origin[i] * s->homes + c->home[i];
        const int64_t at = ((here * s->statuses + c->status[i]) * s->employments + c->employment[i]) * s->housings
                           + c->housing[i];
        double back = mu * std::log(std::exp(t->return_origin[cell] / mu) + std::exp(t->return_elsewhere[cell] / mu));
        double on = scale * std::log(sum);
        const int64_t entry = (here * s->employments + c->employment[i]) * (s->most_months + 1)
                              + std::min<int64_t>(c->months_here[i], s->most_months);
        back += t->host_return[at] + t->entry_return[entry] + t->profile_return[c->profile[i]]
                + t->duration_return[std::min<int64_t>(c->months_displaced[i], s->most_months)]
                + t->schooling_return[c->schooling[i]] + t->trigger_return[c->triggers[i]]
                + t->intention_return[c->intention[i]];
        on += t->host_onward[at] + t->entry_onward[entry] + t->profile_onward[c->profile[i]]
              + t->duration_onward[std::min<int64_t>(c->months_here[i], s->most_months)]
              + t->schooling_onward[c->schooling[i]] + t->trigger_onward[c->triggers[i]]
              + t->intention_onward[c->intention[i]];
        for (int k = 0; k < 6; ++k) {
            back += t->row_return[k] * c->tastes[k][i];
            on += t->row_onward[k] * c->tastes[k][i];
        }

        const uint64_t own = mix((t->keys[0] + GOLDEN) ^ uint64_t(c->household_id[i]));
        const double stay = gumbel(own, 0);
        back += gumbel(own, 1);
        on += gumbel(own, 2);
        if (stay >= back && stay >= on) continue;
        choice[i] = back >= on ? 1 : 2;
        if (choice[i] == 1 || !destination) continue;

        const uint64_t there = mix((t->keys[1] + GOLDEN) ^ uint64_t(c->household_id[i]));
        double best = -INFINITY;
        for (int64_t host = 0; host < s->hosts; ++host) {
            if (host == here) continue;
            const double total = utility[host] / scale + gumbel(there, host);
            if (total > best) best = total, destination[i] = int8_t(host);
        }
    }
}
