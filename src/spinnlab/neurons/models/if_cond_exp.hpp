// SPDX-License-Identifier: Apache-2.0
// Leaky integrate-and-fire neuron with exponentially decaying conductance input.
#pragma once

#include "spinnlab/neurons/components/exponential_synapse.hpp"
#include "spinnlab/neurons/components/lif.hpp"
#include "spinnlab/neurons/point_neuron.hpp"

namespace spinnlab::neurons {

struct IfCondExp
    : PointNeuron<ExponentialSynapse, ConductanceInput, NoAdditionalInput, Lif, StaticThreshold> {
    static constexpr std::string_view name = "IF_cond_exp";
    static constexpr std::string_view spinnaker_binary = "IF_cond_exp";
    static constexpr std::string_view doc =
        "Leaky integrate-and-fire neuron with exponentially decaying conductance input.";
};

}  // namespace spinnlab::neurons
