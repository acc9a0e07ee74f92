// SPDX-License-Identifier: Apache-2.0
// Izhikevich neuron with two excitatory conductance inputs.
#pragma once

#include "spinnlab/neurons/components/exponential_synapse.hpp"
#include "spinnlab/neurons/components/izhikevich.hpp"
#include "spinnlab/neurons/point_neuron.hpp"

namespace spinnlab::neurons {

struct IzhikevichCondDual : PointNeuron<DualExponentialSynapse, ConductanceInput, NoAdditionalInput,
                                        Izhikevich, PeakThreshold> {
    static constexpr std::string_view name = "Izhikevich_cond_dual";
    static constexpr std::string_view spinnaker_binary = "IZK_cond_exp_dual";
    static constexpr std::string_view doc =
        "Izhikevich neuron with two excitatory conductance inputs.";
};

}  // namespace spinnlab::neurons
