// SPDX-License-Identifier: Apache-2.0
// From populations and projections to a graph of vertices: slices, delay stages, ring buffers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spinnlab/mapping/graph.hpp"
#include "spinnlab/network/network.hpp"
#include "spinnlab/synapses/ring_buffer.hpp"

namespace spinnlab::network {

/// What follows for one population from its size, its options and its inputs.
struct PopulationPlan {
    std::uint32_t atoms_per_core = 0;
    std::vector<synapses::RingBuffer> receptors{};  ///< of neurons, one a receptor
    std::uint32_t delay_slots = 1;  ///< steps a synapse may wait without a delay core
    std::uint32_t ring_slots = 1;   ///< steps that the ring buffer really has
    double longest_delay_ms = 0.0;  ///< of its inputs, as estimated
};

/// A vertex that repeats the spikes of a population later.
struct DelayVertex {
    PopulationId source = 0;
    mapping::VertexIndex vertex = 0;
    std::uint32_t stages = 0;
    std::uint32_t steps_per_stage = 0;
};

/// Vertex p of the graph is population p; delay vertices stand behind them. The SDRAM of cores is
/// left open.
struct LoweredNetwork {
    mapping::ApplicationGraph graph{};
    std::vector<PopulationPlan> populations{};
    std::vector<std::vector<ProjectionId>> incoming{};  ///< by population, rising
    std::vector<std::uint32_t> delay_stages{};          ///< by projection; 0: direct
    std::vector<DelayVertex> delays{};
    std::vector<std::string> notes{};  ///< what hardware would not run, one line each
};

/// Atoms a core of each population, where they are to be fewer than the rules say (0: as they say).
using AtomLimits = std::vector<std::uint32_t>;

/// Throws CapacityError for a delay that its population does not allow.
[[nodiscard]] LoweredNetwork lower(const Network& network, const AtomLimits& limits = {});

/// Largest number of atoms that the original's rules put on a core of this population.
[[nodiscard]] std::uint32_t default_atoms_per_core(const Population& population);

/// Bits that sPyNNaker reserves to tell `n` things apart: at least 1 (get_n_bits).
[[nodiscard]] std::uint32_t index_bits(std::uint32_t n);

}  // namespace spinnlab::network
