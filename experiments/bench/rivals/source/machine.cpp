// The number of threads, and the bandwidth of the memory (the triad of STREAM).
#include <cstdint>
#include <omp.h>

extern "C" void set_threads(int64_t threads) { omp_set_num_threads(int(threads)); }

extern "C" void triad(double *a, const double *b, const double *c, double factor, int64_t n) {
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; ++i) a[i] = b[i] + factor * c[i];
}
