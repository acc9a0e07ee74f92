// SPDX-License-Identifier: Apache-2.0
// Leaky integrate-and-fire neuron with a calcium-driven adaptation current.
#pragma once

#include "spinnlab/neurons/components/exponential_synapse.hpp"
#include "spinnlab/neurons/components/lif.hpp"
#include "spinnlab/neurons/point_neuron.hpp"

namespace spinnlab::neurons {

struct IfCurrExpCa2Adaptive
    : PointNeuron<ExponentialSynapse, CurrentInput, Ca2Adaptive, Lif, StaticThreshold> {
    static constexpr std::string_view name = "IFCurrExpCa2Adaptive";
    static constexpr std::string_view spinnaker_binary = "IF_curr_exp_ca2_adaptive";
    static constexpr std::string_view doc =
        "Leaky integrate-and-fire neuron with a calcium-driven adaptation current.";
};

}  // namespace spinnlab::neurons
