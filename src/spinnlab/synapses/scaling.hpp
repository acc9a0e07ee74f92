// SPDX-License-Identifier: Apache-2.0
// Weights to 16 bits and delays to steps, as the original's host and its machine do it.
#pragma once

#include <cstdint>

#include "spinnlab/synapses/recipe.hpp"

namespace spinnlab::synapses {

/// The magnitude as stored. Host: nearest, ties to even. Machine: the value as s16.15, then
/// product rounded half up. Above 65535 the low 16 bits are kept, as both do.
[[nodiscard]] std::uint16_t stored_weight(double weight, const Scaling& scaling);

/// Steps, at least 1. Host: nearest, ties to even; machine: the value as s16.15, product rounded
/// down. Beyond 65535 the largest.
[[nodiscard]] std::uint16_t delay_steps(double delay_ms, const Scaling& scaling);

}  // namespace spinnlab::synapses
