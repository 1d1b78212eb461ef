/* A plain event-driven loop of a machine of summed synapses with the Loihi 1 neuron, as anyone would write it in C: what
   the engines of sim/ are measured against. One sample; a spike acts one step later, an input in its own step. */
#include <stdint.h>

static int32_t wrap(int32_t x, int bits) {
    int32_t half = 1 << (bits - 1);
    return ((x + half) & ((1 << bits) - 1)) - half;
}

static int32_t decayed(int32_t x, int32_t factor) {
    int32_t size = x < 0 ? -x : x, y = (size >> 12) * factor + (((size & 4095) * factor) >> 12);
    return x < 0 ? -y : y;
}

static void add(const int64_t *first, const int32_t *post, const int16_t *weight, int64_t source, int32_t *sums) {
    for (int64_t k = first[source]; k < first[source + 1]; k++) sums[post[k]] += weight[k];
}

/* parameters: rows of n numbers: u factor, v factor, bias, threshold, refractory steps, least and largest v. */
void run(int64_t steps, int64_t inputs, int64_t n, const uint8_t *events, const int64_t *first, const int32_t *post,
         const int16_t *weight, const int32_t *parameters, int32_t *u, int32_t *v, int32_t *rest, int32_t *sums,
         uint8_t *spikes) {
    const int32_t *uf = parameters, *vf = uf + n, *bias = vf + n, *theta = bias + n, *hold = theta + n, *low = hold + n,
                  *high = low + n;
    for (int64_t t = 0; t < steps; t++) {
        if (t)
            for (int64_t j = 0; j < n; j++)
                if (spikes[(t - 1) * n + j]) add(first, post, weight, j, sums);
        for (int64_t e = 0; e < inputs; e++)
            if (events[t * inputs + e]) add(first, post, weight, n + e, sums);
        for (int64_t j = 0; j < n; j++) {
            u[j] = wrap(decayed(u[j], uf[j]) + (wrap(sums[j], 16) << 6), 24);
            int32_t x = decayed(v[j], vf[j]) + wrap(u[j] + bias[j], 24);
            x = x < low[j] ? low[j] : x > high[j] ? high[j] : x;
            x = rest[j] > 0 ? 0 : x;
            int fired = x > theta[j];
            int32_t left = (fired ? hold[j] : rest[j]) - 1;
            rest[j] = left > 0 ? left : 0;
            v[j] = fired ? 0 : x;
            spikes[t * n + j] = (uint8_t)fired;
            sums[j] = 0;
        }
    }
}
