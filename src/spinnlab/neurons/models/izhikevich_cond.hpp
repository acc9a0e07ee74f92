// SPDX-License-Identifier: Apache-2.0
// Izhikevich neuron with exponentially decaying conductance input.
#pragma once

#include "spinnlab/neurons/components/exponential_synapse.hpp"
#include "spinnlab/neurons/components/izhikevich.hpp"
#include "spinnlab/neurons/point_neuron.hpp"

namespace spinnlab::neurons {

struct IzhikevichCond : PointNeuron<ExponentialSynapse, ConductanceInput, NoAdditionalInput,
                                    Izhikevich, PeakThreshold> {
    static constexpr std::string_view name = "Izhikevich_cond";
    static constexpr std::string_view spinnaker_binary = "IZK_cond_exp";
    static constexpr std::string_view doc =
        "Izhikevich neuron with exponentially decaying conductance input.";
};

}  // namespace spinnlab::neurons
