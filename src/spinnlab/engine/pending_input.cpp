// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/engine/pending_input.hpp"

#include <algorithm>
#include <limits>
#include <variant>

namespace spinnlab::engine {

namespace {

constexpr std::uint64_t kLargestSum = std::numeric_limits<std::uint16_t>::max();

/// A sum in other units, to the nearest; a ring buffer's unit is 2^shift units of s16.15.
std::uint64_t in_units(std::uint64_t sum, std::uint8_t from, std::uint8_t to) {
    const std::uint64_t value = std::min(sum, kLargestSum) << from;
    const std::uint64_t half = to == 0 ? 0 : std::uint64_t{1} << (to - 1);
    return (value + half) >> to;
}

}  // namespace

bool same_neurons(const image::PopulationImage& a, const image::PopulationImage& b) {
    const auto* x = std::get_if<image::NeuronImage>(&a.cells);
    const auto* y = std::get_if<image::NeuronImage>(&b.cells);
    return x != nullptr && y != nullptr && x->model == y->model && a.size == b.size &&
           a.label == b.label;
}

std::vector<PendingInput> carry_over(std::span<const PendingInput> pending,
                                     const image::MachineImage& from, const image::MachineImage& to,
                                     std::vector<std::uint64_t>& saturations) {
    std::vector<PendingInput> carried;
    carried.reserve(pending.size());
    saturations.resize(std::max(saturations.size(), to.populations.size()));
    for (PendingInput input : pending) {
        const auto p = input.population;
        if (p >= to.populations.size() || !same_neurons(from.populations[p], to.populations[p])) {
            continue;
        }
        const auto& before = std::get<image::NeuronImage>(from.populations[p].cells);
        const auto& now = std::get<image::NeuronImage>(to.populations[p].cells);
        const std::uint8_t shift = now.shifts[input.receptor];
        if (const std::uint8_t old = before.shifts[input.receptor]; old != shift) {
            const std::uint64_t sum = in_units(input.sum, old, shift);
            if (sum > kLargestSum || input.sum > kLargestSum) ++saturations[p];
            input.sum = static_cast<std::uint32_t>(std::min(sum, kLargestSum));
        }
        carried.push_back(input);
    }
    return carried;
}

}  // namespace spinnlab::engine
