// SPDX-License-Identifier: Apache-2.0
// Leaky integrate-and-fire neuron with conductance input that fires by chance.
#pragma once

#include "spinnlab/neurons/components/exponential_synapse.hpp"
#include "spinnlab/neurons/components/lif.hpp"
#include "spinnlab/neurons/point_neuron.hpp"

namespace spinnlab::neurons {

struct IfCondExpStoc
    : PointNeuron<ExponentialSynapse, ConductanceInput, NoAdditionalInput, Lif, MaassThreshold> {
    static constexpr std::string_view name = "IFCondExpStoc";
    static constexpr std::string_view spinnaker_binary = "IF_cond_exp_stoc";
    static constexpr std::string_view doc =
        "Leaky integrate-and-fire neuron with conductance input that fires by chance.";
};

}  // namespace spinnlab::neurons
