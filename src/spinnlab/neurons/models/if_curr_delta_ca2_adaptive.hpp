// SPDX-License-Identifier: Apache-2.0
// Leaky integrate-and-fire neuron with input for one step and an adaptation current.
#pragma once

#include "spinnlab/neurons/components/delta_synapse.hpp"
#include "spinnlab/neurons/components/lif.hpp"
#include "spinnlab/neurons/point_neuron.hpp"

namespace spinnlab::neurons {

struct IfCurrDeltaCa2Adaptive
    : PointNeuron<DeltaSynapse, DeltaInput, Ca2Adaptive, Lif, StaticThreshold> {
    static constexpr std::string_view name = "IFCurrDeltaCa2Adaptive";
    static constexpr std::string_view spinnaker_binary = "IF_curr_delta_ca2_adaptive";
    static constexpr std::string_view doc =
        "Leaky integrate-and-fire neuron with input for one step and an adaptation current.";
};

}  // namespace spinnlab::neurons
