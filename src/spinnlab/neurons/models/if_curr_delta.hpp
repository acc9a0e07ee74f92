// SPDX-License-Identifier: Apache-2.0
// Leaky integrate-and-fire neuron with input that lasts for one step.
#pragma once

#include "spinnlab/neurons/components/delta_synapse.hpp"
#include "spinnlab/neurons/components/lif.hpp"
#include "spinnlab/neurons/point_neuron.hpp"

namespace spinnlab::neurons {

struct IfCurrDelta
    : PointNeuron<DeltaSynapse, DeltaInput, NoAdditionalInput, Lif, StaticThreshold> {
    static constexpr std::string_view name = "IF_curr_delta";
    static constexpr std::string_view spinnaker_binary = "IF_curr_delta";
    static constexpr std::string_view doc =
        "Leaky integrate-and-fire neuron with input that lasts for one step.";
};

}  // namespace spinnlab::neurons
