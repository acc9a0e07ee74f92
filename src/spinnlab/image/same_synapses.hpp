// SPDX-License-Identifier: Apache-2.0
// Whether two images bring about the same synapses on the same cores.
#pragma once

#include "spinnlab/image/machine_image.hpp"

namespace spinnlab::image {

/// Projections, sizes, slices, delay cores and quirks are alike; parameters of cells, recordings,
/// keys and places on the machine may differ. What the tables deliver is compared elsewhere.
[[nodiscard]] bool same_synapses(const MachineImage& a, const MachineImage& b);

}  // namespace spinnlab::image
