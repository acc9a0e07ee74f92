// SPDX-License-Identifier: Apache-2.0
// Leaky integrate-and-fire neuron with two excitatory current inputs.
#pragma once

#include "spinnlab/neurons/components/exponential_synapse.hpp"
#include "spinnlab/neurons/components/lif.hpp"
#include "spinnlab/neurons/point_neuron.hpp"

namespace spinnlab::neurons {

struct IfCurrDualExp
    : PointNeuron<DualExponentialSynapse, CurrentInput, NoAdditionalInput, Lif, StaticThreshold> {
    static constexpr std::string_view name = "IF_curr_dual_exp";
    static constexpr std::string_view spinnaker_binary = "IF_curr_exp_dual";
    static constexpr std::string_view doc =
        "Leaky integrate-and-fire neuron with two excitatory current inputs.";
};

}  // namespace spinnlab::neurons
