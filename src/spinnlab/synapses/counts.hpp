// SPDX-License-Identifier: Apache-2.0
// Random counts and choices that a stream decides.
#pragma once

#include <cstdint>
#include <vector>

#include "spinnlab/base/random.hpp"

namespace spinnlab::synapses {

/// How many of n independent trials succeed: inversion for few, else the transformed rejection of
/// W. Hoermann (BTRS, 1993).
[[nodiscard]] std::uint64_t binomial(Stream& stream, std::uint64_t n, double p);

/// Chooses members of 0 .. n - 1. Keeps its memory from call to call.
class Chooser {
 public:
    /// `k` different ones (R. Floyd's method), in the order in which they were found.
    void without_replacement(Stream& stream, std::uint32_t n, std::uint32_t k,
                             std::vector<std::uint32_t>& chosen);
    static void with_replacement(Stream& stream, std::uint32_t n, std::uint32_t k,
                                 std::vector<std::uint32_t>& chosen);

 private:
    std::vector<bool> taken_{};
};

}  // namespace spinnlab::synapses
