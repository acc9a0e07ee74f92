// SPDX-License-Identifier: Apache-2.0
// Draws the spike counts of Poisson sources, 64 at a time, one function for each instruction set.
#pragma once

#include <cstdint>

namespace spinnlab::engine {

/// Sources of one population that share a distribution, in one step.
///
/// 64 sources take their random words from 16 Philox counters with four words each: word w of
/// counter l belongs to source 16 w + l, so that vectors of any width store them in order.
struct PoissonDraw {
    std::uint32_t key[2] = {};
    std::uint32_t step = 0;
    std::uint32_t population = 0;
    const std::uint32_t* below =
        nullptr;  ///< a word at or above below[k] gives more than first + k
    std::uint32_t n_below = 0;
    std::uint32_t first = 0;
};

inline constexpr std::uint32_t kPoissonGroup = 64;
inline constexpr std::uint32_t kPoissonCounters = 16;
/// Fourth word of the counter, so that no other use of the key meets it.
inline constexpr std::uint32_t kPoissonPurpose = 0x504f4953;  // "POIS"

/// Adds weight x count to `sums`, one a source, for the sources of `n` groups from group `group`
/// on. Returns the sum of the counts.
using DrawGroups = std::uint64_t (*)(const PoissonDraw& draw, std::uint32_t group, std::uint32_t n,
                                     std::uint32_t weight, std::uint32_t* sums);

[[nodiscard]] DrawGroups poisson_scalar();
[[nodiscard]] DrawGroups poisson_sse4();
[[nodiscard]] DrawGroups poisson_avx2();
[[nodiscard]] DrawGroups poisson_avx512();

}  // namespace spinnlab::engine
