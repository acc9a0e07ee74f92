// SPDX-License-Identifier: Apache-2.0
// Synaptic input that lasts for one step.
#pragma once

#include <array>
#include <cstdint>

#include "spinnlab/neurons/fields.hpp"

namespace spinnlab::neurons {

struct DeltaSynapse {
    static constexpr std::uint32_t kExcitatory = 1;
    static constexpr std::uint32_t positive_words = 0;
    static constexpr std::array<std::string_view, 2> receptors = {"excitatory", "inhibitory"};
    static constexpr std::array<FieldInfo, 0> parameters = {};
    static constexpr std::array states = {
        state("isyn_exc", "nA", 0.0, "excitatory input of the first step"),
        state("isyn_inh", "nA", 0.0, "inhibitory input of the first step"),
    };
    static constexpr std::array<std::string_view, 0> constants = {};
    static constexpr std::array<std::string_view, 2> words = {"isyn_exc", "isyn_inh"};
    static constexpr std::uint32_t struct_words = 2;

    template <class P>
    static void prepare(P& p) {
        p.state(0, p.accum("isyn_exc"));
        p.state(1, p.accum("isyn_inh"));
    }

    template <class L, bool, class K>
    static void add(typename L::Int* s, const K&, const typename L::Int* input) {
        for (std::uint32_t r = 0; r < 2; ++r) s[r] = L::add(s[r], input[r]);
    }
    template <class L, class K>
    static void excitatory(typename L::Int* s, const K&, typename L::Int* values) {
        values[0] = s[0];
    }
    template <class L>
    static typename L::Int inhibitory(const typename L::Int* s) {
        return s[1];
    }
    template <class L, bool, class K>
    static void shape(typename L::Int* s, const K&) {
        s[0] = L::zero();
        s[1] = L::zero();
    }
};

}  // namespace spinnlab::neurons
