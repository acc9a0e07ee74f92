// SPDX-License-Identifier: Apache-2.0
// Draws weights and delays.
#pragma once

#include <cstdint>
#include <span>

#include "spinnlab/base/random.hpp"
#include "spinnlab/synapses/recipe.hpp"

namespace spinnlab::synapses {

/// One draw.
[[nodiscard]] double draw(const Distribution& distribution, Stream& stream);

/// Values of some connections; `positions` say where each stands in a PerConnection, and are not
/// looked at for others.
void draw_values(const ValueSource& source, Stream& stream,
                 std::span<const std::uint64_t> positions, std::span<double> values);

}  // namespace spinnlab::synapses
