// SPDX-License-Identifier: Apache-2.0
// One population for tests: parameters by name, input by neuron, one kernel.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "spinnlab/neurons/kernels.hpp"
#include "spinnlab/neurons/prepare.hpp"

namespace spinnlab::neurons::testing {

/// Values by field: one for all neurons, or one each; defaults where a field is missing.
using Fields = std::map<std::string, std::vector<double>>;

[[nodiscard]] Prepared prepare_named(const ModelInfo& model, const PrepareOptions& options,
                                     std::uint32_t n, const Fields& fields);

/// The instruction sets of this processor.
[[nodiscard]] std::vector<Isa> available_isas();

class Population {
 public:
    Population(const ModelInfo& model, Prepared prepared, std::uint32_t n, std::uint32_t sub_steps,
               std::vector<std::uint8_t> shifts);

    void add(std::uint32_t receptor, std::uint32_t neuron, std::uint32_t weight) {
        sums[receptor][neuron] += weight;
    }
    /// One step of all neurons.
    void step(Isa isa);

    /// Neurons that fired in the last step.
    [[nodiscard]] std::vector<std::uint32_t> fired() const;
    /// The word that holds this state field.
    [[nodiscard]] std::int32_t state_of(const std::string& field, std::uint32_t neuron) const;

    const ModelInfo* model;
    std::uint32_t n, blocks, sub_steps;
    Prepared prepared;
    std::vector<std::uint8_t> shifts;
    std::vector<std::vector<std::uint32_t>> sums;     ///< [receptor][neuron]
    std::vector<std::int32_t> current;                ///< empty: none
    std::vector<std::uint32_t> random;                ///< as AdvanceArgs::random
    std::vector<std::vector<std::int32_t>> recorded;  ///< [recordable][neuron]
    bool records = true;                              ///< in the next step
    std::vector<std::uint16_t> spikes;
    std::uint32_t saturated = 0;
    std::uint32_t now = 0;  ///< the next step
};

}  // namespace spinnlab::neurons::testing
