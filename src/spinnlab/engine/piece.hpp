// SPDX-License-Identifier: Apache-2.0
// Which neurons a partition owns.
#pragma once

#include <cstdint>
#include <vector>

#include "spinnlab/image/machine_image.hpp"

namespace spinnlab::engine {

/// Neurons lo .. hi - 1 of a population in one partition.
struct Piece {
    image::PopulationIndex population = 0;
    std::uint32_t lo = 0;  ///< a multiple of kPieceStep
    std::uint32_t hi = 0;
    std::uint32_t first_target = 0;  ///< index in the partition of neuron lo; unused for sources
    friend bool operator==(const Piece&, const Piece&) = default;
};

/// Pieces are cut at multiples of this, so that blocks of neurons and of random numbers stay whole.
inline constexpr std::uint32_t kPieceStep = 256;
/// Targets are 16-bit indexes in their partition.
inline constexpr std::uint32_t kMaxTargets = 65536;

/// Cuts every population into pieces for max(threads, what 16-bit targets need) partitions.
[[nodiscard]] std::vector<std::vector<Piece>> cut_into_partitions(const image::MachineImage& image,
                                                                  std::uint32_t wanted);

}  // namespace spinnlab::engine
