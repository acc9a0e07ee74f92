// SPDX-License-Identifier: Apache-2.0
// What the original's tools expect of a projection before anything is drawn: how long rows get, how
// many inputs a neuron has, how large weights and delays are. Memory, ring-buffer shifts and delay
// stages follow from these, so they are the same estimates (connectors/*_connector.py and
// utility_calls.py of sPyNNaker 7.4).
#pragma once

#include <cstdint>

#include "spinnlab/synapses/recipe.hpp"

namespace spinnlab::synapses {

/// Of the magnitudes, in nA or uS.
struct WeightEstimate {
    double mean = 0.0;
    double variance = 0.0;
    double maximum = 0.0;  ///< likely maximum of all draws (1 in 100)
};

[[nodiscard]] WeightEstimate estimate_weights(const Recipe& recipe);

/// Likely longest delay, ms, and the variance, ms^2.
struct DelayEstimate {
    double longest_ms = 0.0;
    double variance_ms2 = 0.0;
};
[[nodiscard]] DelayEstimate estimate_delays(const Recipe& recipe);

/// Likely most connections onto one target neuron.
[[nodiscard]] double max_inputs_of_a_neuron(const Recipe& recipe);

/// Likely longest row of a source neuron on a core.
struct RowEstimate {
    std::uint32_t undelayed = 0;  ///< synapses with delays up to the core's slots
    std::uint32_t delayed = 0;    ///< those beyond, in one stage of a delay core
};

/// For `targets` neurons a core and rings of `slots` steps; stages as of the delay core, 0: none.
[[nodiscard]] RowEstimate estimate_rows(const Recipe& recipe, double timestep_ms,
                                        std::uint32_t targets, std::uint32_t slots,
                                        std::uint32_t stages);

/// Smallest k with P(at most k of n trials of probability p succeed) >= 1 - chance.
[[nodiscard]] double binomial_quantile(double chance, double n, double p);

}  // namespace spinnlab::synapses
