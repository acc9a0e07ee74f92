// SPDX-License-Identifier: Apache-2.0
// A sink that keeps what an expansion makes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "spinnlab/synapses/expand.hpp"

namespace spinnlab::synapses::testing {

/// Source, target, stored weight, delay in steps.
using Synapse = std::tuple<std::uint32_t, std::uint32_t, std::uint16_t, std::uint16_t>;

class Collect final : public SynapseSink {
 public:
    void row(std::uint32_t pre, std::span<const std::uint32_t> post,
             std::span<const std::uint16_t> weight, std::span<const std::uint16_t> delay) override {
        for (std::size_t i = 0; i < post.size(); ++i) {
            found.emplace_back(pre, post[i], weight[i], delay[i]);
        }
    }
    void column(std::uint32_t post, std::span<const std::uint32_t> pre,
                std::span<const std::uint16_t> weight,
                std::span<const std::uint16_t> delay) override {
        for (std::size_t i = 0; i < pre.size(); ++i) {
            found.emplace_back(pre[i], post, weight[i], delay[i]);
        }
    }
    std::vector<Synapse> found{};
};

/// The synapses of targets lo .. hi - 1, sorted.
inline std::vector<Synapse> expanded(const Recipe& recipe, const Scaling& scaling, std::uint32_t lo,
                                     std::uint32_t hi) {
    Collect sink;
    expand(recipe, scaling, lo, hi, sink);
    std::ranges::sort(sink.found);
    return sink.found;
}

}  // namespace spinnlab::synapses::testing
