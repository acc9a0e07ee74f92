// SPDX-License-Identifier: Apache-2.0
// How synaptic input becomes current: it is one, it is a conductance, or it is a jump in charge.
#pragma once

#include <array>
#include <cstdint>

#include "spinnlab/neurons/fields.hpp"

namespace spinnlab::neurons {

struct CurrentInput {
    static constexpr bool conductance = false;
    static constexpr std::array<FieldInfo, 0> parameters = {};
    static constexpr std::array<std::string_view, 0> constants = {};
    static constexpr std::uint32_t struct_words = 0;

    template <class P>
    static void prepare(P&) {}

    template <class L>
    static typename L::Int value(typename L::Int input) {
        return input;
    }
    template <class L, class K>
    static typename L::Int excitatory(typename L::Int value, typename L::Int, const K&) {
        return value;
    }
    /// What is subtracted from the excitatory current.
    template <class L, class K>
    static typename L::Int inhibitory(typename L::Int value, typename L::Int, const K&) {
        return value;
    }
};

struct ConductanceInput {
    static constexpr bool conductance = true;
    static constexpr std::array parameters = {
        parameter("e_rev_E", "mV", 0.0, "reversal potential of excitatory input"),
        parameter("e_rev_I", "mV", -70.0, "reversal potential of inhibitory input"),
    };
    enum Constants : std::uint32_t { kReversalE, kReversalI };
    static constexpr std::array<std::string_view, 2> constants = {"e_rev_E", "e_rev_I"};
    static constexpr std::uint32_t struct_words = 2;

    template <class P>
    static void prepare(P& p) {
        p.constant(kReversalE, p.accum("e_rev_E"));
        p.constant(kReversalI, p.accum("e_rev_I"));
    }

    /// Weights are stored 1024 times as large, for their resolution.
    template <class L>
    static typename L::Int value(typename L::Int input) {
        return L::template shift_right<10>(input);
    }
    template <class L, class K>
    static typename L::Int excitatory(typename L::Int value, typename L::Int v, const K& k) {
        return L::mul(value, L::sub(k[kReversalE], v));
    }
    template <class L, class K>
    static typename L::Int inhibitory(typename L::Int value, typename L::Int v, const K& k) {
        return L::mul(L::sub(L::zero(), value), L::sub(k[kReversalI], v));
    }
};

struct DeltaInput {
    static constexpr bool conductance = false;
    static constexpr std::array<FieldInfo, 0> parameters = {};
    enum Constants : std::uint32_t { kScale };
    static constexpr std::array<std::string_view, 1> constants = {"scale"};
    static constexpr std::uint32_t struct_words = 1;

    template <class P>
    static void prepare(P& p) {
        p.constant(kScale, kdivk(kAccumOne, p.sub_step()));
    }

    template <class L>
    static typename L::Int value(typename L::Int input) {
        return input;
    }
    template <class L, class K>
    static typename L::Int excitatory(typename L::Int value, typename L::Int, const K& k) {
        return L::mul(value, k[kScale]);
    }
    template <class L, class K>
    static typename L::Int inhibitory(typename L::Int value, typename L::Int, const K& k) {
        return L::mul(value, k[kScale]);
    }
};

}  // namespace spinnlab::neurons
