// SPDX-License-Identifier: Apache-2.0
// Synaptic input in the form of an alpha function, t/tau^2 e^(-t/tau), as a product of a number
// that grows linearly and one that decays.
#pragma once

#include <array>
#include <cstdint>

#include "spinnlab/neurons/fields.hpp"
#include "spinnlab/neurons/functions.hpp"

namespace spinnlab::neurons {

struct AlphaSynapse {
    static constexpr std::uint32_t kExcitatory = 1;
    static constexpr std::uint32_t positive_words = 0;
    static constexpr double kShortestTau = 182.0 / kAccumOne;  // below, tau^2 is 0 in s16.15
    static constexpr std::array<std::string_view, 2> receptors = {"excitatory", "inhibitory"};
    static constexpr std::array parameters = {
        positive("tau_syn_E", "ms", 0.5, "time from an excitatory spike to the largest input",
                 kShortestTau),
        positive("tau_syn_I", "ms", 0.5, "time from an inhibitory spike to the largest input",
                 kShortestTau),
    };
    static constexpr std::array states = {
        state("exc_response", "", 0.0, "linear factor of excitatory input"),
        state("exc_exp_response", "", 0.0, "decaying factor of excitatory input"),
        state("inh_response", "", 0.0, "linear factor of inhibitory input"),
        state("inh_exp_response", "", 0.0, "decaying factor of inhibitory input"),
    };
    enum Constants : std::uint32_t { kDecay, kSlope, kConstantsEach };
    static constexpr std::array<std::string_view, 4> constants = {"decay_exc", "slope_exc",
                                                                  "decay_inh", "slope_inh"};
    /// kLast: the last input, which goes on feeding the linear factor.
    enum Words : std::uint32_t { kLinear, kExponential, kLast, kWordsEach };
    static constexpr std::array<std::string_view, 6> words = {
        "exc_response", "exc_exp_response", "", "inh_response", "inh_exp_response", ""};
    static constexpr std::uint32_t struct_words = 9;

    template <class P>
    static void prepare(P& p) {
        const auto receptor = [&p](std::uint32_t r, std::string_view tau, std::string_view linear,
                                   std::string_view exponential) {
            p.constant(r * kConstantsEach + kDecay, p.decay_fraction(tau));
            // QUIRK: the original keeps the slope in a u0.32 number for a moment, which loses its
            // whole part: with tau_syn_E = 0.5 ms and steps of 1 ms nothing is left of 4.0.
            const Accum kept = p.faithful() ? kAccumOne - 1 : -1;
            p.constant(r * kConstantsEach + kSlope,
                       p.derive([step = p.sub_step(),
                                 kept](Accum t) { return kdivk(step, mul(t, t)) & kept; },
                                p.accum(tau)));
            p.state(r * kWordsEach + kLinear, p.accum(linear));
            p.state(r * kWordsEach + kExponential, p.accum(exponential));
            p.state(r * kWordsEach + kLast, 0);
        };
        receptor(0, "tau_syn_E", "exc_response", "exc_exp_response");
        receptor(1, "tau_syn_I", "inh_response", "inh_exp_response");
    }

    template <class L, bool, class K>
    static void add(typename L::Int* s, const K& k, const typename L::Int* input) {
        for (std::uint32_t r = 0; r < 2; ++r) {
            add_one<L>(s + r * kWordsEach, k.from(r * kConstantsEach), input[r]);
        }
    }
    template <class L, class K>
    static void excitatory(typename L::Int* s, const K&, typename L::Int* values) {
        values[0] = L::mul(s[kLinear], s[kExponential]);
    }
    template <class L>
    static typename L::Int inhibitory(const typename L::Int* s) {
        return L::mul(s[kWordsEach + kLinear], s[kWordsEach + kExponential]);
    }
    template <class L, bool, class K>
    static void shape(typename L::Int* s, const K& k) {
        for (std::uint32_t r = 0; r < 2; ++r) {
            auto* own = s + r * kWordsEach;
            const auto constant = k.from(r * kConstantsEach);
            own[kLinear] = L::add(own[kLinear], L::mul(own[kLast], constant[kSlope]));
            own[kExponential] = L::decay(own[kExponential], constant[kDecay]);
        }
    }

 private:
    template <class L, class K>
    static void add_one(typename L::Int* s, const K& k, typename L::Int input) {
        const auto some = L::less(L::zero(), input);
        if (!L::any(some)) return;
        const auto one = L::set(kAccumOne);
        const auto exponential = L::add(L::decay(s[kExponential], k[kDecay]), one);
        const auto inverse = L::map(exponential, [](Accum x) { return reciprocal_or_zero(x); });
        const auto linear =
            L::mul(L::add(s[kLinear], L::mul(input, k[kSlope])), L::sub(one, inverse));
        s[kLinear] = L::select(some, linear, s[kLinear]);
        s[kExponential] = L::select(some, exponential, s[kExponential]);
        s[kLast] = L::select(some, input, s[kLast]);
    }
};

}  // namespace spinnlab::neurons
