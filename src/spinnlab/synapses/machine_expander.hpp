// SPDX-License-Identifier: Apache-2.0
// Synapses drawn as the original's cores draw them: the same generators, the same order, the same
// fixed point (synapse_expander of sPyNNaker 7.4.1). One core at a time, because its draws follow
// one another through all of its projections.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "spinnlab/base/random.hpp"
#include "spinnlab/synapses/expand.hpp"
#include "spinnlab/synapses/recipe.hpp"
#include "spinnlab/synapses/sink.hpp"

namespace spinnlab::synapses {

/// The two generators of a core, for the target neurons lo .. hi - 1.
struct CoreStreams {
    std::uint32_t lo = 0;
    std::uint32_t hi = 0;
    Kiss population{Kiss::kSimpleSeed};  ///< alike on all cores of a population
    Kiss core{Kiss::kSimpleSeed};        ///< the core's own
    friend bool operator==(const CoreStreams&, const CoreStreams&) = default;
};

/// What a projection finds when its turn has come: its cores' generators, by rising neurons.
struct MachineStreams {
    std::vector<CoreStreams> cores{};
    std::uint32_t longest_delay_steps = 0;  ///< longer ones become as long as this
    friend bool operator==(const MachineStreams&, const MachineStreams&) = default;
};

/// One projection onto a population, in the order in which the original's cores expand them.
struct MachineInput {
    const Recipe* recipe = nullptr;
    std::uint32_t longest_delay_steps = 0;
};

/// The generators at the beginning of each input; null for those that the host expands.
[[nodiscard]] std::vector<std::shared_ptr<const MachineStreams>> machine_streams(
    std::span<const MachineInput> inputs, std::uint32_t population_seed, std::uint32_t neurons,
    std::uint32_t neurons_per_core);

/// Throws UnsupportedError for a recipe whose draws are not those of the original here.
void check_drawn_as_machine(const Recipe& recipe, std::string_view projection);

/// As expand(), for a recipe with streams of the machine.
void expand_as_machine(const Recipe& recipe, const Scaling& scaling, std::uint32_t post_lo,
                       std::uint32_t post_hi, SynapseSink& sink);

/// As connections(), unordered.
[[nodiscard]] std::vector<Connection> connections_as_machine(const Recipe& recipe);

}  // namespace spinnlab::synapses
