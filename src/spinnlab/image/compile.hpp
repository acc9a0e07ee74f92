// SPDX-License-Identifier: Apache-2.0
// From a network to the machine image.
#pragma once

#include <optional>

#include "spinnlab/image/machine_image.hpp"
#include "spinnlab/machine/machine.hpp"
#include "spinnlab/network/network.hpp"

namespace spinnlab::image {

struct CompileOptions {
    /// The machine to use; none: as many boards as it takes.
    std::optional<machine::MachineSpec> machine{};
    std::optional<int> boards{};  ///< at least so many; with `strict` no more than their triads
    bool strict = false;  ///< what does not fit is an error: nothing is lowered, nothing grows
    std::uint64_t plan_steps = 1000;
    bool monitors = true;
};

/// Splits, places, routes and scales. Where a full slice does not fit a core, it puts fewer atoms
/// on each and says so in the image's notes, unless the user fixed the number or `strict` is set.
/// Throws CapacityError with population, resource, needed, available and what would fit.
[[nodiscard]] MachineImage compile(const network::Network& network,
                                   const CompileOptions& options = {});

}  // namespace spinnlab::image
