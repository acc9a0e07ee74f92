// SPDX-License-Identifier: Apache-2.0
// Leaky integrate-and-fire neuron with alpha-shaped current input.
#pragma once

#include "spinnlab/neurons/components/alpha_synapse.hpp"
#include "spinnlab/neurons/components/lif.hpp"
#include "spinnlab/neurons/point_neuron.hpp"

namespace spinnlab::neurons {

struct IfCurrAlpha
    : PointNeuron<AlphaSynapse, CurrentInput, NoAdditionalInput, Lif, StaticThreshold> {
    static constexpr std::string_view name = "IF_curr_alpha";
    static constexpr std::string_view spinnaker_binary = "IF_curr_alpha";
    static constexpr std::string_view doc =
        "Leaky integrate-and-fire neuron with alpha-shaped current input.";
};

}  // namespace spinnlab::neurons
