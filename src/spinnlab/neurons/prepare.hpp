// SPDX-License-Identifier: Apache-2.0
// From a user's parameters in double precision to the constants and the state that kernels use.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "spinnlab/base/profile.hpp"
#include "spinnlab/neurons/model_info.hpp"

namespace spinnlab::neurons {

struct PrepareOptions {
    double timestep_ms;
    std::uint32_t sub_steps = 1;  ///< updates a time step, each over timestep_ms / sub_steps
    Fidelity fidelity{};
};

/// One constant of a kernel: one value for all neurons, or one a neuron padded to whole blocks.
struct Column {
    std::vector<std::int32_t> values{};
    bool uniform = true;
};

/// What a population's kernel needs. Lanes beyond the last neuron hold copies of it.
struct Prepared {
    std::vector<Column> parameters{};   ///< in the order of ModelInfo::constants
    std::vector<std::int32_t> state{};  ///< state[(block * state_words + word) * kLanes + lane]
};

/// Makes constants and state of `n` neurons. `fields` in the order of ModelInfo::fields, each with
/// 1 value for all neurons or n values.
/// Throws NetworkError naming parameter, neuron, value and allowed range.
[[nodiscard]] Prepared prepare(const ModelInfo& model, const PrepareOptions& options,
                               std::uint32_t n, std::span<const std::span<const double>> fields);

}  // namespace spinnlab::neurons
