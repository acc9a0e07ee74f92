// SPDX-License-Identifier: Apache-2.0
// A neuron model as a composition of components, in the order in which the original runs them:
// new input, record, input to current, additional input, membrane, threshold, decay of the input.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "spinnlab/neurons/components/additional_inputs.hpp"
#include "spinnlab/neurons/components/input_types.hpp"
#include "spinnlab/neurons/components/thresholds.hpp"
#include "spinnlab/neurons/constant.hpp"
#include "spinnlab/neurons/fields.hpp"

namespace spinnlab::neurons {

inline constexpr std::array<RecordableInfo, 3> kCurrentRecordables = {
    RecordableInfo{"v", "mV"}, RecordableInfo{"gsyn_exc", "nA"}, RecordableInfo{"gsyn_inh", "nA"}};
inline constexpr std::array<RecordableInfo, 3> kConductanceRecordables = {
    RecordableInfo{"v", "mV"}, RecordableInfo{"gsyn_exc", "uS"}, RecordableInfo{"gsyn_inh", "uS"}};

template <class SynapseType, class InputType, class AdditionalType, class NeuronType,
          class ThresholdType>
struct PointNeuron {
    using Synapse = SynapseType;
    using Input = InputType;
    using Additional = AdditionalType;
    using Neuron = NeuronType;
    using Threshold = ThresholdType;

    // --- what ModelInfo shows ---
    static constexpr auto fields =
        joined(Neuron::parameters, Threshold::parameters, Synapse::parameters, Input::parameters,
               Additional::parameters, Neuron::states, Synapse::states, Additional::states);
    static constexpr auto receptors = Synapse::receptors;
    static constexpr bool conductance = Input::conductance;
    static constexpr double global_weight_scale = conductance ? 1024.0 : 1.0;
    static constexpr auto recordables = conductance ? kConductanceRecordables : kCurrentRecordables;
    static constexpr auto constants =
        joined(Neuron::constants, Threshold::constants, Synapse::constants, Input::constants,
               Additional::constants);
    static constexpr auto words = joined(Neuron::words, Synapse::words, Additional::words);
    static constexpr std::uint32_t random_words = Threshold::random_words;
    static constexpr auto struct_words = [] {
        constexpr std::array standard = {Neuron::struct_words, Input::struct_words,
                                         Threshold::struct_words, Synapse::struct_words};
        if constexpr (Additional::exists) {
            return joined(standard, std::array{Additional::struct_words});
        } else {
            return standard;
        }
    }();

    // --- where each component's constants and state words begin ---
    static constexpr std::uint32_t kThresholdConstants = Neuron::constants.size();
    static constexpr std::uint32_t kSynapseConstants =
        kThresholdConstants + Threshold::constants.size();
    static constexpr std::uint32_t kInputConstants = kSynapseConstants + Synapse::constants.size();
    static constexpr std::uint32_t kAdditionalConstants = kInputConstants + Input::constants.size();
    static constexpr std::uint32_t kConstants = constants.size();
    static constexpr std::uint32_t kSynapseWords = Neuron::words.size();
    static constexpr std::uint32_t kAdditionalWords = kSynapseWords + Synapse::words.size();
    static constexpr std::uint32_t kWords = words.size();
    static constexpr std::uint32_t kReceptors = receptors.size();
    /// Bit w: word w changes only in neurons that fire.
    static constexpr std::uint32_t rare_words = Neuron::rare_words;
    /// Bit w: word w is seldom negative, and simpler to decay where it is not.
    static constexpr std::uint32_t positive_words = Synapse::positive_words << kSynapseWords;

    template <class P>
    static void prepare(P& p) {
        const auto part = [&p]<class Component>(std::uint32_t constant, std::uint32_t word) {
            auto own = p.part(constant, word);
            Component::prepare(own);
        };
        part.template operator()<Neuron>(0, 0);
        part.template operator()<Threshold>(kThresholdConstants, 0);
        part.template operator()<Synapse>(kSynapseConstants, kSynapseWords);
        part.template operator()<Input>(kInputConstants, 0);
        part.template operator()<Additional>(kAdditionalConstants, kAdditionalWords);
    }

    // --- kernel ---
    template <class L>
    struct Readings {
        typename L::Int v, excitatory, inhibitory;
    };

    /// New input of this step, s16.15 per receptor. `kUsual`, here and below: no input is negative,
    /// nor is one of the `positive_words`, before this or after it.
    template <class L, bool kUsual, class K>
    static void add(typename L::Int* s, const K& k, const typename L::Int* input) {
        Synapse::template add<L, kUsual>(s + kSynapseWords, k.from(kSynapseConstants), input);
    }

    /// One sub-step; gives the neurons that do not fire and the values before the update. For the
    /// others fired() follows.
    template <class L, bool kUsual, class K>
    static typename L::Mask advance(typename L::Int* s, const K& k, typename L::Int current,
                                    typename L::Int random, typename L::Int now,
                                    Readings<L>& before) {
        using Int = typename L::Int;
        const auto synapse = k.from(kSynapseConstants);
        const auto input = k.from(kInputConstants);
        const Int v = s[Neuron::kV];
        Int values[Synapse::kExcitatory];
        Synapse::template excitatory<L>(s + kSynapseWords, synapse, values);
        const Int inhibitory =
            Input::template value<L>(Synapse::template inhibitory<L>(s + kSynapseWords));
        before.v = v;
        before.inhibitory = inhibitory;
        Int sum = Input::template value<L>(values[0]);
        Int total = Input::template excitatory<L>(sum, v, input);
        SPINNLAB_UNROLL
        for (std::uint32_t r = 1; r < Synapse::kExcitatory; ++r) {
            const Int value = Input::template value<L>(values[r]);
            sum = L::add(sum, value);
            total = L::add(total, Input::template excitatory<L>(value, v, input));
        }
        before.excitatory = sum;
        total = L::sub(total, Input::template inhibitory<L>(inhibitory, v, input));
        total = L::add(total, current);
        const auto additional = k.from(kAdditionalConstants);
        if constexpr (Additional::exists) {
            total =
                L::sub(total, Additional::template current<L>(s + kAdditionalWords, additional));
        }
        Neuron::template advance<L>(s, k, total, now);
        Synapse::template shape<L, kUsual>(s + kSynapseWords, synapse);
        return Threshold::template silent<L>(s[Neuron::kV], k.from(kThresholdConstants), random);
    }

    /// What firing changes: words of the membrane and of the additional input.
    template <class L, class K>
    static void fired(typename L::Int* s, const K& k, typename L::Mask spike, typename L::Int now) {
        Neuron::template fired<L>(s, k, spike, now);
        if constexpr (Additional::exists) {
            const auto additional = k.from(kAdditionalConstants);
            Additional::template fired<L>(s + kAdditionalWords, additional, spike);
        }
    }
};

}  // namespace spinnlab::neurons
