// SPDX-License-Identifier: Apache-2.0
// Kernel: synaptic rows into ring buffers. A synapse is one word: weight in the top half, then
// delay, type and neuron; a row is fetched into DTCM and each weight added, saturating at 16 bits,
// to the buffer of its time, type and neuron.
#include "kernel.h"

#define NEURON_BITS 8
#define TYPE_BITS 1
#define DELAY_BITS 4
#define INDEX_BITS (NEURON_BITS + TYPE_BITS)
#define ROWS 64
#define ROW_SYNAPSES 100
#define STEPS 500

static uint16_t ring[1 << (INDEX_BITS + DELAY_BITS)];
static uint32_t row_buffer[ROW_SYNAPSES + 1];
static uint32_t rows[ROWS][ROW_SYNAPSES + 1] IN_SDRAM;

static void set_up(void) {
    uint32_t seed = 7;
    for (int i = 0; i < 1 << (INDEX_BITS + DELAY_BITS); i++) ring[i] = 0;
    for (int r = 0; r < ROWS; r++) {
        rows[r][0] = ROW_SYNAPSES - (uint32_t)(r & 7);
        for (int i = 1; i <= ROW_SYNAPSES; i++) {
            seed = seed * 1664525u + 1013904223u;
            rows[r][i] = (seed >> 20 & 0x3ff) << 16 | (seed >> 7 & 0x1fff);
        }
    }
}

static uint32_t process_row(const uint32_t *row, uint32_t time) {
    uint32_t count = *row++;
    uint32_t saturated = 0;
    const uint32_t mask = (1u << (INDEX_BITS + DELAY_BITS)) - 1;
    const uint32_t offset = time << INDEX_BITS;
    for (; count > 0; count--) {
        const uint32_t word = *row++;
        const uint32_t index = ((word & 0x1fff) + offset) & mask;
        const uint32_t sum = ring[index] + (word >> 16);
        if (sum & 0x10000) {
            ring[index] = 0xffff;
            saturated++;
        } else {
            ring[index] = (uint16_t)sum;
        }
    }
    return saturated;
}

uint32_t run(void) {
    uint32_t sum = 0;
    set_up();
    for (uint32_t time = 0; time < STEPS; time++) {
        for (int r = 0; r < ROWS; r++) {
            for (int i = 0; i <= ROW_SYNAPSES; i++) row_buffer[i] = rows[r][i];
            sum += process_row(row_buffer, time);
        }
        uint16_t *now = &ring[(time & 15) << INDEX_BITS];
        for (int i = 0; i < 1 << INDEX_BITS; i++) {
            sum = sum * 31 + now[i];
            now[i] = 0;
        }
    }
    return sum;
}
