// SPDX-License-Identifier: Apache-2.0
// From a recipe to synapses.
#pragma once

#include <cstdint>
#include <vector>

#include "spinnlab/synapses/recipe.hpp"
#include "spinnlab/synapses/sink.hpp"

namespace spinnlab::synapses {

/// Generates all synapses onto the neurons post_lo .. post_hi - 1 of the target population. Every
/// cut of the targets gives the same synapses, from any number of threads at once.
void expand(const Recipe& recipe, const Scaling& scaling, std::uint32_t post_lo,
            std::uint32_t post_hi, SynapseSink& sink);

/// A synapse with its values, neurons as indexes in their populations.
struct Connection {
    std::uint32_t pre = 0;
    std::uint32_t post = 0;
    double weight = 0.0;
    double delay_ms = 0.0;
};

/// All synapses of a recipe by source, then target (as PyNN lists them); `as_stored`: with weights
/// and delays as the machine holds them, else as drawn.
[[nodiscard]] std::vector<Connection> connections(const Recipe& recipe, const Scaling& scaling,
                                                  bool as_stored);

}  // namespace spinnlab::synapses
