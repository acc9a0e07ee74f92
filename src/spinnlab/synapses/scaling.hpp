// SPDX-License-Identifier: Apache-2.0
// Weights to 16 bits and delays to steps, as the original's host and its machine do it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "spinnlab/base/rounding.hpp"
#include "spinnlab/synapses/recipe.hpp"

namespace spinnlab::synapses {

inline constexpr double kMostDelaySteps = 65535;

/// A value as the machine's s16.15 holds it.
[[nodiscard]] inline double as_accum(double value) { return nearest(value * 32768) / 32768; }

/// The magnitude as stored. Host: nearest, ties to even. Machine: the value as s16.15, then
/// product rounded half up. Above 65535 the low 16 bits are kept, as both do.
[[nodiscard]] inline std::uint16_t stored_weight(double weight, const Scaling& scaling) {
    const double magnitude = std::fabs(weight);
    const double product = scaling.rounding == Rounding::Host
                               ? nearest(magnitude * scaling.weight_scale)
                               : floor_of(as_accum(magnitude) * scaling.weight_scale + 0.5);
    return static_cast<std::uint16_t>(static_cast<std::uint64_t>(product));
}

/// Steps, at least 1. Host: nearest, ties to even; machine: the value as s16.15, product rounded
/// down. Beyond 65535 the largest.
[[nodiscard]] inline std::uint16_t delay_steps(double delay_ms, const Scaling& scaling) {
    double steps = 0;
    if (scaling.rounding == Rounding::Host) {
        steps = nearest(delay_ms / scaling.timestep_ms);
    } else {
        const double product = as_accum(delay_ms) * as_accum(1.0 / scaling.timestep_ms);
        steps = floor_of(std::min(product, kMostDelaySteps));
    }
    return static_cast<std::uint16_t>(std::clamp(steps, 1.0, kMostDelaySteps));
}

}  // namespace spinnlab::synapses
