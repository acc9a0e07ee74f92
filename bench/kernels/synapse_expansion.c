// SPDX-License-Identifier: Apache-2.0
// Kernel: rows of a fixed-probability connection, with Marsaglia's KISS generator in its 64-bit
// form: a draw a pair, weight and delay of those that connect uniformly distributed.
#include "kernel.h"

#define SOURCES 400
#define TARGETS 250
#define CONNECTIONS 15
#define PROBABILITY 0x19999999u  // 0.1

static uint32_t x, y, z, c;
static uint32_t rows[SOURCES][TARGETS + 1] IN_SDRAM;

static uint32_t kiss(void) {
    x = 314527869u * x + 1234567u;
    y ^= y << 5;
    y ^= y >> 7;
    y ^= y << 22;
    const uint64_t t = (uint64_t)4294584393u * z + c;
    c = (uint32_t)(t >> 32);
    z = (uint32_t)t;
    return x + y + z;
}

static uint32_t below(uint32_t limit) { return (uint32_t)(((uint64_t)kiss() * limit) >> 32); }

static uint32_t expand_row(uint32_t *row) {
    uint32_t count = 0;
    for (uint32_t target = 0; target < TARGETS; target++) {
        if (kiss() > PROBABILITY) continue;
        const uint32_t weight = 100 + below(900);
        const uint32_t delay = 1 + below(15);
        row[++count] = weight << 16 | delay << 9 | target;
    }
    row[0] = count;
    return count;
}

uint32_t run(void) {
    uint32_t sum = 0;
    x = 123456789u;
    y = 987654321u;
    z = 43219876u;
    c = 6543217u;
    for (int i = 0; i < CONNECTIONS * SOURCES; i++) {
        uint32_t *row = rows[i % SOURCES];
        const uint32_t count = expand_row(row);
        for (uint32_t k = 0; k <= count; k++) sum = sum * 31 + row[k];
    }
    return sum;
}
