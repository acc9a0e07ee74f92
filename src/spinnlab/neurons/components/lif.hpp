// SPDX-License-Identifier: Apache-2.0
// Leaky integrate-and-fire membrane: the closed form over one step of constant current.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "spinnlab/base/profile.hpp"
#include "spinnlab/neurons/fields.hpp"

namespace spinnlab::neurons {

struct Lif {
    static constexpr std::array parameters = {
        positive("tau_m", "ms", 20.0, "membrane time constant"),
        positive("cm", "nF", 1.0, "membrane capacity"),
        parameter("v_rest", "mV", -65.0, "membrane potential without input"),
        parameter("v_reset", "mV", -65.0, "membrane potential after a spike"),
        positive("tau_refrac", "ms", 0.1, "time for which the membrane rests after a spike", 0.0),
        parameter("i_offset", "nA", 0.0, "constant current"),
    };
    static constexpr std::array states = {state("v", "mV", -65.0, "membrane potential")};

    enum Constants : std::uint32_t { kVRest, kResistance, kDecay, kIOffset, kVReset, kRestSteps };
    static constexpr std::array<std::string_view, 6> constants = {
        "v_rest", "r_membrane", "exp_tc", "i_offset", "v_reset", "rest_steps"};
    /// kActiveFrom: the first sub-step, counted from the start of the run, that does not rest.
    enum Words : std::uint32_t { kV, kActiveFrom };
    static constexpr std::array<std::string_view, 2> words = {"v", ""};
    static constexpr std::uint32_t rare_words = 1u << kActiveFrom;  // change with a spike only
    static constexpr std::uint32_t struct_words = 9;

    template <class P>
    static void prepare(P& p) {
        p.constant(kVRest, p.accum("v_rest"));
        p.constant(kResistance, p.quotient("tau_m", "cm"));
        p.constant(kIOffset, p.accum("i_offset"));
        p.constant(kVReset, p.accum("v_reset"));
        p.constant(kDecay, p.decay_accum("tau_m"));
        p.constant(kRestSteps, p.steps("tau_refrac"));
        p.state(kV, p.accum("v"));
        p.state(kActiveFrom, 0);
    }

    template <class L, class K>
    static void advance(typename L::Int* s, const K& k, typename L::Int input,
                        typename L::Int now) {
        const auto resting = L::less(now, s[kActiveFrom]);
        const auto alpha = L::add(L::mul(L::add(input, k[kIOffset]), k[kResistance]), k[kVRest]);
        const auto next = L::sub(alpha, L::mul_unit(L::sub(alpha, s[kV]), k[kDecay]));
        s[kV] = L::select(resting, s[kV], next);
    }

    template <class L, class K>
    static void fired(typename L::Int* s, const K& k, typename L::Mask spike, typename L::Int now) {
        s[kV] = L::select(spike, k[kVReset], s[kV]);
        const auto from = L::add(L::add(now, k[kRestSteps]), L::set(1));
        s[kActiveFrom] = L::select(spike, from, s[kActiveFrom]);
    }
};

}  // namespace spinnlab::neurons
