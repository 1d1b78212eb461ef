/* Plain loops of the machines of SpiNNaker 1, Loihi 2, Xylo, ReckOn, tinyODIN, ODIN, RANC and Speck, as anyone would write them in C: what the
   engines of sim/ are measured against. One sample each; event_loop.c is the one of Loihi 1. */
#include <stdint.h>
#include <string.h>

static int32_t least(int32_t a, int32_t b) { return a < b ? a : b; }
static int32_t most(int32_t a, int32_t b) { return a > b ? a : b; }

/* Sums that saturate after each addition: inputs, then neurons that spiked in the step before, in order. */

static int32_t decay(int32_t x, int32_t dash) { return most(x >> dash, least(x, 1)); }
static int32_t clip16(int32_t x) { return least(most(x, -32768), 32767); }

/* first: (inputs + n + 1), accumulator: neuron * 3 + receptor; p: (n, 6); state: (n, 3). */
void ordered(int64_t steps, int64_t inputs, int64_t n, const uint8_t *events, const uint32_t *first,
             const uint32_t *accumulator, const int32_t *weight, const int32_t *p, int32_t *state, uint8_t *spikes) {
    for (int64_t t = 0; t < steps; t++) {
        for (int64_t s = 0; s < inputs + n; s++) {
            int32_t count = s < inputs ? events[t * inputs + s] : t ? spikes[(t - 1) * n + s - inputs] : 0;
            if (count)
                for (uint32_t k = first[s]; k < first[s + 1]; k++)
                    state[accumulator[k]] = clip16(state[accumulator[k]] + count * weight[k]);
        }
        for (int64_t j = 0; j < n; j++) {
            const int32_t *q = p + 6 * j;
            int32_t *s = state + 3 * j;
            s[0] -= decay(s[0], q[0]);
            s[1] -= decay(s[1], q[1]);
            int32_t leak = ((-decay(s[2], q[2]) + 32768) & 65535) - 32768;
            int32_t v = clip16(s[2] + clip16(clip16(leak + s[0] + s[1]) + q[3]));
            int32_t own = least(q[5], v >= q[4] ? v / q[4] : 0);
            s[2] = v - own * q[4];
            spikes[t * n + j] = (uint8_t)own;
        }
    }
}

/* A crossbar that takes event by event: every neuron is scanned, its threshold tested after each. */

typedef struct {
    int64_t n, capacity, closed, head, size;
    int32_t low, high, *v, *queue;
    const int32_t *threshold, *leak;
    const uint8_t *hidden;
    const int8_t *weights;
    uint16_t *out;
} Core;

static void scan(Core *c, const int8_t *row) {
    for (int64_t j = 0; j < c->n; j++) {
        int32_t x = row ? least(most(c->v[j] + row[j], c->low), c->high)
                        : c->v[j] - least(most(c->v[j], -c->leak[j]), c->leak[j]);
        int fires = x >= 0 && x >= c->threshold[j];
        c->v[j] = fires ? 0 : x;
        if (fires && !c->hidden[j]) {
            c->out[j]++;
            if (c->closed && c->size < c->capacity) c->queue[(c->head + c->size++) % c->capacity] = (int32_t)j;
        }
    }
}

static void take_all(Core *c) {
    while (c->size) {
        scan(c, c->weights + c->queue[c->head] * c->n);
        c->head = (c->head + 1) % c->capacity;
        c->size--;
    }
}

/* counts: (steps, rows) spikes that the host sends on each row, which it waits for one by one; order: of the rows. */
void crossbar(int64_t steps, int64_t rows, int64_t n, int64_t leaks, int64_t closed, int64_t capacity, int64_t low,
              int64_t high, const uint8_t *counts, const int64_t *order, const int8_t *weights, const int32_t *threshold,
              const int32_t *leak, const uint8_t *hidden, int32_t *v, int32_t *queue, uint16_t *spikes) {
    Core c = {n, capacity, closed, 0, 0, (int32_t)low, (int32_t)high, v, queue, threshold, leak, hidden, weights, spikes};
    for (int64_t t = 0; t < steps; t++) {
        c.out = spikes + t * n;
        for (int64_t k = 0; k < rows; k++)
            for (int32_t left = counts[t * rows + order[k]]; left; left--) {
                c.queue[(c.head + c.size++) % capacity] = (int32_t)order[k];
                take_all(&c);
            }
        for (int64_t k = 0; k < leaks; k++) {
            scan(&c, 0);
            take_all(&c);
        }
    }
}

/* A grid of binary crossbars: axons of all cores hold a bit a tick. */

static int32_t wrap(int32_t x, int32_t bits) {
    int32_t half = 1 << (bits - 1);
    return ((x + half) & ((1 << bits) - 1)) - half;
}

/* rows: (cores * axons, n) weights; p: leak, negative and positive threshold, reset, whether that is subtracted, (5, cores *
   n). links: where spikes of a neuron go, -1 nowhere; first, targets, delays: where those of an element go. */
