// SPDX-License-Identifier: Apache-2.0
// Runs one kernel on the prototype's core; compiled by arm_kernels.cpp at run time, with the
// prototype's folder as include path. Prints the result and M instructions/s, best of several runs.
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "emu.h"

Machine M;
bool opt_verbose = false;
void udp_send(u32, u16, u16, const u8*, size_t) {}
void udp_open_reverse(int, u16) {}

static double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return double(now.tv_sec) + double(now.tv_nsec) * 1e-9;
}

int main(int, char** argv) {
    static u8 code[0x8000];
    FILE* file = std::fopen(argv[1], "rb");
    if (file == nullptr) return 1;
    const size_t size = std::fread(code, 1, sizeof code, file);
    Chip* chip = new Chip;
    chip->sdram = static_cast<u8*>(std::calloc(1, 8u << 20));
    chip->sysram = static_cast<u8*>(std::calloc(1, 0x8000));
    Core& core = chip->core[1];
    core.chip = chip;
    core.id = 1;
    core.sdram = chip->sdram;
    core.itcm = static_cast<u8*>(std::calloc(1, 0x8000));
    core.dtcm = static_cast<u8*>(std::calloc(1, 0x10000));
    double best = 0;
    for (int i = 0; i < 5; i++) {
        std::memcpy(core.itcm, code, size);
        std::memset(core.dtcm, 0, 0x10000);
        core_reset(core, 0, 0);
        core.now = 0;
        core.next_event = NEVER;
        const u64 before = core.insns;
        const double start = cpu_seconds();
        for (u64 until = 2000; !core.wfi; until += 2000) core_run(core, until);
        const double mips = double(core.insns - before) / (cpu_seconds() - start) / 1e6;
        if (mips > best) best = mips;
    }
    std::printf("%x %.2f\n", core.r[0], best);
}
