// SPDX-License-Identifier: Apache-2.0
// Draws the spike counts of Poisson sources, 128 at a time, one function for each instruction set.
#pragma once

#include <cstdint>

namespace spinnlab::engine {

/// A distribution of counts as the kernels read it; probabilities are in units of 2^-32.
///
/// Narrow (`accept` is there): an alias table (Walker 1977) of 16 columns for the counts first ..
/// first + 14 and "another count", which `rare` gives. Column c yields c with probability
/// accept[c] / 2^28, else other[c].
/// Wide: a 32-bit random number at or above below[k] gives more than first + k.
struct CountColumns {
    const std::uint32_t* accept = nullptr;
    const std::uint8_t* other = nullptr;
    const std::uint32_t* below = nullptr;
    std::uint32_t n_below = 0;
    std::uint32_t first = 0;
    /// A word at or above rare_below[k] gives a count after rare_counts[k].
    const std::uint32_t* rare_below = nullptr;
    const std::uint32_t* rare_counts = nullptr;
    std::uint32_t n_rare = 0;
};

/// Sources of one population that share a distribution, in one step.
///
/// 128 sources share 16 Philox counters with four words each: the low half of word w of counter l
/// belongs to source 32 w + l, the high half to source 32 w + 16 + l, so that vectors of any width
/// store them in order. 16 bits a source are enough because the limits they are compared with are
/// rounded up or down at random, once a step: every source has the exact distribution, and two of
/// them are correlated by less than 1e-9.
struct PoissonDraw {
    CountColumns columns{};
    std::uint32_t key[2] = {};
    std::uint32_t step = 0;
    std::uint32_t population = 0;
    std::uint32_t dither = 0;  ///< below 2^16
};

inline constexpr std::uint32_t kPoissonGroup = 128;
inline constexpr std::uint32_t kPoissonCounters = 16;
inline constexpr int kPoissonRounds = 7;
/// Fourth word of the counter, so that no other use of the key meets it.
inline constexpr std::uint32_t kPoissonPurpose = 0x504f4953;  // "POIS"
inline constexpr std::uint32_t kRarePurpose = 0x52415245;     // "RARE"
inline constexpr std::uint32_t kColumns = 16;
inline constexpr std::uint32_t kRareColumn = 15;

/// Adds weight x count to `sums`, one a source, for the sources of `n` groups from group `group`
/// on. Returns the sum of the counts.
using DrawGroups = std::uint64_t (*)(const PoissonDraw& draw, std::uint32_t group, std::uint32_t n,
                                     std::uint32_t weight, std::uint32_t* sums);

[[nodiscard]] DrawGroups poisson_scalar();
[[nodiscard]] DrawGroups poisson_sse4();
[[nodiscard]] DrawGroups poisson_avx2();
[[nodiscard]] DrawGroups poisson_avx512();

}  // namespace spinnlab::engine