void grid(int64_t steps, int64_t inputs, int64_t cores, int64_t axons, int64_t n, int64_t depth, int64_t bits,
          const uint8_t *events, const int32_t *rows, const int64_t *links, const int64_t *link_delays, const int64_t *first,
          const int64_t *targets, const int64_t *delays, const int32_t *p, uint8_t *mailbox, int32_t *v, int32_t *sums,
          uint8_t *spikes) {
    int64_t all = cores * n, places = cores * axons;
    for (int64_t t = 0; t < steps; t++) {
        for (int64_t e = 0; e < inputs; e++)
            if (events[t * inputs + e])
                for (int64_t k = first[e]; k < first[e + 1]; k++)
                    mailbox[(t + delays[k]) % depth * places + targets[k]] = 1;
        uint8_t *slot = mailbox + t % depth * places;
        memset(sums, 0, all * sizeof *sums);
        for (int64_t a = 0; a < places; a++)
            if (slot[a]) {
                int32_t *to = sums + a / axons * n;
                for (int64_t j = 0; j < n; j++) to[j] += rows[a * n + j];
            }
        memset(slot, 0, places);
        for (int64_t j = 0; j < all; j++) {
            const int32_t *leak = p, *negative = p + all, *positive = p + 2 * all, *reset = p + 3 * all, *less = p + 4 * all;
            int32_t x = wrap(v[j] + sums[j] + leak[j], (int32_t)bits);
            int fires = x >= positive[j];
            if (fires) x = less[j] ? x - positive[j] : reset[j];
            else if (x < negative[j]) x = less[j] ? x - negative[j] : -reset[j];
            v[j] = wrap(x, (int32_t)bits);
            spikes[t * all + j] = (uint8_t)fires;
            if (fires && links[j] >= 0) mailbox[(t + link_delays[j]) % depth * places + links[j]] = 1;
        }
    }
}

/* A layer of convolution: each event is spread with the kernel, channels last. shape: input channels, height, width; features,
   height, width; kernel height, width; stride; padding. kernel: (C, kh, kw, F). counts: (steps, H, W, C), spikes: (steps, h, w,
   F). */
void convolution(int64_t steps, const int64_t *shape, const int32_t *kernel, int64_t threshold, int64_t low,
                 const int32_t *counts, int32_t *v, int32_t *drive, int32_t *spikes) {
    int64_t C = shape[0], H = shape[1], W = shape[2], F = shape[3], h = shape[4], w = shape[5], kh = shape[6], kw = shape[7],
            sy = shape[8], sx = shape[9], py = shape[10], px = shape[11], n = h * w * F;
    for (int64_t t = 0; t < steps; t++) {
        memset(drive, 0, n * sizeof *drive);
        for (int64_t y = 0; y < H; y++)
            for (int64_t x = 0; x < W; x++)
                for (int64_t c = 0; c < C; c++) {
                    int32_t count = counts[((t * H + y) * W + x) * C + c];
                    if (!count) continue;
                    for (int64_t ky = 0; ky < kh; ky++) {
                        int64_t oy = y + py - ky;
                        if (oy < 0 || oy % sy || oy / sy >= h) continue;
                        for (int64_t kx = 0; kx < kw; kx++) {
                            int64_t ox = x + px - kx;
                            if (ox < 0 || ox % sx || ox / sx >= w) continue;
                            const int32_t *from = kernel + ((c * kh + ky) * kw + kx) * F;
                            int32_t *to = drive + (oy / sy * w + ox / sx) * F;
                            for (int64_t f = 0; f < F; f++) to[f] += count * from[f];
                        }
                    }
                }
        for (int64_t j = 0; j < n; j++) {
            int32_t x = v[j] + drive[j], fired = x >= threshold ? x / (int32_t)threshold : 0;
            v[j] = most(x - fired * (int32_t)threshold, (int32_t)low);
            spikes[t * n + j] = fired;
        }
    }
}

/* Sums over windows. shape: h, w, F. */
void pool(int64_t steps, const int64_t *shape, int64_t window, const int32_t *spikes, int32_t *sums) {
    int64_t h = shape[0], w = shape[1], F = shape[2], rows = h / window, columns = w / window;
    memset(sums, 0, steps * rows * columns * F * sizeof *sums);
    for (int64_t t = 0; t < steps; t++)
        for (int64_t y = 0; y < rows * window; y++)
            for (int64_t x = 0; x < columns * window; x++)
                for (int64_t f = 0; f < F; f++)
                    sums[((t * rows + y / window) * columns + x / window) * F + f] += spikes[((t * h + y) * w + x) * F + f];
}

/* Sums of weights, then neurons: SpiNNaker 1, whose inputs act one tick later, exciting and inhibiting apart; and Loihi 2.
   first: (n + inputs + 1), of neurons, then inputs. p: (n, 14) and (n, 4), as `c_loops.summed` puts them. */

