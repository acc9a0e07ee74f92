// SPDX-License-Identifier: Apache-2.0
// When a neuron fires; each gives the neurons that do not, since few do.
#pragma once

#include <array>
#include <cstdint>

#include "spinnlab/neurons/fields.hpp"

namespace spinnlab::neurons {

/// At a membrane potential of v_thresh or above.
struct StaticThreshold {
    static constexpr std::array parameters = {
        parameter("v_thresh", "mV", -50.0, "membrane potential from which the neuron fires")};
    static constexpr std::array<std::string_view, 1> constants = {"v_thresh"};
    static constexpr std::uint32_t struct_words = 1;
    static constexpr std::uint32_t random_words = 0;

    template <class P>
    static void prepare(P& p) {
        p.constant(0, p.accum("v_thresh"));
    }
    template <class L, class K>
    static typename L::Mask silent(typename L::Int v, const K& k, typename L::Int) {
        return L::less(v, k[0]);
    }
};

/// At 30 mV, where Izhikevich's equations have their spike.
struct PeakThreshold {
    static constexpr std::array<FieldInfo, 0> parameters = {};
    static constexpr std::array<std::string_view, 0> constants = {};
    static constexpr std::uint32_t struct_words = 1;
    static constexpr std::uint32_t random_words = 0;

    template <class P>
    static void prepare(P&) {}
    template <class L, class K>
    static typename L::Mask silent(typename L::Int v, const K&, typename L::Int) {
        return L::less(v, L::set(30 * kAccumOne));
    }
};

/// By chance: with rate e^((v - v_thresh) / du_th) / tau_th, at most 0.8 a step.
/// Habenschuss, Jonke and Maass, PLoS Computational Biology 9(11), e1003311 (2013).
struct MaassThreshold {
    static constexpr std::array parameters = {
        parameter("v_thresh", "mV", -50.0, "membrane potential at which the rate is 1 / tau_th"),
        positive("du_th", "mV", 0.5, "membrane potential over which the rate grows e-fold"),
        positive("tau_th", "ms", 20.0, "inverse of the rate at v_thresh"),
    };
    enum Constants : std::uint32_t { kThreshold, kInverseDu, kRate };
    static constexpr std::array<std::string_view, 3> constants = {"v_thresh", "1/du_th",
                                                                  "rate_factor"};
    static constexpr std::uint32_t struct_words = 4;
    static constexpr std::uint32_t random_words = 1;

    static constexpr Accum kHighest = 5 * kAccumOne;  // of the exponent; above: kLargest
    static constexpr Accum kLargest = 26214;          // probability 0.8

    template <class P>
    static void prepare(P& p) {
        p.constant(kThreshold, p.accum("v_thresh"));
        p.constant(kInverseDu, p.reciprocal("du_th"));
        // QUIRK: the original lost the minus sign, so that its neurons fire as soon as the
        // membrane potential is not far below v_thresh.
        const Accum tenth = p.sub_step() / 10;
        const Accum exponent = p.faithful() ? tenth : -tenth;
        p.constant(kRate, p.derive([exponent](Accum rate) { return mul(rate, exponent); },
                                   p.reciprocal("tau_th")));
    }
    template <class L, class K>
    static typename L::Mask silent(typename L::Int v, const K& k, typename L::Int random) {
        using Int = typename L::Int;
        const auto exp = [](Accum x) { return exp_accum(x); };
        const Int distance = L::mul(L::sub(v, k[kThreshold]), k[kInverseDu]);
        const Int inner = L::mul(L::map(distance, exp), k[kRate]);
        const Int some = L::mul(L::sub(L::set(kAccumOne), L::map(inner, exp)), L::set(kLargest));
        const auto below = L::less(distance, L::set(kHighest));
        const Int probability = L::select(below, some, L::set(kLargest));
        const Int draw = L::template shift_right<1>(L::bit_and(random, L::set(0xFFFF)));
        return L::less_unsigned(probability, draw);
    }
};

}  // namespace spinnlab::neurons
