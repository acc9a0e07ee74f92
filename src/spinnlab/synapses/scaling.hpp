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
/// product rounded half up. Above 65535, and below 0, the low 16 bits are kept, as both do.
class ToStoredWeight {
 public:
    explicit ToStoredWeight(const Scaling& scaling)
        : scale_(scaling.rounding == Rounding::MachineShortScale ? wrapped(scaling.weight_scale)
                                                                 : scaling.weight_scale),
          host_(scaling.rounding == Rounding::Host) {}
    std::uint16_t operator()(double weight) const {
        const double magnitude = std::fabs(weight);
        const double product =
            host_ ? nearest(magnitude * scale_) : std::floor(as_accum(magnitude) * scale_ + 0.5);
        return static_cast<std::uint16_t>(static_cast<std::int64_t>(product));
    }

 private:
    /// A scale as s16.15 keeps it: the low 32 bits, signed.
    static double wrapped(double scale) {
        const auto bits = static_cast<std::uint32_t>(static_cast<std::uint64_t>(scale * 32768));
        return static_cast<std::int32_t>(bits) / 32768.0;
    }

    double scale_;
    bool host_;
};

/// Steps, at least 1. Host: nearest, ties to even; machine: the value as s16.15, product rounded
/// down. Beyond 65535 the largest.
class ToDelaySteps {
 public:
    explicit ToDelaySteps(const Scaling& scaling)
        : timestep_ms_(scaling.timestep_ms),
          steps_per_ms_(as_accum(1.0 / scaling.timestep_ms)),
          host_(scaling.rounding == Rounding::Host) {}
    std::uint16_t operator()(double delay_ms) const {
        const double steps =
            host_ ? nearest(delay_ms / timestep_ms_) : as_accum(delay_ms) * steps_per_ms_;
        return static_cast<std::uint16_t>(std::clamp(steps, 1.0, kMostDelaySteps));
    }

 private:
    double timestep_ms_;
    double steps_per_ms_;
    bool host_;
};

[[nodiscard]] inline std::uint16_t stored_weight(double weight, const Scaling& scaling) {
    return ToStoredWeight(scaling)(weight);
}
[[nodiscard]] inline std::uint16_t delay_steps(double delay_ms, const Scaling& scaling) {
    return ToDelaySteps(scaling)(delay_ms);
}

}  // namespace spinnlab::synapses
