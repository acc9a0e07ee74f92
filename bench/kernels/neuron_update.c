// SPDX-License-Identifier: Apache-2.0
// Kernel: steps of 128 leaky integrate-and-fire neurons with exponential currents in s16.15, the
// arithmetic of one step as a SpiNNaker core does it (v towards its resting value, refractory
// counter, two decaying inputs). Input comes from a linear congruential generator.
#include "kernel.h"

#define NEURONS 128
#define STEPS 8000

typedef struct {
    int32_t v, v_rest, v_reset, v_threshold, resistance, decay, offset_current;
    int32_t refractory, refractory_steps;
    int32_t excitatory, excitatory_decay, inhibitory, inhibitory_decay;
} neuron_t;

static neuron_t neurons[NEURONS];
static int32_t ring[2][NEURONS];
static uint32_t spikes[NEURONS];

static inline int32_t multiply(int32_t a, int32_t b) { return (int32_t)(((int64_t)a * b) >> 15); }

static void set_up(void) {
    for (int i = 0; i < NEURONS; i++) {
        neuron_t *n = &neurons[i];
        n->v = n->v_rest = n->v_reset = -65 * 32768;
        n->v_threshold = -50 * 32768;
        n->resistance = 40 * 32768;
        n->decay = 31168 + i;
        n->offset_current = 200 * i;
        n->refractory = 0;
        n->refractory_steps = 2 + (i & 3);
        n->excitatory = n->inhibitory = 0;
        n->excitatory_decay = 26828;
        n->inhibitory_decay = 29648;
        spikes[i] = 0;
    }
}

static void step(void) {
    for (int i = 0; i < NEURONS; i++) {
        neuron_t *n = &neurons[i];
        n->excitatory = multiply(n->excitatory, n->excitatory_decay) + ring[0][i];
        n->inhibitory = multiply(n->inhibitory, n->inhibitory_decay) + ring[1][i];
        ring[0][i] = 0;
        ring[1][i] = 0;
        if (n->refractory <= 0) {
            int32_t current = n->excitatory - n->inhibitory + n->offset_current;
            int32_t alpha = multiply(current, n->resistance) + n->v_rest;
            n->v = alpha - multiply(n->decay, alpha - n->v);
            if (n->v >= n->v_threshold) {
                n->v = n->v_reset;
                n->refractory = n->refractory_steps;
                spikes[i]++;
            }
        } else {
            n->refractory--;
        }
    }
}

uint32_t run(void) {
    uint32_t seed = 1;
    set_up();
    for (int t = 0; t < STEPS; t++) {
        for (int i = 0; i < 40; i++) {
            seed = seed * 1664525u + 1013904223u;
            ring[seed >> 31][(seed >> 16) % NEURONS] += (int32_t)(seed >> 22 & 0xff) << 3;
        }
        step();
    }
    uint32_t sum = 0;
    for (int i = 0; i < NEURONS; i++) {
        sum = sum * 31 + (uint32_t)neurons[i].v;
        sum = sum * 31 + spikes[i];
    }
    return sum;
}
