// SPDX-License-Identifier: Apache-2.0
// Making a network fit: fewer atoms on a core where one is too small, more boards where there are
// too few.
#pragma once

#include <string>
#include <vector>

#include "spinnlab/image/compile.hpp"
#include "spinnlab/network/lower.hpp"

namespace spinnlab::image {

/// Boards of the largest machine that was built.
inline constexpr int kMostBoards = 1200;

/// Lowers the network so that every full slice fits its core. Where one does not, it halves the
/// population's atoms per core and adds one line to `notes`: population, from, to, why. With
/// `strict`, and where the user fixed the number, throws CapacityError with what would fit.
[[nodiscard]] network::LoweredNetwork lower_to_fit(const network::Network& network,
                                                   const CompileOptions& options,
                                                   std::vector<std::string>& notes);

struct MappedNetwork {
    machine::Machine machine{};
    mapping::Mapping mapping{};
};

/// Maps on the machine asked for, or on one that grows until everything has a place. Throws
/// CapacityError where the machine, or the largest one, is too small.
[[nodiscard]] MappedNetwork map_on_boards(const network::LoweredNetwork& lowered,
                                          const CompileOptions& options);

}  // namespace spinnlab::image
