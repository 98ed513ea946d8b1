// The answer to a survey and the aim: abm/kernels/intention.py.
#include "household.h"

static inline uint8_t answer_to(double wish, bool ready, double cut_stay, double cut_return) {
    if (wish > cut_return) return Intention::RETURN;
    if (ready) return Intention::ONWARD;
    return wish > cut_stay ? Intention::UNDECIDED : Intention::STAY;
}

extern "C" void answer(const Columns *columns, const Tables *tables, int64_t n_hosts, int64_t n) {
    const Columns c = *columns;
    const Tables t = *tables;
#pragma omp parallel for firstprivate(c, t) schedule(dynamic, PIECE)
    for (int64_t i = 0; i < n; ++i) {
        const int64_t here = c.place[i];
        if (here >= n_hosts) continue;
        const double *row = t.intent_row;
        const double wish = t.intent_return[c.origin[i]][c.home[i]] + t.intent_host[here]
                            + t.profile_return[c.profile[i]] + t.intent_duration[stay(c.months_displaced[i])]
                            + t.schooling_return[c.schooling[i]]
                            + (row[0] * c.attachment[i] + row[1] * c.readiness[i] + row[2] * c.ties[i])
                            + (row[3] * c.integration[i] + row[4] * c.contacts_returned[i]
                               + row[5] * c.contacts_onward[i])
                            + c.opinion_return[i];
        const double level = t.intent_cuts[2] + t.intent_onward[here];
        const bool ready = level + t.row_onward[1] * c.readiness[i] + c.opinion_onward[i] > 0.0;
        c.intention[i] = answer_to(wish, ready, t.intent_cuts[0], t.intent_cuts[1]);
        c.aim[i] = answer_to(wish + t.intent_deed[here][c.status[i]], ready, t.intent_cuts[0], t.intent_cuts[1]);
    }
}
