// SPDX-License-Identifier: Apache-2.0
// Currents that a neuron makes by itself.
#pragma once

#include <array>
#include <cstdint>

#include "spinnlab/neurons/fields.hpp"

namespace spinnlab::neurons {

struct NoAdditionalInput {
    static constexpr bool exists = false;
    static constexpr std::array<FieldInfo, 0> parameters = {};
    static constexpr std::array<FieldInfo, 0> states = {};
    static constexpr std::array<std::string_view, 0> constants = {};
    static constexpr std::array<std::string_view, 0> words = {};
    static constexpr std::uint32_t struct_words = 0;

    template <class P>
    static void prepare(P&) {}
};

/// A calcium-driven current against the input, stepping up with each spike: adaptation.
struct Ca2Adaptive {
    static constexpr bool exists = true;
    static constexpr std::array parameters = {
        positive("tau_ca2", "ms", 50.0, "decay time of the adaptation current"),
        parameter("i_alpha", "nA", 0.1, "step of the adaptation current with each spike"),
    };
    static constexpr std::array states = {state("i_ca2", "nA", 0.0, "adaptation current")};
    enum Constants : std::uint32_t { kDecay, kAlpha };
    static constexpr std::array<std::string_view, 2> constants = {"decay_ca2", "i_alpha"};
    static constexpr std::array<std::string_view, 1> words = {"i_ca2"};
    static constexpr std::uint32_t struct_words = 4;

    template <class P>
    static void prepare(P& p) {
        p.constant(kDecay, p.decay_accum("tau_ca2"));
        p.constant(kAlpha, p.accum("i_alpha"));
        p.state(0, p.accum("i_ca2"));
    }

    /// What is subtracted from the input current of this step.
    template <class L, class K>
    static typename L::Int current(typename L::Int* s, const K& k) {
        s[0] = L::mul_unit(s[0], k[kDecay]);
        return s[0];
    }
    template <class L, class K>
    static void fired(typename L::Int* s, const K& k, typename L::Mask spike) {
        s[0] = L::select(spike, L::add(s[0], k[kAlpha]), s[0]);
    }
};

}  // namespace spinnlab::neurons
