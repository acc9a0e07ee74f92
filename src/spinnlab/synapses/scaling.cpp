// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/synapses/scaling.hpp"

#include <algorithm>
#include <cmath>

namespace spinnlab::synapses {

namespace {

constexpr double kMostSteps = 65535;

double as_accum(double value) { return std::nearbyint(value * 32768) / 32768; }

}  // namespace

std::uint16_t stored_weight(double weight, const Scaling& scaling) {
    const double magnitude = std::fabs(weight);
    const double product = scaling.rounding == Rounding::Host
                               ? std::nearbyint(magnitude * scaling.weight_scale)
                               : std::floor(as_accum(magnitude) * scaling.weight_scale + 0.5);
    return static_cast<std::uint16_t>(static_cast<std::uint64_t>(product));
}

std::uint16_t delay_steps(double delay_ms, const Scaling& scaling) {
    const double steps = scaling.rounding == Rounding::Host
                             ? std::nearbyint(delay_ms / scaling.timestep_ms)
                             : std::floor(as_accum(delay_ms) * as_accum(1.0 / scaling.timestep_ms));
    return static_cast<std::uint16_t>(std::clamp(steps, 1.0, kMostSteps));
}

}  // namespace spinnlab::synapses
