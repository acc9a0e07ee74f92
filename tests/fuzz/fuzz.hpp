// SPDX-License-Identifier: Apache-2.0
// What the fuzzers have in common: command line, clock, and how a finding is told.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace spinnlab::fuzz {

using Random = std::mt19937;

inline std::uint32_t current_seed = 0;  ///< a finding is repeated with it

[[noreturn]] inline void fail(const char* what) {
    std::fprintf(stderr, "seed %u: %s\n", current_seed, what);
    std::abort();
}

inline void require(bool holds, const char* what) {
    if (!holds) fail(what);
}

/// PROGRAM [SEED [SECONDS]]: calls `run(random)`, which gives its number of executions, with seed
/// after seed until the time is over.
template <typename Run>
int main(int argc, char** argv, Run run) {
    const double seconds = argc > 2 ? std::strtod(argv[2], nullptr) : 10;
    const auto first = argc > 1 ? std::strtoul(argv[1], nullptr, 0) : 1;
    current_seed = static_cast<std::uint32_t>(first);
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    std::uint64_t executions = 0;
    for (; std::chrono::steady_clock::now() < end; ++current_seed) {
        Random random(current_seed);
        executions += run(random);
    }
    std::printf("%llu executions, seeds %lu to %u\n", static_cast<unsigned long long>(executions),
                first, current_seed - 1);
    return 0;
}

}  // namespace spinnlab::fuzz
