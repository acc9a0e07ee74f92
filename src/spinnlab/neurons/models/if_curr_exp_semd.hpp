// SPDX-License-Identifier: Apache-2.0
// Leaky integrate-and-fire neuron that detects the direction of motion.
#pragma once

#include "spinnlab/neurons/components/lif.hpp"
#include "spinnlab/neurons/components/semd_synapse.hpp"
#include "spinnlab/neurons/point_neuron.hpp"

namespace spinnlab::neurons {

struct IfCurrExpSemd
    : PointNeuron<SemdSynapse, CurrentInput, NoAdditionalInput, Lif, StaticThreshold> {
    static constexpr std::string_view name = "IF_curr_exp_sEMD";
    static constexpr std::string_view spinnaker_binary = "IF_curr_exp_sEMD";
    static constexpr std::string_view doc =
        "Leaky integrate-and-fire neuron that detects the direction of motion.";
};

}  // namespace spinnlab::neurons
