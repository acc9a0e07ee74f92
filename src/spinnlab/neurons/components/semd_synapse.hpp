// SPDX-License-Identifier: Apache-2.0
// Elementary motion detector: the second excitatory input, multiplied by what the first one was
// when the second one came. The first alone drives nothing.
#pragma once

#include <array>
#include <cstdint>

#include "spinnlab/neurons/components/exponential_synapse.hpp"

namespace spinnlab::neurons {

struct SemdSynapse : ExponentialShapes<3> {
    static constexpr std::uint32_t kExcitatory = 1;
    static constexpr std::array<std::string_view, 3> receptors = DualExponentialSynapse::receptors;
    static constexpr std::array parameters =
        joined(DualExponentialSynapse::parameters,
               std::array{parameter("scaling_factor", "", 1.0, "factor of the product")});
    static constexpr std::array states =
        joined(DualExponentialSynapse::states,
               std::array{state("multiplicator", "", 0.0, "first input when the second came"),
                          state("exc2_old", "", 0.0, "second input of the step before")});
    enum Constants : std::uint32_t { kScaling = 6 };
    static constexpr std::array constants =
        joined(DualExponentialSynapse::constants, std::array<std::string_view, 1>{"scaling"});
    enum Words : std::uint32_t { kFirst, kSecond, kInhibitory, kMultiplicator, kOld };
    static constexpr std::array words =
        joined(DualExponentialSynapse::words,
               std::array<std::string_view, 2>{"multiplicator", "exc2_old"});
    static constexpr std::uint32_t struct_words = 10;

    static constexpr Accum kPresent = 32;  // 0.001: from here on the second input is there

    template <class P>
    static void prepare(P& p) {
        DualExponentialSynapse::prepare(p);
        p.constant(kScaling, p.accum("scaling_factor"));
        p.state(kMultiplicator, p.accum("multiplicator"));
        p.state(kOld, p.accum("exc2_old"));
    }

    template <class L, class K>
    static void excitatory(typename L::Int* s, const K& k, typename L::Int* values) {
        const auto zero = L::zero();
        const auto nothing = [&](auto x) {  // x == 0
            return L::both(L::inverse(L::less(x, zero)), L::inverse(L::less(zero, x)));
        };
        const auto begins = L::both(nothing(s[kMultiplicator]), nothing(s[kOld]));
        const auto absent = L::less(s[kSecond], L::set(kPresent));
        s[kMultiplicator] =
            L::select(absent, zero, L::select(begins, s[kFirst], s[kMultiplicator]));
        s[kOld] = s[kSecond];
        values[0] = L::mul(L::mul(s[kSecond], k[kScaling]), s[kMultiplicator]);
    }
    template <class L>
    static typename L::Int inhibitory(const typename L::Int* s) {
        return s[kInhibitory];
    }
};

}  // namespace spinnlab::neurons
