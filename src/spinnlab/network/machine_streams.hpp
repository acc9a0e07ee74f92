// SPDX-License-Identifier: Apache-2.0
// The random streams of the original's cores, for a network that asks for them.
#pragma once

#include <memory>
#include <vector>

#include "spinnlab/network/lower.hpp"
#include "spinnlab/network/network.hpp"
#include "spinnlab/synapses/machine_expander.hpp"

namespace spinnlab::network {

/// By projection; null where the original's host makes the synapses, and everywhere unless the
/// settings say `spinnaker_rng`. Throws UnsupportedError for projections that would be drawn
/// otherwise than there.
[[nodiscard]] std::vector<std::shared_ptr<const synapses::MachineStreams>> machine_streams(
    const Network& network, const LoweredNetwork& lowered);

/// The seed of a population's generators: its own, else one from the network's.
[[nodiscard]] std::uint32_t machine_seed(const Network& network, PopulationId id);

}  // namespace spinnlab::network
