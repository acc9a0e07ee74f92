// SPDX-License-Identifier: Apache-2.0
// How far the 16-bit sums of a receptor are shifted: the expected largest input decides.
#pragma once

#include <cstdint>
#include <span>

#include "spinnlab/synapses/recipe.hpp"

namespace spinnlab::synapses {

/// One projection onto a receptor, as the shift sees it.
struct Input {
    const Recipe* recipe = nullptr;
    double spikes_per_second = 30.0;  ///< of a source neuron
    double spikes_per_step = 1.0;     ///< at most, of a source neuron
};

struct RingBuffer {
    std::uint8_t shift = 0;     ///< input in s16.15 = sum << shift
    double weight_scale = 1.0;  ///< stored weight = weight x scale
};

struct RingBufferOptions {
    double timestep_ms = 1.0;
    double sigma = 5.0;                ///< standard deviations kept free above the mean
    double global_weight_scale = 1.0;  ///< of the model
    /// The user's own largest sum, in weight units; negative: estimated.
    double max_expected_summed_weight = -1.0;
};

/// execution.md 3.2 and 3.3 of the reference; population_vertex.py `_Stats` of sPyNNaker 7.4.
[[nodiscard]] RingBuffer ring_buffer(std::span<const Input> inputs,
                                     const RingBufferOptions& options);

/// Spikes that a Poisson source of this rate has in a step in all but one of 1,000 steps, plus one;
/// 1 for slow sources (spike_source_poisson_vertex.py).
[[nodiscard]] double poisson_spikes_per_step(double rate_hz, double timestep_ms);

}  // namespace spinnlab::synapses
