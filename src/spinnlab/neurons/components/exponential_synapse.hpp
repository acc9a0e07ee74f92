// SPDX-License-Identifier: Apache-2.0
// Synaptic input that jumps with each spike and decays exponentially: two receptors or three.
#pragma once

#include <array>
#include <cstdint>

#include "spinnlab/neurons/constant.hpp"
#include "spinnlab/neurons/fields.hpp"

namespace spinnlab::neurons {

/// The last receptor inhibits, the others excite. Constants: decay and weight of a new input per
/// receptor; state: the present input per receptor.
template <std::uint32_t kReceptors>
struct ExponentialShapes {
    static constexpr std::uint32_t kExcitatory = kReceptors - 1;
    /// Bit w: word w is seldom negative, and simpler to decay where it is not.
    static constexpr std::uint32_t positive_words = (1u << kReceptors) - 1;

    enum ConstantsEach : std::uint32_t { kDecay, kJump, kConstantsEach };

    template <class P>
    static void prepare(P& p, std::uint32_t receptor, std::string_view tau,
                        std::string_view initial) {
        const auto shape = p.exponential(tau);
        p.constant(receptor * kConstantsEach + kDecay, shape.decay);
        p.constant(receptor * kConstantsEach + kJump, shape.jump);
        p.state(receptor, p.accum(initial));
    }

    template <class L, bool kUsual, class K>
    static void add(typename L::Int* s, const K& k, const typename L::Int* input) {
        SPINNLAB_UNROLL
        for (std::uint32_t r = 0; r < kReceptors; ++r) {
            const auto jump = k[r * kConstantsEach + kJump];
            if constexpr (kUsual) {
                s[r] = L::add(s[r], L::decay_positive(input[r], jump));
            } else {
                s[r] = L::add(s[r], L::decay(input[r], jump));
            }
        }
    }
    template <class L, class K>
    static void excitatory(typename L::Int* s, const K&, typename L::Int* values) {
        SPINNLAB_UNROLL
        for (std::uint32_t r = 0; r < kExcitatory; ++r) values[r] = s[r];
    }
    template <class L>
    static typename L::Int inhibitory(const typename L::Int* s) {
        return s[kExcitatory];
    }
    template <class L, bool kUsual, class K>
    static void shape(typename L::Int* s, const K& k) {
        SPINNLAB_UNROLL
        for (std::uint32_t r = 0; r < kReceptors; ++r) {
            const auto decay = k[r * kConstantsEach + kDecay];
            if constexpr (kUsual) {
                s[r] = L::decay_positive(s[r], decay);
            } else {
                s[r] = L::decay(s[r], decay);
            }
        }
    }
};

struct ExponentialSynapse : ExponentialShapes<2> {
    static constexpr std::array<std::string_view, 2> receptors = {"excitatory", "inhibitory"};
    static constexpr std::array parameters = {
        positive("tau_syn_E", "ms", 5.0, "decay time of excitatory input"),
        positive("tau_syn_I", "ms", 5.0, "decay time of inhibitory input"),
    };
    static constexpr std::array states = {
        state("isyn_exc", "nA", 0.0, "excitatory input"),
        state("isyn_inh", "nA", 0.0, "inhibitory input"),
    };
    static constexpr std::array<std::string_view, 4> constants = {"decay_exc", "jump_exc",
                                                                  "decay_inh", "jump_inh"};
    static constexpr std::array<std::string_view, 2> words = {"isyn_exc", "isyn_inh"};
    static constexpr std::uint32_t struct_words = 5;

    template <class P>
    static void prepare(P& p) {
        ExponentialShapes::prepare(p, 0, "tau_syn_E", "isyn_exc");
        ExponentialShapes::prepare(p, 1, "tau_syn_I", "isyn_inh");
    }
};

struct DualExponentialSynapse : ExponentialShapes<3> {
    static constexpr std::array<std::string_view, 3> receptors = {"excitatory", "excitatory2",
                                                                  "inhibitory"};
    static constexpr std::array parameters = {
        positive("tau_syn_E", "ms", 5.0, "decay time of the first excitatory input"),
        positive("tau_syn_E2", "ms", 5.0, "decay time of the second excitatory input"),
        positive("tau_syn_I", "ms", 5.0, "decay time of inhibitory input"),
    };
    static constexpr std::array states = {
        state("isyn_exc", "nA", 0.0, "first excitatory input"),
        state("isyn_exc2", "nA", 0.0, "second excitatory input"),
        state("isyn_inh", "nA", 0.0, "inhibitory input"),
    };
    static constexpr std::array<std::string_view, 6> constants = {
        "decay_exc", "jump_exc", "decay_exc2", "jump_exc2", "decay_inh", "jump_inh"};
    static constexpr std::array<std::string_view, 3> words = {"isyn_exc", "isyn_exc2", "isyn_inh"};
    static constexpr std::uint32_t struct_words = 7;

    template <class P>
    static void prepare(P& p) {
        ExponentialShapes::prepare(p, 0, "tau_syn_E", "isyn_exc");
        ExponentialShapes::prepare(p, 1, "tau_syn_E2", "isyn_exc2");
        ExponentialShapes::prepare(p, 2, "tau_syn_I", "isyn_inh");
    }
};

}  // namespace spinnlab::neurons
