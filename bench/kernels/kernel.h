// SPDX-License-Identifier: Apache-2.0
// What the kernels share. Each defines run(), compiled for the ARM core, and once more for the host
// by the bench, which compares the results.
#ifndef SPINNLAB_BENCH_KERNEL_H
#define SPINNLAB_BENCH_KERNEL_H

#include <stdint.h>

#ifdef __arm__
#define IN_SDRAM __attribute__((section(".sdram")))
#else
#define IN_SDRAM
#endif

#endif