static int32_t part(int64_t x, int64_t y, int bits) { return (int32_t)(x * y >> bits); }

void spinnaker(int64_t steps, int64_t inputs, int64_t n, const uint8_t *events, const int64_t *first, const int32_t *post,
               const int32_t *weight, const int64_t *p, int32_t *state, int64_t *sums, uint8_t *spikes) {
    for (int64_t t = 0; t < steps; t++) {
        for (int64_t s = 0; t && s < n + inputs; s++)
            if (s < n ? spikes[(t - 1) * n + s] : events[(t - 1) * inputs + s - n])
                for (int64_t k = first[s]; k < first[s + 1]; k++)
                    sums[2 * post[k] + (weight[k] < 0)] += weight[k] < 0 ? -weight[k] : weight[k];
        for (int64_t j = 0; j < n; j++) {
            const int64_t *q = p + 14 * j;
            int32_t *v = state + 4 * j, e[2];
            for (int k = 0; k < 2; k++) {
                int64_t all = sums[2 * j + k];
                int32_t come = (int32_t)((all < 65535 ? all : 65535) << q[8 + k]);
                e[k] = v[1 + k] + part(come, q[10 + k], 32);
                v[1 + k] = part(e[k], q[12 + k], 32);
                sums[2 * j + k] = 0;
            }
            int32_t current = part(e[0], q[2], 15) - part(e[1], q[2], 15);
            if (v[3] < 1) {
                int32_t strives = part(current + (int32_t)q[4], q[1], 15) + (int32_t)q[3];
                v[0] = strives - part(strives - v[0], q[0], 15);
            } else
                v[3]--;
            int fired = v[0] >= q[6];
            if (fired) v[0] = (int32_t)q[5], v[3] = (int32_t)q[7];
            spikes[t * n + j] = (uint8_t)fired;
        }
    }
}

static int32_t toward_zero(int32_t x, int32_t factor) {
    int64_t y = (int64_t)(x < 0 ? -x : x) * factor >> 12;
    return (int32_t)(x < 0 ? -y : y);
}

void loihi2(int64_t steps, int64_t inputs, int64_t n, const uint8_t *events, const int64_t *first, const int32_t *post,
            const int32_t *weight, const int64_t *p, int32_t *state, int64_t *sums, uint8_t *spikes) {
    const int32_t half = 1 << 23;
    for (int64_t t = 0; t < steps; t++) {
        for (int64_t s = 0; s < n + inputs; s++)
            if (s < n ? t && spikes[(t - 1) * n + s] : events[t * inputs + s - n])
                for (int64_t k = first[s]; k < first[s + 1]; k++) sums[post[k]] += weight[k];
        for (int64_t j = 0; j < n; j++) {
            const int64_t *q = p + 4 * j;
            int32_t u = toward_zero(state[2 * j], (int32_t)q[0]) + ((int32_t)sums[j] << 6);
            u = u > half ? u - 2 * half : u;
            u = u > -half ? u : u + 2 * half;
            int32_t v = toward_zero(state[2 * j + 1], (int32_t)q[1]) + u + (int32_t)q[2];
            v = v > half - 1 ? half - 1 : v < 1 - half ? 1 - half : v;
            int fired = v > q[3];
            state[2 * j] = u, state[2 * j + 1] = fired ? 0 : v, sums[j] = 0;
            spikes[t * n + j] = (uint8_t)fired;
        }
    }
}

/* ReckOn: index by index an input row and a neuron that spiked, then the sweep. Weights are shifted; v: (n + outputs). */
void reckon(int64_t steps, int64_t inputs, int64_t n, int64_t outputs, int64_t to_zero, int64_t kappa, const uint8_t *events,
            const int32_t *in, const int32_t *among, const int32_t *out, const int32_t *alpha, const int32_t *theta,
            int32_t *v, uint8_t *spikes) {
    int64_t all = n + outputs;
    for (int64_t t = 0; t < steps; t++) {
        for (int64_t s = 0; s < (inputs > n ? inputs : n); s++) {
            int event = s < inputs && events[t * inputs + s], spike = s < n && t && spikes[(t - 1) * all + s];
            if (event || spike)
                for (int64_t j = 0; j < n; j++)
                    v[j] = clip16(v[j] + (event ? in[s * n + j] : 0) + (spike ? among[s * n + j] : 0));
            for (int64_t k = 0; spike && k < outputs; k++) v[n + k] = clip16(v[n + k] + out[s * outputs + k]);
        }
        for (int64_t j = 0; j < all; j++) {
            int fired = j < n && v[j] >= theta[j];
            int32_t left = j < n ? v[j] * alpha[j] >> 15 : v[j] * (int32_t)kappa >> 7;
            left = fired ? (to_zero ? 0 : left - theta[j]) : left;
            v[j] = ((left + 32768) & 65535) - 32768;
            spikes[t * all + j] = (uint8_t)fired;
        }
    }
}
