// SPDX-License-Identifier: Apache-2.0
// Which neurons a connector connects, in indexes of the projection's two ends.
#pragma once

#include <cstdint>
#include <span>

#include "spinnlab/synapses/recipe.hpp"

namespace spinnlab::synapses {

/// Targets are generated in canonical blocks of this many, so that every cut gives the same.
inline constexpr std::uint32_t kBlock = 256;

/// Some pairs with one end in common. `stream` and `block` name the random streams of their
/// values; positions as for PerConnection, empty where the connector has none. A run is whole, or
/// it has positions.
struct PairRun {
    std::uint32_t common = 0;
    std::span<const std::uint32_t> others{};
    std::uint32_t block = 0;
    std::span<const std::uint64_t> positions{};
};

class PairSink {
 public:
    virtual ~PairSink() = default;
    virtual void row(const PairRun& run) = 0;     ///< common: a source
    virtual void column(const PairRun& run) = 0;  ///< common: a target
};

/// All pairs with a target in lo .. hi - 1, and maybe others of the same canonical block.
void generate_pairs(const Recipe& recipe, std::uint32_t lo, std::uint32_t hi, PairSink& sink);

}  // namespace spinnlab::synapses
