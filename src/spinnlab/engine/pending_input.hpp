// SPDX-License-Identifier: Apache-2.0
// What spikes of before a change of the network still bring to its neurons.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "spinnlab/image/machine_image.hpp"

namespace spinnlab::engine {

/// The input of one neuron through one receptor in one step: a sum of stored weights, in the units
/// of the ring buffer of the network in which the spikes were sent.
struct PendingInput {
    std::uint32_t step = 0;
    image::PopulationIndex population = 0;
    std::uint32_t receptor = 0;
    std::uint32_t neuron = 0;
    std::uint32_t sum = 0;
};

/// Whether a population of one image goes on as that of another: model, size and label.
[[nodiscard]] bool same_neurons(const image::PopulationImage& a, const image::PopulationImage& b);

/// Pending input in the units of a new network, to the nearest; without that of populations that do
/// not go on. What is more than a ring buffer of the new network holds is cut, as all its sums are,
/// and counted in `saturations` (by population; grows as needed).
[[nodiscard]] std::vector<PendingInput> carry_over(std::span<const PendingInput> pending,
                                                   const image::MachineImage& from,
                                                   const image::MachineImage& to,
                                                   std::vector<std::uint64_t>& saturations);

/// One receptor of one target, and what is added to its sum.
struct LateSum {
    std::uint32_t receptor = 0;
    std::uint32_t target = 0;
    std::uint32_t sum = 0;
};

/// Pending input of a share of the neurons, by the step in which it is due.
using LateInput = std::map<std::uint32_t, std::vector<LateSum>>;

}  // namespace spinnlab::engine
