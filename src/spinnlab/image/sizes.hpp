// SPDX-License-Identifier: Apache-2.0
// SDRAM that the original plans for a core, from numbers alone (machine.md 4.1 to 4.3 of the
// reference; every region checked against mappings of sPyNNaker 7.4.1).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "spinnlab/mapping/graph.hpp"
#include "spinnlab/network/lower.hpp"
#include "spinnlab/network/network.hpp"

namespace spinnlab::image {

struct Region {
    std::string_view name;  ///< as the original calls it
    std::uint64_t bytes = 0;
};

/// Synapses that a row can hold; its length has 8 bits.
inline constexpr std::uint32_t kLongestRow = 256;

/// The longest row that any projection may have on a core of a population.
struct LongestRow {
    network::ProjectionId projection = 0;
    std::uint32_t synapses = 0;  ///< 0: nothing projects here
};
[[nodiscard]] LongestRow longest_row(const network::Network& network,
                                     const network::LoweredNetwork& lowered,
                                     network::PopulationId id);

/// The regions of a core of neurons with a full slice, recordings apart.
[[nodiscard]] std::vector<Region> neuron_core_regions(const network::Network& network,
                                                      const network::LoweredNetwork& lowered,
                                                      network::PopulationId id);

/// SDRAM of a core of a population, and of one of a delay vertex.
[[nodiscard]] mapping::Resources core_resources(const network::Network& network,
                                                const network::LoweredNetwork& lowered,
                                                network::PopulationId id);
[[nodiscard]] mapping::Resources delay_core_resources();

}  // namespace spinnlab::image
