// SPDX-License-Identifier: Apache-2.0
// Izhikevich's two equations by the midpoint rule, products grouped as in the published binaries.
#pragma once

#include <array>
#include <cstdint>

#include "spinnlab/neurons/constant.hpp"
#include "spinnlab/neurons/fields.hpp"

namespace spinnlab::neurons {

struct Izhikevich {
    static constexpr std::array parameters = {
        parameter("a", "ms", 0.02, "rate of recovery, 1/ms (the original labels it ms)"),
        parameter("b", "ms", 0.2, "sensitivity of recovery, 1/ms (the original labels it ms)"),
        parameter("c", "mV", -65.0, "membrane potential after a spike"),
        parameter("d", "mV/ms", 2.0, "step of the recovery variable after a spike"),
        parameter("i_offset", "nA", 0.0, "constant current"),
    };
    static constexpr std::array states = {
        state("v", "mV", -70.0, "membrane potential"),
        state("u", "mV/ms", -14.0, "recovery variable"),
    };

    enum Constants : std::uint32_t { kA, kB, kC, kD, kIOffset, kStep, kStepAfterSpike };
    static constexpr std::array<std::string_view, 7> constants = {
        "a", "b", "c", "d", "i_offset", "h", "h_after_spike"};
    enum Words : std::uint32_t { kV, kU, kH };
    static constexpr std::array<std::string_view, 3> words = {"v", "u", ""};
    static constexpr std::uint32_t rare_words = 0;
    static constexpr std::uint32_t struct_words = 9;

    static constexpr Accum kLate = 60620;  // 1.85: half a step late on average, and some more

    template <class P>
    static void prepare(P& p) {
        p.constant(kA, p.accum("a"));
        p.constant(kB, p.accum("b"));
        p.constant(kC, p.accum("c"));
        p.constant(kD, p.accum("d"));
        p.constant(kIOffset, p.accum("i_offset"));
        p.constant(kStep, p.sub_step());
        p.constant(kStepAfterSpike, mul(p.sub_step(), kLate));
        p.state(kV, p.accum("v"));
        p.state(kU, p.accum("u"));
        p.state(kH, p.time_step());
    }

    template <class L, class K>
    static void advance(typename L::Int* s, const K& k, typename L::Int input, typename L::Int) {
        using Int = typename L::Int;
        const Constant<L, true> square{L::same(1311)};  // 0.04, rounded up in the original
        const Int linear = L::set(5 * kAccumOne);
        const Int v = s[kV], u = s[kU], h = s[kH];
        const Int constant = L::sub(L::add(L::set(140 * kAccumOne), L::add(input, k[kIOffset])), u);
        const Int slope = L::add(constant, L::mul(L::add(linear, L::mul(v, square)), v));
        const Int eta = L::add(v, L::template shift_right<1>(L::mul(h, slope)));
        const Int h_a = L::mul(h, k[kA]);
        const Int beta = L::template shift_right<1>(L::mul(L::sub(L::mul(v, k[kB]), u), h_a));
        const Int slope_v =
            L::add(L::sub(constant, beta), L::mul(L::add(linear, L::mul(eta, square)), eta));
        const Int slope_u = L::sub(L::sub(L::mul(eta, k[kB]), u), beta);
        s[kV] = L::add(v, L::mul(h, slope_v));
        s[kU] = L::add(u, L::mul(h_a, slope_u));
        s[kH] = k[kStep];
    }

    template <class L, class K>
    static void fired(typename L::Int* s, const K& k, typename L::Mask spike, typename L::Int) {
        s[kV] = L::select(spike, k[kC], s[kV]);
        s[kU] = L::select(spike, L::add(s[kU], k[kD]), s[kU]);
        s[kH] = L::select(spike, k[kStepAfterSpike], s[kH]);
    }
};

}  // namespace spinnlab::neurons
