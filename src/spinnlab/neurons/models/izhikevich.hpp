// SPDX-License-Identifier: Apache-2.0
// Izhikevich neuron with exponentially decaying current input.
#pragma once

#include "spinnlab/neurons/components/exponential_synapse.hpp"
#include "spinnlab/neurons/components/izhikevich.hpp"
#include "spinnlab/neurons/point_neuron.hpp"

namespace spinnlab::neurons {

struct IzhikevichCurr
    : PointNeuron<ExponentialSynapse, CurrentInput, NoAdditionalInput, Izhikevich, PeakThreshold> {
    static constexpr std::string_view name = "Izhikevich";
    static constexpr std::string_view spinnaker_binary = "IZK_curr_exp";
    static constexpr std::string_view doc =
        "Izhikevich neuron with exponentially decaying current input.";
};

}  // namespace spinnlab::neurons
